//! Requests of at most so many bytes, and spans that fit none.

use super::*;
use crate::encoder::EncodeError;
use crate::fixture::{self, Span, service};
use spanline_core::resource::Resource;
use spanline_core::view::SpanView;

/// `<name,name>`; a span named `bad` cannot be encoded.
struct Names;

impl Encoder for Names {
    fn content_type(&self) -> &'static str {
        "text/plain"
    }

    fn head(&mut self, _: &Resource, out: &mut Buffer) {
        out.push(b"<");
    }

    fn separator(&self) -> &'static [u8] {
        b","
    }

    fn span(&mut self, span: &SpanView<'_>, out: &mut Buffer) -> Result<(), EncodeError> {
        out.push(span.name().as_bytes());
        if span.name() == "bad" {
            Err(EncodeError::Malformed)
        } else {
            Ok(())
        }
    }

    fn tail(&self) -> &'static [u8] {
        b">"
    }
}

fn split(names: &[&str], max_bytes: usize) -> (Vec<String>, Exported) {
    let records: Vec<_> = names.iter().map(|name| Span::new(name).seal()).collect();
    let mut requests = Vec::new();
    let exported = fixture::batch(&records, &service("a"), |batch| {
        Splitter::new().split(&mut Names, batch, max_bytes, |request| {
            let text = String::from_utf8(request.body.to_vec()).unwrap();
            assert_eq!(text.split(',').count(), request.spans as usize);
            assert!(
                request.body.len() <= max_bytes,
                "{text} is longer than {max_bytes}"
            );
            requests.push(text);
            ControlFlow::Continue(())
        })
    });
    (requests, exported)
}

#[test]
fn requests_are_cut_at_the_byte() {
    for (max_bytes, expected) in [
        (usize::MAX, vec!["<aa,bb,cc>"]),
        (10, vec!["<aa,bb,cc>"]),
        (9, vec!["<aa,bb>", "<cc>"]),
        (7, vec!["<aa,bb>", "<cc>"]),
        (6, vec!["<aa>", "<bb>", "<cc>"]),
        (4, vec!["<aa>", "<bb>", "<cc>"]),
    ] {
        let (requests, exported) = split(&["aa", "bb", "cc"], max_bytes);
        assert_eq!(requests, expected, "at most {max_bytes}");
        assert_eq!(exported, Exported::ALL);
    }
}

#[test]
fn a_span_too_large_costs_itself() {
    let (requests, exported) = split(&["aa", "huge", "bb"], 5);
    assert_eq!(requests, ["<aa>", "<bb>"]);
    assert_eq!(exported, Exported::ALL.with_oversize(1));
    let (requests, exported) = split(&["huge", "huge"], 5);
    assert!(requests.is_empty());
    assert_eq!(exported, Exported::ALL.with_oversize(2));
}

#[test]
fn a_span_that_cannot_be_encoded_costs_itself() {
    let (requests, exported) = split(&["bad", "aa", "bad", "bb", "bad"], 100);
    assert_eq!(requests, ["<aa,bb>"]);
    assert_eq!(exported, Exported::ALL.with_encode_error(3));
}

#[test]
fn every_span_is_in_one_request_in_order_whatever_the_limit() {
    let names: Vec<String> = (0..200)
        .map(|n| "s".repeat(n % 17 + 1) + &n.to_string())
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    for max_bytes in 30..120 {
        let (requests, exported) = split(&names, max_bytes);
        assert_eq!(exported, Exported::ALL);
        let sent: Vec<&str> = requests
            .iter()
            .flat_map(|request| request.trim_matches(['<', '>']).split(','))
            .collect();
        assert_eq!(sent, names);
    }
}

#[test]
fn a_record_that_is_none_is_counted() {
    let mut records = vec![Span::new("aa").seal(), Span::new("bb").seal()];
    records[1].truncate(10);
    let exported = fixture::batch(&records, &service("a"), |batch| {
        Splitter::new().split(&mut Names, batch, 100, |_| ControlFlow::Continue(()))
    });
    assert_eq!(exported, Exported::ALL.with_encode_error(1));
}

#[test]
fn a_sender_that_breaks_off_ends_it_and_hides_nothing_that_was_left_out() {
    let records: Vec<_> = ["aa", "huge", "bb", "bad", "cc", "huge"]
        .iter()
        .map(|name| Span::new(name).seal())
        .collect();
    for (breaks_at, requests, oversize) in [(1, 1, 1), (2, 2, 1), (3, 3, 2), (4, 3, 2)] {
        let mut sent = 0;
        let left_out = fixture::batch(&records, &service("a"), |batch| {
            Splitter::new().split(&mut Names, batch, 4, |_| {
                sent += 1;
                match sent == breaks_at {
                    true => ControlFlow::Break(()),
                    false => ControlFlow::Continue(()),
                }
            })
        });
        let bad = u64::from(breaks_at > 1);
        let expected = Exported::ALL.with_oversize(oversize).with_encode_error(bad);
        assert_eq!((left_out, sent), (expected, requests), "{breaks_at}");
    }
}

#[cfg(feature = "jaeger")]
#[test]
fn packets_at_every_edge_keep_the_law() {
    // The span alone is as large as a packet for some of these sizes, and the 64th message has a
    // number of one byte more.
    for size in 70..120_u16 {
        let lengths = [30_u16; 66].map(u16::to_le_bytes).concat();
        check_packets(&[&size.to_le_bytes()[..], &lengths].concat());
    }
}

/// Fifteen spans and more make the head of a list longer by a byte, in the packet and in the one after it:
/// a span that is too large by just that does not cost its neighbours, and one that fits is sent.
#[cfg(feature = "jaeger")]
#[test]
fn a_span_at_the_edge_behind_many_small_ones_keeps_the_law() {
    const SIZE: u16 = 1500;
    let small = 10_u16;
    for medium in (660..860).step_by(40) {
        for large in SIZE - 90..SIZE - 40 {
            let mut lengths = vec![small; 32];
            lengths[15] = medium;
            lengths[30] = large;
            let lengths = lengths.into_iter().flat_map(u16::to_le_bytes);
            let data: Vec<u8> = SIZE.to_le_bytes().into_iter().chain(lengths).collect();
            check_packets(&data);
        }
    }
}

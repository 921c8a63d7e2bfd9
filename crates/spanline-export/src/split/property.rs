//! The law of the splitter: requests are filled greedily and in order, none is larger than asked or
//! empty, and every span is in one of them or counted.
//!
//! Called by the fuzz target and the replay of its corpus, never by programs.

use super::Splitter;
use crate::encoder::{Buffer, EncodeError, Encoder};
use spanline_core::export::{Batch, Exported};
use spanline_core::record::{Record, SpanLimits};
use spanline_core::resource::Resource;
use spanline_core::view::{SpanView, Timeline};
use std::ops::ControlFlow;

/// `<name,name>`; a span whose name begins with `!` cannot be encoded.
struct Names;

impl Encoder for Names {
    fn content_type(&self) -> &'static str {
        "text/plain"
    }

    fn head(&mut self, _: &Resource, out: &mut Buffer) {
        out.push(b"<<");
    }

    fn separator(&self) -> &'static [u8] {
        b","
    }

    fn span(&mut self, span: &SpanView<'_>, out: &mut Buffer) -> Result<(), EncodeError> {
        out.push(span.name().as_bytes());
        if span.name().starts_with('!') {
            return Err(EncodeError::Malformed);
        }
        Ok(())
    }

    fn tail(&self) -> &'static [u8] {
        b">>>"
    }
}

/// What should come of a batch.
#[derive(Default)]
struct Expected {
    requests: Vec<Vec<String>>,
    left_out: Exported,
    /// What of that stands before the first span behind each request: all that is known when the
    /// request is sent. Records that are none are not among it; they are counted at the end.
    before: Vec<Exported>,
}

fn size(names: &[String]) -> usize {
    format!("<<{}>>>", names.join(",")).len()
}

/// Span by span: one that is no span or cannot be encoded, one that no request could hold, one that
/// the last request has room for, and one that begins another.
fn defined(names: &[String], max_bytes: usize) -> Expected {
    let mut expected = Expected::default();
    let mut none = 0;
    for name in names {
        let alone = [name.clone()];
        if name.starts_with(['!', '?']) {
            expected.left_out.encode_error += 1;
            none += u64::from(name.starts_with('?'));
        } else if size(&alone) > max_bytes {
            expected.left_out.oversize += 1;
        } else {
            match expected.requests.last_mut() {
                Some(last) if size(&[last.as_slice(), &alone].concat()) <= max_bytes => {
                    last.push(name.clone());
                }
                last => {
                    if last.is_some() {
                        let spans = expected.left_out.encode_error - none;
                        expected
                            .before
                            .push(expected.left_out.with_encode_error(spans));
                    }
                    expected.requests.push(alone.to_vec());
                }
            }
        }
    }
    expected
}

/// A record with this name; none at all where it begins with `?`.
fn record(name: &str) -> Vec<u8> {
    if name.starts_with('?') {
        return name.as_bytes().iter().copied().take(60).collect();
    }
    let mut record = Record::default();
    record.begin(name, &SpanLimits::default());
    record.seal().to_vec()
}

/// Panics if cutting a batch breaks the law. The first byte is the size of a request, the second the
/// request at which sending fails; the rest are names of spans, one in a line.
pub fn check_split(data: &[u8]) {
    let (settings, text) = data.split_first_chunk::<2>().unwrap_or((&[64, 255], data));
    let [max_bytes, fails_at] = settings.map(usize::from);
    let text = String::from_utf8_lossy(text);
    let names: Vec<String> = text.split('\n').map(str::to_owned).collect();
    let records: Vec<Vec<u8>> = names.iter().map(|name| record(name)).collect();
    let resource = Resource::empty();
    let expected = defined(&names, max_bytes);

    let mut splitter = Splitter::new();
    for fails_at in [fails_at, usize::MAX] {
        let mut sent = Vec::new();
        let batch = Batch::new(&records, &Timeline::UNIX, &resource);
        let left_out = splitter.split(&mut Names, batch, max_bytes, |request| {
            assert!(request.body.len() <= max_bytes);
            sent.push((request.body.to_vec(), request.spans as usize));
            if sent.len() > fails_at {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        let requests = expected.requests.iter().take(fails_at.saturating_add(1));
        let requests: Vec<_> = requests
            .map(|names| {
                (
                    format!("<<{}>>>", names.join(",")).into_bytes(),
                    names.len(),
                )
            })
            .collect();
        assert_eq!(sent, requests);
        let all = &expected.left_out;
        assert_eq!(left_out, *expected.before.get(fails_at).unwrap_or(all));
    }
}

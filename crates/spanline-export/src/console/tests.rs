//! What a terminal shows, whole.

use super::*;
use crate::fixture::{self, Span, service};
use spanline_core::kind::SpanKind;
use spanline_core::record::SpanLimits;
use spanline_core::status::StatusCode;
use std::sync::{Arc, Mutex};

/// A millisecond.
const MS: u64 = 1_000_000;

/// Keeps what is written.
#[derive(Clone, Default)]
struct Screen(Arc<Mutex<Vec<u8>>>);

impl Screen {
    fn text(&self) -> String {
        String::from_utf8(std::mem::take(&mut *self.0.lock().unwrap())).unwrap()
    }
}

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn shown(records: &[Vec<u8>]) -> String {
    let screen = Screen::default();
    let mut exporter = ConsoleExporter::to(screen.clone());
    let exported = fixture::batch(records, &service("shop"), |batch| {
        exporter.export(batch, Deadline::NEVER)
    });
    assert_eq!(exported.unwrap(), Exported::ALL);
    screen.text()
}

/// A span of trace 1 from `start` to `end`, in milliseconds.
fn span(name: &str, id: u64, parent: u64, start: u64, end: u64) -> Span {
    Span::new(name)
        .ids(1, id, parent)
        .times(start * MS, end * MS)
}

#[test]
fn each_trace_is_a_tree() {
    let limits = SpanLimits::default().event_count_limit(1);
    let records = [
        // Children end before their parents, and so come first.
        span("authorize", 4, 3, 12, 15)
            .kind(SpanKind::Client)
            .status(StatusCode::Error, "declined")
            .seal(),
        span("charge", 3, 1, 11, 19)
            .limits(limits)
            .event("retry", 2 * MS, &[("n", 1.into())])
            .event("lost", 0, &[])
            .seal(),
        span("ship", 5, 1, 20, 21)
            .link(7, 8, &[("why", "order".into())])
            .seal(),
        Span::new("tick")
            .ids(9, 1, 0)
            .times(5 * MS, 5 * MS + 1_999)
            .seal(),
        span("POST /orders", 1, 0, 10, 22)
            .kind(SpanKind::Server)
            .status(StatusCode::Ok, "")
            .attribute("order.id", 42)
            .attribute("zones", ["a", "b"])
            .seal(),
    ];
    let expected = "\
00000000000000000000000000000009/0000000000000001  tick  internal  0.001 ms
trace 00000000000000000000000000000001 of shop: 4 spans
  0000000000000001  POST /orders  server  12.000 ms at +0.000  OK  order.id=42 zones=[\"a\",\"b\"]
  0000000000000003  ├─ charge  internal  8.000 ms at +1.000  * retry at +0.000 n=1  (events dropped: 1)
  0000000000000004  │  └─ authorize  client  3.000 ms at +2.000  ERROR: declined
  0000000000000005  └─ ship  internal  1.000 ms at +10.000  -> 00000000000000000000000000000007/0000000000000008 why=order
";
    assert_eq!(shown(&records), expected);
}

#[test]
fn a_span_at_the_top_says_why() {
    let records = [
        span("alone", 1, 0xAB, 3, 4).seal(),
        span("called", 2, 0xCD, 2, 4).remote_parent().seal(),
        span("own parent", 3, 3, 1, 4)
            .status(StatusCode::Error, "")
            .seal(),
    ];
    let expected = "\
trace 00000000000000000000000000000001 of shop: 3 spans
  0000000000000003  own parent  internal  3.000 ms at +0.000  ERROR  (parent 0000000000000003, which is below it)
  0000000000000002  called  internal  2.000 ms at +1.000  (parent 00000000000000cd, remote)
  0000000000000001  alone  internal  1.000 ms at +2.000  (parent 00000000000000ab, not in this batch)
";
    assert_eq!(shown(&records), expected);
}

#[test]
fn a_span_alone_takes_one_line() {
    let at = "00000000000000000000000000000001/0000000000000002  x  internal  1.000 ms";
    for (alone, expected) in [
        (span("x", 2, 0, 1, 2), ""),
        (span("x", 2, 3, 1, 2), "  (parent 0000000000000003)"),
        (
            span("x", 2, 3, 1, 2).remote_parent(),
            "  (parent 0000000000000003, remote)",
        ),
    ] {
        assert_eq!(shown(&[alone.seal()]), format!("{at}{expected}\n"));
    }
}

#[test]
fn hostile_text_steers_nothing() {
    let evil = "\u{1b}]0;x\u{7}\r\n\u{202e}\u{9b}2J";
    let calm = span("calm", 2, 1, 0, 1).seal();
    let records = [
        span(evil, 1, 0, 0, 1)
            .attribute(evil, evil)
            .attribute("list", [evil])
            .event(evil, 0, &[(evil, evil.into())])
            .link(1, 1, &[(evil, evil.into())])
            .status(StatusCode::Error, evil)
            .seal(),
        calm,
    ];
    let screen = Screen::default();
    let mut exporter = ConsoleExporter::to(screen.clone());
    let exported = fixture::batch(&records, &service(evil), |batch| {
        exporter.export(batch, Deadline::NEVER)
    });
    assert_eq!(exported.unwrap(), Exported::ALL);
    let text = screen.text();
    let steers = |c: char| (c.is_control() && c != '\n') || ('\u{2028}'..='\u{202e}').contains(&c);
    assert_eq!(text.find(steers), None, "{text:?}");
    assert_eq!(text.lines().count(), 3, "{text}");
    // Service, name and status; an attribute, the event with one, and the link's: key and value each.
    assert_eq!(
        text.matches(r"\u{1b}]0;x\u{7}\r\n\u{202e}\u{9b}2J").count(),
        10,
        "{text}"
    );
}

#[test]
fn a_chain_of_ten_thousand_takes_bounded_lines() {
    let chain: Vec<_> = (1..=10_000)
        .map(|n| span("x", n, n - 1, n, n).seal())
        .collect();
    let text = shown(&chain);
    assert_eq!(text.lines().count(), 10_001);
    let longest = text.lines().map(|line| line.chars().count()).max();
    assert!(longest < Some(150), "{longest:?}");
    let last = text.lines().next_back().unwrap();
    assert!(last.contains("… 9999 x  internal"), "{last}");
}

#[test]
fn lines_between_siblings_are_drawn_down_to_the_deepest_level() {
    // Spans 1 to 40 hang under each other, and each has a later child besides.
    let chain = (1..=40).map(|n| span("x", n, n - 1, n, n).seal());
    let besides = (1..=40).map(|n| span("y", 100 + n, n, 1000 - n, 1000).seal());
    let text = shown(&chain.chain(besides).collect::<Vec<_>>());
    let stems: Vec<&str> = text
        .lines()
        .skip(1)
        .filter_map(|line| line.get(20..)?.split("  internal").next())
        .collect();
    let bars = |n: usize| "│  ".repeat(n);
    assert_eq!(stems[0], "x");
    assert_eq!(stems[1], "├─ x");
    assert_eq!(stems[23], format!("{}├─ x", bars(22)));
    assert_eq!(stems[24], format!("{}… 24 x", bars(23)));
    assert_eq!(stems[39], format!("{}… 39 x", bars(23)));
    assert_eq!(stems[40], format!("{}… 40 y", bars(23)));
    assert_eq!(stems[78], "│  └─ y");
    assert_eq!(stems[79], "└─ y");
}

#[test]
fn a_record_that_is_none_costs_itself() {
    let records = [b"none".to_vec(), span("x", 1, 0, 0, 1).seal()];
    let screen = Screen::default();
    let mut exporter = ConsoleExporter::to(screen.clone());
    let exported = fixture::batch(&records, &service("shop"), |batch| {
        exporter.export(batch, Deadline::NEVER)
    });
    assert_eq!(exported.unwrap(), Exported::ALL.with_encode_error(1));
    assert_eq!(screen.text().lines().count(), 1);
}

#[test]
fn nothing_is_written_after_the_deadline_or_a_shutdown() {
    let screen = Screen::default();
    let mut exporter = ConsoleExporter::to(screen.clone());
    let records = [span("x", 1, 0, 0, 1).seal()];
    let past = Deadline::after(std::time::Duration::ZERO);
    let mut export = |shut_down: bool, deadline: Deadline| {
        if shut_down {
            exporter.shutdown(Deadline::NEVER).unwrap();
        }
        fixture::batch(&records, &service("a"), |batch| {
            exporter.export(batch, deadline)
        })
    };
    assert!(matches!(
        export(false, past),
        Err(ExportError::DeadlinePassed)
    ));
    assert!(matches!(
        export(true, Deadline::NEVER),
        Err(ExportError::ShutDown)
    ));
    assert_eq!(screen.text(), "");
}

/// Takes nothing.
struct Full;

impl Write for Full {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        Err(std::io::ErrorKind::StorageFull.into())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_screen_that_takes_nothing_is_an_error_that_says_how_much_was_lost() {
    let records = [span("x", 1, 0, 0, 1).seal(), span("y", 2, 0, 0, 1).seal()];
    let error = fixture::batch(&records, &service("a"), |batch| {
        ConsoleExporter::to(Full).export(batch, Deadline::NEVER)
    })
    .unwrap_err();
    let request = error.request().unwrap();
    assert_eq!((&*request.target, request.spans), ("the console", 2));
    assert!(request.bytes > 0);
    assert!(matches!(error.reason(), ExportError::Other(_)), "{error:?}");
}

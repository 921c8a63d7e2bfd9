//! The oracle's answers, well-formed and not; no oracle runs here.

use super::{field, one_whole_trace, port_in};

fn rows(count: usize, trace: impl Fn(usize) -> usize) -> String {
    let row = |n| {
        let links = "\"links\": [{\"trace_id\": \"x\"}]";
        format!(
            "{{\"record\": \"span\", \"trace_id\": \"{}\", {links}}}\n",
            trace(n)
        )
    };
    (0..count).map(row).collect()
}

#[test]
fn eight_spans_of_one_trace_pass() {
    assert_eq!(one_whole_trace(&rows(8, |_| 7)), Ok(()));
}

#[test]
fn anything_else_does_not() {
    assert!(one_whole_trace(&rows(7, |_| 7)).is_err());
    assert!(one_whole_trace(&rows(8, |n| n / 4)).is_err());
    let malformed = rows(8, |_| 7) + "{\"record\": \"malformed\"}\n";
    assert!(one_whole_trace(&malformed).is_err());
}

#[test]
fn fields_and_ports_are_read() {
    assert_eq!(field("{\"a\": \"b\"}", "a"), Some("b"));
    assert_eq!(field("{}", "a"), None);
    assert_eq!(
        port_in("{\"ready\": {\"http\": 40001, \"udp\": 2}}"),
        Some(40001)
    );
    assert_eq!(port_in("{\"ready\": {\"udp\": 2}}"), None);
}

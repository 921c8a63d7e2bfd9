//! The oracle's answers, well-formed and not; no oracle runs here.

use super::{field, one_whole_trace, port_in, same_spans};

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
    let ready = "{\"ready\": {\"http\": 40001, \"udp\": 2}}";
    assert_eq!(port_in(ready, "http"), Some(40001));
    assert_eq!(port_in(ready, "udp"), Some(2));
    assert_eq!(port_in(ready, "grpc"), None);
}

#[test]
fn spans_are_compared_as_far_as_the_format_goes() {
    let row = |name: &str| {
        format!(
            "{{\"trace_id\": \"1\", \"name\": \"{name}\", \"trace_state\": null, \"extra\": {{}}}}\n"
        )
    };
    let whole = |name: &str| row(name).replace("null", "\"a=b\"");
    assert_eq!(same_spans("x", &row("a"), &row("a"), true), Ok(()));
    assert_eq!(same_spans("x", &row("a"), &whole("a"), false), Ok(()));
    assert!(same_spans("x", &row("a"), &whole("a"), true).is_err());
    assert!(same_spans("x", &row("a"), &row("b"), false).is_err());
    assert!(same_spans("x", &row("a"), "", false).is_err());
}

//! What a report looks like. Handlers are process-wide: their tests are in `tests/diagnostics.rs`.

use super::*;

fn diagnostic<'a>(message: &'a str, suppressed: u64) -> Diagnostic<'a> {
    Diagnostic {
        kind: DiagnosticKind::ExportFailed,
        component: "jaeger/0",
        message,
        suppressed,
    }
}

#[test]
fn a_line_of_log() {
    assert_eq!(
        diagnostic("refused", 0).to_string(),
        "spanline: export failed: jaeger/0: refused"
    );
    assert_eq!(
        diagnostic("refused", 7).to_string(),
        "spanline: export failed: jaeger/0: refused (7 more since the last report)"
    );
}

#[test]
fn nothing_can_break_out_of_its_line() {
    let line = diagnostic("a\r\nb\u{1b}[2Jc\u{202e}d\u{2028}é", 0).to_string();
    assert!(
        line.ends_with(r"a\r\nb\u{1b}[2Jc\u{202e}d\u{2028}é"),
        "{line}"
    );
    assert!(!line.contains(|c: char| c.is_control()));
}

#[test]
fn long_messages_are_cut_between_characters() {
    let mut message = Message(String::new());
    assert!(write!(message, "{}", "é".repeat(600)).is_err());
    assert_eq!(message.0, "é".repeat(512));
    let mut message = Message("x".into());
    assert!(write!(message, "{}", "é".repeat(600)).is_err());
    assert_eq!(message.0.len(), 1 + 2 * 511);
    assert!(write!(message, "é").is_err());
    assert!(write!(message, "!").is_ok());
}

//! Exit status 2 for arguments and input that cannot be used, with a line that says why.

mod support;

use support::run;

const SPAN: &str =
    r#"{"trace_id":"0af7651916cd43dd8448eb211c80319c","span_id":"b7ad6b7169203331","start_ns":1}"#;

#[test]
fn unusable_arguments() {
    for (arguments, word) in [
        ("", "no subcommand"),
        ("smaple", "smaple"),
        ("sample --ratio 1", "--ratio"),
        ("propagate now", "now"),
        ("export", "--exporter"),
        ("export --exporter jaeger-http", "--endpoint"),
        ("export --exporter pigeon --endpoint x", "pigeon"),
        ("export --exporter none --endpoint x", "none"),
        ("export --exporter zipkin --endpoint ftp://x", ""),
        (
            "export --exporter jaeger-udp-compact --endpoint localhost --gzip",
            "--gzip",
        ),
        (
            "export --exporter zipkin --endpoint http://localhost --batch 0",
            "--batch",
        ),
        ("load", "--exporter"),
        ("load --exporter none --threads 0", "--threads"),
        ("load --exporter none --rate NaN", "--rate"),
        ("load --exporter none --seconds -1", "--seconds"),
        ("load --exporter none --seconds", "--seconds"),
        ("load --exporter none --exporter none", "twice"),
        ("w3c-service", "--port"),
        ("w3c-service --port 65536", "--port"),
    ] {
        let answer = run(arguments, "");
        assert_eq!(answer.status, Some(2), "{arguments}: {answer:?}");
        assert!(answer.rows.is_empty());
        assert!(
            answer.errors.starts_with("spanline-conformance: ") && answer.errors.contains(word),
            "{arguments}: {}",
            answer.errors
        );
    }
}

#[test]
fn a_file_that_cannot_be_made_is_told_apart_from_an_outage() {
    for subcommand in ["export", "load"] {
        let arguments = format!("{subcommand} --exporter otlp-file --endpoint /nowhere/at/all");
        let answer = run(&arguments, SPAN);
        assert_eq!(answer.status, Some(2), "{answer:?}");
        assert!(
            answer.errors.contains("/nowhere/at/all"),
            "{}",
            answer.errors
        );
    }
}

#[test]
fn what_is_no_row_is_told_with_its_line() {
    let good = r#"{"trace_id":"00000000000000000000000000000001","ratio":1}"#;
    for bad in [
        "{",
        "",
        "[]",
        "nonsense",
        "{} {}",
        r#"{"trace_id":"00000000000000000000000000000000","ratio":1}"#,
        r#"{"trace_id":"00000000000000000000000000000001","ratio":"much"}"#,
        "\u{feff}{}",
    ] {
        let answer = run("sample", &format!("{good}\n{bad}\n{good}\n"));
        assert_eq!(answer.status, Some(2), "{bad}: {answer:?}");
        assert_eq!(answer.rows.len(), 1, "what came before is answered");
        assert!(answer.errors.contains("line 2"), "{}", answer.errors);
    }
    let nested = "[".repeat(100_000);
    assert_eq!(run("sample", &nested).status, Some(2));
    let group = r#"{"group":"pigeon","input":[]}"#;
    assert_eq!(run("propagate", group).status, Some(2));
    let arguments = "export --exporter zipkin --endpoint http://127.0.0.1:1";
    let truncated = &SPAN[..SPAN.len() - 2];
    assert_eq!(run(arguments, truncated).status, Some(2));
}

#[test]
fn no_input_is_no_error() {
    for subcommand in ["sample", "propagate"] {
        let answer = run(subcommand, "");
        assert_eq!((answer.status, answer.rows.len()), (Some(0), 0));
    }
}

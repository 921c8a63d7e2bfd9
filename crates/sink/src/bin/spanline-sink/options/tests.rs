//! Command lines that are understood, and those that are not.

use super::*;

fn parsed(line: &str) -> Result<Command, String> {
    parse(line.split_whitespace().map(str::to_owned))
}

#[test]
fn each_flag_sets_its_option() {
    assert_eq!(parsed(""), Ok(Command::Run(Options::default())));
    assert_eq!(parsed("--json --help"), Ok(Command::Help));
    let line = "--host ::1 --otlp-port 1 --jaeger-port 0 --jaeger-compact-port 2 \
                --jaeger-binary-port 3 --zipkin-port=off --keep 5 --once=3 --json --attributes \
                --width 72";
    let options = Options {
        host: "::1".to_owned(),
        ports: Ports {
            otlp: Some(1),
            jaeger: Some(0),
            jaeger_compact: Some(2),
            jaeger_binary: Some(3),
            zipkin: None,
        },
        keep: 5,
        once: Some(3),
        json: true,
        attributes: true,
        width: Some(72),
    };
    assert_eq!(parsed(line), Ok(Command::Run(options)));
}

#[test]
fn what_is_wrong_is_said() {
    for (line, complaint) in [
        ("--verbose", "unknown argument \"--verbose\""),
        ("14268", "unknown argument \"14268\""),
        ("--keep", "--keep needs a value"),
        ("--keep 0", "--keep takes a number from 1, not \"0\""),
        ("--once many", "--once takes a number from 1, not \"many\""),
        ("--json=yes", "--json takes no value"),
        (
            "--zipkin-port 70000",
            "--zipkin-port takes a port (0 to 65535) or off, not \"70000\"",
        ),
        (
            "--zipkin-port off --jaeger-port off --otlp-port off --jaeger-compact-port off \
             --jaeger-binary-port off",
            "all ports are off, nothing could be received",
        ),
    ] {
        assert_eq!(parsed(line), Err(complaint.to_owned()), "{line}");
    }
}

//! The command as a shell sees it: output, errors, exit status.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a failed unwrap is a failed test"
)]

mod support;

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, Command, Output, Stdio};

use support::{Client, post_zipkin, zipkin};

fn sink(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_spanline-sink"));
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Options that open no port but the Jaeger collector's and Zipkin's, which the tests name.
const NO_OTHER: [&str; 6] = [
    "--otlp-port",
    "off",
    "--jaeger-compact-port",
    "off",
    "--jaeger-binary-port",
    "off",
];

fn output(arguments: &[&str]) -> Output {
    sink(arguments).output().unwrap()
}

/// A running command and the address of its Zipkin port, read from its greeting.
fn started(arguments: &[&str]) -> (Child, BufReader<impl Read>, SocketAddr) {
    let ports = ["--jaeger-port", "off", "--zipkin-port", "0"];
    let mut child = sink(&[&NO_OTHER[..], &ports, arguments].concat())
        .spawn()
        .unwrap();
    let mut messages = BufReader::new(child.stderr.take().unwrap());
    let mut greeting = String::new();
    messages.read_line(&mut greeting).unwrap();
    let url = greeting.split("http://").nth(1).expect("a URL");
    let address = url.split('/').next().unwrap().parse().unwrap();
    (child, messages, address)
}

#[test]
fn help_goes_to_the_standard_output() {
    let help = output(&["--help"]);
    assert!(help.status.success());
    let text = String::from_utf8(help.stdout).unwrap();
    for flag in [
        "--host",
        "--otlp-port",
        "--jaeger-port",
        "--jaeger-compact-port",
        "--jaeger-binary-port",
        "--zipkin-port",
        "--keep",
        "--once",
        "--json",
    ] {
        assert!(text.contains(flag), "{text}");
    }
}

#[test]
fn a_wrong_word_is_named_with_the_usage_and_status_2() {
    let refused = output(&["--verbose"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(refused.stdout.is_empty());
    let text = String::from_utf8(refused.stderr).unwrap();
    assert!(
        text.starts_with("spanline-sink: unknown argument \"--verbose\"\nusage: "),
        "{text}"
    );
}

#[test]
fn a_taken_port_is_status_1() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let ports = ["--jaeger-port", &port, "--zipkin-port", "off"];
    let refused = output(&[&NO_OTHER[..], &ports].concat());
    assert_eq!(refused.status.code(), Some(1));
    let text = String::from_utf8(refused.stderr).unwrap();
    assert!(
        text.contains(&format!("cannot listen on 127.0.0.1 port {port}")),
        "{text}"
    );
    assert!(text.contains("--help"), "{text}");
}

#[test]
fn once_draws_what_came_and_exits() {
    let (child, _messages, address) = started(&["--once", "2", "--width", "60"]);
    let mut client = Client::connect(address);
    assert_eq!(client.ask(post_zipkin(&zipkin(1))).status, 202);
    assert_eq!(
        client.ask(post_zipkin(&zipkin(2).replace('1', "2"))).status,
        202
    );
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("trace 00000000000000000000000000000001"),
        "{text}"
    );
    assert!(text.contains("x  a  4 µs  ███"), "{text}");
    // Not a terminal, so no colour.
    assert!(!text.contains('\u{1b}'), "{text}");
}

#[test]
fn json_prints_a_line_for_each_span() {
    let (child, _messages, address) = started(&["--once", "2", "--json"]);
    let mut client = Client::connect(address);
    for id in 1..=2 {
        assert_eq!(client.ask(post_zipkin(&zipkin(id))).status, 202);
    }
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    let ids: Vec<String> = text
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["spanId"].to_string())
        .collect();
    assert_eq!(ids, ["\"0000000000000001\"", "\"0000000000000002\""]);
}

#[test]
fn refusals_are_reported_on_the_standard_error() {
    let (child, mut messages, address) = started(&["--once", "1"]);
    let mut client = Client::connect(address);
    assert_eq!(client.ask(post_zipkin("{\u{9b}}")).status, 400);
    assert_eq!(client.ask(post_zipkin(&zipkin(1))).status, 202);
    assert!(child.wait_with_output().unwrap().status.success());
    let mut text = String::new();
    messages.read_to_string(&mut text).unwrap();
    assert!(
        text.contains("refused Zipkin JSON: invalid type: map"),
        "{text}"
    );
}

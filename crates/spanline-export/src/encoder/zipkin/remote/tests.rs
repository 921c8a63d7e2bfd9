//! The ranking of attributes that name the remote endpoint.

use super::*;
use crate::encoder::buffer::Buffer;
use crate::fixture::{self, Span};

fn remote(span: Span) -> String {
    let mut out = Buffer::new();
    fixture::view(&span.seal(), |view| {
        out.write(0, |to| {
            *to = put_remote_endpoint(std::mem::take(to), view.raw())
        });
    });
    let text = String::from_utf8(out.as_bytes().to_vec()).unwrap();
    text.strip_prefix(r#","remoteEndpoint":"#)
        .unwrap_or(&text)
        .to_owned()
}

fn service(name: &str) -> String {
    format!(r#"{{"serviceName":"{name}"}}"#)
}

#[test]
fn of_any_two_attributes_the_higher_ranked_wins() {
    let value = |key: &'static str| match key.contains("addr") && !key.starts_with("peer.") {
        true if key != "server.address" => "10.0.0.9",
        _ => key,
    };
    let expected = |key: &'static str| match value(key) {
        "10.0.0.9" => r#"{"ipv4":"10.0.0.9"}"#.to_owned(),
        name => service(name),
    };
    let keys: Vec<&'static str> = RANKED
        .iter()
        .map(|(key, _)| std::str::from_utf8(key).unwrap())
        .collect();
    for (rank, high) in keys.iter().enumerate() {
        for low in &keys[rank + 1..] {
            let one = Span::new("x")
                .attribute(high, value(high))
                .attribute(low, value(low));
            assert_eq!(remote(one), expected(high), "{high} before {low}");
            let other = Span::new("x")
                .attribute(low, value(low))
                .attribute(high, value(high));
            assert_eq!(remote(other), expected(high), "{high} behind {low}");
        }
    }
}

#[test]
fn addresses_are_sorted_by_family_and_keep_their_port() {
    for (address, port, expected) in [
        ("1.2.3.4", Some(80), r#"{"ipv4":"1.2.3.4","port":80}"#),
        ("1.2.3.4", None, r#"{"ipv4":"1.2.3.4"}"#),
        ("1.2.3.4", Some(0), r#"{"ipv4":"1.2.3.4"}"#),
        ("1.2.3.4", Some(65_536), r#"{"ipv4":"1.2.3.4"}"#),
        ("1.2.3.4", Some(-1), r#"{"ipv4":"1.2.3.4"}"#),
        (
            "2001:DB8::1",
            Some(443),
            r#"{"ipv6":"2001:db8::1","port":443}"#,
        ),
        ("::ffff:1.2.3.4", None, r#"{"ipv4":"1.2.3.4"}"#),
    ] {
        for key in ["network.peer", "server.socket"] {
            let mut span = Span::new("x").attribute(&format!("{key}.address"), address);
            if let Some(port) = port {
                span = span.attribute(&format!("{key}.port"), port);
            }
            assert_eq!(remote(span), expected, "{key} {address} {port:?}");
        }
    }
    let text = Span::new("x")
        .attribute("net.sock.peer.addr", "1.2.3.4")
        .attribute("net.sock.peer.port", "81");
    assert_eq!(remote(text), r#"{"ipv4":"1.2.3.4","port":81}"#);
}

#[test]
fn what_tells_nothing_counts_as_absent() {
    let span = Span::new("x")
        .attribute("peer.service", "")
        .attribute("server.address", 7)
        .attribute("network.peer.address", "no address")
        .attribute("db.name", "orders");
    assert_eq!(remote(span), service("orders"));
    assert_eq!(
        remote(Span::new("x").attribute("network.peer.address", "/run/socket")),
        ""
    );
    assert_eq!(remote(Span::new("x")), "");
}

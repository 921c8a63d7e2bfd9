//! Heads of requests, as tables: what is understood, what is refused, with which status.

use super::*;

fn head(lines: &[&str]) -> Result<Head, u16> {
    let text = lines.join("\r\n") + "\r\n\r\n";
    match parse_head(text.as_bytes()) {
        Ok(Some((head, length))) => {
            assert_eq!(length, text.len());
            Ok(head)
        }
        Ok(None) => panic!("{text:?} is not complete"),
        Err(refusal) => Err(refusal.status),
    }
}

#[test]
fn a_head_is_reduced_to_what_is_used() {
    let found = head(&[
        "POST /api/traces?format=jaeger.thrift HTTP/1.1",
        "Host: localhost:14268",
        "CONTENT-TYPE:  Application/X-Thrift; charset=binary",
        "content-length: 12",
        "Expect: 100-continue",
        "Connection: close",
    ]);
    let wanted = Head {
        method: Method::Post,
        path: "/api/traces".to_owned(),
        content_type: Some("application/x-thrift".to_owned()),
        content_encoding: None,
        version: Version::Http11,
        framing: Framing::Length(12),
        keep_alive: false,
        expects_continue: true,
    };
    assert_eq!(found, Ok(wanted));
}

#[test]
fn a_head_is_parsed_when_it_is_complete() {
    let text = "GET /health HTTP/1.1\r\nHost: a\r\n\r\nrest";
    let end = text.len() - 4;
    for length in 0..end {
        assert_eq!(parse_head(&text.as_bytes()[..length]), Ok(None), "{length}");
    }
    let (head, length) = parse_head(text.as_bytes()).unwrap().unwrap();
    assert_eq!(
        (head.method, length, head.has_body()),
        (Method::Get, end, false)
    );
}

#[test]
fn paths_lose_their_query_and_authority() {
    for (target, shown) in [
        ("/", "/"),
        ("/traces?limit=5", "/traces"),
        ("/traces#top", "/traces"),
        ("http://localhost:9411/traces?a", "/traces"),
        ("http://localhost:9411", "/"),
        ("/proxy/http://x/y", "/proxy/http://x/y"),
        ("*", "*"),
    ] {
        assert_eq!(path(target), shown, "{target}");
    }
}

#[test]
fn the_framing_is_one_or_refused() {
    const POST: &str = "POST / HTTP/1.1";
    for (headers, framing) in [
        (&["Content-Length: 0"][..], Ok(Framing::Length(0))),
        (&[], Ok(Framing::Length(0))),
        (&["Content-Length: 5, 5"], Ok(Framing::Length(5))),
        (&["Content-Length: 5", "Content-Length: 6"], Err(400)),
        (&["Content-Length: +5"], Err(400)),
        (&["Content-Length: -5"], Err(400)),
        (&["Content-Length: 5x"], Err(400)),
        (&["Content-Length: 99999999999999999999"], Err(400)),
        (&["Transfer-Encoding: Chunked"], Ok(Framing::Chunked)),
        (&["Transfer-Encoding: gzip, chunked"], Err(501)),
        (&["Transfer-Encoding: gzip"], Err(501)),
        (
            &["Transfer-Encoding: chunked", "Content-Length: 5"],
            Err(400),
        ),
    ] {
        let lines: Vec<&str> = [POST].iter().chain(headers).copied().collect();
        assert_eq!(
            head(&lines).map(|head| head.framing),
            framing,
            "{headers:?}"
        );
    }
    assert_eq!(
        head(&["POST / HTTP/1.0", "Transfer-Encoding: chunked"]),
        Err(400)
    );
}

#[test]
fn connections_are_kept_as_the_version_says() {
    for (lines, kept) in [
        (&["GET / HTTP/1.1"][..], true),
        (&["GET / HTTP/1.1", "Connection: TE, Close"], false),
        (&["GET / HTTP/1.0"], false),
        (&["GET / HTTP/1.0", "Connection: Keep-Alive"], true),
    ] {
        assert_eq!(
            head(lines).map(|head| head.keep_alive),
            Ok(kept),
            "{lines:?}"
        );
    }
}

#[test]
fn what_is_no_request_is_refused() {
    for (lines, status) in [
        (vec!["hello"], 400),
        (vec!["GET / HTTP/2.0"], 505),
        (vec!["GET / HTTP/1.1", "no colon"], 400),
        (vec!["GET / HTTP/1.1", "Expect: miracles"], 417),
        ([vec!["GET / HTTP/1.1"], vec!["A: b"; 65]].concat(), 431),
    ] {
        assert_eq!(head(&lines), Err(status), "{lines:?}");
    }
}

#[test]
fn answers_say_how_long_they_are() {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    assert_eq!(
        text(Response::empty(202).encode(Version::Http11, true, false)),
        "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n"
    );
    assert_eq!(
        text(Response::not_allowed("POST").encode(Version::Http10, false, true)),
        "HTTP/1.0 405 Method Not Allowed\r\nContent-Type: text/plain; charset=utf-8\r\n\
         Allow: POST\r\nContent-Length: 21\r\nConnection: close\r\n\r\n"
    );
}

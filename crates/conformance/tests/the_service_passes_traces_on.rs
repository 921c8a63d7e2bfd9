//! `w3c-service`: calls are made within the caller's trace, each in a span of its own, and nothing
//! that is sent to it brings it down.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod support;

use serde_json::json;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Child;
use std::thread::{self, JoinHandle};

/// The service, running.
struct Service {
    child: Child,
    address: SocketAddr,
}

impl Service {
    fn start() -> Service {
        let mut child = support::start("w3c-service --port 0");
        let mut ready = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut ready)
            .unwrap();
        assert_eq!(ready, "ready\n");
        let mut line = String::new();
        BufReader::new(child.stderr.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = line.trim().rsplit(' ').next().unwrap().parse().unwrap();
        Service { child, address }
    }

    /// The status line of the answer; empty if there is none.
    fn send(&self, request: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.address).unwrap();
        // The service may have refused it half-way.
        let _ = stream.write_all(request);
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer).into_owned();
        answer.lines().next().unwrap_or_default().to_owned()
    }

    fn post(&self, headers: &str, body: &str) -> String {
        let length = body.len();
        self.send(
            format!(
                "POST /test HTTP/1.1\r\nhost: x\r\n{headers}content-length: {length}\r\n\r\n{body}"
            )
            .as_bytes(),
        )
    }

    fn end(mut self) {
        drop(self.child.stdin.take());
        assert!(self.child.wait().unwrap().success());
    }
}

/// Takes `count` calls, one a connection, and keeps their heads and bodies.
fn harness(count: usize) -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let calls = thread::spawn(move || {
        let streams = listener.incoming().take(count);
        streams.map(|stream| take_call(stream.unwrap())).collect()
    });
    (url, calls)
}

fn take_call(stream: TcpStream) -> String {
    let mut reader = BufReader::new(stream);
    let mut call = String::new();
    while !call.ends_with("\r\n\r\n") {
        assert!(reader.read_line(&mut call).unwrap() > 0, "{call}");
    }
    let length = header(&call, "content-length").unwrap().parse().unwrap();
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    call.push_str(std::str::from_utf8(&body).unwrap());
    reader
        .get_mut()
        .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        .unwrap();
    call
}

/// The value of a header that is there once.
fn header<'c>(call: &'c str, name: &str) -> Option<&'c str> {
    let lines = call.lines().filter_map(|line| line.split_once(": "));
    let mut values = lines.filter(|(key, _)| key.eq_ignore_ascii_case(name));
    let value = values.next().map(|(_, value)| value);
    assert!(values.next().is_none(), "{name} more than once: {call}");
    value
}

#[test]
fn calls_share_the_trace_and_not_the_span() {
    let service = Service::start();
    let (url, calls) = harness(2);
    let body = json!([{"url": url, "arguments": [1, {"a": null}]}, {"url": url}]);
    let trace = "0af7651916cd43dd8448eb211c80319c";
    let headers = format!(
        "TraceParent: 00-{trace}-b7ad6b7169203331-01\r\ntracestate: a=1\r\ntracestate: b=2\r\n"
    );
    assert_eq!(service.post(&headers, &body.to_string()), "HTTP/1.1 200 OK");
    let calls = calls.join().unwrap();
    let parents: Vec<_> = calls
        .iter()
        .map(|call| {
            let parent = header(call, "traceparent").unwrap();
            assert!(parent.starts_with(&format!("00-{trace}-")), "{parent}");
            assert!(!parent.contains("b7ad6b7169203331"));
            assert_eq!(header(call, "tracestate"), Some("a=1,b=2"));
            parent
        })
        .collect();
    assert_ne!(parents[0], parents[1]);
    assert!(calls[0].ends_with(r#"[1,{"a":null}]"#), "{}", calls[0]);
    service.end();
}

#[test]
fn a_bad_traceparent_begins_a_trace() {
    let service = Service::start();
    let (url, calls) = harness(1);
    let body = json!([{"url": url, "arguments": []}]).to_string();
    let headers = "traceparent: 00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01\r\n\
                   tracestate: a=1\r\n";
    assert_eq!(service.post(headers, &body), "HTTP/1.1 200 OK");
    let calls = calls.join().unwrap();
    let parent = header(&calls[0], "traceparent").unwrap();
    assert!(!parent.contains("0af7651916cd43dd8448eb211c80319c"));
    assert_eq!(header(&calls[0], "tracestate"), None);
    service.end();
}

#[test]
fn garbage_is_answered_or_hung_up_on() {
    let service = Service::start();
    for (request, status) in [
        (&b""[..], ""),
        (b"\0\x01\x02\r\n\r\n", "HTTP/1.1 400 Bad Request"),
        (
            b"GET /test HTTP/1.1\r\n\r\n",
            "HTTP/1.1 405 Method Not Allowed",
        ),
        (b"POST / HTTP/1.1\r\n\r\n", "HTTP/1.1 404 Not Found"),
        (b"POST /test HTTP/1.1\r\n\r\n", "HTTP/1.1 400 Bad Request"),
        (b"POST /test HTTP/1.1\r\ncontent-length: 9\r\n\r\n[]", ""),
        (
            b"POST /test HTTP/1.1\r\ncontent-length: 99999999\r\n\r\n[]",
            "HTTP/1.1 413 Content Too Large",
        ),
        (
            b"POST /test HTTP/1.1\r\ntraceparent: \xff\xfe\r\ncontent-length: 2\r\n\r\n[]",
            "HTTP/1.1 200 OK",
        ),
    ] {
        let request_text = String::from_utf8_lossy(request);
        assert_eq!(service.send(request), status, "{request_text}");
    }
    let deep = "[".repeat(10_000);
    assert_eq!(service.post("", &deep), "HTTP/1.1 400 Bad Request");
    let nowhere = json!([{"url": "http://192.0.2.1/"}, {"url": "http://127.0.0.1:1/"}]);
    assert_eq!(service.post("", &nowhere.to_string()), "HTTP/1.1 200 OK");
    service.end();
}

//! What a program that embeds the sink relies on: it waits, is told, reads back, and on drop
//! nothing remains.

mod support;

use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;
use std::time::Duration;

use spanline_sink::{Format, Sink};
use support::{Client, batch, post, post_zipkin, span, zipkin};

const LONG: Duration = Duration::from_secs(20);

#[test]
fn endpoints_are_whole_urls_of_the_ports_opened() {
    let sink = Sink::builder().jaeger(0).start().unwrap();
    let address = sink.jaeger_address().unwrap();
    assert!(address.ip().is_loopback());
    assert_eq!(
        sink.jaeger_endpoint(),
        Some(format!("http://{address}/api/traces"))
    );
    assert_eq!(
        (sink.zipkin_endpoint(), sink.zipkin_address()),
        (None, None)
    );
}

#[test]
fn it_listens_on_ipv6_too() {
    // Not every machine has the address.
    if TcpListener::bind("[::1]:0").is_err() {
        return;
    }
    let sink = Sink::builder().host("[::1]").zipkin(0).start().unwrap();
    assert!(sink.zipkin_endpoint().unwrap().starts_with("http://[::1]:"));
    assert_eq!(
        Client::connect(sink.zipkin_address().unwrap())
            .ask(post_zipkin("[]"))
            .status,
        202
    );
}

#[test]
fn waiting_ends_with_the_spans_or_the_time() {
    let sink = Sink::builder().zipkin(0).start().unwrap();
    let address = sink.zipkin_address().unwrap();
    assert_eq!(sink.wait_for_spans(0, Duration::ZERO), Ok(0));
    let timeout = sink
        .wait_for_spans(2, Duration::from_millis(5))
        .unwrap_err();
    assert_eq!(
        timeout.to_string(),
        "waited for 2 spans, received 0, refused 0 payloads"
    );
    let sender = std::thread::spawn(move || {
        let mut client = Client::connect(address);
        for id in 1..=2 {
            client.ask(post_zipkin(&zipkin(id)));
        }
    });
    assert_eq!(sink.wait_for_spans(2, LONG), Ok(2));
    sender.join().unwrap();
}

#[test]
fn callbacks_see_each_payload_before_the_waiting_do() {
    let (payloads, seen) = mpsc::channel();
    let (refusals, refused) = mpsc::channel();
    let sink = Sink::builder()
        .jaeger(0)
        .zipkin(0)
        .on_payload(move |payload| {
            let arrivals: Vec<u64> = payload.spans.iter().map(|span| span.arrival).collect();
            payloads
                .send((payload.format, payload.bytes, arrivals))
                .unwrap();
        })
        .on_malformed(move |malformed| refusals.send(malformed.reason.clone()).unwrap())
        .start()
        .unwrap();
    let body = batch(&[span(2, 0), span(3, 2)]);
    let request = post("/api/traces", "application/x-thrift", &body);
    Client::connect(sink.jaeger_address().unwrap()).ask(request);
    sink.wait_for_spans(2, LONG).unwrap();
    assert_eq!(
        seen.try_recv(),
        Ok((Format::JaegerBinary, body.len(), vec![1, 2]))
    );

    Client::connect(sink.zipkin_address().unwrap()).ask(post_zipkin("{}"));
    assert!(refused.recv().unwrap().contains("expected a JSON array"));

    let spans = sink.spans();
    assert_eq!(spans.len(), 2);
    assert_eq!(sink.traces()[0].span("x"), Some(&spans[0]));
    assert!(format!("{sink:?}").contains("payloads: 1"));
}

#[test]
fn a_panic_in_a_callback_costs_one_connection() {
    let sink = Sink::builder()
        .zipkin(0)
        .on_payload(|payload| assert_ne!(payload.spans.len(), 0, "a callback that panics"))
        .start()
        .unwrap();
    let mut client = Client::connect(sink.zipkin_address().unwrap());
    client.send(post_zipkin("[]"));
    assert!(client.answer().is_none());
    let answer = Client::connect(sink.zipkin_address().unwrap()).ask(post_zipkin(&zipkin(1)));
    assert_eq!((answer.status, sink.payloads()), (202, 1));
}

#[test]
fn the_last_traces_are_kept() {
    let sink = Sink::builder()
        .jaeger(0)
        .keep(2)
        .keep_spans_per_trace(1)
        .start()
        .unwrap();
    let mut client = Client::connect(sink.jaeger_address().unwrap());
    for trace in 1_u8..=3 {
        let mut body = batch(&[span(2, 0), span(3, 2)]);
        // The last byte of traceIdLow in the first span; the second stays in trace 1.
        let first = body
            .windows(11)
            .position(|w| w == [10, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1])
            .unwrap();
        body[first + 10] = trace;
        assert_eq!(
            client
                .ask(post("/api/traces", "application/x-thrift", &body))
                .status,
            202
        );
    }
    let ids: Vec<u128> = sink.traces().iter().map(|trace| trace.trace_id.0).collect();
    assert_eq!(ids, [3, 1]);
    let stats = sink.stats();
    assert_eq!(stats.spans, 6);
    assert_eq!(
        stats.spans,
        sink.spans().len() as u64 + stats.dropped_spans + stats.evicted_spans
    );
}

#[test]
fn dropping_it_ends_connections_and_frees_the_ports() {
    let sink = Sink::builder().jaeger(0).zipkin(0).start().unwrap();
    let addresses = [
        sink.jaeger_address().unwrap(),
        sink.zipkin_address().unwrap(),
    ];
    let mut silent = Client::connect(addresses[0]);
    let mut kept = Client::connect(addresses[1]);
    assert_eq!(kept.ask("GET /health HTTP/1.1\r\n\r\n").status, 200);
    let mut halfway = Client::connect(addresses[1]);
    halfway.send("POST /api/v2/spans HTTP/1.1\r\nContent-Len");
    drop(sink);
    assert!(silent.is_ended() && kept.is_ended());
    assert!(halfway.answer().is_none());
    for address in addresses {
        assert!(TcpStream::connect(address).is_err());
        TcpListener::bind(address).unwrap();
    }
}

#[test]
fn a_taken_port_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let error = Sink::builder().jaeger(port).start().unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with(&format!("cannot listen on 127.0.0.1 port {port}: "))
    );
}

//! Whatever becomes of datagrams to a Jaeger agent, each span ends as exactly one of exported, failed and
//! dropped as oversize; nothing is sent twice, and the exporter's time, a flush's and a shutdown's are
//! kept.
//!
//! An agent answers nothing, so there is little that it can do wrong: it is there, it is not, or its name
//! does not resolve. A datagram that the network itself refuses is the business of the transport's own
//! tests, which can ask for one.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::net::UdpSocket;
use std::time::{Duration, Instant};

use spanline::ProcessorStats;
use spanline::export::JaegerExporter;
use spanline::sdk::{
    BatchConfig, BatchSpanProcessor, SimpleSpanProcessor, SpanLimits, TracerProviderBuilder,
};

/// How long an export may take.
const TIME: Duration = Duration::from_secs(20);

/// Sends spans of so many bytes of text, each an export of its own.
fn send(exporter: JaegerExporter, texts: &[usize]) -> ProcessorStats {
    let processor = SimpleSpanProcessor::new(exporter);
    let provider = TracerProviderBuilder::new()
        .limits(SpanLimits::default().span_byte_limit(usize::MAX))
        .processor(processor)
        .build()
        .unwrap();
    let tracer = provider.tracer("matrix");
    let begun = Instant::now();
    for bytes in texts {
        tracer
            .span("x")
            .attribute("text", "x".repeat(*bytes))
            .start()
            .end();
    }
    assert!(begun.elapsed() < TIME);
    let _ = provider.shutdown(TIME);
    let stats = provider.stats().processors[0].clone();
    let ended = stats.exported + stats.failed + stats.rejected + stats.dropped.oversize;
    assert_eq!(ended, texts.len() as u64, "{stats:?}");
    assert_eq!(stats.ended_sampled, ended);
    assert_eq!(stats.rejected, 0);
    stats
}

/// In both protocols.
fn exporters(address: &str) -> [JaegerExporter; 2] {
    let compact = JaegerExporter::udp_compact(address).timeout(TIME).build();
    let binary = JaegerExporter::udp_binary(address).timeout(TIME).build();
    [compact.unwrap(), binary.unwrap()]
}

/// How many datagrams lie in a socket; there is no more to come, since the sender is done.
fn received(agent: &UdpSocket) -> u64 {
    agent.set_nonblocking(true).unwrap();
    let mut packet = vec![0; 65_536];
    (0..)
        .take_while(|_| agent.recv(&mut packet).is_ok())
        .count() as u64
}

#[test]
fn an_agent_that_listens_gets_each_datagram_once() {
    let agent = UdpSocket::bind("127.0.0.1:0").unwrap();
    for exporter in exporters(&agent.local_addr().unwrap().to_string()) {
        let stats = send(exporter, &[1; 10]);
        assert_eq!((stats.exported, received(&agent)), (10, 10));
    }
}

/// A datagram that found nobody costs itself and not the next one: what is sent once somebody listens
/// arrives.
#[test]
fn an_agent_that_comes_late_gets_all_that_is_sent_from_then_on() {
    let agent = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = agent.local_addr().unwrap();
    let mut agent = Some(agent);
    for exporter in exporters(&address.to_string()) {
        drop(agent.take());
        let processor = SimpleSpanProcessor::new(exporter);
        let provider = TracerProviderBuilder::new().processor(processor).build();
        let provider = provider.unwrap();
        let tracer = provider.tracer("matrix");
        tracer.start("found nobody").end();
        let listens = &*agent.insert(UdpSocket::bind(address).unwrap());
        (0..9).for_each(|_| tracer.start("x").end());
        assert_eq!(received(listens), 9);
        let stats = provider.stats().processors[0].clone();
        // That nobody was there is known at once, unless the machine is very busy.
        assert!(
            matches!((stats.failed, stats.exported), (1, 9) | (0, 10)),
            "{stats}"
        );
    }
}

/// The exporter has ten minutes, a flush and a shutdown have a moment.
#[test]
fn a_flush_comes_back_in_time_whatever_becomes_of_the_datagrams() {
    const MOMENT: Duration = Duration::from_millis(50);
    const FOR_EVER: Duration = Duration::from_secs(600);
    let [agent, gone] = [(); 2].map(|()| UdpSocket::bind("127.0.0.1:0").unwrap());
    let [here, nowhere] = [&agent, &gone].map(|socket| socket.local_addr().unwrap().to_string());
    drop(gone);
    for address in [here.as_str(), &nowhere, "no-such-host.invalid"] {
        let exporter = JaegerExporter::udp_compact(address)
            .timeout(FOR_EVER)
            .build();
        let config = BatchConfig::default()
            .schedule_delay(FOR_EVER)
            .export_timeout(FOR_EVER);
        let processor = BatchSpanProcessor::new(exporter.unwrap(), config).unwrap();
        let provider = TracerProviderBuilder::new().processor(processor).build();
        let provider = provider.unwrap();
        let tracer = provider.tracer("matrix");
        (0..10).for_each(|_| tracer.start("x").end());
        let begun = Instant::now();
        let flushed = provider.force_flush(MOMENT);
        let ended = provider.shutdown(MOMENT);
        assert!(begun.elapsed() < TIME, "{address}: {flushed:?}, {ended:?}");
        let stats = provider.stats().processors[0].clone();
        assert!(stats.balances(), "{address}: {stats}");
        assert_eq!(
            (stats.queued, stats.in_flight),
            (0, 0),
            "{address}: {stats}"
        );
        assert_eq!(stats.ended_sampled, 10);
    }
}

#[test]
fn an_agent_that_is_not_there_is_noticed() {
    let agent = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = agent.local_addr().unwrap().to_string();
    drop(agent);
    for exporter in exporters(&address) {
        let stats = send(exporter, &[1; 10]);
        assert!(stats.failed > 0, "{stats:?}");
        assert_eq!(stats.exported + stats.failed, 10);
    }
}

#[test]
fn an_agent_whose_name_does_not_resolve_gets_nothing() {
    for exporter in exporters("no-such-host.invalid") {
        assert_eq!(send(exporter, &[1; 3]).failed, 3);
    }
}

#[test]
fn a_span_too_large_for_a_datagram_costs_itself() {
    let agent = UdpSocket::bind("127.0.0.1:0").unwrap();
    for exporter in exporters(&agent.local_addr().unwrap().to_string()) {
        let stats = send(exporter, &[1, 70_000, 1, 64_000]);
        assert_eq!((stats.exported, stats.dropped.oversize), (3, 1));
        assert_eq!(received(&agent), 3);
    }
}

//! The exporter to Jaeger: its constructors.

use super::Pipeline;
use super::agent::AgentBuilder;
use super::builder::HttpBuilder;
use super::opaque::opaque_exporter;
use crate::encoder::jaeger::{Binary, Compact, JaegerBinary};

opaque_exporter! {
    /// Sends spans to a Jaeger collector or agent.
    ///
    /// OpenTelemetry has dropped its own Jaeger exporters, because Jaeger takes OTLP since version
    /// 1.35; this one is for collectors that are asked for Thrift.
    JaegerExporter
}

impl JaegerExporter {
    /// To a collector over HTTP: Thrift's binary protocol in the body of a `POST`, usually to
    /// `http://localhost:14268/api/traces`.
    ///
    /// [`compression`](HttpBuilder::compression) depends on the server: Jaeger's own collectors of version
    /// 1 do not unpack requests and answer status 400, so that all batches fail. The Jaeger receiver of the
    /// OpenTelemetry Collector, on which Jaeger 2 is built, unpacks them.
    pub fn http(url: impl AsRef<str>) -> HttpBuilder<JaegerExporter> {
        let name = "jaeger_http_span_exporter";
        Pipeline::http(name, JaegerBinary::new(), url).map(JaegerExporter::of)
    }

    /// To an agent over UDP, in Thrift's compact protocol: one message `emitBatch` a datagram. The
    /// agent is `host`, or `host:port` where the port is not 6831, or either with `udp://` in front.
    ///
    /// An agent answers nothing, so that a span counts as exported when the network took it. Where the
    /// network says at once that nobody listens, as it does on one machine, the span has failed; where it
    /// says so later, the next datagram is sent all the same, and diagnostics are told of the loss.
    ///
    /// Each packet has a number, and says how many spans were lost before it: for want of room in the queue
    /// ([`Batch::queue_dropped`](spanline_core::export::Batch::queue_dropped)), because they were too
    /// large for a packet, and because they could not be sent (`Batch.seqNo` and `Batch.stats` of
    /// jaeger.thrift).
    ///
    /// A full batch of usual spans is about four packets of 65,000 bytes, sent one right behind the other.
    /// Linux gives a socket 212,992 bytes to receive into (`net.core.rmem_default`): where the agent
    /// loses packets, give it a larger buffer, or send smaller batches or
    /// [packets](AgentBuilder::max_packet_size).
    pub fn udp_compact(agent: impl AsRef<str>) -> AgentBuilder<Compact> {
        AgentBuilder::new("jaeger_udp_compact_span_exporter", agent.as_ref())
    }

    /// The same in Thrift's binary protocol, for which agents listen on port 6832.
    pub fn udp_binary(agent: impl AsRef<str>) -> AgentBuilder<Binary> {
        AgentBuilder::new("jaeger_udp_binary_span_exporter", agent.as_ref())
    }
}

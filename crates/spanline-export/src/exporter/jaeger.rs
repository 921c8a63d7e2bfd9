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
    pub fn udp_compact(agent: impl AsRef<str>) -> AgentBuilder<Compact> {
        AgentBuilder::new("jaeger_udp_compact_span_exporter", agent.as_ref())
    }

    /// The same in Thrift's binary protocol, for which agents listen on port 6832.
    pub fn udp_binary(agent: impl AsRef<str>) -> AgentBuilder<Binary> {
        AgentBuilder::new("jaeger_udp_binary_span_exporter", agent.as_ref())
    }
}

//! The options that exporters to a Jaeger agent have.

use super::{DEFAULT_TIMEOUT, JaegerExporter, Pipeline};
use crate::encoder::jaeger::{JaegerMessage, Protocol};
use crate::error::BuildError;
use crate::transport::UdpTransport;
use crate::transport::udp::MAX_DATAGRAM;
use std::time::Duration;

/// What a packet holds at most unless told otherwise: what agents read.
const DEFAULT_MAX_PACKET_SIZE: usize = 65_000;

/// Collects the options of an exporter to an agent, which takes datagrams in the protocol `P`.
///
/// Nothing is checked before [`build`](AgentBuilder::build), and nothing is sent before the first
/// batch.
#[derive(Debug)]
#[must_use = "a builder does nothing until `build`"]
pub struct AgentBuilder<P> {
    name: &'static str,
    address: String,
    encoder: JaegerMessage<P>,
    timeout: Duration,
    max_packet_size: usize,
}

impl<P: Protocol> AgentBuilder<P> {
    pub(super) fn new(name: &'static str, address: &str) -> Self {
        AgentBuilder {
            name,
            address: address.to_owned(),
            encoder: JaegerMessage::new(),
            timeout: DEFAULT_TIMEOUT,
            max_packet_size: DEFAULT_MAX_PACKET_SIZE,
        }
    }

    /// How long one export may take in all, looking up the agent included; ten seconds if not set.
    /// The deadline of a batch holds as well.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The most bytes of one packet, its head included; 65,000 if not set. A span that is larger
    /// alone is dropped and counted as oversize.
    ///
    /// Packets above 1,400 bytes or so travel in pieces, and all is lost with one of them: ask for
    /// that much where the agent is on another machine.
    pub fn max_packet_size(mut self, bytes: usize) -> Self {
        self.max_packet_size = bytes;
        self
    }

    /// Where `ClientStats.fullQueueDroppedSpans` comes from: the exporter sees only what the queue
    /// let through. Asked once a batch; 0 if not set.
    pub fn full_queue_dropped(mut self, count: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        self.encoder = self.encoder.full_queue_dropped(count);
        self
    }

    /// The exporter. Does no I/O: a host that does not resolve or listen yet is no error.
    ///
    /// # Errors
    ///
    /// If the address is none, or a number makes no sense.
    pub fn build(self) -> Result<JaegerExporter, BuildError> {
        if self.timeout.is_zero() {
            return Err(BuildError::InvalidSetting {
                setting: "timeout",
                must: "more than zero",
            });
        }
        if !(1..=MAX_DATAGRAM).contains(&self.max_packet_size) {
            return Err(BuildError::InvalidSetting {
                setting: "max_packet_size",
                must: "from 1 to 65507",
            });
        }
        let transport = UdpTransport::new(&self.address, P::AGENT_PORT)?;
        let pipeline = Pipeline::new(self.name, self.encoder, transport)
            .timeout(self.timeout)
            .max_request_size(self.max_packet_size);
        Ok(JaegerExporter::of(pipeline))
    }
}

#[cfg(test)]
mod tests;

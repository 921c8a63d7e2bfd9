//! What a peer answers to a request that it took: kept whole, up to a bound.
//!
//! The bound is OTLP's, and holds for every wire. Whoever reads an answer must know whether it is all
//! that was said, because what is missing may be the part that counts.

/// The most of an answer that is read: 4 MiB, as the OpenTelemetry protocol sets for exporters.
#[cfg(feature = "http")]
pub(super) const MAX_ANSWER: usize = 4 * 1024 * 1024;

/// Why an answer ended too soon.
#[cfg(feature = "http")]
pub(super) const BROKE_OFF: &str = "its answer broke off";

/// What a peer answered to a request that it took.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The bytes that came, at most 4 MiB.
    pub body: Vec<u8>,
    /// Why they are not all of the answer; `None` if they are.
    pub unread: Option<&'static str>,
}

#[cfg(feature = "http")]
impl Answer {
    /// Keeps a piece of an answer that is not longer than [`MAX_ANSWER`].
    ///
    /// The memory grows from one power of two to the next, so that with what is copied while it grows it
    /// stays below one and a half times the bound.
    pub(super) fn push(&mut self, piece: &[u8]) {
        let wanted = (self.body.len() + piece.len()).next_power_of_two();
        self.body.reserve_exact(wanted - self.body.len());
        self.body.extend_from_slice(piece);
    }
}

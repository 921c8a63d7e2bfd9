//! A transport that keeps requests in memory, for tests and benchmarks.

use super::{SendError, Transport};
use spanline_core::deadline::Deadline;
use std::sync::{Arc, Mutex, PoisonError};

/// Keeps what it is sent. Clones share it, so that one can be given away and the other read.
///
/// Memory grows with each request until [`MemoryTransport::take`].
#[derive(Clone, Debug, Default)]
pub struct MemoryTransport {
    sent: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl MemoryTransport {
    /// A transport that was sent nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the requests out, oldest first.
    #[must_use]
    pub fn take(&self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.sent.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Transport for MemoryTransport {
    fn twin(&self) -> Option<Self> {
        Some(self.clone())
    }

    fn send(&mut self, body: &[u8], deadline: Deadline) -> Result<(), SendError> {
        if deadline.has_passed() {
            return Err(SendError::DeadlinePassed);
        }
        self.sent
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(body.to_vec());
        Ok(())
    }

    fn target(&self) -> &str {
        "memory"
    }
}

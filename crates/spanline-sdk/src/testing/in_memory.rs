//! An exporter that goes nowhere.

use super::FinishedSpan;
use crate::sync::Mutex;
use spanline_core::deadline::Deadline;
use spanline_core::export::{Batch, ExportError, Exported, SpanExporter};
use std::sync::Arc;

/// Keeps what is exported; clones share it, so that one goes to the provider and one stays.
///
/// After its shutdown it refuses batches, as exporters must; what it has can still be read.
#[derive(Clone, Debug, Default)]
pub struct InMemoryExporter {
    shared: Arc<Mutex<Kept>>,
}

#[derive(Debug, Default)]
struct Kept {
    spans: Vec<FinishedSpan>,
    is_shut_down: bool,
}

impl InMemoryExporter {
    /// An exporter that has nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// All spans so far, in the order of their export.
    #[must_use]
    pub fn spans(&self) -> Vec<FinishedSpan> {
        self.shared.lock().spans.clone()
    }

    /// Forgets all spans.
    pub fn reset(&self) {
        self.shared.lock().spans.clear();
    }
}

impl SpanExporter for InMemoryExporter {
    fn export(&mut self, batch: Batch<'_>, _: Deadline) -> Result<Exported, ExportError> {
        let copies: Vec<_> = batch.iter().map(|span| FinishedSpan::copy(&span)).collect();
        let mut kept = self.shared.lock();
        if kept.is_shut_down {
            return Err(ExportError::ShutDown);
        }
        kept.spans.extend(copies);
        Ok(Exported::ALL)
    }

    fn shutdown(&mut self, _: Deadline) -> Result<(), ExportError> {
        self.shared.lock().is_shut_down = true;
        Ok(())
    }

    fn twin(&self) -> Option<Box<dyn SpanExporter>> {
        // In a forked child the memory is a copy.
        Some(Box::new(self.clone()))
    }

    fn name(&self) -> &str {
        "in_memory"
    }
}

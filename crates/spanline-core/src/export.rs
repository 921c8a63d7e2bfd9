//! The seam to exporters: batches of finished spans on their way out.

mod error;

pub use error::{ExportError, FailedRequest};

use crate::deadline::Deadline;
use crate::resource::Resource;
use crate::view::{SpanView, Times};
use std::fmt;
use std::time::Duration;

/// Takes finished batches to wherever spans go.
///
/// Owned by one worker: calls never overlap. A call must end by its deadline; what it does in
/// between, retries included, is its own business. A panic costs the batch and nothing else.
pub trait SpanExporter: Send {
    /// Exports a batch. It is only lent: what outlives the call must be copied.
    ///
    /// # Errors
    /// Says why nothing of the batch arrived; the batch counts as failed and is not offered again.
    fn export(&mut self, batch: Batch<'_>, deadline: Deadline) -> Result<Exported, ExportError>;

    /// Sends what the exporter itself still holds.
    ///
    /// # Errors
    /// Says why that did not work.
    fn force_flush(&mut self, deadline: Deadline) -> Result<(), ExportError> {
        let _ = deadline;
        Ok(())
    }

    /// Ends the exporter; called once, after the last batch.
    ///
    /// # Errors
    /// Says what could not be ended in order.
    fn shutdown(&mut self, deadline: Deadline) -> Result<(), ExportError> {
        let _ = deadline;
        Ok(())
    }

    /// A twin with the same settings and nothing of this one's state, such as a connection: what a
    /// forked child of this process exports with.
    ///
    /// A batch processor asks for it when it is built, before anything was sent, so it should cost
    /// little. `None`, the default: a forked child has no exporter, and its spans are dropped and
    /// counted as forked.
    ///
    /// Open no file or socket here, only at the first batch. A child asks its exporter too, in case it
    /// forks itself, and a fork copies the table of open files before the memory: a grandchild that is
    /// forked meanwhile would have a descriptor without the file behind it.
    fn twin(&self) -> Option<Box<dyn SpanExporter>> {
        None
    }

    /// What to call the exporter in counts and diagnostics.
    fn name(&self) -> &str {
        "exporter"
    }
}

impl<E: SpanExporter + ?Sized> SpanExporter for Box<E> {
    fn export(&mut self, batch: Batch<'_>, deadline: Deadline) -> Result<Exported, ExportError> {
        (**self).export(batch, deadline)
    }

    fn force_flush(&mut self, deadline: Deadline) -> Result<(), ExportError> {
        (**self).force_flush(deadline)
    }

    fn shutdown(&mut self, deadline: Deadline) -> Result<(), ExportError> {
        (**self).shutdown(deadline)
    }

    fn twin(&self) -> Option<Box<dyn SpanExporter>> {
        (**self).twin()
    }

    fn name(&self) -> &str {
        (**self).name()
    }
}

/// Where a batch's records lie.
pub trait Records {
    /// How many there are.
    fn len(&self) -> usize;

    /// The sealed record number `n`.
    fn get(&self, n: usize) -> Option<&[u8]>;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Everything that is a list of records, sized so that it can be lent as `dyn Records`.
macro_rules! records {
    ($([$($generics:tt)*] $list:ty;)*) => {$(
        impl<R: AsRef<[u8]>, $($generics)*> Records for $list {
            fn len(&self) -> usize {
                <[R]>::len(self)
            }

            fn get(&self, n: usize) -> Option<&[u8]> {
                <[R]>::get(self, n).map(AsRef::as_ref)
            }
        }
    )*};
}

records! {
    [] Vec<R>;
    [] &[R];
    [const N: usize] [R; N];
}

/// Finished spans of one resource, lent for the length of an export.
#[derive(Clone, Copy)]
pub struct Batch<'a> {
    records: &'a dyn Records,
    times: &'a dyn Times,
    resource: &'a Resource,
    queue_dropped: u64,
}

impl<'a> Batch<'a> {
    /// Lends records, wherever they lie.
    pub fn new(records: &'a dyn Records, times: &'a dyn Times, resource: &'a Resource) -> Self {
        Batch {
            records,
            times,
            resource,
            queue_dropped: 0,
        }
    }

    /// The same with a word about spans that are not in it: how many the queue in front had no room
    /// for so far.
    #[must_use]
    pub fn with_queue_dropped(self, spans: u64) -> Self {
        Batch {
            queue_dropped: spans,
            ..self
        }
    }

    /// How many spans the queue in front had no room for, from the beginning until this batch was
    /// lent: dropped as `queue_full` or `byte_cap`. 0 if nobody said.
    ///
    /// For wires that pass it on, since an exporter sees only what the queue let through.
    pub fn queue_dropped(&self) -> u64 {
        self.queue_dropped
    }

    /// Who sends the spans.
    pub fn resource(&self) -> &'a Resource {
        self.resource
    }

    /// How many spans there are.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The span number `n`; `None` if there is none, or if its bytes are no record.
    #[inline]
    pub fn get(&self, n: usize) -> Option<SpanView<'a>> {
        SpanView::new(self.records.get(n)?, self.times, self.resource)
    }

    /// Walks the spans.
    pub fn iter(&self) -> BatchIter<'a> {
        BatchIter {
            batch: *self,
            next: 0,
        }
    }
}

impl<'a> IntoIterator for Batch<'a> {
    type Item = SpanView<'a>;
    type IntoIter = BatchIter<'a>;

    fn into_iter(self) -> BatchIter<'a> {
        self.iter()
    }
}

impl fmt::Debug for Batch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(*self).finish()
    }
}

/// Walks the spans of a [`Batch`].
#[derive(Clone)]
pub struct BatchIter<'a> {
    batch: Batch<'a>,
    next: usize,
}

impl<'a> Iterator for BatchIter<'a> {
    type Item = SpanView<'a>;

    #[inline]
    fn next(&mut self) -> Option<SpanView<'a>> {
        // Bytes that are no record are passed over: they cost only themselves.
        loop {
            let record = self.batch.records.get(self.next)?;
            self.next += 1;
            let span = SpanView::new(record, self.batch.times, self.batch.resource);
            if span.is_some() {
                return span;
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.batch.len().saturating_sub(self.next);
        (0, Some(left))
    }
}

impl fmt::Debug for BatchIter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchIter")
            .field("next", &self.next)
            .finish_non_exhaustive()
    }
}

/// What became of a batch that arrived: all of it, unless some spans are counted here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exported {
    /// Spans that the peer refused.
    pub rejected: u64,
    /// Spans too large for the transport, not sent.
    pub oversize: u64,
    /// Spans that could not be encoded, not sent.
    pub encode_error: u64,
    /// Spans of the batch that were on their way and did not arrive, where others did or were left out.
    pub failed: u64,
}

impl Exported {
    /// Every span arrived.
    pub const ALL: Exported = Exported {
        rejected: 0,
        oversize: 0,
        encode_error: 0,
        failed: 0,
    };

    /// The peer refused `spans` of the batch.
    pub fn rejected(spans: u64) -> Exported {
        Exported {
            rejected: spans,
            ..Exported::ALL
        }
    }

    /// The same with spans that were too large for the transport.
    #[must_use]
    pub fn with_oversize(self, spans: u64) -> Exported {
        Exported {
            oversize: spans,
            ..self
        }
    }

    /// The same with spans that could not be encoded.
    #[must_use]
    pub fn with_encode_error(self, spans: u64) -> Exported {
        Exported {
            encode_error: spans,
            ..self
        }
    }

    /// The same with spans that did not arrive.
    #[must_use]
    pub fn with_failed(self, spans: u64) -> Exported {
        Exported {
            failed: spans,
            ..self
        }
    }

    /// How many spans of the batch did not arrive.
    pub fn missing(&self) -> u64 {
        self.rejected
            .saturating_add(self.oversize)
            .saturating_add(self.encode_error)
            .saturating_add(self.failed)
    }
}

/// One export, told to whoever watches the sending.
#[derive(Debug)]
#[non_exhaustive]
pub struct ExportReport<'a> {
    /// How many spans the batch had.
    pub spans: usize,
    /// How long the exporter took.
    pub took: Duration,
    /// Why the batch went out now.
    pub cause: ExportCause,
    /// What became of it.
    pub outcome: &'a Result<Exported, ExportError>,
}

impl<'a> ExportReport<'a> {
    /// Tells of one export.
    pub fn new(
        spans: usize,
        took: Duration,
        cause: ExportCause,
        outcome: &'a Result<Exported, ExportError>,
    ) -> Self {
        ExportReport {
            spans,
            took,
            cause,
            outcome,
        }
    }
}

/// Why a batch went out when it did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExportCause {
    /// It was full.
    Size,
    /// The schedule delay had passed.
    Delay,
    /// Somebody asked for a flush.
    Flush,
    /// The provider was shut down.
    Shutdown,
}

impl fmt::Display for ExportCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ExportCause::Size => "size",
            ExportCause::Delay => "delay",
            ExportCause::Flush => "flush",
            ExportCause::Shutdown => "shutdown",
        })
    }
}

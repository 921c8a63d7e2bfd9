//! What a processor tells diagnostics of its exports: failures, the first success after them, spans
//! that did not arrive, and calls that came back too late. Both processors that export share it.
//!
//! How often each of these is heard is not decided here: every report passes the throttle.

use crate::sync::AtomicBool;
use spanline_core::Deadline;
use spanline_core::contain::contain;
use spanline_core::diagnostics::{self, DiagnosticKind};
use spanline_core::export::{ExportError, Exported, SpanExporter};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// What both tell of the first span that comes too late.
pub(super) const AFTER_SHUTDOWN: &str =
    "a span ended after the shutdown; it and all later ones are dropped";

/// See the module.
pub(super) struct Telling {
    /// The exporter's name, asked for once.
    exporter: String,
    /// The last export failed: the next success is worth a word.
    failing: AtomicBool,
}

impl Telling {
    pub(super) fn of(exporter: &dyn SpanExporter) -> Telling {
        let name = contain(|| exporter.name().to_owned());
        Telling {
            exporter: name.unwrap_or_else(|_| "exporter".into()),
            failing: AtomicBool::new(false),
        }
    }

    /// The exporter has answered: to `component`, for `spans` spans.
    pub(super) fn answered(
        &self,
        component: &str,
        spans: u64,
        outcome: &Result<Exported, ExportError>,
    ) {
        match outcome {
            Err(error) => self.failed(component, spans, error),
            Ok(exported) => {
                let missing = exported.missing();
                if missing > 0 {
                    self.did_not_arrive(component, spans, exported);
                }
                if missing < spans {
                    self.arrived(component);
                }
            }
        }
    }

    #[cold]
    fn failed(&self, component: &str, spans: u64, error: &ExportError) {
        let (exporter, noun) = (&self.exporter, noun(spans));
        let text = format_args!("{spans} {noun} failed: {exporter}: {error}");
        diagnostics::report(DiagnosticKind::ExportFailed, component, text);
        // Relaxed, here and below: nothing is read on the strength of it.
        self.failing.store(true, Ordering::Relaxed);
    }

    #[cold]
    fn did_not_arrive(&self, component: &str, spans: u64, exported: &Exported) {
        let (exporter, noun) = (&self.exporter, noun(spans));
        let text = format_args!(
            "{exporter}: of {spans} {noun} {} failed, {} were rejected, {} too large, {} not encodable",
            exported.failed, exported.rejected, exported.oversize, exported.encode_error
        );
        diagnostics::report(DiagnosticKind::Rejected, component, text);
    }

    fn arrived(&self, component: &str) {
        if self.failing.load(Ordering::Relaxed) && self.failing.swap(false, Ordering::Relaxed) {
            let text = format_args!("{}: exporting again", self.exporter);
            diagnostics::report(DiagnosticKind::Recovered, component, text);
        }
    }

    /// The exporter has come back at `now` from a call that was to end by `deadline`. Nothing is
    /// exported meanwhile, so whoever wonders where spans stay is told.
    pub(super) fn came_back(&self, component: &str, deadline: Deadline, now: Instant) {
        let late = deadline
            .instant()
            .map_or(Duration::ZERO, |at| now.saturating_duration_since(at));
        if late > LENIENCE {
            let text = format_args!("{}: came back {late:.1?} after its deadline", self.exporter);
            diagnostics::report(DiagnosticKind::Late, component, text);
        }
    }
}

/// How late an exporter may be without a word: what a busy machine adds.
const LENIENCE: Duration = Duration::from_millis(50);

fn noun(spans: u64) -> &'static str {
    if spans == 1 { "span" } else { "spans" }
}

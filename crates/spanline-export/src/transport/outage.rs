//! A word about a peer in trouble that nobody would hear of otherwise: while its request is still tried
//! again, since an export may take longer than the program lives; and when it turns out that nobody
//! took a datagram that has been counted as exported.

use super::SendError;
use spanline_core::diagnostics::{DiagnosticKind, report};
use std::fmt;
#[cfg(feature = "jaeger")]
use std::io;
use std::time::Duration;

/// Whether a peer has been in trouble since it last took a request.
#[derive(Debug, Default)]
pub(super) struct Outage {
    is_told: bool,
}

impl Outage {
    /// An attempt has failed, and there will be another one. Told once per outage.
    pub(super) fn goes_on(&mut self, target: &str, error: SendError, wait: Duration) {
        let error = error.into_export_error();
        let wait = wait.as_millis();
        self.tell(target, format_args!("{error}; next attempt in {wait} ms"));
    }

    /// An earlier datagram has found nobody. Told once per outage.
    #[cfg(feature = "jaeger")]
    pub(super) fn has_lost(&mut self, target: &str, error: &io::Error) {
        self.tell(target, format_args!("an earlier datagram is lost: {error}"));
    }

    fn tell(&mut self, target: &str, words: fmt::Arguments<'_>) {
        if !std::mem::replace(&mut self.is_told, true) {
            // The target is the component, so that one dead peer does not hide another.
            report(DiagnosticKind::ExportFailed, target, words);
        }
    }

    /// The peer has taken a request, or a datagram went by without a complaint.
    pub(super) fn is_over(&mut self) {
        self.is_told = false;
    }
}

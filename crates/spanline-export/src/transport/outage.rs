//! A word about a peer in trouble while its request is still tried again: an export may take longer than
//! the program lives, and then nobody would ever hear why nothing arrives.

use super::SendError;
use spanline_core::diagnostics::{DiagnosticKind, report};
use std::time::Duration;

/// Whether a peer has been in trouble since it last took a request.
#[derive(Debug, Default)]
pub(super) struct Outage {
    is_told: bool,
}

impl Outage {
    /// An attempt has failed, and there will be another one. Told once per outage.
    pub(super) fn goes_on(&mut self, target: &str, error: SendError, wait: Duration) {
        if !std::mem::replace(&mut self.is_told, true) {
            let error = error.into_export_error();
            report(
                DiagnosticKind::ExportFailed,
                "transport",
                format_args!("{target}: {error}; tried again in {wait:.1?}"),
            );
        }
    }

    /// The peer has taken a request.
    pub(super) fn is_over(&mut self) {
        self.is_told = false;
    }
}

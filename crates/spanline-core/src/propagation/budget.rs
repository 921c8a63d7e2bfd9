//! Baggage where each entry is a header of its own: how it is read, and how much of it is read from or
//! written to one carrier.
//!
//! Used by the Jaeger and OT formats, which have no limits themselves; the limits are those of W3C
//! Baggage, which counts over a list and therefore does its own counting.

use std::borrow::Cow;
use std::ops::ControlFlow;

use super::Extractor;
use super::text::{MAX_BAGGAGE_BYTES, MAX_BAGGAGE_MEMBERS};
use crate::baggage::Baggage;

/// What is left of 64 entries and 8,192 bytes.
pub(super) struct Budget {
    bytes: usize,
    members: usize,
}

impl Budget {
    pub(super) const fn new() -> Self {
        Self {
            bytes: MAX_BAGGAGE_BYTES,
            members: MAX_BAGGAGE_MEMBERS,
        }
    }

    /// Whether one more entry of this size fits; only then it is taken.
    pub(super) const fn take(&mut self, bytes: usize) -> bool {
        self.members > 0 && self.take_bytes(bytes) && self.take_member()
    }

    /// Whether this many bytes are left; then they are taken.
    pub(super) const fn take_bytes(&mut self, bytes: usize) -> bool {
        let fits = bytes <= self.bytes;
        if fits {
            self.bytes -= bytes;
        }
        fits
    }

    /// Whether one more entry may be looked at, of whatever size.
    pub(super) const fn take_member(&mut self) -> bool {
        let fits = self.members > 0;
        if fits {
            self.members -= 1;
        }
        fits
    }

    /// The entries in headers whose names begin with `prefix`, as far as they fit. Names lose their
    /// case on the way, so they are in lower case; of a header that comes again the first line counts.
    pub(super) fn take_entries(
        &mut self,
        carrier: &dyn Extractor,
        prefix: &str,
        decode: impl Fn(&str) -> Cow<'_, str>,
    ) -> Baggage {
        let mut entries = Baggage::EMPTY;
        carrier.get_prefixed(prefix, &mut |name, value| {
            if !self.take_member() {
                return ControlFlow::Break(());
            }
            let name = name.to_ascii_lowercase();
            let fits = self.take_bytes(name.len().saturating_add(value.len()));
            if fits && entries.entry(&name).is_none() {
                entries = std::mem::take(&mut entries).with(&name, &decode(value));
            }
            ControlFlow::Continue(())
        });
        entries
    }
}

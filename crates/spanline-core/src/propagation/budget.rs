//! How much baggage is read from or written to one carrier, where each entry is a header of its own.
//!
//! Used by the Jaeger and OT formats, which have no limits themselves; the limits are those of W3C
//! Baggage, which counts over a list and therefore does its own counting.

use super::text::{MAX_BAGGAGE_BYTES, MAX_BAGGAGE_MEMBERS};

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

    /// Whether one more entry may be looked at, of whatever size. To ask a carrier for a header may
    /// mean to search a list, so that this comes first.
    pub(super) const fn take_member(&mut self) -> bool {
        let fits = self.members > 0;
        if fits {
            self.members -= 1;
        }
        fits
    }
}

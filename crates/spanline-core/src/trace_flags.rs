//! The flags byte of a span context: sampled and random.
//!
//! It travels in `traceparent` (W3C Trace Context Level 2, "trace-flags"). Bits that the standard
//! has not given a meaning are dropped on the way in and therefore never sent.

use std::fmt;

/// What the caller of a span says about its trace.
///
/// Flags are read bit by bit, never compared as a whole: `03` is sampled, too.
///
/// ```
/// # use spanline_core as spanline;
/// use spanline::TraceFlags;
///
/// let flags = TraceFlags::from_bits(0xff);
/// assert!(flags.is_sampled() && flags.is_random());
/// assert_eq!(flags.bits(), 0x03); // reserved bits are gone
/// assert_eq!(flags.with_sampled(false), TraceFlags::RANDOM);
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct TraceFlags(u8);

impl TraceFlags {
    /// No flag set.
    pub const NONE: Self = Self(0);
    /// Bit 0: whoever set it may have recorded the span, and expects others to do so.
    pub const SAMPLED: Self = Self(0x01);
    /// Bit 1: at least the right-most seven bytes of the trace id were drawn at random.
    pub const RANDOM: Self = Self(0x02);

    /// The flags in this byte; reserved bits are dropped.
    #[inline]
    #[must_use]
    pub const fn from_bits(bits: u8) -> Self {
        Self(bits & (Self::SAMPLED.0 | Self::RANDOM.0))
    }

    /// The byte as it is sent.
    #[inline]
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// Whether the sampled bit is set.
    #[inline]
    #[must_use]
    pub const fn is_sampled(self) -> bool {
        self.0 & Self::SAMPLED.0 != 0
    }

    /// Whether the random bit is set.
    #[inline]
    #[must_use]
    pub const fn is_random(self) -> bool {
        self.0 & Self::RANDOM.0 != 0
    }

    /// These flags with the sampled bit set or cleared.
    #[inline]
    #[must_use]
    pub const fn with_sampled(self, sampled: bool) -> Self {
        Self(self.0 & !Self::SAMPLED.0 | sampled as u8)
    }

    /// These flags with the random bit set or cleared.
    #[inline]
    #[must_use]
    pub const fn with_random(self, random: bool) -> Self {
        Self(self.0 & !Self::RANDOM.0 | (random as u8) << 1)
    }
}

/// Two lower-case hexadecimal digits, as on the wire.
impl fmt::Display for TraceFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02x}", self.0)
    }
}

impl fmt::Debug for TraceFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match (self.is_sampled(), self.is_random()) {
            (false, false) => "TraceFlags(none)",
            (true, false) => "TraceFlags(sampled)",
            (false, true) => "TraceFlags(random)",
            (true, true) => "TraceFlags(sampled | random)",
        })
    }
}

#[cfg(test)]
mod tests;

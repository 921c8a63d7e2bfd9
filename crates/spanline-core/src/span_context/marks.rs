//! What a span context says besides its ids and its trace state, packed into one byte.
//!
//! No mask or shift of it stands anywhere else.

use crate::trace_flags::TraceFlags;
use std::fmt;
use std::num::NonZeroU8;

/// Bits 0 and 1: the trace flags; 2: it came from another process; 3: both ids are there; 4: there is
/// a trace state; 7: always set, so that an optional span context is no larger than a span context.
///
/// One byte, so that a table with an entry for each answers whatever depends on nothing else: what
/// becomes of a span under such a parent, for example.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Marks(NonZeroU8);

impl Marks {
    const FLAGS: u8 = 0b0011;
    const REMOTE: u8 = 0b0100;
    const VALID: u8 = 0b1000;
    const STATE: u8 = 0b1_0000;
    const ALL: u8 = 0b1_1111;
    const ALWAYS: u8 = 0b1000_0000;

    /// Entries of a table by [`Marks::index`].
    pub const COUNT: usize = 256;

    /// Those of no span.
    pub(crate) const INVALID: Marks = Marks::of(0);

    /// The marks of each entry of a table; those that no context has are like others.
    #[must_use]
    pub fn all() -> [Marks; Marks::COUNT] {
        std::array::from_fn(|index| Marks::of(index as u8))
    }

    /// With these of the bits that vary.
    #[inline]
    const fn of(bits: u8) -> Marks {
        match NonZeroU8::new(bits | Marks::ALWAYS) {
            Some(bits) => Marks(bits),
            // Not reached: one bit is always set.
            None => Marks(NonZeroU8::MIN),
        }
    }

    /// The bits that vary.
    #[inline]
    const fn bits(self) -> u8 {
        self.0.get() & Marks::ALL
    }

    /// Those of a span in this process.
    #[inline]
    pub(super) const fn local(flags: TraceFlags) -> Marks {
        Marks::of(Marks::VALID | flags.bits())
    }

    /// The place of these in a table: the byte as it is, which needs no check.
    #[inline]
    #[must_use]
    pub const fn index(self) -> usize {
        self.0.get() as usize
    }

    /// The place of a parent's marks in a table, or of no parent: the first, which no marks have.
    #[inline]
    #[must_use]
    pub fn index_of(parent: Option<Marks>) -> usize {
        parent.map_or(0, Marks::index)
    }

    /// The trace flags.
    #[inline]
    #[must_use]
    pub const fn flags(self) -> TraceFlags {
        TraceFlags::from_bits(self.bits() & Marks::FLAGS)
    }

    /// Whether the context came from another process.
    #[inline]
    #[must_use]
    pub const fn is_remote(self) -> bool {
        self.bits() & Marks::REMOTE != 0
    }

    /// Whether both ids are there.
    #[inline]
    #[must_use]
    pub const fn is_valid(self) -> bool {
        self.bits() & Marks::VALID != 0
    }

    /// Whether there is a trace state.
    #[inline]
    #[must_use]
    pub const fn has_state(self) -> bool {
        self.bits() & Marks::STATE != 0
    }

    /// The same with a trace state, or without one.
    #[inline]
    pub(super) const fn with_state(self, state: bool) -> Marks {
        let state = if state { Marks::STATE } else { 0 };
        Marks::of(self.bits() & !Marks::STATE | state)
    }

    /// The same with these trace flags.
    #[inline]
    pub(super) const fn with_flags(self, flags: TraceFlags) -> Marks {
        Marks::of(self.bits() & !Marks::FLAGS | flags.bits())
    }

    /// The same, from another process or not.
    #[inline]
    pub(super) const fn with_remote(self, remote: bool) -> Marks {
        let remote = if remote { Marks::REMOTE } else { 0 };
        Marks::of(self.bits() & !Marks::REMOTE | remote)
    }
}

impl fmt::Debug for Marks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Marks")
            .field("flags", &self.flags())
            .field("remote", &self.is_remote())
            .field("valid", &self.is_valid())
            .field("state", &self.has_state())
            .finish()
    }
}

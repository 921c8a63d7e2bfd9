//! Trace ids and span ids: the names of a trace and of a span within it.
//!
//! Both are random numbers that are never zero, so the all-zero ids that W3C Trace Context and the
//! OpenTelemetry specification call invalid cannot be written down: where an id may be missing,
//! the type is `Option<TraceId>`, which is no larger.
//!
//! Drawing ids is the runtime's work; here they are only held, printed and read.

use std::error::Error;
use std::fmt;
use std::num::{NonZeroU64, NonZeroU128};
use std::str::FromStr;

use crate::hex::{self, Hex};

/// The 16 bytes that all spans of one trace share; never all zero.
///
/// Written as 32 lower-case hexadecimal digits, most significant first (W3C Trace Context,
/// "trace-id"). A `TraceId` is a plain number: copying, comparing and hashing it cost next to
/// nothing.
///
/// ```
/// # use spanline_core as spanline;
/// use spanline::TraceId;
///
/// let id: TraceId = "4bf92f3577b34da6a3ce929d0e0e4736".parse()?;
/// assert_eq!(id.low(), 0xa3ce_929d_0e0e_4736);
/// assert_eq!(id.to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
/// assert_eq!(TraceId::from_bytes([0; 16]), None);
/// # Ok::<(), spanline_core::id::ParseIdError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TraceId(NonZeroU128);

impl TraceId {
    /// The smallest id.
    pub const MIN: TraceId = TraceId(NonZeroU128::MIN);

    /// The id with these bytes, most significant first; `None` if all are zero.
    #[inline]
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Option<Self> {
        Self::from_u128(u128::from_be_bytes(bytes))
    }

    /// The 16 bytes, most significant first: the order on every wire.
    #[inline]
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0.get().to_be_bytes()
    }

    /// The id with this number; `None` if it is zero.
    #[inline]
    #[must_use]
    pub const fn from_u128(value: u128) -> Option<Self> {
        match NonZeroU128::new(value) {
            Some(value) => Some(Self(value)),
            None => None,
        }
    }

    /// The id as a number.
    #[inline]
    #[must_use]
    pub const fn to_u128(self) -> u128 {
        self.0.get()
    }

    /// The left-most eight bytes as a number; zero in traces that began with a 64-bit id.
    #[inline]
    #[must_use]
    pub const fn high(self) -> u64 {
        (self.0.get() >> 64) as u64
    }

    /// The right-most eight bytes as a number: what a system with 64-bit ids sees, and the part
    /// that ratio sampling decides on.
    #[inline]
    #[must_use]
    pub const fn low(self) -> u64 {
        self.0.get() as u64
    }

    /// The 32 lower-case digits, without allocating.
    #[inline]
    #[must_use]
    pub fn to_hex(self) -> Hex<32> {
        let high = hex::encode_u64(self.high());
        let low = hex::encode_u64(self.low());
        let mut text = [0; 32];
        let (left, right) = text.split_at_mut(16);
        left.copy_from_slice(&high);
        right.copy_from_slice(&low);
        Hex::from_ascii(text)
    }

    /// The id whose halves are these; `None` if both are zero.
    #[inline]
    pub(crate) const fn from_halves(high: u64, low: u64) -> Option<Self> {
        Self::from_u128(((high as u128) << 64) | low as u128)
    }
}

/// The 8 bytes that name one span within its trace; never all zero.
///
/// Written as 16 lower-case hexadecimal digits, most significant first (W3C Trace Context,
/// "parent-id").
///
/// ```
/// # use spanline_core as spanline;
/// use spanline::SpanId;
///
/// let id = SpanId::from_u64(0x00f0_67aa_0ba9_02b7).unwrap();
/// assert_eq!(id.to_string(), "00f067aa0ba902b7");
/// assert_eq!("00f067aa0ba902b7".parse(), Ok(id));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpanId(NonZeroU64);

impl SpanId {
    /// The smallest id.
    pub const MIN: SpanId = SpanId(NonZeroU64::MIN);

    /// The id with these bytes, most significant first; `None` if all are zero.
    #[inline]
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 8]) -> Option<Self> {
        Self::from_u64(u64::from_be_bytes(bytes))
    }

    /// The 8 bytes, most significant first: the order on every wire.
    #[inline]
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 8] {
        self.0.get().to_be_bytes()
    }

    /// The id with this number; `None` if it is zero.
    #[inline]
    #[must_use]
    pub const fn from_u64(value: u64) -> Option<Self> {
        match NonZeroU64::new(value) {
            Some(value) => Some(Self(value)),
            None => None,
        }
    }

    /// The id as a number.
    #[inline]
    #[must_use]
    pub const fn to_u64(self) -> u64 {
        self.0.get()
    }

    /// The 16 lower-case digits, without allocating.
    #[inline]
    #[must_use]
    pub fn to_hex(self) -> Hex<16> {
        Hex::from_ascii(hex::encode_u64(self.0.get()))
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.to_hex(), f)
    }
}

impl fmt::Debug for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.to_hex(), f)
    }
}

impl fmt::Debug for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for TraceId {
    type Err = ParseIdError;

    /// Reads exactly 32 lower-case digits.
    fn from_str(text: &str) -> Result<Self, ParseIdError> {
        let digits: &[u8; 32] = text
            .as_bytes()
            .try_into()
            .map_err(|_| ParseIdError::Length)?;
        let (high, low) = digits.split_at(16);
        match (hex::decode_lower(high), hex::decode_lower(low)) {
            (Some(high), Some(low)) => Self::from_halves(high, low).ok_or(ParseIdError::Zero),
            _ => Err(ParseIdError::first_bad_digit(digits)),
        }
    }
}

impl FromStr for SpanId {
    type Err = ParseIdError;

    /// Reads exactly 16 lower-case digits.
    fn from_str(text: &str) -> Result<Self, ParseIdError> {
        let digits: &[u8; 16] = text
            .as_bytes()
            .try_into()
            .map_err(|_| ParseIdError::Length)?;
        match hex::decode_lower(digits) {
            Some(value) => Self::from_u64(value).ok_or(ParseIdError::Zero),
            None => Err(ParseIdError::first_bad_digit(digits)),
        }
    }
}

/// Why a text is not an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParseIdError {
    /// Not exactly 32 (trace id) or 16 (span id) characters.
    Length,
    /// A character that is not a lower-case hexadecimal digit.
    Digit {
        /// Its place, counted in bytes from zero.
        at: usize,
    },
    /// All digits are zero: the invalid id.
    Zero,
}

impl ParseIdError {
    #[cold]
    fn first_bad_digit(digits: &[u8]) -> Self {
        Self::Digit {
            at: hex::first_bad_lower(digits).unwrap_or(0),
        }
    }
}

impl fmt::Display for ParseIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length => f.write_str("id has the wrong number of digits"),
            Self::Digit { at } => write!(f, "not a lower-case hexadecimal digit at byte {at}"),
            Self::Zero => f.write_str("id is all zero"),
        }
    }
}

impl Error for ParseIdError {}

#[cfg(test)]
mod tests;

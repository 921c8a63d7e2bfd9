//! Points in time as traces hold them: nanoseconds since the Unix epoch.
//!
//! The type stands wherever a caller gives a time of its own, and wherever a finished span is read.
//! Between start and end the runtime counts ticks of a steadier clock; that is not seen here.

use std::time::{Duration, SystemTime};

/// A point in time, in nanoseconds since 1970-01-01T00:00:00Z.
///
/// Reaches to the year 2554. Conversion from [`SystemTime`] keeps every nanosecond; times before
/// 1970 become 1970, times after the end become the end.
///
/// ```
/// # use spanline_core as spanline;
/// use std::time::{Duration, SystemTime};
/// use spanline::Timestamp;
///
/// let time = Timestamp::from(SystemTime::UNIX_EPOCH + Duration::from_millis(5));
/// assert_eq!(time.unix_nanos(), 5_000_000);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    unix_nanos: u64,
}

impl Timestamp {
    /// The beginning of 1970.
    pub const UNIX_EPOCH: Self = Self { unix_nanos: 0 };

    /// This many nanoseconds after the Unix epoch.
    #[inline]
    #[must_use]
    pub const fn from_unix_nanos(unix_nanos: u64) -> Self {
        Self { unix_nanos }
    }

    /// Nanoseconds since the Unix epoch.
    #[inline]
    #[must_use]
    pub const fn unix_nanos(self) -> u64 {
        self.unix_nanos
    }

    /// What the system clock says.
    #[inline]
    #[must_use]
    pub fn now() -> Self {
        SystemTime::now().into()
    }

    /// The same point as the standard library writes it.
    #[must_use]
    pub fn to_system_time(self) -> SystemTime {
        let since = Duration::from_nanos(self.unix_nanos);
        SystemTime::UNIX_EPOCH
            .checked_add(since)
            .unwrap_or(SystemTime::UNIX_EPOCH)
    }
}

impl From<SystemTime> for Timestamp {
    #[inline]
    fn from(time: SystemTime) -> Self {
        let since = time
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or(Duration::ZERO);
        Self {
            unix_nanos: u64::try_from(since.as_nanos()).unwrap_or(u64::MAX),
        }
    }
}

impl From<Timestamp> for SystemTime {
    fn from(time: Timestamp) -> Self {
        time.to_system_time()
    }
}

#[cfg(test)]
mod tests;

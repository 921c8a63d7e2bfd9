//! `HTTP-date` (RFC 9110, section 5.6.7): one form that is sent today and two that a recipient must
//! still understand.
//!
//! ```text
//! IMF-fixdate   Sun, 06 Nov 1994 08:49:37 GMT
//! rfc850-date   Sunday, 06-Nov-94 08:49:37 GMT
//! asctime-date  Sun Nov  6 08:49:37 1994
//! ```
//!
//! The name of the day is not checked against the date.

use std::time::{Duration, SystemTime};

/// The time that a header names; `None` if it is none of the three forms or before 1970.
///
/// `now` settles the century of the second form: a date more than 50 years ahead lies in the past.
pub(super) fn parse_http_date(text: &str, now: SystemTime) -> Option<SystemTime> {
    let parts: Vec<&str> = text
        .split([' ', '-'])
        .filter(|part| !part.is_empty())
        .collect();
    let (day, month, year, time) = match *parts.as_slice() {
        [weekday, day, month, year, time, "GMT"] if weekday.ends_with(',') => {
            (day, month, full_year(year, now)?, time)
        }
        [_, month, day, time, year] => (day, month, number(year, 4)?, time),
        _ => return None,
    };
    let month = MONTHS.iter().position(|name| *name == month)?;
    let day = if day.len() == 1 {
        number(day, 1)?
    } else {
        number(day, 2)?
    };
    let [hour, minute, second] = *time.split(':').collect::<Vec<_>>().as_slice() else {
        return None;
    };
    let (hour, minute, second) = (number(hour, 2)?, number(minute, 2)?, number(second, 2)?);
    // A leap second is second 60.
    if !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let days = days_since_1970(year, month as u64 + 1, day)?;
    let seconds = days * 86_400 + hour * 3600 + minute * 60 + second;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// A number of exactly so many digits.
fn number(text: &str, digits: usize) -> Option<u64> {
    if text.len() != digits || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

fn full_year(text: &str, now: SystemTime) -> Option<u64> {
    if let Some(year) = number(text, 4) {
        return Some(year);
    }
    let short = number(text, 2)?;
    let since = now.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs();
    let this_year = 1970 + since / 31_556_952;
    let year = this_year - this_year % 100 + short;
    Some(if year > this_year + 50 {
        year - 100
    } else {
        year
    })
}

/// Days from 1970-01-01 to a date of the Gregorian calendar; `None` before that.
///
/// Counts years from March, so that the leap day is the last day of its year.
fn days_since_1970(year: u64, month: u64, day: u64) -> Option<u64> {
    if year < 1970 {
        return None;
    }
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let leap_days = year / 4 - year / 100 + year / 400;
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    // 719,468 days lie between 0000-03-01 and 1970-01-01.
    (365 * year + leap_days + day_of_year).checked_sub(719_468)
}

#[cfg(test)]
mod tests;

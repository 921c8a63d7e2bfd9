//! `HTTP-date` (RFC 9110, section 5.6.7): one form that is sent today and two that a recipient must
//! still understand.
//!
//! ```text
//! IMF-fixdate   Sun, 06 Nov 1994 08:49:37 GMT
//! rfc850-date   Sunday, 06-Nov-94 08:49:37 GMT
//! asctime-date  Sun Nov  6 08:49:37 1994
//! ```
//!
//! The grammar is kept to the letter: single spaces, two digits where it has two, GMT. The name of
//! the day must be one, but is not checked against the date.

use std::time::{Duration, SystemTime};

/// The time that a header names; `None` if it is none of the three forms or before 1970.
///
/// `now` settles the century of the second form: a date more than 50 years ahead lies in the past.
pub(super) fn parse_http_date(text: &str, now: SystemTime) -> Option<SystemTime> {
    match text.split_once(", ") {
        Some((name, rest)) if DAYS.contains(&name) => parse_imf(rest),
        Some((name, rest)) if LONG_DAYS.contains(&name) => parse_rfc850(rest, now),
        Some(_) => None,
        None => parse_asctime(text),
    }
}

/// `06 Nov 1994 08:49:37 GMT`
fn parse_imf(text: &str) -> Option<SystemTime> {
    let parts: Vec<&str> = text.split(' ').collect();
    let [day, month, year, time, "GMT"] = *parts.as_slice() else {
        return None;
    };
    at(number(year, 4)?, month, number(day, 2)?, time)
}

/// `06-Nov-94 08:49:37 GMT`
fn parse_rfc850(text: &str, now: SystemTime) -> Option<SystemTime> {
    let parts: Vec<&str> = text.split(['-', ' ']).collect();
    let [day, month, year, time, "GMT"] = *parts.as_slice() else {
        return None;
    };
    if text.as_bytes().get(9) != Some(&b' ') || text.matches('-').count() != 2 {
        return None;
    }
    at(
        full_year(number(year, 2)?, now)?,
        month,
        number(day, 2)?,
        time,
    )
}

/// `Sun Nov  6 08:49:37 1994`
fn parse_asctime(text: &str) -> Option<SystemTime> {
    let (name, text) = text.split_once(' ')?;
    let (month, text) = text.split_once(' ')?;
    let (day, text) = text.split_at_checked(2)?;
    let (time, year) = text.strip_prefix(' ')?.split_once(' ')?;
    let day = match day.strip_prefix(' ') {
        Some(digit) => number(digit, 1)?,
        None => number(day, 2)?,
    };
    if !DAYS.contains(&name) {
        return None;
    }
    at(number(year, 4)?, month, day, time)
}

/// `month` by its name, `time` as `hour:minute:second`.
fn at(year: u64, month: &str, day: u64, time: &str) -> Option<SystemTime> {
    let month = MONTHS.iter().position(|name| *name == month)? as u64 + 1;
    let [hour, minute, second] = *time.split(':').collect::<Vec<_>>().as_slice() else {
        return None;
    };
    let (hour, minute, second) = (number(hour, 2)?, number(minute, 2)?, number(second, 2)?);
    // A leap second is second 60.
    if !(1..=days_in(year, month)).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let days = days_since_1970(year, month, day)?;
    let seconds = days * 86_400 + hour * 3600 + minute * 60 + second;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

const LONG_DAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];

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

/// The year that two digits mean.
fn full_year(short: u64, now: SystemTime) -> Option<u64> {
    let since = now.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs();
    let this_year = 1970 + since / 31_556_952;
    let year = this_year - this_year % 100 + short;
    Some(if year > this_year + 50 {
        year - 100
    } else {
        year
    })
}

/// How many days a month has; months count from 1.
fn days_in(year: u64, month: u64) -> u64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 => 28 + u64::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
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

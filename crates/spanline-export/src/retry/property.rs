//! The law of `Retry-After`: what the standard's grammar allows is read as the time it names, and
//! nothing else is read.
//!
//! Called by the fuzz target and the replay of its corpus, never by programs.

use super::http_date::parse_http_date;
use super::{Outcome, RetryPolicy};
use std::time::{Duration, SystemTime};

const DAYS: [[&str; 7]; 2] = [
    ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
    [
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
    ],
];
const MONTHS: [(&str, u64); 12] = [
    ("Jan", 31),
    ("Feb", 28),
    ("Mar", 31),
    ("Apr", 30),
    ("May", 31),
    ("Jun", 30),
    ("Jul", 31),
    ("Aug", 31),
    ("Sep", 30),
    ("Oct", 31),
    ("Nov", 30),
    ("Dec", 31),
];
const DAY: u64 = 86_400;

/// The days of a month, counted from 0.
fn days_in(year: u64, month: usize) -> u64 {
    let leap = year % 400 == 0 || (year % 4 == 0 && year % 100 != 0);
    let days = MONTHS.get(month).map_or(0, |(_, days)| *days);
    days + u64::from(leap && month == 1)
}

/// The first day of a year, counted from 1970-01-01.
fn first_day(year: u64) -> u64 {
    (1970..year)
        .map(|year| (0..12).map(|month| days_in(year, month)).sum::<u64>())
        .sum()
}

/// A date in words, as a template has it: what stands where the template has a letter or a digit.
///
/// ```text
/// IMF-fixdate  = day-name "," SP 2DIGIT SP month SP 4DIGIT SP time-of-day SP "GMT"
/// rfc850-date  = day-name-l "," SP 2DIGIT "-" month "-" 2DIGIT SP time-of-day SP "GMT"
/// asctime-date = day-name SP month SP ( 2DIGIT / ( SP 1DIGIT )) SP time-of-day SP 4DIGIT
/// time-of-day  = 2DIGIT ":" 2DIGIT ":" 2DIGIT      ; 00:00:00 to 23:59:60
/// ```
///
/// RFC 9110, section 5.6.7. The seconds since 1970; of the second form without its century.
fn defined(text: &str) -> Option<(u64, Century)> {
    let (name, rest) = text.split_at_checked(text.find([',', ' '])?)?;
    let short = DAYS.first()?.contains(&name);
    let long = DAYS.last()?.contains(&name);
    let (day, month, year, time) = match rest.as_bytes() {
        [b',', ..] if short && rest.len() == 26 && rest.ends_with(" GMT") => {
            let date = (
                rest.get(2..4)?,
                rest.get(5..8)?,
                rest.get(9..13)?,
                rest.get(14..22)?,
            );
            is_spaced(rest, &[1, 4, 8, 13], b' ').then_some(date)?
        }
        [b',', ..] if long && rest.len() == 24 && rest.ends_with(" GMT") => {
            let date = (
                rest.get(2..4)?,
                rest.get(5..8)?,
                rest.get(9..11)?,
                rest.get(12..20)?,
            );
            let spaced = is_spaced(rest, &[1, 11], b' ') && is_spaced(rest, &[4, 8], b'-');
            spaced.then_some(date)?
        }
        [b' ', ..] if short && rest.len() == 21 => {
            let date = (
                rest.get(5..7)?,
                rest.get(1..4)?,
                rest.get(17..21)?,
                rest.get(8..16)?,
            );
            is_spaced(rest, &[4, 7, 16], b' ').then_some(date)?
        }
        _ => return None,
    };
    let asctime = rest.starts_with(' ');
    let day = digits(if asctime {
        day.strip_prefix(' ').unwrap_or(day)
    } else {
        day
    })?;
    let month = MONTHS.iter().position(|(name, _)| *name == month)?;
    let seconds = time_of_day(time)?;
    let century = if year.len() == 2 {
        Century::Open
    } else {
        Century::Given
    };
    let year = digits(year)?;
    let whole = if year < 100 { year + 2000 } else { year };
    if day == 0 || day > days_in(whole, month) || (century == Century::Given && year < 1970) {
        return None;
    }
    let before: u64 = (0..month).map(|month| days_in(whole, month)).sum();
    Some((
        (first_day(whole) + before + day - 1) * DAY + seconds,
        century,
    ))
}

/// Whether a year was written with its century.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Century {
    Given,
    Open,
}

fn is_spaced(text: &str, places: &[usize], by: u8) -> bool {
    places
        .iter()
        .all(|place| text.as_bytes().get(*place) == Some(&by))
}

fn digits(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    text.parse().ok().filter(|_| digits)
}

fn time_of_day(text: &str) -> Option<u64> {
    let two = |text: &str| digits(text).filter(|_| text.len() == 2);
    let parts: Vec<u64> = text.split(':').map(two).collect::<Option<_>>()?;
    match *parts.as_slice() {
        [hour, minute, second] if hour < 24 && minute < 60 && second < 61 => {
            Some(hour * 3600 + minute * 60 + second)
        }
        _ => None,
    }
}

/// A time by the book; the name of the day is not checked by anybody.
fn written(seconds: u64) -> String {
    let (mut day, time) = (seconds / DAY, seconds % DAY);
    let (mut year, mut month) = (1970, 0);
    while day >= days_in(year, month) {
        day -= days_in(year, month);
        month += 1;
        if month == 12 {
            (year, month) = (year + 1, 0);
        }
    }
    let month = MONTHS.get(month).map_or("", |(name, _)| name);
    let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60);
    format!(
        "Mon, {:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} GMT",
        day + 1
    )
}

/// Panics if reading `Retry-After` breaks its law. The first four bytes are the time now in seconds,
/// the rest is the header's value.
pub fn check_retry_after(data: &[u8]) {
    let (now, text) = data.split_first_chunk::<4>().unwrap_or((&[0; 4], data));
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(u32::from_le_bytes(*now).into());
    let text = String::from_utf8_lossy(text);
    let read = Outcome::of_status(503, Some(&text), now);
    assert_eq!(Outcome::of_status(400, Some(&text), now), Outcome::Final);
    let Outcome::Again { after } = read else {
        panic!("503 may always be tried again");
    };
    let trimmed = text.trim_matches([' ', '\t']);
    if digits(trimmed).is_some() || trimmed.bytes().all(|b| b.is_ascii_digit()) {
        let seconds = digits(trimmed).unwrap_or(u64::MAX);
        assert_eq!(
            after,
            (!trimmed.is_empty()).then(|| Duration::from_secs(seconds))
        );
    } else {
        let date = parse_http_date(trimmed, now);
        assert_eq!(
            after,
            date.map(|date| date.duration_since(now).unwrap_or_default())
        );
        check_date(trimmed, date, now);
    }
    // No wait goes past the deadline, whatever was asked.
    let limit = Duration::from_secs(10);
    let decision = RetryPolicy::DEFAULT.decide(1, read, Some(limit), 0.5);
    if let super::Decision::Wait { wait, .. } = decision {
        assert!(wait < limit && after.is_none_or(|asked| wait == asked));
    }
}

fn check_date(text: &str, date: Option<SystemTime>, now: SystemTime) {
    let since = |time: SystemTime| {
        let since = time.duration_since(SystemTime::UNIX_EPOCH);
        since.unwrap_or_default().as_secs()
    };
    match (defined(text), date.map(since)) {
        (Some((seconds, Century::Given)), read) => assert_eq!(read, Some(seconds), "{text}"),
        (Some((_, Century::Open)), Some(read)) => {
            // At most 50 years ahead; a year of slack, because years are no fixed time.
            assert!(read.saturating_sub(since(now)) <= 51 * 366 * DAY, "{text}");
        }
        // A year of the last century before 1970, or a 29th of February of another century.
        (Some((_, Century::Open)), None) => {}
        (None, read) => assert_eq!(read, None, "{text}"),
    }
    // The leap second at the end of 9999 is a time without a four-digit year.
    if let Some(seconds) = date
        .map(since)
        .filter(|seconds| *seconds < first_day(10_000) * DAY)
    {
        assert_eq!(parse_http_date(&written(seconds), now), date, "{text}");
    }
}

//! The grammar of `tracestate`, and the one place that checks it.
//!
//! Lists are read from header lines, made from pairs and edited; all of it passes through
//! [`ListReader`], so that an invalid list cannot come to be. Text is measured before it is read and
//! members are counted while it is read, so that the work is bounded whatever was sent.

use super::{MAX_MEMBERS, TraceState, TraceStateError, TraceStateErrorKind as Kind, append};

/// The longest key and the longest value.
const MAX_PART: usize = 256;
/// The length of the longest list there is: 32 members of 256 + 1 + 256 bytes and 31 commas. More
/// than that over all lines is refused unread; it could only be padding, or too many members.
const MAX_TEXT: usize = MAX_MEMBERS * (MAX_PART + 1 + MAX_PART) + MAX_MEMBERS - 1;

/// Collects the members of a list, from any number of header lines or pairs.
pub(crate) struct ListReader {
    /// What was accepted so far, in canonical form.
    text: String,
    /// Bytes received over all lines, commas between lines included.
    received: usize,
    /// Members received, duplicates included: these count against the limit, too.
    members: usize,
    lines: usize,
}

impl ListReader {
    pub(crate) const fn new() -> Self {
        Self {
            text: String::new(),
            received: 0,
            members: 0,
            lines: 0,
        }
    }

    /// Reads one header line; several are as if joined by commas in their order (RFC 9110 5.3).
    pub(crate) fn push_line(&mut self, line: &str) -> Result<(), TraceStateError> {
        let start = self.received + usize::from(self.lines > 0);
        self.lines += 1;
        self.received = start.saturating_add(line.len());
        if self.received > MAX_TEXT {
            return Err(TraceStateError::new(Kind::TooLong, MAX_TEXT));
        }
        let mut at = start;
        for member in line.split(',') {
            let trimmed = member.trim_start_matches(is_ows);
            let begin = at + member.len() - trimmed.len();
            let trimmed = trimmed.trim_end_matches(is_ows);
            if !trimmed.is_empty() {
                self.push_member(trimmed, begin)?;
            }
            at += member.len() + 1;
        }
        Ok(())
    }

    /// Adds one pair of a list that is being made, where a second use of a key is a mistake.
    pub(super) fn push_pair(&mut self, key: &str, value: &str) -> Result<(), TraceStateError> {
        let begin = self.text.len() + usize::from(!self.text.is_empty());
        check_key(key, begin)?;
        check_value(value, begin + key.len() + 1)?;
        if self.has(key) {
            return Err(TraceStateError::new(Kind::DuplicateKey, begin));
        }
        self.count(begin)?;
        append(&mut self.text, key, value);
        Ok(())
    }

    pub(crate) fn finish(self) -> TraceState {
        TraceState::from_canonical(self.text)
    }

    fn push_member(&mut self, member: &str, begin: usize) -> Result<(), TraceStateError> {
        let Some((key, value)) = member.split_once('=') else {
            return Err(TraceStateError::new(Kind::NoEquals, begin));
        };
        check_key(key, begin)?;
        check_value(value, begin + key.len() + 1)?;
        self.count(begin)?;
        if !self.has(key) {
            append(&mut self.text, key, value);
        }
        Ok(())
    }

    fn count(&mut self, begin: usize) -> Result<(), TraceStateError> {
        if self.members == MAX_MEMBERS {
            return Err(TraceStateError::new(Kind::TooManyMembers, begin));
        }
        self.members += 1;
        Ok(())
    }

    /// At most 31 comparisons, each of at most 256 bytes.
    fn has(&self, key: &str) -> bool {
        super::Members { rest: &self.text }.any(|(name, _)| name == key)
    }
}

/// Optional white space around members: space and tab (RFC 9110 5.6.3).
const fn is_ows(character: char) -> bool {
    matches!(character, ' ' | '\t')
}

/// ```text
/// key     = ( lcalpha / DIGIT ) 0*255 ( keychar )
/// keychar = lcalpha / DIGIT / "_" / "-" / "*" / "/" / "@"
/// ```
///
/// W3C Trace Context Level 2, "key". Level 1 knew "tenant@system" keys with shorter parts; they all
/// fit this.
fn check_key(key: &str, begin: usize) -> Result<(), TraceStateError> {
    let first = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9');
    let later = |byte: u8| first(byte) || matches!(byte, b'_' | b'-' | b'*' | b'/' | b'@');
    if !key.bytes().next().is_some_and(first) {
        return Err(TraceStateError::new(Kind::Key, begin));
    }
    if let Some(bad) = key.bytes().position(|byte| !later(byte)) {
        return Err(TraceStateError::new(Kind::Key, begin + bad));
    }
    if key.len() > MAX_PART {
        return Err(TraceStateError::new(Kind::KeyTooLong, begin + MAX_PART));
    }
    Ok(())
}

/// ```text
/// value    = 0*255 ( chr ) nblk-chr
/// nblk-chr = %x21-2B / %x2D-3C / %x3E-7E
/// chr      = %x20 / nblk-chr
/// ```
///
/// W3C Trace Context Level 2, "value": leading spaces are part of it, a trailing one is not allowed.
fn check_value(value: &str, begin: usize) -> Result<(), TraceStateError> {
    let allowed = |byte: u8| matches!(byte, 0x20..=0x2b | 0x2d..=0x3c | 0x3e..=0x7e);
    if value.is_empty() {
        return Err(TraceStateError::new(Kind::EmptyValue, begin));
    }
    if let Some(bad) = value.bytes().position(|byte| !allowed(byte)) {
        return Err(TraceStateError::new(Kind::Value, begin + bad));
    }
    if value.ends_with(' ') {
        return Err(TraceStateError::new(Kind::Value, begin + value.len() - 1));
    }
    if value.len() > MAX_PART {
        return Err(TraceStateError::new(Kind::ValueTooLong, begin + MAX_PART));
    }
    Ok(())
}

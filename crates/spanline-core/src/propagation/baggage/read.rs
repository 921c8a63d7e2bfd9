//! Reading `baggage` lines into baggage, with a budget for all of them together.
//!
//! ```text
//! baggage-string = list-member 0*( OWS "," OWS list-member )
//! list-member    = key OWS "=" OWS value *( OWS ";" OWS property )
//! property       = key [ OWS "=" OWS value ]
//! key            = token
//! value          = *baggage-octet
//! ```

use std::str;

use super::super::text::{
    MAX_BAGGAGE_BYTES, MAX_BAGGAGE_MEMBERS, Plus, decode_percent, is_token, trim,
};
use super::super::{ExtractError, ExtractReason as Reason};
use super::{BAGGAGE, is_octet};
use crate::baggage::Baggage;
use crate::diagnostics::{self, DiagnosticKind};

/// Collects members from one line after the other until the budget is spent.
pub(super) struct Reader {
    baggage: Baggage,
    /// Bytes that may still be read; what lies beyond is not even looked at.
    left: usize,
    /// Members read, of whatever name.
    members: usize,
    lines: usize,
    /// The first thing left out, and how many members were.
    fault: Option<(Reason, usize)>,
    left_out: usize,
}

impl Reader {
    pub(super) const fn new() -> Self {
        Self {
            baggage: Baggage::EMPTY,
            left: MAX_BAGGAGE_BYTES,
            members: 0,
            lines: 0,
            fault: None,
            left_out: 0,
        }
    }

    pub(super) fn push_line(&mut self, line: &str) {
        if self.lines > 0 {
            self.left = self.left.saturating_sub(1); // the comma that joins two lines
        }
        self.lines = self.lines.saturating_add(1);
        let mut at = MAX_BAGGAGE_BYTES - self.left;
        let line = self.within_budget(line.as_bytes());
        for member in line.split(|byte| *byte == b',') {
            let trimmed = trim(member);
            if !trimmed.is_empty() {
                self.push_member(trimmed, at);
            }
            at += member.len() + 1;
        }
    }

    /// What was read; an error only if there was something, and none of it usable.
    pub(super) fn finish(self) -> Result<Baggage, ExtractError> {
        let Some((reason, at)) = self.fault else {
            return Ok(self.baggage);
        };
        if self.baggage.is_empty() {
            return Err(ExtractError::new(BAGGAGE, reason, at));
        }
        diagnostics::report(
            DiagnosticKind::Propagation,
            BAGGAGE,
            format_args!(
                "members left out: {}, the first: {reason} at byte {at}",
                self.left_out
            ),
        );
        Ok(self.baggage)
    }

    /// The part of a line that fits the budget, up to the last whole member.
    fn within_budget<'l>(&mut self, line: &'l [u8]) -> &'l [u8] {
        let Some((fits, beyond)) = line.split_at_checked(self.left) else {
            self.left -= line.len();
            return line;
        };
        if beyond.is_empty() {
            self.left = 0;
            return line;
        }
        self.leave_out(Reason::TooLong, MAX_BAGGAGE_BYTES);
        self.left = 0;
        if beyond.first() == Some(&b',') {
            return fits;
        }
        let last_comma = fits.iter().rposition(|byte| *byte == b',').unwrap_or(0);
        fits.get(..last_comma).unwrap_or(&[])
    }

    fn push_member(&mut self, member: &[u8], at: usize) {
        if self.members == MAX_BAGGAGE_MEMBERS {
            return self.leave_out(Reason::TooLong, at);
        }
        let Some(Member {
            name,
            value,
            metadata,
        }) = parse(member)
        else {
            return self.leave_out(Reason::Member, at);
        };
        self.members += 1;
        let value = decode_percent(value, Plus::Plus);
        let baggage = std::mem::take(&mut self.baggage);
        self.baggage = baggage.with_metadata(name, &value, &metadata);
    }

    fn leave_out(&mut self, reason: Reason, at: usize) {
        self.left_out += 1;
        self.fault.get_or_insert((reason, at));
    }
}

struct Member<'a> {
    name: &'a str,
    /// Still percent-encoded.
    value: &'a str,
    /// The properties in the shortest form, still percent-encoded.
    metadata: String,
}

/// One member, without white space around it; `None` if it is not well-formed.
fn parse(member: &[u8]) -> Option<Member<'_>> {
    let mut parts = member.split(|byte| *byte == b';');
    let (name, value) = pair(parts.next()?)?;
    let mut metadata = String::new();
    for property in parts.map(trim).filter(|property| !property.is_empty()) {
        if !metadata.is_empty() {
            metadata.push(';');
        }
        match pair(property) {
            Some((key, value)) => {
                metadata.push_str(key);
                metadata.push('=');
                metadata.push_str(value);
            }
            None => metadata.push_str(is_token(property).then(|| ascii(property)).flatten()?),
        }
    }
    Some(Member {
        name,
        value,
        metadata,
    })
}

/// `key OWS "=" OWS value`; the first `=` separates.
fn pair(text: &[u8]) -> Option<(&str, &str)> {
    let equals = text.iter().position(|byte| *byte == b'=')?;
    let (key, value) = (trim(text.get(..equals)?), trim(text.get(equals + 1..)?));
    let valid = is_token(key) && value.iter().all(|byte| is_octet(*byte));
    valid.then(|| Some((ascii(key)?, ascii(value)?))).flatten()
}

/// Text of bytes that are known to be ASCII.
fn ascii(bytes: &[u8]) -> Option<&str> {
    str::from_utf8(bytes).ok()
}

//! JSON from outside (RFC 8259), walked value by value: what a peer answers.
//!
//! Nothing is kept and nothing allocated but the beginnings of texts that somebody asks for, so that
//! an answer costs no more memory than it has bytes. Texts are for people: a byte that is no UTF-8,
//! and half a surrogate pair, become U+FFFD and spoil nothing else.

/// How deep arrays and objects nest at most.
const LEVELS: u8 = 127;

/// Stands in front of a value, or behind the last one. Every method gives `None` for what is no JSON.
pub(crate) struct Json<'a> {
    rest: &'a [u8],
    /// How much deeper it may go.
    levels: u8,
}

/// Reads a text that is one value, which `read` must pass over.
pub(crate) fn read<'a, T>(
    text: &'a [u8],
    read: impl FnOnce(&mut Json<'a>) -> Option<T>,
) -> Option<T> {
    let mut json = Json {
        rest: text,
        levels: LEVELS,
    };
    let value = read(&mut json)?;
    json.space();
    json.rest.is_empty().then_some(value)
}

impl<'a> Json<'a> {
    /// Walks an object. `each` stands in front of a member's value and must pass over it.
    pub(crate) fn members(
        &mut self,
        each: &mut dyn FnMut(&mut Self, Text<'a>) -> Option<()>,
    ) -> Option<()> {
        self.list(b"{", b"}", &mut |json| {
            let name = json.text()?;
            json.expect(b":")?;
            each(json, name)
        })
    }

    /// Passes over a `null`, if that is what comes.
    pub(crate) fn null(&mut self) -> bool {
        self.takes(b"null")
    }

    /// Whether a text comes.
    pub(crate) fn is_text(&mut self) -> bool {
        self.space();
        self.rest.first() == Some(&b'"')
    }

    /// A text.
    pub(crate) fn text(&mut self) -> Option<Text<'a>> {
        self.expect(b"\"")?;
        let start = self.rest;
        let mut rest = start;
        loop {
            rest = match rest {
                [b'"', after @ ..] => {
                    self.rest = after;
                    return Some(Text(start.get(..start.len() - rest.len())?));
                }
                [b'\\', b'u', after @ ..] => {
                    let (digits, after) = after.split_at_checked(4)?;
                    spanline_core::hex::decode_any(digits)?;
                    after
                }
                [
                    b'\\',
                    b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't',
                    after @ ..,
                ] => after,
                [b'\\' | 0..0x20, ..] | [] => return None,
                [_, after @ ..] => after,
            }
        }
    }

    /// A number, as it is written.
    pub(crate) fn number(&mut self) -> Option<&'a str> {
        self.space();
        let start = self.rest;
        self.next_is(b"-");
        let leads_with_zero = self.rest.first() == Some(&b'0');
        let digits = self.digits()?;
        if leads_with_zero && digits > 1 {
            return None;
        }
        if self.next_is(b".") {
            self.digits()?;
        }
        if self.next_is(b"eE") {
            self.next_is(b"+-");
            self.digits()?;
        }
        std::str::from_utf8(start.get(..start.len() - self.rest.len())?).ok()
    }

    /// Passes over a value of any kind.
    pub(crate) fn skip(&mut self) -> Option<()> {
        self.space();
        match self.rest.first()? {
            b'{' => self.members(&mut |json, _| json.skip()),
            b'[' => self.list(b"[", b"]", &mut Self::skip),
            b'"' => self.text().map(drop),
            b'n' => self.expect(b"null"),
            b't' => self.expect(b"true"),
            b'f' => self.expect(b"false"),
            _ => self.number().map(drop),
        }
    }

    /// Values between brackets, with commas between them.
    fn list(
        &mut self,
        open: &[u8],
        close: &[u8],
        each: &mut dyn FnMut(&mut Self) -> Option<()>,
    ) -> Option<()> {
        self.expect(open)?;
        self.levels = self.levels.checked_sub(1)?;
        if !self.takes(close) {
            each(self)?;
            while self.takes(b",") {
                each(self)?;
            }
            self.expect(close)?;
        }
        self.levels += 1;
        Some(())
    }

    /// At least one digit; says how many.
    fn digits(&mut self) -> Option<usize> {
        let digits = self.rest.iter().take_while(|byte| byte.is_ascii_digit());
        let digits = digits.count();
        self.rest = self.rest.get(digits..)?;
        (digits > 0).then_some(digits)
    }

    /// Passes over one byte if it is one of these.
    fn next_is(&mut self, bytes: &[u8]) -> bool {
        let next = self.rest.split_first();
        let next = next.filter(|(byte, _)| bytes.contains(byte));
        next.map(|(_, rest)| self.rest = rest).is_some()
    }

    fn expect(&mut self, token: &[u8]) -> Option<()> {
        self.takes(token).then_some(())
    }

    /// Passes over a token, if that is what comes.
    fn takes(&mut self, token: &[u8]) -> bool {
        self.space();
        let rest = self.rest.strip_prefix(token);
        rest.map(|rest| self.rest = rest).is_some()
    }

    fn space(&mut self) {
        while let [b' ' | b'\t' | b'\n' | b'\r', rest @ ..] = self.rest {
            self.rest = rest;
        }
    }
}

/// What stands between two quotation marks, escapes and all.
#[derive(Clone, Copy)]
pub(crate) struct Text<'a>(&'a [u8]);

impl Text<'_> {
    /// Whether this is what it says.
    pub(crate) fn is(self, text: &str) -> bool {
        let is_escaped = self.0.contains(&b'\\');
        match is_escaped {
            false => self.0 == text.as_bytes(),
            true => self.beginning(text.len() + 1) == text,
        }
    }

    /// The beginning of what it says, up to so many bytes and not in the middle of a character.
    pub(crate) fn beginning(self, bytes: usize) -> String {
        let mut said = String::new();
        let mut rest = self.0;
        while !rest.is_empty() {
            let plain = rest.iter().position(|byte| *byte == b'\\');
            let (piece, after) = match plain {
                Some(0) => unescaped(rest),
                _ => {
                    let (plain, after) = rest.split_at(plain.unwrap_or(rest.len()));
                    // Enough to go past the end, whatever is cut off.
                    (beginning(plain, bytes + 4), after)
                }
            };
            said.push_str(&piece);
            if said.len() > bytes {
                return beginning(said.as_bytes(), bytes);
            }
            rest = after;
        }
        said
    }
}

/// The character of an escape sequence, and what stands behind it.
fn unescaped(text: &[u8]) -> (String, &[u8]) {
    let (escape, after) = match text {
        [b'\\', b'u', ..] => return surrogates(text),
        [b'\\', escape, after @ ..] => (*escape, after),
        _ => return (String::new(), &[]),
    };
    let said = match escape {
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        other => char::from(other),
    };
    (said.to_string(), after)
}

/// The character of one or two `\u` in a row.
fn surrogates(text: &[u8]) -> (String, &[u8]) {
    let unit = |text: &'_ [u8]| -> Option<u16> {
        let digits = text.strip_prefix(b"\\u")?.get(..4)?;
        Some(spanline_core::hex::decode_any(digits)? as u16)
    };
    let (first, after) = text.split_at_checked(6).unwrap_or((text, &[]));
    let pair = [unit(first), unit(after)];
    if let [Some(high @ 0xD800..0xDC00), Some(low @ 0xDC00..0xE000)] = pair {
        return (
            String::from_utf16_lossy(&[high, low]),
            after.get(6..).unwrap_or_default(),
        );
    }
    let said: Vec<u16> = unit(first).into_iter().collect();
    (String::from_utf16_lossy(&said), after)
}

/// The beginning of a text that may be no UTF-8: at most so many bytes, and no part of a character.
pub(crate) fn beginning(text: &[u8], bytes: usize) -> String {
    // A character has at most four bytes: one that is cut off here ends beyond what is wanted.
    let text = text.get(..bytes + 3).unwrap_or(text);
    let mut said = String::from_utf8_lossy(text).into_owned();
    if said.len() > bytes {
        let is_between = |end: &usize| said.is_char_boundary(*end);
        let end = (0..=bytes).rev().find(is_between);
        said.truncate(end.unwrap_or_default());
    }
    said
}

#[cfg(test)]
mod tests;

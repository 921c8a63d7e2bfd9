//! The grammar of RFC 8259, a method for each rule: each takes what it matches and says where it
//! stops.
//!
//! ```text
//! value  = "false" / "null" / "true" / object / array / number / string        section 3
//! object = "{" [ member *( "," member ) ] "}"      member = string ":" value   section 4
//! array  = "[" [ value *( "," value ) ] "]"                                    section 5
//! number = [ "-" ] ( "0" / digit1-9 *DIGIT ) [ "." 1*DIGIT ] [ e [ "-" / "+" ] 1*DIGIT ]
//! string = '"' *char '"'                                                       section 7
//! char   = unescaped / "\" ( '"' / "\" / "/" / b / f / n / r / t / u 4HEXDIG )
//! ```
//!
//! Blanks (section 2) may stand around each value, and each of `{ } [ ] : ,`.

use super::MAX_DEPTH;
use spanline_core::hex;
use std::borrow::Cow;

/// What stands at a position, put shortly for the user.
pub(super) type Problem = &'static str;

/// Walks a text.
#[derive(Clone, Debug)]
pub(super) struct Scanner<'a> {
    text: &'a str,
    /// Always between two characters: what is passed over is ASCII, or up to a byte that is.
    at: usize,
    /// How many arrays and objects are open.
    depth: usize,
}

impl<'a> Scanner<'a> {
    pub(super) fn of(text: &'a str) -> Scanner<'a> {
        Scanner {
            text,
            at: 0,
            depth: 0,
        }
    }

    /// Where it stands, in bytes; after a problem, what the problem is about.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    /// One value, with the blanks in front of it; gives its text without them.
    pub(super) fn value(&mut self) -> Result<&'a str, Problem> {
        self.blanks();
        let start = self.at;
        match self.peek() {
            Some(b'{') => self.object()?,
            Some(b'[') => self.array()?,
            Some(b'"') => self.string()?,
            Some(b'-' | b'0'..=b'9') => self.number()?,
            _ => self.word()?,
        }
        Ok(self.since(start))
    }

    /// One member of an object: its name in quotes, and its value.
    pub(super) fn member(&mut self) -> Result<(&'a str, &'a str), Problem> {
        self.blanks();
        if self.peek() != Some(b'"') {
            return Err("expected a name in quotes");
        }
        let start = self.at;
        self.string()?;
        let name = self.since(start);
        if !self.take(b':') {
            return Err("expected `:`");
        }
        Ok((name, self.value()?))
    }

    /// Nothing but blanks.
    pub(super) fn end(&mut self) -> Result<(), Problem> {
        self.blanks();
        match self.peek() {
            None => Ok(()),
            Some(_) => Err("expected the end"),
        }
    }

    /// This byte, with the blanks in front of it, if it comes next.
    pub(super) fn take(&mut self, byte: u8) -> bool {
        self.blanks();
        self.take_if(|next| next == byte)
    }

    fn object(&mut self) -> Result<(), Problem> {
        self.list(b'}', "expected `,` or `}`", |scanner| {
            scanner.member().map(|_| ())
        })
    }

    fn array(&mut self) -> Result<(), Problem> {
        self.list(b']', "expected `,` or `]`", |scanner| {
            scanner.value().map(|_| ())
        })
    }

    /// What stands between two brackets, the first of which comes next.
    fn list(
        &mut self,
        close: u8,
        unfinished: Problem,
        item: fn(&mut Self) -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        if self.depth == MAX_DEPTH {
            return Err("nested too deep");
        }
        self.depth += 1;
        self.at += 1;
        if !self.take(close) {
            item(self)?;
            while self.take(b',') {
                item(self)?;
            }
            if !self.take(close) {
                return Err(unfinished);
            }
        }
        self.depth -= 1;
        Ok(())
    }

    fn string(&mut self) -> Result<(), Problem> {
        self.at += 1;
        loop {
            self.take_while(|byte| !matches!(byte, b'"' | b'\\' | ..b' '));
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => self.escape()?,
                Some(_) => return Err("a control character in a string"),
                None => return Err("expected the end of a string"),
            }
        }
        self.at += 1;
        Ok(())
    }

    /// A backslash and what belongs to it. Half of a surrogate pair is no character: the grammar lets
    /// it pass, but there is nothing that it could be read as (section 8.2).
    fn escape(&mut self) -> Result<(), Problem> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let (_, length) = escaped(rest).ok_or("an escape that means nothing")?;
        self.at += length;
        Ok(())
    }

    fn number(&mut self) -> Result<(), Problem> {
        self.take_if(|byte| byte == b'-');
        if !self.take_if(|byte| byte == b'0') {
            self.digits()?;
        }
        if self.take_if(|byte| byte == b'.') {
            self.digits()?;
        }
        if self.take_if(|byte| matches!(byte, b'e' | b'E')) {
            self.take_if(|byte| matches!(byte, b'+' | b'-'));
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), Problem> {
        if !self.take_if(|byte| byte.is_ascii_digit()) {
            return Err("expected a digit");
        }
        self.take_while(|byte| byte.is_ascii_digit());
        Ok(())
    }

    fn word(&mut self) -> Result<(), Problem> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let word = ["false", "null", "true"]
            .into_iter()
            .find(|word| rest.starts_with(word));
        self.at += word.ok_or("expected a value")?.len();
        Ok(())
    }

    fn blanks(&mut self) {
        self.take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take_if(&mut self, wanted: impl Fn(u8) -> bool) -> bool {
        let taken = self.peek().is_some_and(wanted);
        self.at += usize::from(taken);
        taken
    }

    fn take_while(&mut self, wanted: impl Fn(u8) -> bool) {
        while self.take_if(&wanted) {}
    }

    fn since(&self, start: usize) -> &'a str {
        self.text.get(start..self.at).unwrap_or_default()
    }
}

/// What stands between the quotes of a string that was checked, with its escapes resolved.
pub(super) fn unescape(quoted: &str) -> Cow<'_, str> {
    let Some(first) = quoted.find('\\') else {
        return Cow::Borrowed(quoted);
    };
    let (plain, mut rest) = quoted.split_at_checked(first).unwrap_or((quoted, ""));
    let mut text = plain.to_owned();
    while let Some((character, length)) = next(rest) {
        text.push(character);
        rest = rest.get(length..).unwrap_or_default();
    }
    Cow::Owned(text)
}

/// The first character of what is left, and how many bytes it takes.
fn next(rest: &str) -> Option<(char, usize)> {
    match rest.chars().next()? {
        '\\' => escaped(rest),
        plain => Some((plain, plain.len_utf8())),
    }
}

/// The character that an escape stands for, and how many bytes the escape takes. `rest` begins with
/// the backslash.
fn escaped(rest: &str) -> Option<(char, usize)> {
    let character = match rest.as_bytes().get(1)? {
        b'"' => '"',
        b'\\' => '\\',
        b'/' => '/',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => return code_point(rest),
        _ => return None,
    };
    Some((character, 2))
}

/// `\uXXXX`, or two of them that are a surrogate pair.
fn code_point(rest: &str) -> Option<(char, usize)> {
    let unit = |rest: &str| {
        let digits = rest.strip_prefix("\\u")?.as_bytes().get(..4)?;
        u16::try_from(hex::decode_any(digits)?).ok()
    };
    let first = unit(rest)?;
    let second = rest.get(6..).and_then(unit);
    let units = [Some(first), second].into_iter().flatten();
    let character = char::decode_utf16(units).next()?.ok()?;
    Some((character, 6 * character.len_utf16()))
}

//! Characters of headers: white space, tokens, percent-encoding.
//!
//! Shared by the formats; what a format allows where is said in its own file.

use std::borrow::Cow;

/// The most bytes of baggage that are read from or written to one carrier, over all its headers
/// (W3C Baggage, "Limits").
pub(super) const MAX_BAGGAGE_BYTES: usize = 8192;

/// The most baggage entries that are read from or written to one carrier (W3C Baggage, "Limits").
pub(super) const MAX_BAGGAGE_MEMBERS: usize = 64;

/// Without optional white space at both ends: spaces and tabs (RFC 9110, section 5.6.3).
pub(super) fn trim(bytes: &[u8]) -> &[u8] {
    let mut bytes = bytes;
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = bytes {
        bytes = rest;
    }
    bytes
}

/// As [`trim`], for text; both ends are ASCII, so the rest is text still.
pub(super) fn trim_str(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

/// Whether these bytes are a token, as names of headers and of W3C baggage are: one or more of
/// ``! # $ % & ' * + - . ^ _ ` | ~``, digits and letters (RFC 9110, section 5.6.2).
pub(super) fn is_token(bytes: &[u8]) -> bool {
    let allowed = |byte: &u8| match byte {
        b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~' => true,
        _ => byte.is_ascii_alphanumeric(),
    };
    !bytes.is_empty() && bytes.iter().all(allowed)
}

/// Percent-encodes (RFC 3986, section 2.1) every byte of `text` that `plain` does not name.
pub(super) fn encode_percent(out: &mut String, text: &str, plain: impl Fn(u8) -> bool) {
    for byte in text.bytes() {
        if byte.is_ascii() && plain(byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            for nibble in [byte >> 4, byte & 0xf] {
                let digit = char::from_digit(u32::from(nibble), 16).unwrap_or('0');
                out.push(digit.to_ascii_uppercase());
            }
        }
    }
}

/// What `+` stands for in percent-encoded text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Plus {
    /// Itself.
    Plus,
    /// A space, as in HTML forms.
    Space,
}

/// Undoes percent-encoding. A `%` without two digits stands for itself; bytes that are not UTF-8
/// become U+FFFD.
pub(super) fn decode_percent(text: &str, plus: Plus) -> Cow<'_, str> {
    let special = |byte: u8| byte == b'%' || (byte == b'+' && plus == Plus::Space);
    if !text.bytes().any(special) {
        return Cow::Borrowed(text);
    }
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, mut tail)) = rest.split_first() {
        let mut byte = byte;
        if byte == b'%' {
            if let Some((value, after)) = take_byte(tail) {
                (byte, tail) = (value, after);
            }
        } else if byte == b'+' && plus == Plus::Space {
            byte = b' ';
        }
        decoded.push(byte);
        rest = tail;
    }
    Cow::Owned(match String::from_utf8_lossy(&decoded) {
        Cow::Owned(repaired) => repaired,
        Cow::Borrowed(whole) => whole.to_owned(),
    })
}

/// The byte that two hexadecimal digits of either case stand for, and what follows them.
fn take_byte(text: &[u8]) -> Option<(u8, &[u8])> {
    let (&[high, low], rest) = text.split_first_chunk::<2>()?;
    let digit = |byte: u8| char::from(byte).to_digit(16);
    Some(((digit(high)? << 4 | digit(low)?) as u8, rest))
}

/// Whether `name` begins with `prefix` in any case; then what follows it.
pub(super) fn after_prefix<'n>(name: &'n str, prefix: &str) -> Option<&'n str> {
    let (head, tail) = name.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(tail)
}

#[cfg(test)]
mod tests;

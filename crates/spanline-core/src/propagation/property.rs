//! What the properties of the header formats have in common.
//!
//! A property is a law of a parser, written as a function of any bytes that panics where the law is
//! broken. It stands beside the parser; fuzz targets and the replay of their corpora call it, programs
//! do not. Its definitions are slow and plain on purpose, and share no code with what they judge.
//!
//! Here: headers made from bytes, digits read one by one, and what holds for everything injected.

use std::borrow::Cow;

use super::Propagator;
use crate::context::Context;

/// Header lines in their order.
pub(super) type Headers = Vec<(String, String)>;

/// The bytes as text, since carriers hold text.
pub(super) fn text(data: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(data)
}

/// Headers from lines of `name: value`; other lines are none.
pub(super) fn headers(data: &[u8]) -> Headers {
    text(data)
        .split('\n')
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// The first header of this name, as its format sees it: without white space around it.
pub(super) fn first<'h>(headers: &'h Headers, name: &str) -> Option<&'h str> {
    let mut lines = headers
        .iter()
        .filter(|(header, _)| header.to_ascii_lowercase() == name);
    lines.next().map(|(_, value)| without_space(value))
}

/// Without spaces and tabs at both ends (RFC 9110, section 5.6.3, "OWS").
pub(super) fn without_space(text: &str) -> &str {
    let mut text = text;
    while text.starts_with(' ') || text.starts_with('\t') {
        text = text.get(1..).unwrap_or_default();
    }
    while text.ends_with(' ') || text.ends_with('\t') {
        text = text.get(..text.len() - 1).unwrap_or_default();
    }
    text
}

/// The number that digits of either case stand for; `None` if anything else is among them, or there
/// are none.
pub(super) fn any_hex(text: &str) -> Option<u128> {
    let digits = !text.is_empty() && text.chars().all(|c| c.is_ascii_hexdigit());
    u128::from_str_radix(text, 16).ok().filter(|_| digits)
}

/// The number that so many lower-case digits stand for.
pub(super) fn lower_hex(text: &str, digits: usize) -> Option<u128> {
    let lower = text.len() == digits && !text.contains(|c: char| c.is_ascii_uppercase());
    any_hex(text).filter(|_| lower)
}

/// RFC 9110, section 5.6.2: `token = 1*tchar`.
pub(super) fn is_token(text: &str) -> bool {
    let tchar = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    !text.is_empty() && text.chars().all(tchar)
}

/// RFC 3986, section 2.1, undone digit by digit. What is not an escape stands for itself, bytes
/// that are not UTF-8 for U+FFFD.
pub(super) fn percent_decoded(text: &str, plus_is_space: bool) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some(&byte) = rest.first() {
        let escape = rest
            .get(..3)
            .and_then(|three| std::str::from_utf8(three).ok());
        let digits = escape.and_then(|three| any_hex(three.strip_prefix('%')?));
        let taken = match digits {
            Some(value) => {
                bytes.push(value as u8);
                3
            }
            None => {
                bytes.push(if plus_is_space && byte == b'+' {
                    b' '
                } else {
                    byte
                });
                1
            }
        };
        rest = rest.get(taken..).unwrap_or_default();
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What a propagator sends. Names are tokens, values printable ASCII without space at their ends
/// (RFC 9110, sections 5.1 and 5.5), so that no line can be ended and none begun.
pub(super) fn injected(propagator: &dyn Propagator, context: &Context) -> Headers {
    let mut headers = Headers::new();
    propagator.inject(context, &mut headers);
    for (name, value) in &headers {
        assert!(is_token(name), "{name:?} is no name of a header");
        assert!(value.chars().all(|c| matches!(c, ' '..='~')), "{value:?}");
        assert_eq!(without_space(value), value);
    }
    headers
}

/// Refused or accepted, lenient extraction never fails, and a refusal changes nothing.
pub(super) fn extracted(propagator: &dyn Propagator, headers: &Headers) -> Option<Context> {
    let outcome = propagator.try_extract(&Context::root(), headers);
    let lenient = propagator.extract(&Context::root(), headers);
    match &outcome {
        Ok(context) => {
            assert_eq!(lenient.span_context(), context.span_context());
            assert_eq!(lenient.baggage(), context.baggage());
        }
        Err(error) => {
            assert!(!lenient.span_context().is_valid() && lenient.baggage().is_empty());
            assert!(!error.header().is_empty());
        }
    }
    outcome.ok()
}

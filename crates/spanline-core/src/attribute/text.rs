//! Values as text: JSON, with the exceptions that the specification makes at top level.
//!
//! Source: OpenTelemetry specification, "AnyValue representation for non-OTLP protocols". The
//! pieces serve any [`fmt::Write`], so that readers of stored values print the same text.

use std::fmt::{self, Write};

use super::Value;

/// A value at top level: strings bare, the empty value as nothing, NaN without quotes.
pub(crate) fn write_value(out: &mut impl Write, value: &Value<'_>) -> fmt::Result {
    match value {
        Value::Empty => Ok(()),
        Value::String(text) => out.write_str(text),
        Value::Bytes(bytes) => write_base64(out, bytes),
        Value::F64(number) => write_number(out, *number),
        _ => write_json(out, value),
    }
}

/// A value inside a list or map: JSON throughout.
fn write_json(out: &mut impl Write, value: &Value<'_>) -> fmt::Result {
    match value {
        Value::Empty => out.write_str("null"),
        Value::Bool(value) => write!(out, "{value}"),
        Value::I64(number) => write!(out, "{number}"),
        Value::F64(number) => write_json_number(out, *number),
        Value::String(text) => write_json_string(out, text),
        Value::Bytes(bytes) => write_json_bytes(out, bytes),
        Value::Bools(list) => write_list(out, list.iter(), |out, value| write!(out, "{value}")),
        Value::I64s(list) => write_list(out, list.iter(), |out, number| write!(out, "{number}")),
        Value::F64s(list) => write_list(out, list.iter(), |out, &n| write_json_number(out, n)),
        Value::Strings(list) => {
            write_list(out, list.iter(), |out, text| write_json_string(out, text))
        }
        Value::Array(list) => write_list(out, list.iter(), |out, value| write_json(out, value)),
        Value::Map(map) => {
            out.write_char('{')?;
            for (n, pair) in map.iter().enumerate() {
                if n > 0 {
                    out.write_char(',')?;
                }
                write_json_string(out, &pair.key)?;
                out.write_char(':')?;
                write_json(out, &pair.value)?;
            }
            out.write_char('}')
        }
    }
}

fn write_list<W: Write, T>(
    out: &mut W,
    list: impl Iterator<Item = T>,
    write: impl Fn(&mut W, T) -> fmt::Result,
) -> fmt::Result {
    out.write_char('[')?;
    for (n, element) in list.enumerate() {
        if n > 0 {
            out.write_char(',')?;
        }
        write(out, element)?;
    }
    out.write_char(']')
}

/// The shortest decimal that reads back as the same number, with an exponent where it would be long.
pub(crate) fn write_number(out: &mut impl Write, number: f64) -> fmt::Result {
    let size = number.abs();
    if number.is_nan() {
        out.write_str("NaN")
    } else if number.is_infinite() {
        out.write_str(if number > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        })
    } else if size != 0.0 && !(1e-5..1e21).contains(&size) {
        write!(out, "{number:e}")
    } else {
        write!(out, "{number}")
    }
}

/// A number inside JSON, which has no NaN and no infinities: those are quoted.
pub(crate) fn write_json_number(out: &mut impl Write, number: f64) -> fmt::Result {
    if number.is_finite() {
        return write_number(out, number);
    }
    out.write_char('"')?;
    write_number(out, number)?;
    out.write_char('"')
}

/// Bytes inside JSON: quoted Base64.
pub(crate) fn write_json_bytes(out: &mut impl Write, bytes: &[u8]) -> fmt::Result {
    out.write_char('"')?;
    write_base64(out, bytes)?;
    out.write_char('"')
}

/// A JSON string (RFC 8259, section 7), quotes included.
pub(crate) fn write_json_string(out: &mut impl Write, text: &str) -> fmt::Result {
    out.write_char('"')?;
    let mut rest = text;
    while let Some(at) = rest
        .bytes()
        .position(|b| b < 0x20 || matches!(b, b'"' | b'\\'))
    {
        let (plain, tail) = rest.split_at(at);
        out.write_str(plain)?;
        let mut tail = tail.chars();
        match tail.next() {
            Some('"') => out.write_str("\\\"")?,
            Some('\\') => out.write_str("\\\\")?,
            Some('\n') => out.write_str("\\n")?,
            Some('\r') => out.write_str("\\r")?,
            Some('\t') => out.write_str("\\t")?,
            Some(control) => write!(out, "\\u{:04x}", u32::from(control))?,
            None => {}
        }
        rest = tail.as_str();
    }
    out.write_str(rest)?;
    out.write_char('"')
}

/// Base64 with padding (RFC 4648, section 4).
pub(crate) fn write_base64(out: &mut impl Write, bytes: &[u8]) -> fmt::Result {
    for group in bytes.chunks(3) {
        let [a, b, c] = [0, 1, 2].map(|n| group.get(n).copied().unwrap_or(0));
        let bits = u32::from_be_bytes([0, a, b, c]);
        for place in 0..4 {
            let sextet = (bits >> (18 - 6 * place)) & 0x3f;
            out.write_char(if place > group.len() {
                '='
            } else {
                base64_digit(sextet as u8)
            })?;
        }
    }
    Ok(())
}

const fn base64_digit(sextet: u8) -> char {
    (match sextet {
        0..=25 => b'A' + sextet,
        26..=51 => b'a' + (sextet - 26),
        52..=61 => b'0' + (sextet - 52),
        62 => b'+',
        _ => b'/',
    }) as char
}

//! `key1=value1,key2=value2`: the form of `OTEL_RESOURCE_ATTRIBUTES`.
//!
//! Commas, equals signs and percent signs within keys and values are percent-encoded; other
//! characters may be (OpenTelemetry specification, "Specifying resource information via an
//! environment variable"). One mistake spoils the whole text, as the specification advises: half
//! an identity is worse than none.

/// All pairs in order, or what is wrong. Blanks around keys and values do not count, nor do empty
/// places between commas.
pub(super) fn parse(text: &str) -> Result<Vec<(String, String)>, &'static str> {
    let places = text.split(',').map(str::trim);
    places.filter(|place| !place.is_empty()).map(pair).collect()
}

/// One pair.
pub(super) fn pair(text: &str) -> Result<(String, String), &'static str> {
    let (key, value) = text.split_once('=').ok_or("a key without '='")?;
    let key = decode(key.trim())?;
    if key.is_empty() {
        return Err("a value without a key");
    }
    Ok((key, decode(value.trim())?))
}

fn decode(text: &str) -> Result<String, &'static str> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digits = (digit(rest.next()), digit(rest.next()));
                let (Some(high), Some(low)) = digits else {
                    return Err("'%' without two hexadecimal digits");
                };
                high << 4 | low
            }
            other => other,
        });
    }
    String::from_utf8(bytes).map_err(|_| "bytes that are not UTF-8")
}

fn digit(byte: Option<u8>) -> Option<u8> {
    let digit = char::from(byte?).to_digit(16)?;
    u8::try_from(digit).ok()
}

//! Base64 with padding (RFC 4648, section 4): bytes inside JSON, credentials in HTTP Basic.

/// The Base64 form of `bytes`, four digits at a time.
pub(crate) fn base64(bytes: &[u8]) -> impl Iterator<Item = [u8; 4]> {
    bytes.chunks(3).map(|group| {
        let byte = |n: usize| group.get(n).copied().unwrap_or(0);
        let bits = u32::from_be_bytes([0, byte(0), byte(1), byte(2)]);
        let mut digits = [b'='; 4];
        for (place, to) in digits.iter_mut().enumerate().take(group.len() + 1) {
            *to = digit((bits >> (18 - 6 * place)) as u8 & 0x3F);
        }
        digits
    })
}

/// The bytes that this text stands for, padded or not; `None` if it is no Base64.
#[cfg(feature = "grpc")]
pub(crate) fn decode_base64(text: &[u8]) -> Option<Vec<u8>> {
    let text = text.strip_suffix(b"=").unwrap_or(text);
    let text = text.strip_suffix(b"=").unwrap_or(text);
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 2);
    for group in text.chunks(4) {
        let mut bits = 0;
        for digit in group {
            bits = bits << 6 | u32::from(sextet(*digit)?);
        }
        bits <<= 6 * (4 - group.len());
        let [_, whole @ ..] = bits.to_be_bytes();
        // Four digits hold three bytes, three two, two one; one holds none.
        bytes.extend_from_slice(whole.get(..group.len().checked_sub(2)? + 1)?);
    }
    Some(bytes)
}

#[cfg(feature = "grpc")]
const fn sextet(digit: u8) -> Option<u8> {
    match digit {
        b'A'..=b'Z' => Some(digit - b'A'),
        b'a'..=b'z' => Some(digit - b'a' + 26),
        b'0'..=b'9' => Some(digit - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

const fn digit(sextet: u8) -> u8 {
    match sextet {
        0..=25 => b'A' + sextet,
        26..=51 => b'a' + (sextet - 26),
        52..=61 => b'0' + (sextet - 52),
        62 => b'+',
        _ => b'/',
    }
}

#[cfg(test)]
mod tests;

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

//! Copies of short strings without a call to `memcpy`: two overlapping moves of a fixed size.
//!
//! Names, keys and values are mostly shorter than that, where a call costs more than the copy.

/// The longest that is copied without a call, in bytes.
pub(super) const SHORT: usize = 64;

/// Copies `source` to the front of `target`, which is at least as long; a shorter target takes
/// nothing.
#[inline]
pub(super) fn put(target: &mut [u8], source: &[u8]) {
    let Some(target) = target.get_mut(..source.len()) else {
        return;
    };
    match source.len() {
        0 => {}
        1..=3 => few(target, source),
        4..=7 => ends::<4>(target, source),
        8..=16 => ends::<8>(target, source),
        17..=32 => ends::<16>(target, source),
        33..=SHORT => ends::<32>(target, source),
        _ => target.copy_from_slice(source),
    }
}

/// One, two or three bytes: the first, the middle and the last cover them all.
#[inline]
fn few(target: &mut [u8], source: &[u8]) {
    let middle = source.len() / 2;
    if let (Some(to), Some(from)) = (target.get_mut(middle), source.get(middle)) {
        *to = *from;
    }
    if let (Some(to), Some(from)) = (target.first_mut(), source.first()) {
        *to = *from;
    }
    if let (Some(to), Some(from)) = (target.last_mut(), source.last()) {
        *to = *from;
    }
}

/// Between `N` and `2 * N` bytes: the first `N` and the last `N`, which may overlap.
#[inline]
fn ends<const N: usize>(target: &mut [u8], source: &[u8]) {
    if let (Some(to), Some(from)) = (target.first_chunk_mut::<N>(), source.first_chunk::<N>()) {
        *to = *from;
    }
    if let (Some(to), Some(from)) = (target.last_chunk_mut::<N>(), source.last_chunk::<N>()) {
        *to = *from;
    }
}

/// The longest front of `text` that has at most `bytes` bytes and ends between characters.
#[inline]
pub(super) fn cut_bytes(text: &[u8], bytes: usize) -> &[u8] {
    if text.len() <= bytes {
        text
    } else {
        cut_longer(text, bytes)
    }
}

#[cold]
fn cut_longer(text: &[u8], bytes: usize) -> &[u8] {
    let mut end = bytes;
    // A continuation byte of UTF-8 is 0b10xx_xxxx; step back to the byte that begins a character.
    while end > 0 && text.get(end).is_some_and(|byte| byte & 0xC0 == 0x80) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

/// The first `count` characters of a UTF-8 text (OpenTelemetry "Attribute Limits": truncation
/// counts characters and never splits one).
pub(super) fn cut_chars(text: &[u8], count: usize) -> &[u8] {
    if text.len() <= count {
        return text;
    }
    let mut seen = 0;
    for (at, byte) in text.iter().enumerate() {
        if byte & 0xC0 != 0x80 {
            if seen == count {
                return text.get(..at).unwrap_or_default();
            }
            seen += 1;
        }
    }
    text
}

//! Attributes that every span of a scope carries besides its own, encoded once.
//!
//! Wires without a place for the instrumentation scope repeat it on every span (OpenTelemetry,
//! "Mapping to non-OTLP formats", "Instrumentation Scope"), and Zipkin has no place for the resource
//! either. Scope and resource attributes never replace the span's own. Whether they would is asked
//! of a 64-bit filter first, so that a span without such a key costs one comparison.

use super::buffer::{Buffer, Cursor};
use spanline_core::attribute::Value;
use spanline_core::record::RawRecord;
use spanline_core::scope::{Scope, ScopeId};

/// Writes one attribute in the form of a wire.
pub(super) type WriteTag = fn(&mut Cursor<'_>, &str, &Value<'_>);

/// Encoded attributes that give way to the span's own.
#[derive(Debug, Default)]
pub(super) struct Extras {
    filter: KeyFilter,
    encoded: Buffer,
    /// Each key with the end of its encoded form.
    entries: Vec<(Box<str>, usize)>,
}

impl Extras {
    /// Adds an attribute; the first of a key stays.
    pub(super) fn add(&mut self, key: &str, value: &Value<'_>, write: WriteTag) {
        if self.entries.iter().any(|(known, _)| **known == *key) {
            return;
        }
        self.encoded.write(64, |to| write(to, key, value));
        self.filter.insert(key.as_bytes());
        self.entries.push((key.into(), self.encoded.len()));
    }

    /// Puts all whose keys the span does not use itself and returns how many.
    #[inline(always)]
    pub(super) fn put(&self, to: &mut Cursor<'_>, record: RawRecord<'_>) -> u32 {
        if self.entries.is_empty() {
            return 0;
        }
        if self.filter.meets(KeyFilter::of(record)) {
            return to.rarely(|to| self.put_some(to, record));
        }
        to.put_bytes(self.encoded.as_bytes());
        self.entries.len() as u32
    }

    fn put_some(&self, to: &mut Cursor<'_>, record: RawRecord<'_>) -> u32 {
        let mut start = 0;
        let mut count = 0;
        for (key, end) in &self.entries {
            let own = |item: spanline_core::record::Item<'_>| {
                item.tag.is_attribute() && item.key == key.as_bytes()
            };
            if !record.items().any(own) {
                to.put_bytes(self.encoded.as_bytes().get(start..*end).unwrap_or_default());
                count += 1;
            }
            start = *end;
        }
        count
    }
}

/// A set of keys that may say yes wrongly, never no.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct KeyFilter(u64);

impl KeyFilter {
    /// The keys of a span's attributes.
    fn of(record: RawRecord<'_>) -> KeyFilter {
        let mut keys = KeyFilter::default();
        for item in record.items().filter(|item| item.tag.is_attribute()) {
            keys.insert(item.key);
        }
        keys
    }

    #[inline]
    fn insert(&mut self, key: &[u8]) {
        self.0 |= bit(key);
    }

    #[inline]
    fn meets(self, other: KeyFilter) -> bool {
        self.0 & other.0 != 0
    }
}

/// One of 64 bits by a key's length and last bytes: keys of one family mostly differ there.
#[inline]
fn bit(key: &[u8]) -> u64 {
    let tail = match key.last_chunk::<8>() {
        Some(bytes) => u64::from_le_bytes(*bytes),
        None => key
            .iter()
            .fold(0, |tail, byte| tail << 8 | u64::from(*byte)),
    };
    1 << ((tail ^ key.len() as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 58)
}

/// What the scope of a span adds to it.
#[derive(Debug, Default)]
pub(super) struct ScopeTags {
    /// Name and version under their present and their former keys. They replace the span's own
    /// attributes of these names.
    pub(super) identity: Buffer,
    /// How many tags `identity` holds.
    pub(super) identity_tags: u32,
    /// Which of the names `identity` holds.
    pub(super) names: ScopeNames,
    /// Scope attributes, and whatever else gives way to the span's own.
    pub(super) extras: Extras,
}

/// Which parts of a scope are not empty.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ScopeNames {
    pub(super) name: bool,
    pub(super) version: bool,
}

impl ScopeNames {
    /// Whether the scope itself is written under this key.
    pub(super) fn contain(self, key: &[u8]) -> bool {
        match key {
            b"otel.scope.name" | b"otel.library.name" => self.name,
            b"otel.scope.version" | b"otel.library.version" => self.version,
            _ => false,
        }
    }
}

impl ScopeTags {
    /// Encodes a scope. The attributes of a scope whose keys `reserved` names are left out.
    pub(super) fn new(scope: &Scope<'_>, write: WriteTag, reserved: fn(&str) -> bool) -> ScopeTags {
        let mut tags = ScopeTags::default();
        let version = scope.version().unwrap_or_default();
        for (keys, text) in [
            (["otel.scope.name", "otel.library.name"], scope.name()),
            (["otel.scope.version", "otel.library.version"], version),
        ] {
            if text.is_empty() {
                continue;
            }
            for key in keys {
                tags.identity
                    .write(64, |to| write(to, key, &Value::from(text)));
                tags.identity_tags += 1;
            }
        }
        tags.names = ScopeNames {
            name: !scope.name().is_empty(),
            version: !version.is_empty(),
        };
        for attribute in scope.attributes() {
            if !reserved(&attribute.key) {
                tags.extras.add(&attribute.key, &attribute.value, write);
            }
        }
        tags
    }
}

/// [`ScopeTags`] by scope, each made when its first span comes. Grows with the number of scopes of
/// the program, of which there are at most 65,535.
#[derive(Debug, Default)]
pub(super) struct ScopeCache {
    tags: Vec<Option<Box<ScopeTags>>>,
}

impl ScopeCache {
    /// What the scope with this number adds to its spans.
    #[inline]
    pub(super) fn get(
        &mut self,
        scope: u16,
        make: impl FnOnce(Scope<'_>) -> ScopeTags,
    ) -> &ScopeTags {
        let at = usize::from(scope);
        if at >= self.tags.len() {
            self.tags.resize_with(at + 1, || None);
        }
        // `resize_with` made the place, so the fallback is never taken.
        match self.tags.get_mut(at) {
            Some(place) => {
                place.get_or_insert_with(|| Box::new(make(ScopeId::from_u16(scope).get())))
            }
            None => &EMPTY,
        }
    }
}

static EMPTY: ScopeTags = ScopeTags {
    identity: Buffer::new(),
    identity_tags: 0,
    names: ScopeNames {
        name: false,
        version: false,
    },
    extras: Extras {
        filter: KeyFilter(0),
        encoded: Buffer::new(),
        entries: Vec::new(),
    },
};

#[cfg(test)]
mod tests;

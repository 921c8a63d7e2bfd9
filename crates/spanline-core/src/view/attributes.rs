//! Attributes of a span, an event, a link or inside a map.

use super::text;
use super::value::ValueView;
use crate::record::{Item, Items};
use std::fmt;

/// One attribute: a key and its value.
#[derive(Clone, Copy, PartialEq)]
pub struct AttributeView<'a> {
    /// The key.
    pub key: &'a str,
    /// The value.
    pub value: ValueView<'a>,
}

impl fmt::Debug for AttributeView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:?}", self.key, self.value)
    }
}

/// A set of attributes; keys are unique.
#[derive(Clone, Copy)]
pub struct Attributes<'a> {
    items: Items<'a>,
    count: u16,
    dropped: u16,
}

impl<'a> Attributes<'a> {
    pub(super) fn new(items: Items<'a>, count: u16, dropped: u16) -> Self {
        Attributes {
            items,
            count,
            dropped,
        }
    }

    /// Walks the attributes.
    pub fn iter(&self) -> impl Iterator<Item = AttributeView<'a>> + use<'a> {
        self.items
            .filter(|item| item.tag.is_attribute())
            .map(|item| view(&item))
    }

    /// The value of this key. Costs a walk over the items before it.
    pub fn get(&self, key: &str) -> Option<ValueView<'a>> {
        let mut items = self.items;
        items
            .find(|item| item.tag.is_attribute() && item.key == key.as_bytes())
            .map(|item| ValueView::read(item.tag, item.value))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.count.into()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// How many were discarded for a limit.
    pub fn dropped(&self) -> u32 {
        self.dropped.into()
    }
}

fn view<'a>(item: &Item<'a>) -> AttributeView<'a> {
    AttributeView {
        key: text(item.key),
        value: ValueView::read(item.tag, item.value),
    }
}

impl fmt::Debug for Attributes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl PartialEq for Attributes<'_> {
    /// Order does not count (OpenTelemetry "Attribute Collections").
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().all(|one| other.get(one.key) == Some(one.value))
    }
}

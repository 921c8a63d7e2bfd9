//! Events and links: items that hold items. Attributes can be added to them long after, when other
//! items stand behind them, so they are found again by their place.

use super::{EVENT_HEAD, LINK_HEAD, Record, cut_value, is_key, word};
use crate::attribute::Value;
use crate::record::SpanLimits;
use crate::record::bytes::{cut_bytes, put};
use crate::record::item::{ITEM_HEAD, Item, Items, Tag, head_word, item_size};
use crate::span_context::SpanContext;
use crate::timestamp::Timestamp;

/// Where an event or a link stands, so that attributes can be added to it later.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    at: usize,
    moves: u32,
    ordinal: u16,
    link: bool,
}

impl Record {
    /// Adds an event, stamped with clock ticks. `None`: it was over a limit and is counted.
    pub fn event(&mut self, name: &str, ticks: u64, limits: &SpanLimits) -> Option<Place> {
        let (name, head) = (name.as_bytes(), event_head(ticks));
        let place = self.place(self.tally.events, false);
        if usize::from(self.tally.events) < limits.event_count()
            && self.append_here(Tag::Event, name, &head)
        {
            self.tally.events += 1;
            return Some(place);
        }
        self.event_anywhere(name, ticks, limits)
    }

    /// [`Record::event`] where the name is long, or there is no room for it as things are.
    #[cold]
    #[inline(never)]
    fn event_anywhere(&mut self, name: &[u8], ticks: u64, limits: &SpanLimits) -> Option<Place> {
        let name = cut_bytes(name, u16::MAX.into());
        let full = usize::from(self.tally.events) >= limits.event_count();
        if full || !self.fits(name.len() + EVENT_HEAD, limits) {
            self.tally.dropped_events = self.tally.dropped_events.saturating_add(1);
            self.care = true;
            return None;
        }
        let place = self.place(self.tally.events, false);
        self.append(Tag::Event, name, &event_head(ticks));
        self.tally.events += 1;
        Some(place)
    }

    /// Gives an event a time of the caller's.
    pub fn set_event_time(&mut self, place: Place, time: Timestamp) {
        let Some((at, item)) = self.locate(place) else {
            return;
        };
        let value = at + ITEM_HEAD + item.key.len();
        let head = head_word(Tag::EventAt, item.key.len() as u16, item.value.len() as u32);
        self.patch(at, &head.to_le_bytes());
        self.patch(value, &time.unix_nanos().to_le_bytes());
    }

    /// Adds a link. `None`: it was over a limit and is counted.
    pub fn link(&mut self, context: &SpanContext, limits: &SpanLimits) -> Option<Place> {
        self.tally.flags.set_has_links();
        let state = context.trace_state().as_str();
        let full = usize::from(self.links) >= limits.link_count();
        if full || !self.fits(LINK_HEAD + state.len(), limits) {
            self.drop_link();
            return None;
        }
        let (high, low, span) = context.words();
        let mut value = std::mem::take(&mut self.scratch);
        value.clear();
        for word in [high, low, span] {
            value.extend_from_slice(&word.to_le_bytes());
        }
        value.push(context.trace_flags().bits());
        value.push(u8::from(context.is_remote()));
        value.extend_from_slice(&[0; 4]);
        let state = cut_bytes(state.as_bytes(), u16::MAX.into());
        value.extend_from_slice(&(state.len() as u16).to_le_bytes());
        value.extend_from_slice(state);
        let place = self.place(self.links, true);
        self.append(Tag::Link, &[], &value);
        self.put_scratch_back(value);
        self.links += 1;
        Some(place)
    }

    /// Sets an attribute of an event or a link; the last value of a key wins.
    pub fn set_nested(&mut self, place: Place, key: &str, value: &Value<'_>, limits: &SpanLimits) {
        self.with_encoded(value, limits, |record, tag, bytes| {
            record.set_nested_bytes(place, tag, key.as_bytes(), bytes, limits);
        });
    }

    fn set_nested_bytes(
        &mut self,
        place: Place,
        tag: Tag,
        key: &[u8],
        value: &[u8],
        limits: &SpanLimits,
    ) {
        let Some((at, item)) = self.locate(place) else {
            return;
        };
        let Some(mut owner) = Owner::read(at, &item) else {
            return;
        };
        let old = owner.items_of(&item).find(|(_, nested)| nested.key == key);
        let old = old.map(|(offset, nested)| (owner.items + offset, nested.size()));
        let old_size = old.map_or(0, |(_, size)| size);
        let full = usize::from(owner.count) >= owner.limit(limits);
        let value = cut_value(tag, value, limits);
        let size = item_size(key, value);
        if !is_key(key) || old.is_none() && full || size > self.room(old_size, limits) {
            let dropped = owner.dropped.saturating_add(1);
            self.patch(owner.counts, &dropped.to_le_bytes());
            self.care = true;
            return;
        }
        match old {
            Some((at, size)) => self.remove(at, size),
            None => owner.count += 1,
        }
        owner.value -= old_size;
        self.insert(owner.end(), tag, key, value);
        owner.value += size;
        self.patch(at + 4, &(owner.value as u32).to_le_bytes());
        self.patch(owner.counts + 2, &owner.count.to_le_bytes());
    }

    #[inline]
    fn place(&self, ordinal: u16, link: bool) -> Place {
        Place {
            at: self.len,
            moves: self.moves,
            ordinal,
            link,
        }
    }

    /// Finds an event or a link again: where it was, or by its number if items have moved.
    fn locate(&self, place: Place) -> Option<(usize, Item<'_>)> {
        if place.moves == self.moves {
            let bytes = self.data.get(place.at..self.len)?;
            return Some((place.at, Items::new(bytes).next()?));
        }
        self.offsets()
            .filter(|(_, item)| match item.tag {
                Tag::Event | Tag::EventAt => !place.link,
                Tag::Link => place.link,
                _ => false,
            })
            .nth(place.ordinal.into())
    }

    #[cold]
    fn drop_link(&mut self) {
        self.care = true;
        let old = self.offsets().find_map(|(at, item)| match item.tag {
            Tag::DroppedLinks => Some((at, u32::from_le_bytes(*item.value.first_chunk()?))),
            _ => None,
        });
        match old {
            Some((at, count)) => {
                self.patch(at + ITEM_HEAD, &count.saturating_add(1).to_le_bytes());
            }
            None => self.append(Tag::DroppedLinks, &[], &1_u32.to_le_bytes()),
        }
    }
}

/// What an event's value begins with: its time, and no attributes.
#[inline]
fn event_head(ticks: u64) -> [u8; EVENT_HEAD] {
    let mut head = [0; EVENT_HEAD];
    put(&mut head, &ticks.to_le_bytes());
    head
}

/// The event or link that an attribute goes into: where its parts stand in the record.
struct Owner {
    /// Offset of the dropped count, behind which the attribute count stands.
    counts: usize,
    /// Offset of the first nested item.
    items: usize,
    /// Offset of the value, and its length.
    start: usize,
    value: usize,
    dropped: u16,
    count: u16,
    link: bool,
}

impl Owner {
    fn read(at: usize, item: &Item<'_>) -> Option<Owner> {
        let start = at + ITEM_HEAD + item.key.len();
        let link = item.tag == Tag::Link;
        let counts = if link { 26 } else { 8 };
        let head = if link {
            LINK_HEAD + usize::from(word(item.value, 30)?)
        } else {
            EVENT_HEAD
        };
        Some(Owner {
            counts: start + counts,
            items: start + head,
            start,
            value: item.value.len(),
            dropped: word(item.value, counts)?,
            count: word(item.value, counts + 2)?,
            link,
        })
    }

    /// The nested items, each with its offset from the first.
    fn items_of<'a>(&self, item: &Item<'a>) -> impl Iterator<Item = (usize, Item<'a>)> {
        let nested = item
            .value
            .get(self.items - self.start..)
            .unwrap_or_default();
        let mut at = 0;
        Items::new(nested).map(move |item| {
            let here = at;
            at += item.size();
            (here, item)
        })
    }

    fn end(&self) -> usize {
        self.start + self.value
    }

    fn limit(&self, limits: &SpanLimits) -> usize {
        if self.link {
            limits.attribute_per_link_count()
        } else {
            limits.attribute_per_event_count()
        }
    }
}

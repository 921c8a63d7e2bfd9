//! A span's events.

use super::{Attributes, Times, text};
use crate::record::{EventHead, RawRecord};
use crate::timestamp::Timestamp;
use std::fmt;

/// A timed, named note inside a span.
#[derive(Clone, Copy)]
pub struct EventView<'a> {
    head: EventHead<'a>,
    times: &'a dyn Times,
}

impl<'a> EventView<'a> {
    /// The event's name.
    pub fn name(&self) -> &'a str {
        text(self.head.name)
    }

    /// When it was recorded, or the time the caller gave.
    pub fn time(&self) -> Timestamp {
        Timestamp::from_unix_nanos(self.unix_nanos())
    }

    /// The time in nanoseconds since the Unix epoch.
    pub fn unix_nanos(&self) -> u64 {
        if self.head.is_unix {
            self.head.time
        } else {
            self.times.unix_nanos(self.head.time)
        }
    }

    /// The event's attributes.
    pub fn attributes(&self) -> Attributes<'a> {
        Attributes::new(self.head.attributes, self.head.count, self.head.dropped)
    }
}

impl fmt::Debug for EventView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}", self.name(), self.attributes())
    }
}

/// A span's events in the order of recording.
#[derive(Clone, Copy)]
pub struct Events<'a> {
    record: RawRecord<'a>,
    times: &'a dyn Times,
}

impl<'a> Events<'a> {
    pub(super) fn new(record: RawRecord<'a>, times: &'a dyn Times) -> Self {
        Events { record, times }
    }

    /// Walks the events.
    pub fn iter(&self) -> impl Iterator<Item = EventView<'a>> + use<'a> {
        let times = self.times;
        let heads = self
            .record
            .items()
            .filter_map(|item| EventHead::read(&item));
        heads.map(move |head| EventView { head, times })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.record.header().events.into()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many were discarded for a limit.
    pub fn dropped(&self) -> u32 {
        self.record.header().dropped_events.into()
    }
}

impl fmt::Debug for Events<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

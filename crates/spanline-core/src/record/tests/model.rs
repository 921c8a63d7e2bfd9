//! Random operations on a record, compared with lists that do the same in the plainest way. The bytes
//! of a record are counted by the table of layout in the module's documentation.

use super::*;
use proptest::sample::{Index, select};

#[derive(Clone, Debug)]
enum Op {
    Set(String, Value<'static>),
    Event(String, u64, bool),
    EventAttribute(Index, String, Value<'static>),
    EventTime(Index, u64),
    Link(u64, Option<&'static str>),
    LinkAttribute(Index, String, Value<'static>),
    Status(StatusCode, String),
    Rename(String),
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => select(&["a", "b", "c", "d", "e", "ab", "schlüssel"][..]).prop_map(str::to_owned),
        2 => (0..40_u32).prop_map(|n| format!("some.longer.key.{n}")),
        1 => Just(String::new()),
        1 => (30_usize..300).prop_map(|n| "k".repeat(n)),
    ]
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "\\PC{0,12}",
        1 => (0_usize..2000).prop_map(|n| "ñ".repeat(n)),
    ]
}

fn value() -> impl Strategy<Value = Value<'static>> {
    let leaf = prop_oneof![
        Just(Value::Empty),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e9..1e9).prop_map(Value::F64),
        text().prop_map(Value::from),
        prop::collection::vec(any::<u8>(), 0..40).prop_map(Value::from),
        prop::collection::vec(any::<i64>(), 0..4).prop_map(|list| Value::I64s(list.into())),
        prop::collection::vec(any::<bool>(), 0..4).prop_map(|list| Value::Bools(list.into())),
        prop::collection::vec(-1e9..1e9, 0..4).prop_map(|list| Value::F64s(list.into())),
    ];
    leaf.prop_recursive(4, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::vec(("[a-c]{0,2}", inner), 0..4).prop_map(Value::map),
        ]
    })
}

fn op() -> impl Strategy<Value = Op> {
    let code = select(&[StatusCode::Unset, StatusCode::Ok, StatusCode::Error][..]);
    let state = select(&[None, Some("a=1"), Some("vendor=some-value,b=2")][..]);
    prop_oneof![
        6 => (key(), value()).prop_map(|(key, value)| Op::Set(key, value)),
        3 => (text(), any::<u64>(), any::<bool>()).prop_map(|(n, t, unix)| Op::Event(n, t, unix)),
        4 => (any::<Index>(), key(), value()).prop_map(|(at, k, v)| Op::EventAttribute(at, k, v)),
        1 => (any::<Index>(), any::<u64>()).prop_map(|(at, time)| Op::EventTime(at, time)),
        2 => (1..u64::MAX, state).prop_map(|(id, state)| Op::Link(id, state)),
        3 => (any::<Index>(), key(), value()).prop_map(|(at, k, v)| Op::LinkAttribute(at, k, v)),
        1 => (code, text()).prop_map(|(code, text)| Op::Status(code, text)),
        1 => text().prop_map(Op::Rename),
    ]
}

fn limits() -> impl Strategy<Value = SpanLimits> {
    let few = || prop_oneof![Just(128_usize), 0..5_usize];
    let length = prop_oneof![Just(None), (0..20_usize).prop_map(Some)];
    let bytes = prop_oneof![Just(4096), 4096..8192_usize, Just(512 * 1024)];
    (few(), few(), few(), few(), few(), length, 0..5_usize, bytes).prop_map(
        |(a, e, l, ae, al, n, depth, bytes)| {
            SpanLimits::DEFAULT
                .attribute_count_limit(a)
                .event_count_limit(e)
                .link_count_limit(l)
                .attribute_per_event_count_limit(ae)
                .attribute_per_link_count_limit(al)
                .attribute_value_length_limit(n)
                .attribute_value_depth_limit(depth)
                .span_byte_limit(bytes)
        },
    )
}

/// Bytes in front of the key of an item, whose length is that of its key and its value besides.
const HEAD: usize = 8;

/// Bytes that stay free for the count of dropped links.
const RESERVED: usize = 12;

/// Bytes of a value.
fn size(value: &Value<'_>) -> usize {
    match value {
        Value::Empty => 0,
        Value::Bool(_) => 1,
        Value::I64(_) | Value::F64(_) => 8,
        Value::String(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
        Value::Bools(list) => list.len(),
        Value::I64s(list) => 8 * list.len(),
        Value::F64s(list) => 8 * list.len(),
        Value::Strings(texts) => texts.iter().map(|text| HEAD + text.len()).sum(),
        Value::Array(list) => list.iter().map(|value| HEAD + size(value)).sum(),
        Value::Map(map) => map.iter().map(|one| item_size(&one.key, &one.value)).sum(),
    }
}

/// Bytes of an attribute.
fn item_size(key: &str, value: &Value<'_>) -> usize {
    HEAD + key.len() + size(value)
}

/// The longest front of a text that has at most so many bytes.
fn front(text: &str, bytes: usize) -> String {
    let ends = (0..=bytes.min(text.len())).rev();
    let end = ends.into_iter().find(|end| text.is_char_boundary(*end));
    text[..end.unwrap()].to_owned()
}

/// Attributes in the order of their last setting.
#[derive(Debug, Default)]
struct Set {
    entries: Vec<(String, Value<'static>)>,
    dropped: u32,
}

impl Set {
    /// `count`: how many attributes there may be. `room`: by how many bytes they may grow.
    fn set(
        &mut self,
        key: &str,
        value: &Value<'_>,
        (count, room): (usize, usize),
        limits: &SpanLimits,
    ) {
        let value = cut(value, limits, 1);
        let old = self.entries.iter().position(|(known, _)| known == key);
        let old_size = old.map_or(0, |at| item_size(key, &self.entries[at].1));
        let over = old.is_none() && self.entries.len() >= count;
        if key.is_empty() || over || item_size(key, &value) > old_size + room {
            self.dropped += 1;
            return;
        }
        if let Some(at) = old {
            self.entries.remove(at);
        }
        self.entries.push((key.to_owned(), value));
    }

    fn size(&self) -> usize {
        let sizes = self
            .entries
            .iter()
            .map(|(key, value)| item_size(key, value));
        sizes.sum()
    }

    fn agrees(&self, seen: &Attributes<'_>) -> Result<(), TestCaseError> {
        prop_assert_eq!(&listed(seen), &self.entries);
        prop_assert_eq!(
            (seen.len(), seen.dropped()),
            (self.entries.len(), self.dropped)
        );
        for (key, value) in &self.entries {
            prop_assert_eq!(&seen.get(key).unwrap().to_value(), value);
        }
        Ok(())
    }
}

/// A value within the limits of length and depth, by the words of the specification.
fn cut(value: &Value<'_>, limits: &SpanLimits, depth: usize) -> Value<'static> {
    let length = limits.attribute_value_length().unwrap_or(usize::MAX);
    let value = value.clone().into_owned();
    match value {
        Value::String(text) => Value::String(text.chars().take(length).collect()),
        Value::Bytes(bytes) => Value::Bytes(bytes.iter().copied().take(length).collect()),
        Value::Empty | Value::Bool(_) | Value::I64(_) | Value::F64(_) => value,
        _ if depth > limits.attribute_value_depth() => Value::Empty,
        Value::Array(list) => Value::Array(
            list.iter()
                .map(|value| cut(value, limits, depth + 1))
                .collect(),
        ),
        Value::Map(map) => Value::map(
            map.into_iter()
                .map(|one| (one.key, cut(&one.value, limits, depth + 1))),
        ),
        numbers => numbers,
    }
}

#[derive(Default)]
struct Model {
    name: String,
    attributes: Set,
    events: Vec<(String, u64, Set)>,
    event_places: Vec<Place>,
    dropped_events: u32,
    links: Vec<(SpanContext, Set)>,
    link_places: Vec<Place>,
    dropped_links: u32,
    code: StatusCode,
    text: String,
}

impl Model {
    fn new() -> Self {
        Model {
            name: "work".to_owned(),
            ..Model::default()
        }
    }

    /// Bytes of the record.
    fn size(&self) -> usize {
        let event = |(name, _, set): &(String, u64, Set)| HEAD + name.len() + 16 + set.size();
        let link = |(context, set): &(SpanContext, Set)| {
            HEAD + 32 + context.trace_state().as_str().len() + set.size()
        };
        let item = |there: bool, bytes: usize| if there { HEAD + bytes } else { 0 };
        HEADER_BYTES
            + item(true, self.name.len())
            + self.attributes.size()
            + self.events.iter().map(event).sum::<usize>()
            + self.links.iter().map(link).sum::<usize>()
            + item(!self.text.is_empty(), self.text.len())
            + item(self.dropped_links > 0, 4)
    }

    /// By how many bytes the record may grow.
    fn room(&self, limits: &SpanLimits) -> usize {
        limits.span_bytes().saturating_sub(self.size() + RESERVED)
    }

    fn apply(&mut self, record: &mut Record, op: &Op, limits: &SpanLimits) {
        let room = self.room(limits);
        match op {
            Op::Set(key, value) => {
                record.set(key, value, limits);
                let most = (limits.attribute_count(), room);
                self.attributes.set(key, value, most, limits);
            }
            Op::Event(name, time, unix) => self.event(record, name, *time, *unix, limits),
            Op::EventAttribute(at, key, value) if !self.events.is_empty() => {
                let at = at.index(self.events.len());
                record.set_nested(self.event_places[at], key, value, limits);
                let most = (limits.attribute_per_event_count(), room);
                self.events[at].2.set(key, value, most, limits);
            }
            Op::EventTime(at, time) if !self.events.is_empty() => {
                let at = at.index(self.events.len());
                record.set_event_time(self.event_places[at], Timestamp::from_unix_nanos(*time));
                self.events[at].1 = *time;
            }
            Op::Link(id, state) => self.link(record, *id, *state, limits),
            Op::LinkAttribute(at, key, value) if !self.links.is_empty() => {
                let at = at.index(self.links.len());
                record.set_nested(self.link_places[at], key, value, limits);
                let most = (limits.attribute_per_link_count(), room);
                self.links[at].1.set(key, value, most, limits);
            }
            Op::Status(code, text) => self.status(record, *code, text, limits),
            Op::Rename(name) => {
                record.rename(name, limits);
                let most = (self.name.len() + room).min(limits.span_bytes() / 2);
                self.name = front(name, most);
            }
            Op::EventAttribute(..) | Op::EventTime(..) | Op::LinkAttribute(..) => {}
        }
    }

    fn event(
        &mut self,
        record: &mut Record,
        name: &str,
        time: u64,
        unix: bool,
        limits: &SpanLimits,
    ) {
        let fits =
            self.events.len() < limits.event_count() && HEAD + name.len() + 16 <= self.room(limits);
        let place = record.event(name, if unix { 1 } else { time }, limits);
        assert_eq!(place.is_some(), fits);
        let Some(place) = place else {
            self.dropped_events += 1;
            return;
        };
        if unix {
            record.set_event_time(place, Timestamp::from_unix_nanos(time));
        }
        self.event_places.push(place);
        self.events.push((name.to_owned(), time, Set::default()));
    }

    fn link(&mut self, record: &mut Record, id: u64, state: Option<&str>, limits: &SpanLimits) {
        let bytes = HEAD + 32 + state.map_or(0, str::len);
        let fits = self.links.len() < limits.link_count() && bytes <= self.room(limits);
        let state = state.map_or(TraceState::EMPTY, |state| state.parse().unwrap());
        let context = context(id).with_trace_state(state).with_remote(id % 2 == 0);
        let place = record.link(&context, limits);
        assert_eq!(place.is_some(), fits);
        let Some(place) = place else {
            self.dropped_links += 1;
            return;
        };
        self.link_places.push(place);
        self.links.push((context, Set::default()));
    }

    fn status(&mut self, record: &mut Record, code: StatusCode, text: &str, limits: &SpanLimits) {
        record.set_status(code, text, limits);
        if code == StatusCode::Unset || self.code == StatusCode::Ok {
            return;
        }
        self.code = code;
        let most = match self.text.len() {
            0 => self.room(limits).saturating_sub(HEAD),
            old => old + self.room(limits),
        };
        self.text = match code {
            StatusCode::Error => front(text, most),
            _ => String::new(),
        };
    }

    fn agrees(&self, span: SpanView<'_>, limits: &SpanLimits) -> Result<(), TestCaseError> {
        prop_assert_eq!(span.name(), &self.name);
        self.attributes.agrees(&span.attributes())?;
        prop_assert!(self.events.len() <= limits.event_count());
        prop_assert_eq!(span.events().len(), self.events.len());
        prop_assert_eq!(span.events().iter().count(), self.events.len());
        prop_assert_eq!(span.events().dropped(), self.dropped_events);
        for (seen, (name, time, attributes)) in span.events().iter().zip(&self.events) {
            prop_assert_eq!((seen.name(), seen.unix_nanos()), (name.as_str(), *time));
            attributes.agrees(&seen.attributes())?;
        }
        prop_assert!(self.links.len() <= limits.link_count());
        prop_assert_eq!(span.links().len(), self.links.len());
        prop_assert_eq!(span.links().dropped(), self.dropped_links);
        for (seen, (context, attributes)) in span.links().iter().zip(&self.links) {
            prop_assert_eq!(&seen.span_context(), context);
            attributes.agrees(&seen.attributes())?;
        }
        let status = match self.code {
            StatusCode::Unset => Status::Unset,
            StatusCode::Ok => Status::Ok,
            StatusCode::Error => Status::error(self.text.as_str()),
        };
        prop_assert_eq!(span.status(), status);
        Ok(())
    }
}

proptest! {
    #[test]
    fn a_record_holds_what_the_model_holds(
        limits in limits(),
        ops in prop::collection::vec(op(), 0..60),
    ) {
        let mut record = begun(&limits);
        let mut model = Model::new();
        let resource = Resource::default();
        // Sealing is reading: the record goes on.
        for op in ops.iter().chain(&ops) {
            model.apply(&mut record, op, &limits);
            prop_assert_eq!(record.seal().len(), model.size());
        }
        prop_assert!(model.size() <= limits.span_bytes());
        let sealed = record.seal().to_vec();
        model.agrees(view(&sealed, &resource), &limits)?;
        for op in &ops {
            model.apply(&mut record, op, &limits);
        }
        record.end(300);
        model.agrees(view(record.seal(), &resource), &limits)?;
        // And a recycled record starts from nothing.
        record.recycle();
        record.begin("work", &limits);
        Model::new().agrees(view(record.seal(), &resource), &limits)?;
    }
}

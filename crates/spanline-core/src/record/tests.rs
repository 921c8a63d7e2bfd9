//! Records as they are written: headers, keys, updates, recycling. Against a naive model in
//! `tests/model.rs`, at their limits in `tests/limits.rs`, damaged in `tests/damage.rs`.

use super::header::{Tally, write_words};
use super::*;
use crate::attribute::{Attribute, Value};
use crate::kind::SpanKind;
use crate::resource::Resource;
use crate::scope::ScopeId;
use crate::span_context::SpanContext;
use crate::status::{Status, StatusCode};
use crate::timestamp::Timestamp;
use crate::trace_flags::TraceFlags;
use crate::trace_state::TraceState;
use crate::view::{Attributes, SpanView, Timeline, ValueView};
use proptest::prelude::*;

mod damage;
mod limits;
mod model;

fn context(span_id: u64) -> SpanContext {
    SpanContext::from_words(7, 9, span_id, TraceFlags::SAMPLED, false, TraceState::EMPTY)
}

fn begun(limits: &SpanLimits) -> Record {
    let mut record = Record::default();
    record.begin("work", limits);
    record.identify(Start {
        context: &context(2),
        parent: Parent::default(),
        scope: ScopeId::UNNAMED,
        kind: SpanKind::Internal,
        ticks: 100,
        explicit: None,
    });
    record
}

fn view<'a>(sealed: &'a [u8], resource: &'a Resource) -> SpanView<'a> {
    SpanView::new(sealed, &Timeline::UNIX, resource).unwrap()
}

/// Fills a record and looks at what it became.
fn check(
    limits: SpanLimits,
    fill: impl FnOnce(&mut Record, &SpanLimits),
    look: impl FnOnce(SpanView<'_>),
) {
    let mut record = begun(&limits);
    fill(&mut record, &limits);
    record.end(200);
    look(view(record.seal(), &Resource::default()));
}

fn listed(attributes: &Attributes<'_>) -> Vec<(String, Value<'static>)> {
    let owned = |one: crate::view::AttributeView<'_>| {
        (one.key.to_owned(), one.value.to_value().into_owned())
    };
    attributes.iter().map(owned).collect()
}

#[test]
fn a_header_reads_back_as_it_was_written() {
    let parent_flags = TraceFlags::SAMPLED.with_random(true);
    let mut flags = HeaderFlags::default().with_trace_flags(TraceFlags::RANDOM);
    flags.set_start_is_unix();
    flags.set_end_is_unix();
    flags.set_has_links();
    flags.set_ended();
    let tally = Tally {
        scope: 0x8002,
        attributes: 0xF003,
        dropped_attributes: 0x8008,
        dropped_events: 0x9009,
        events: 0xA00A,
        kind_status: KindStatus::new(SpanKind::Consumer, parent_flags, true)
            .with_status(StatusCode::Error),
        flags,
    };
    let mut bytes = [0; HEADER_BYTES];
    tally.write(&mut bytes, 0xF000_0001);
    write_words::<1, 5>(
        &mut bytes,
        [u64::MAX, 1 << 63 | 1, 0x0102_0304_0506_0708, 5, 6],
    );
    write_words::<6, 1>(&mut bytes, [u64::MAX - 7]);
    let read = Header::read(&bytes).unwrap();
    assert_eq!(
        (read.length, read.scope, read.attributes),
        (0xF000_0001, 0x8002, 0xF003)
    );
    assert_eq!((read.trace_low, read.trace_high), (u64::MAX, 1 << 63 | 1));
    assert_eq!((read.span_id, read.parent_id), (0x0102_0304_0506_0708, 5));
    assert_eq!((read.start, read.end), (6, u64::MAX - 7));
    assert_eq!(
        (read.dropped_attributes, read.dropped_events, read.events),
        (0x8008, 0x9009, 0xA00A)
    );
    assert_eq!(read.kind_status, tally.kind_status);
    assert_eq!(read.flags, flags);
    assert_eq!(read.kind_status.kind(), SpanKind::Consumer);
    assert_eq!(read.kind_status.status(), StatusCode::Error);
    assert!(read.kind_status.parent_is_remote());
    assert_eq!(read.kind_status.parent_flags(), parent_flags);
    assert_eq!(read.flags.trace_flags(), TraceFlags::RANDOM);
    assert!(Header::read(&bytes[..HEADER_BYTES - 1]).is_none());
    tally.write(&mut [0; 10], 10); // too short: nothing happens
}

#[test]
fn kind_and_status_share_a_byte_without_touching() {
    let kinds = [
        SpanKind::Internal,
        SpanKind::Server,
        SpanKind::Client,
        SpanKind::Producer,
        SpanKind::Consumer,
    ];
    for kind in kinds {
        for code in [StatusCode::Unset, StatusCode::Ok, StatusCode::Error] {
            for remote in [false, true] {
                let byte = KindStatus::new(kind, TraceFlags::SAMPLED, remote)
                    .with_status(StatusCode::Error)
                    .with_status(code);
                assert_eq!(byte.kind(), kind);
                assert_eq!(byte.status(), code);
                assert_eq!(byte.parent_is_remote(), remote);
                assert_eq!(byte.parent_flags(), TraceFlags::SAMPLED);
                let same = KindStatus::all()[byte.code()];
                assert_eq!((same.kind(), same.status()), (kind, code));
            }
        }
    }
}

#[test]
fn a_hundred_thousand_updates_do_not_grow_a_record() {
    let fill = |record: &mut Record, limits: &SpanLimits| {
        for n in 0..100_000 {
            record.set("counter", &Value::from(n), limits);
        }
        assert!(record.seal().len() < 128);
    };
    check(SpanLimits::DEFAULT, fill, |span| {
        assert_eq!(
            span.attributes().get("counter").unwrap(),
            Value::from(99_999)
        );
        assert_eq!(span.attributes().dropped(), 0);
    });
}

#[test]
fn an_empty_key_is_ignored_and_counted() {
    let fill = |record: &mut Record, limits: &SpanLimits| {
        let event = record.event("e", 1, limits).unwrap();
        record.set("", &Value::from(1), limits);
        record.set_nested(event, "", &Value::from(1), limits);
        let long = "k".repeat(usize::from(u16::MAX) + 1);
        record.set(&long, &Value::from(1), limits);
        record.set_nested(event, &long, &Value::from(1), limits);
        record.set("A", &Value::from(1), limits);
        record.set("a", &Value::from(2), limits);
    };
    check(SpanLimits::DEFAULT, fill, |span| {
        assert_eq!(
            (span.attributes().len(), span.attributes().dropped()),
            (2, 2)
        );
        let event = span.events().iter().next().unwrap().attributes();
        assert_eq!((event.len(), event.dropped()), (0, 2));
    });
}

#[test]
fn names_of_a_map_are_unique_however_it_was_made() {
    let twice = Value::Map(vec![
        Attribute::new("a", 1),
        Attribute::new("b", 2),
        Attribute::new("a", 3),
    ]);
    let fill = |record: &mut Record, limits: &SpanLimits| record.set("map", &twice, limits);
    check(SpanLimits::DEFAULT, fill, |span| {
        let Some(ValueView::Map(map)) = span.attributes().get("map") else {
            panic!("not a map");
        };
        let expected = [
            ("b".to_owned(), Value::from(2)),
            ("a".to_owned(), Value::from(3)),
        ];
        assert_eq!(listed(&map), expected);
    });
}

#[test]
fn names_of_a_large_map_are_unique_too() {
    let pairs = (0..300).map(|n| Attribute::new(format!("name {}", n % 100), n));
    let thrice = Value::Map(pairs.collect());
    let fill = |record: &mut Record, limits: &SpanLimits| record.set("map", &thrice, limits);
    check(SpanLimits::DEFAULT, fill, |span| {
        let Some(ValueView::Map(map)) = span.attributes().get("map") else {
            panic!("not a map");
        };
        let expected = (200..300).map(|n| (format!("name {}", n % 100), Value::from(n)));
        assert_eq!(listed(&map), expected.collect::<Vec<_>>());
    });
}

#[test]
fn a_record_is_recycled_without_a_trace_of_its_last_use() {
    let limits = SpanLimits::DEFAULT;
    let mut record = begun(&limits);
    record.set("a", &Value::from("x".repeat(9000)), &limits);
    record.link(&context(3), &limits);
    record.set_status(StatusCode::Error, "no", &limits);
    record.end_at(Timestamp::from_unix_nanos(2));
    record.recycle();
    record.begin("next", &limits);
    let resource = Resource::default();
    let span = view(record.seal(), &resource);
    assert_eq!(span.name(), "next");
    assert!(span.attributes().is_empty() && span.links().is_empty() && !span.has_ended());
    assert_eq!(span.status(), Status::Unset);
    assert_eq!(span.links().dropped(), 0);
}

#[test]
fn large_buffers_are_given_back() {
    let limits = SpanLimits::DEFAULT.span_byte_limit(4096);
    let mut record = begun(&limits);
    // Too large for the record, but it went through the scratch buffer.
    record.set("list", &Value::from(vec!["text"; 100_000]), &limits);
    assert!(record.memory() > 1_000_000);
    record.recycle();
    assert!(record.memory() <= 4096, "{} bytes kept", record.memory());
    record.begin("next", &limits);
    record.set("text", &Value::from("x".repeat(3000)), &limits);
    record.recycle();
    assert!(record.memory() <= 4096, "{} bytes kept", record.memory());
}

#[test]
fn a_new_name_keeps_events_and_links_where_attributes_find_them() {
    let fill = |record: &mut Record, limits: &SpanLimits| {
        let first = record.event("first", 1, limits).unwrap();
        let second = record.event("second", 2, limits).unwrap();
        let link = record.link(&context(3), limits).unwrap();
        record.set("a", &Value::from(1), limits);
        record.rename("a name of quite another length", limits);
        record.set("a", &Value::from(2), limits);
        record.set_nested(first, "n", &Value::from(1), limits);
        record.set_nested(link, "n", &Value::from(3), limits);
        record.set_nested(second, "n", &Value::from(2), limits);
        record.set_nested(first, "n", &Value::from(11), limits);
        record.set_event_time(second, Timestamp::from_unix_nanos(99));
    };
    check(SpanLimits::DEFAULT, fill, |span| {
        assert_eq!(span.name(), "a name of quite another length");
        let events: Vec<_> = span.events().iter().collect();
        assert_eq!(events[0].attributes().get("n").unwrap(), Value::from(11));
        assert_eq!(events[0].unix_nanos(), 1);
        assert_eq!(events[1].attributes().get("n").unwrap(), Value::from(2));
        assert_eq!(events[1].unix_nanos(), 99);
        let link = span.links().iter().next().unwrap();
        assert_eq!(link.attributes().get("n").unwrap(), Value::from(3));
        assert_eq!(span.attributes().get("a").unwrap(), Value::from(2));
    });
}

#[test]
fn what_stands_behind_the_attributes_is_found_by_tags_and_lengths() {
    let limits = SpanLimits::default();
    let mut record = begun(&limits);
    let rest = |record: &mut Record| {
        let items = RawRecord::new(record.seal()).unwrap().items();
        let rest = items.behind_attributes();
        rest.map(|item| item.tag).collect::<Vec<_>>()
    };
    assert_eq!(rest(&mut record), []);
    record.set("a", &Value::from("text"), &limits);
    record.set("b", &Value::from(1), &limits);
    assert_eq!(rest(&mut record), []);
    record.link(&context(3), &limits);
    record.set("c", &Value::from(true), &limits);
    record.event("e", 7, &limits);
    assert_eq!(rest(&mut record), [Tag::Link, Tag::Bool, Tag::Event]);
    for damaged in [&[16][..], &[1, 0, 9, 0, 0, 0, 0, 0, 1], &[255; 7], &[]] {
        assert_eq!(Items::new(damaged).behind_attributes().count(), 0);
    }
}

#[test]
fn a_walk_over_attributes_stays_in_front_of_what_is_none() {
    let limits = SpanLimits::default();
    let mut record = begun(&limits);
    record.set("a", &Value::from("text"), &limits);
    record.set("b", &Value::from(1), &limits);
    record.event("e", 7, &limits);
    record.set("c", &Value::from(true), &limits);
    let mut items = RawRecord::new(record.seal()).unwrap().items();
    // The name is in front.
    assert!(items.next_attribute().is_none());
    assert_eq!(items.next().unwrap().tag, Tag::Name);
    assert_eq!(items.next_attribute().unwrap().key, b"a");
    assert_eq!(items.next_attribute().unwrap().key, b"b");
    assert!(items.next_attribute().is_none());
    assert_eq!(items.next().unwrap().tag, Tag::Event);
    assert_eq!(items.next_attribute().unwrap().key, b"c");
    assert!(items.next_attribute().is_none() && items.next().is_none());
    // Tags 14 and 15 are nobody's; and what is cut off is no item.
    for damaged in [
        &[14, 0, 0, 0, 0, 0, 0, 0][..],
        &[2, 0, 9, 0, 0, 0, 0, 0, 1],
        &[2; 7],
    ] {
        assert!(Items::new(damaged).next_attribute().is_none());
    }
}

//! Reading records: every value type, times, parents, and batches of them.

use super::*;
use crate::attribute::{Attribute, Value};
use crate::export::{Batch, Exported, Records};
use crate::record::{Parent, Record, SpanLimits, Start};
use crate::trace_state::TraceState;
use proptest::prelude::*;

const LIMITS: SpanLimits = SpanLimits::DEFAULT;

fn context(trace_low: u64, span_id: u64) -> SpanContext {
    SpanContext::from_words(
        0,
        trace_low,
        span_id,
        TraceFlags::SAMPLED,
        false,
        TraceState::EMPTY,
    )
}

fn stated(state: &str) -> TraceState {
    if state.is_empty() {
        TraceState::EMPTY
    } else {
        state.parse().unwrap()
    }
}

/// A record of a span with this start, before its end.
fn started(ticks: u64, explicit: Option<u64>) -> Record {
    let mut record = Record::default();
    record.begin("work", &LIMITS);
    record.identify(Start {
        context: &context(1, 2),
        parent: Parent::default(),
        scope: ScopeId::UNNAMED,
        kind: SpanKind::Server,
        ticks,
        explicit: explicit.map(Timestamp::from_unix_nanos),
    });
    record
}

fn view<'a>(sealed: &'a [u8], times: &'a dyn Times, resource: &'a Resource) -> SpanView<'a> {
    SpanView::new(sealed, times, resource).unwrap()
}

/// Sets a value on a span, an event and a link, and gives all three to `look`.
fn each_place(value: &Value<'_>, look: impl Fn(ValueView<'_>)) {
    let mut record = started(1, None);
    record.set("key", value, &LIMITS);
    let event = record.event("event", 1, &LIMITS).unwrap();
    record.set_nested(event, "key", value, &LIMITS);
    let link = record.link(&context(3, 4), &LIMITS).unwrap();
    record.set_nested(link, "key", value, &LIMITS);
    let resource = Resource::default();
    let span = view(record.seal(), &Timeline::UNIX, &resource);
    let event = span.events().iter().next().unwrap();
    let link = span.links().iter().next().unwrap();
    for attributes in [span.attributes(), event.attributes(), link.attributes()] {
        assert_eq!(attributes.len(), 1);
        look(attributes.get("key").unwrap());
    }
}

#[test]
fn every_value_reads_back_as_it_was_given() {
    let table: Vec<(Value<'_>, &str)> = vec![
        (Value::Empty, ""),
        (Value::from(true), "true"),
        (Value::from(false), "false"),
        (Value::from(0), "0"),
        (Value::from(i64::MIN), "-9223372036854775808"),
        (Value::from(u64::MAX), "18446744073709551615"),
        (Value::from(-0.5), "-0.5"),
        (Value::from(f64::INFINITY), "Infinity"),
        (Value::from(""), ""),
        (Value::from("text \u{1F600}"), "text \u{1F600}"),
        (Value::bytes(&[][..]), ""),
        (Value::bytes(&[0, 255][..]), "AP8="),
        (Value::Bools((&[][..]).into()), "[]"),
        (Value::from(&[true, false]), "[true,false]"),
        (Value::I64s((&[][..]).into()), "[]"),
        (Value::from(&[1_i64, -1]), "[1,-1]"),
        (Value::F64s((&[][..]).into()), "[]"),
        (
            Value::from(&[0.5, f64::NEG_INFINITY]),
            r#"[0.5,"-Infinity"]"#,
        ),
        (Value::Strings(&[]), "[]"),
        (Value::from(&["a", ""]), r#"["a",""]"#),
        (Value::Array(vec![]), "[]"),
        (
            Value::from([Value::Empty, Value::from("x"), Value::from([1])]),
            r#"[null,"x",[1]]"#,
        ),
        (Value::Map(vec![]), "{}"),
        (
            Value::map([("in", Value::map([("er", Value::from(1))]))]),
            r#"{"in":{"er":1}}"#,
        ),
        (Value::map([("", Value::Empty)]), r#"{"":null}"#),
    ];
    for (value, text) in &table {
        each_place(value, |read| {
            assert_eq!(read, *value);
            assert_eq!(read.to_value(), *value);
            assert_eq!(read.to_string(), *text, "{value:?}");
            assert_eq!(value.to_string(), *text);
            assert!(read == read, "{value:?}");
        });
    }
}

#[test]
fn a_number_that_is_none_stays_none() {
    each_place(&Value::from(f64::NAN), |read| {
        assert!(matches!(read, ValueView::F64(number) if number.is_nan()));
        assert_eq!(read.to_string(), "NaN");
    });
    each_place(&Value::from(&[f64::NAN]), |read| {
        assert_eq!(read.to_string(), r#"["NaN"]"#);
        assert!(read != read);
    });
}

#[test]
fn each_kind_of_list_knows_its_length() {
    let lists = [
        (Value::from(&[true, false]), 2),
        (Value::Bools((&[][..]).into()), 0),
        (Value::from(&[1_i64, 2, 3]), 3),
        (Value::I64s((&[][..]).into()), 0),
        (Value::from(&[0.5]), 1),
        (Value::F64s((&[][..]).into()), 0),
        (Value::from(&["a", "b"]), 2),
        (Value::from([Value::Empty]), 1),
        (Value::Array(vec![]), 0),
    ];
    for (value, length) in &lists {
        each_place(value, |read| {
            let (len, is_empty) = match read {
                ValueView::Bools(list) => (list.len(), list.is_empty()),
                ValueView::I64s(list) => (list.len(), list.is_empty()),
                ValueView::F64s(list) => (list.len(), list.is_empty()),
                ValueView::Strings(list) | ValueView::Array(list) => (list.len(), list.is_empty()),
                other => panic!("{other:?} is no list"),
            };
            assert_eq!((len, is_empty), (*length, *length == 0), "{value:?}");
        });
    }
}

#[test]
fn a_value_of_a_wrong_size_reads_as_less() {
    assert_eq!(ValueView::read(Tag::I64, &[1, 2]), ValueView::Empty);
    assert_eq!(ValueView::read(Tag::F64, &[]), ValueView::Empty);
    assert_eq!(ValueView::read(Tag::Bool, &[]), ValueView::Bool(false));
    assert_eq!(ValueView::read(Tag::String, &[0xFF]), ValueView::String(""));
    assert_eq!(ValueView::read(Tag::Event, &[1]), ValueView::Empty);
    let seven = ValueView::read(Tag::I64s, &[1; 7]);
    assert!(matches!(seven, ValueView::I64s(list) if list.iter().count() == list.len()));
}

#[test]
fn order_does_not_count_in_a_set_of_attributes() {
    let sealed = |pairs: [(&str, i64); 2]| {
        let mut record = started(1, None);
        for (key, value) in pairs {
            record.set(key, &Value::from(value), &LIMITS);
        }
        record.seal().to_vec()
    };
    let resource = Resource::default();
    let (one, other, third) = (
        sealed([("a", 1), ("b", 2)]),
        sealed([("b", 2), ("a", 1)]),
        sealed([("a", 1), ("c", 2)]),
    );
    let [one, other, third] =
        [&one, &other, &third].map(|bytes| view(bytes, &Timeline::UNIX, &resource).attributes());
    assert!(one == other && one != third);
}

#[test]
fn times_are_ticks_turned_into_unix_time() {
    let times = Timeline::through(1000, 5_000_000, 2.0);
    let resource = Resource::default();
    let mut record = started(1100, None);
    record.event("later", 1150, &LIMITS);
    let given = record.event("given", 1150, &LIMITS).unwrap();
    record.set_event_time(given, Timestamp::from_unix_nanos(7));

    let running = view(record.seal(), &times, &resource);
    assert!(!running.has_ended());
    assert_eq!(running.start_unix_nanos(), 5_000_200);
    assert_eq!(
        running.end_unix_nanos(),
        5_000_200,
        "its start while it has not ended"
    );

    record.end(1200);
    let ended = view(record.seal(), &times, &resource);
    assert!(ended.has_ended());
    assert_eq!(ended.end_time(), Timestamp::from_unix_nanos(5_000_400));
    let events: Vec<u64> = ended
        .events()
        .iter()
        .map(|event| event.unix_nanos())
        .collect();
    assert_eq!(events, [5_000_300, 7]);
}

#[test]
fn the_runtimes_own_clock_never_ends_a_span_before_its_start() {
    let table = [
        // start ticks, explicit start, end ticks, explicit end -> start, end
        (500, None, 400, None, 500, 500),
        (500, None, 600, None, 500, 600),
        // Times of the caller's are passed on as they are.
        (500, None, 600, Some(3), 500, 3),
        (500, Some(900), 600, None, 900, 600),
        (500, Some(900), 600, Some(3), 900, 3),
        (500, Some(u64::MAX), 600, Some(0), u64::MAX, 0),
    ];
    let resource = Resource::default();
    for (start, given_start, end, given_end, start_read, end_read) in table {
        let mut record = started(start, given_start);
        match given_end {
            None => record.end(end),
            Some(time) => record.end_at(Timestamp::from_unix_nanos(time)),
        }
        let span = view(record.seal(), &Timeline::UNIX, &resource);
        assert_eq!(
            (span.start_unix_nanos(), span.end_unix_nanos()),
            (start_read, end_read)
        );
    }
}

#[test]
fn a_timeline_is_a_line_wherever_it_is_asked() {
    assert_eq!(Timeline::UNIX.unix_nanos(0), 0);
    assert_eq!(Timeline::UNIX.unix_nanos(u64::MAX), u64::MAX);
    let line = Timeline::through(1000, 10_000, 0.5);
    assert_eq!(line.unix_nanos(1000), 10_000);
    assert_eq!(line.unix_nanos(1004), 10_002);
    assert_eq!(line.unix_nanos(996), 9_998);
    assert_eq!(
        Timeline::through(1000, 10, 1.0).unix_nanos(0),
        0,
        "before 1970 is 1970"
    );
    for rate in [0.0, -1.0, f64::NAN, 1e-9, 1e9, 1e30, f64::INFINITY] {
        for ticks in [0, 1, 1 << 63, u64::MAX] {
            let line = Timeline::through(ticks, u64::MAX, rate);
            assert_eq!(line.unix_nanos(ticks), u64::MAX);
            for asked in [0, 1, 1 << 63, u64::MAX] {
                line.unix_nanos(asked);
                Timeline::through(ticks, 0, rate).unix_nanos(asked);
            }
        }
    }
    assert_eq!(Timeline::through(0, 0, 1e30).unix_nanos(u64::MAX), u64::MAX);
    assert_eq!(Timeline::through(u64::MAX, u64::MAX, 1e30).unix_nanos(0), 0);
}

#[test]
fn the_parents_context_comes_back_whole() {
    let states = ["", "a=1", "b=2"];
    let resource = Resource::default();
    for own in states {
        for parent in states {
            for remote in [false, true] {
                let parent = context(1, 9)
                    .with_trace_state(stated(parent))
                    .with_remote(remote);
                let own = context(1, 2).with_trace_state(stated(own));
                let mut record = Record::default();
                record.begin("child", &LIMITS);
                record.link(&context(5, 6), &LIMITS);
                record.identify(Start {
                    context: &own,
                    parent: Parent::of(&parent),
                    scope: ScopeId::UNNAMED,
                    kind: SpanKind::Client,
                    ticks: 1,
                    explicit: None,
                });
                record.set_trace_states(own.trace_state(), parent.trace_state());
                let span = view(record.seal(), &Timeline::UNIX, &resource);
                assert_eq!(span.span_context(), own);
                assert_eq!(span.trace_state(), own.trace_state().as_str());
                assert_eq!(span.parent_span_context(), parent);
                assert_eq!(span.parent_span_id(), parent.span_id());
                assert_eq!(span.kind(), SpanKind::Client);
                assert_eq!(span.links().len(), 1, "links of the draft stay");
            }
        }
    }
}

#[test]
fn a_root_has_no_parent() {
    let mut record = started(1, None);
    let resource = Resource::default();
    let span = view(record.seal(), &Timeline::UNIX, &resource);
    assert_eq!(span.parent_span_id(), None);
    assert_eq!(span.parent_span_context(), SpanContext::INVALID);
}

#[test]
fn a_link_keeps_what_it_was_given() {
    let full = SpanContext::from_words(1, 2, 3, TraceFlags::RANDOM, true, stated("a=1"));
    let mut record = started(1, None);
    record.link(&full, &LIMITS);
    record.link(
        &SpanContext::INVALID.with_trace_state(stated("b=2")),
        &LIMITS,
    );
    let resource = Resource::default();
    let span = view(record.seal(), &Timeline::UNIX, &resource);
    let links: Vec<_> = span.links().iter().collect();
    assert_eq!(links[0].span_context(), full);
    assert_eq!((links[1].trace_id(), links[1].span_id()), (None, None));
    assert_eq!(links[1].trace_state(), "b=2");
    assert!(!span.links().is_empty());
}

#[test]
fn a_status_keeps_its_text_only_as_an_error() {
    let resource = Resource::default();
    let mut record = started(1, None);
    let mut set = |code, text| {
        record.set_status(code, text, &LIMITS);
        let sealed = record.seal().to_vec();
        let span = view(&sealed, &Timeline::UNIX, &resource);
        span.status().into_owned()
    };
    assert_eq!(set(StatusCode::Unset, "ignored"), Status::Unset);
    assert_eq!(set(StatusCode::Error, "first"), Status::error("first"));
    assert_eq!(set(StatusCode::Error, "second"), Status::error("second"));
    assert_eq!(set(StatusCode::Error, ""), Status::error(""));
    assert_eq!(set(StatusCode::Ok, "ignored"), Status::Ok);
    assert_eq!(set(StatusCode::Error, "late"), Status::Ok);
}

#[test]
fn a_batch_lends_every_record_and_a_damaged_one_costs_only_itself() {
    let mut one = started(1, None);
    let good = one.seal().to_vec();
    let records = vec![good.clone(), vec![1, 2, 3], good];
    let resource = Resource::builder().attribute("key", "value").build();
    let batch = Batch::new(&records, &Timeline::UNIX, &resource);
    assert_eq!((batch.len(), batch.is_empty()), (3, false));
    assert_eq!(batch.iter().count(), 2);
    let (least, most) = batch.iter().size_hint();
    assert!(least <= 2 && most == Some(3));
    for span in batch {
        assert_eq!(span.name(), "work");
        assert_eq!(span.resource().get("key"), Some(&Value::from("value")));
    }
    let [one, two, three] = [&records[0], &records[1], &records[2]];
    let lists: [&dyn Records; 2] = [&records.as_slice(), &[one, two, three]];
    for list in lists {
        assert!(!list.is_empty());
        assert_eq!(
            Batch::new(list, &Timeline::UNIX, &resource).iter().count(),
            2
        );
    }
}

#[test]
fn what_an_exporter_says_is_added_without_overflow() {
    let all = Exported::rejected(u64::MAX)
        .with_oversize(2)
        .with_encode_error(3);
    assert_eq!(all.missing(), u64::MAX);
    assert_eq!(Exported::ALL.missing(), 0);
}

#[test]
fn debug_output_names_what_matters() {
    let mut record = started(1, None);
    record.set("text", &Value::from("a"), &LIMITS);
    record.set("map", &Value::Map(vec![Attribute::new("in", 1)]), &LIMITS);
    let resource = Resource::default();
    let text = format!("{:?}", view(record.seal(), &Timeline::UNIX, &resource));
    assert!(
        text.contains(r#"name: "work""#) && text.contains(r#"text: "a""#),
        "{text}"
    );
}

proptest! {
    /// The line, point by point in integers wide enough for anything.
    #[test]
    fn a_line_is_exact_and_ends_at_the_ends_of_time(
        ticks in edges(),
        asked in edges(),
        unix_nanos in edges(),
        rate in edges(),
    ) {
        let line = Timeline { ticks, unix_nanos, rate };
        let delta = i128::from(asked) - i128::from(ticks);
        let nanos = delta.saturating_mul(i128::from(rate)) >> 32;
        let exact = (i128::from(unix_nanos) + nanos).clamp(0, i128::from(u64::MAX));
        prop_assert_eq!(i128::from(line.unix_nanos(asked)), exact);
    }
}

/// Numbers of every size, mostly near a power of two.
fn edges() -> impl Strategy<Value = u64> {
    prop_oneof![
        any::<u64>(),
        (0..64u32, -3..=3i64).prop_map(|(bit, by)| (1u64 << bit).wrapping_add_signed(by)),
    ]
}

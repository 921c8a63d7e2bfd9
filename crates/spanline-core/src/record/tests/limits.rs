//! What exceeds a limit is cut or counted, at insertion (OpenTelemetry "Span Limits", "Attribute
//! Limits").

use super::*;

#[test]
fn two_hundred_of_each_leave_128_and_count_72() {
    let fill = |record: &mut Record, limits: &SpanLimits| {
        for n in 0..200 {
            record.set(&format!("key {n}"), &Value::from(n), limits);
            let event = record.event("event", n, limits);
            let link = record.link(&context(n + 1), limits);
            assert_eq!((event.is_some(), link.is_some()), (n < 128, n < 128));
        }
        let event = record.items().find(|item| item.tag == Tag::Event);
        assert!(event.is_some());
    };
    check(SpanLimits::DEFAULT, fill, |span| {
        assert_eq!(
            (span.attributes().len(), span.attributes().dropped()),
            (128, 72)
        );
        assert_eq!((span.events().len(), span.events().dropped()), (128, 72));
        assert_eq!((span.links().len(), span.links().dropped()), (128, 72));
        assert_eq!(span.attributes().iter().count(), 128);
        assert_eq!(span.events().iter().count(), 128);
        assert_eq!(span.attributes().get("key 127").unwrap(), Value::from(127));
        assert!(span.attributes().get("key 128").is_none());
    });
}

#[test]
fn two_hundred_attributes_of_an_event_and_of_a_link_leave_128_each() {
    let fill = |record: &mut Record, limits: &SpanLimits| {
        let event = record.event("event", 1, limits).unwrap();
        let link = record.link(&context(3), limits).unwrap();
        for n in 0..200 {
            record.set_nested(event, &format!("key {n}"), &Value::from(n), limits);
            record.set_nested(link, &format!("key {n}"), &Value::from(n), limits);
        }
    };
    check(SpanLimits::DEFAULT, fill, |span| {
        let event = span.events().iter().next().unwrap().attributes();
        let link = span.links().iter().next().unwrap().attributes();
        for attributes in [event, link] {
            assert_eq!((attributes.len(), attributes.dropped()), (128, 72));
            assert_eq!(attributes.iter().count(), 128);
        }
    });
}

#[test]
fn at_the_limit_the_last_value_still_wins() {
    let limits = SpanLimits::DEFAULT
        .attribute_count_limit(2)
        .attribute_per_event_count_limit(2);
    let fill = |record: &mut Record, limits: &SpanLimits| {
        let event = record.event("event", 1, limits).unwrap();
        for (key, value) in [("a", "1"), ("b", "2"), ("c", "3"), ("a", "4")] {
            record.set(key, &Value::from(value), limits);
            record.set_nested(event, key, &Value::from(value), limits);
        }
    };
    check(limits, fill, |span| {
        let event = span.events().iter().next().unwrap().attributes();
        for attributes in [span.attributes(), event] {
            assert_eq!(attributes.dropped(), 1);
            let expected = [
                ("b".to_owned(), Value::from("2")),
                ("a".to_owned(), Value::from("4")),
            ];
            assert_eq!(listed(&attributes), expected);
        }
    });
}

/// What no longer fits into the bytes of a span is left out, and what it was to replace is still true
/// of the span.
#[test]
fn an_update_that_does_not_fit_leaves_the_old_value() {
    let limits = SpanLimits::DEFAULT.span_byte_limit(4096);
    let long = Value::from("x".repeat(5000));
    let fill = |record: &mut Record, limits: &SpanLimits| {
        let event = record.event("event", 1, limits).unwrap();
        let link = record.link(&context(3), limits).unwrap();
        for value in [&Value::from("small"), &long, &Value::from("other"), &long] {
            record.set("a", value, limits);
            record.set_nested(event, "a", value, limits);
            record.set_nested(link, "a", value, limits);
        }
    };
    check(limits, fill, |span| {
        let event = span.events().iter().next().unwrap().attributes();
        let link = span.links().iter().next().unwrap().attributes();
        for attributes in [span.attributes(), event, link] {
            let expected = [("a".to_owned(), Value::from("other"))];
            assert_eq!(listed(&attributes), expected);
            assert_eq!((attributes.len(), attributes.dropped()), (1, 2));
        }
    });
}

/// A span can be fuller than its limit lets attributes make it: by its trace state, and by the count
/// of links that were dropped. What is in it can be changed all the same.
#[test]
fn an_update_that_is_no_longer_than_the_old_value_always_fits() {
    let limits = SpanLimits::DEFAULT
        .span_byte_limit(4096)
        .attribute_count_limit(1000);
    let fill = |record: &mut Record, limits: &SpanLimits| {
        let event = record.event("event", 1, limits).unwrap();
        record.set("a", &Value::from(1), limits);
        record.set_nested(event, "a", &Value::from(1), limits);
        record.set_status(StatusCode::Error, "first", limits);
        for n in 0..400 {
            record.set(&format!("key {n}"), &Value::from(true), limits);
        }
        let state = format!("key={}", "v".repeat(200)).parse().unwrap();
        record.set_trace_states(&state, &state);
        assert!(record.seal().len() > limits.span_bytes());
        record.set("a", &Value::from(2), limits);
        record.set("a", &Value::from("a text"), limits);
        record.set("a", &Value::from("as long as a number"), limits);
        record.set_nested(event, "a", &Value::from(2), limits);
        record.set_status(StatusCode::Error, "other", limits);
        record.rename("WORK or more", limits);
    };
    check(limits, fill, |span| {
        let event = span.events().iter().next().unwrap().attributes();
        assert_eq!(event.get("a").unwrap(), Value::from(2));
        assert_eq!((event.len(), event.dropped()), (1, 0));
        assert_eq!(span.attributes().get("a").unwrap(), Value::from("a text"));
        assert_eq!(
            (span.name(), span.status()),
            ("WORK", Status::error("other"))
        );
    });
}

#[test]
fn zero_limits_keep_nothing_and_count_everything() {
    let limits = SpanLimits::DEFAULT
        .attribute_count_limit(0)
        .event_count_limit(0)
        .link_count_limit(0);
    let fill = |record: &mut Record, limits: &SpanLimits| {
        record.set("a", &Value::from(1), limits);
        assert!(record.event("e", 1, limits).is_none());
        assert!(record.link(&context(3), limits).is_none());
    };
    check(limits, fill, |span| {
        assert!(
            span.attributes().is_empty() && span.events().is_empty() && span.links().is_empty()
        );
        let dropped = (
            span.attributes().dropped(),
            span.events().dropped(),
            span.links().dropped(),
        );
        assert_eq!(dropped, (1, 1, 1));
    });
}

#[test]
fn zero_limits_for_nested_attributes_length_and_depth() {
    let limits = SpanLimits::DEFAULT
        .attribute_per_event_count_limit(0)
        .attribute_per_link_count_limit(0)
        .attribute_value_length_limit(Some(0))
        .attribute_value_depth_limit(0);
    let fill = |record: &mut Record, limits: &SpanLimits| {
        let event = record.event("e", 1, limits).unwrap();
        record.set_nested(event, "a", &Value::from(1), limits);
        let link = record.link(&context(3), limits).unwrap();
        record.set_nested(link, "a", &Value::from(1), limits);
        record.set("text", &Value::from("text"), limits);
        record.set("bytes", &Value::bytes(&[1, 2][..]), limits);
        record.set("number", &Value::from(1), limits);
        record.set("list", &Value::from([1, 2]), limits);
    };
    check(limits, fill, |span| {
        let nested = span.events().iter().next().unwrap().attributes();
        assert_eq!((nested.len(), nested.dropped()), (0, 1));
        let nested = span.links().iter().next().unwrap().attributes();
        assert_eq!((nested.len(), nested.dropped()), (0, 1));
        let expected = [
            ("text".to_owned(), Value::from("")),
            ("bytes".to_owned(), Value::bytes(&[][..])),
            ("number".to_owned(), Value::from(1)),
            ("list".to_owned(), Value::Empty),
        ];
        assert_eq!(listed(&span.attributes()), expected);
    });
}

#[test]
fn lengths_count_characters_of_texts_and_bytes_of_bytes() {
    let limits = SpanLimits::DEFAULT.attribute_value_length_limit(Some(2));
    let fill = |record: &mut Record, limits: &SpanLimits| {
        record.set("text", &Value::from("añb"), limits);
        record.set("list", &Value::from(["añb", "ñ", ""]), limits);
        record.set("slice", &Value::Strings(&["añb", "xyz"]), limits);
        record.set("map", &Value::map([("long key", "añb")]), limits);
        record.set("bytes", &Value::bytes(&[1, 2, 3][..]), limits);
        let event = record.event("a long name", 1, limits).unwrap();
        record.set_nested(event, "text", &Value::from("añb"), limits);
    };
    check(limits, fill, |span| {
        let get = |key| span.attributes().get(key).unwrap();
        assert_eq!(get("text"), Value::from("añ"));
        assert_eq!(get("list"), Value::from(["añ", "ñ", ""]));
        assert_eq!(get("slice"), Value::from(["añ", "xy"]));
        assert_eq!(get("map"), Value::map([("long key", "añ")]));
        assert_eq!(get("bytes"), Value::bytes(&[1, 2][..]));
        let event = span.events().iter().next().unwrap();
        assert_eq!(event.name(), "a long name");
        assert_eq!(event.attributes().get("text").unwrap(), Value::from("añ"));
    });
}

#[test]
fn defaults_are_those_of_the_specification() {
    let limits = SpanLimits::default();
    let counts = [
        limits.attribute_count(),
        limits.event_count(),
        limits.link_count(),
        limits.attribute_per_event_count(),
        limits.attribute_per_link_count(),
    ];
    assert_eq!(counts, [128; 5]);
    assert_eq!(limits.attribute_value_length(), None);
    assert_eq!(limits.attribute_value_depth(), 64);
}

#[test]
fn what_nests_deeper_than_the_limit_is_empty() {
    let limits = SpanLimits::DEFAULT.attribute_value_depth_limit(2);
    let deep = Value::map([("in", Value::from([Value::from([1]), Value::from(2)]))]);
    let fill = |record: &mut Record, limits: &SpanLimits| record.set("deep", &deep, limits);
    check(limits, fill, |span| {
        let expected = Value::map([("in", Value::from([Value::Empty, Value::from(2)]))]);
        assert_eq!(span.attributes().get("deep").unwrap(), expected);
    });
}

/// The walk over nested values recurses, so the depth has a bound that a thread's stack can bear.
#[test]
fn the_greatest_depth_can_be_written_and_read() {
    let limits = SpanLimits::DEFAULT.attribute_value_depth_limit(usize::MAX);
    let mut value = Value::from("core");
    for _ in 0..2000 {
        value = Value::Array(vec![value]);
    }
    let fill = |record: &mut Record, limits: &SpanLimits| record.set("deep", &value, limits);
    check(limits, fill, |span| {
        let deep = span.attributes().get("deep").unwrap();
        assert!(deep.to_string().starts_with("[[[["));
        assert!(format!("{deep:?}").starts_with("[[[["));
        assert!(deep == deep);
    });
}

#[test]
fn counts_stop_at_the_top_instead_of_turning_over() {
    let limits = SpanLimits::DEFAULT
        .attribute_count_limit(0)
        .event_count_limit(0)
        .link_count_limit(0);
    let fill = |record: &mut Record, limits: &SpanLimits| {
        for n in 0..70_000 {
            record.set("a", &Value::from(1), limits);
            record.event("e", n, limits);
        }
    };
    check(limits, fill, |span| {
        assert_eq!(span.attributes().dropped(), 65_535);
        assert_eq!(span.events().dropped(), 65_535);
    });
}

#[test]
fn the_byte_limit_holds_for_everything() {
    let limits = SpanLimits::DEFAULT.span_byte_limit(0); // raised to the least, 4096
    assert_eq!(limits.span_bytes(), 4096);
    let long = "ñ".repeat(3000);
    let fill = |record: &mut Record, limits: &SpanLimits| {
        for n in 0..40 {
            record.set(&format!("key {n}"), &Value::from("x".repeat(100)), limits);
        }
        assert!(record.event(&long, 1, limits).is_none());
        for n in 0..40 {
            record.link(&context(n + 1), limits);
        }
        record.set_status(StatusCode::Error, &long, limits);
        record.rename(&long, limits);
        record.set_status(StatusCode::Error, &long, limits);
        assert!(record.seal().len() <= 4096, "{}", record.seal().len());
    };
    check(limits, fill, |span| {
        assert!(span.name().len() <= 2048 && span.name().starts_with('ñ'));
        assert_eq!(
            span.attributes().len() + span.attributes().dropped() as usize,
            40
        );
        assert_eq!(span.links().len() + span.links().dropped() as usize, 40);
        assert_eq!(span.events().dropped(), 1);
    });
}

#[test]
fn a_name_longer_than_half_a_span_is_cut_between_characters() {
    let limits = SpanLimits::DEFAULT.span_byte_limit(4096);
    let mut record = Record::default();
    record.begin(&format!("x{}", "ñ".repeat(4000)), &limits);
    let resource = Resource::default();
    assert_eq!(view(record.seal(), &resource).name().len(), 2047);
}

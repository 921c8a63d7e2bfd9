//! Bytes are copied and cut as they should be, and bytes that mean nothing read as less, never as
//! a panic.

use super::*;
use crate::record::bytes::{cut_bytes, cut_chars, put};

proptest! {
    #[test]
    fn short_copies_are_copies(source in prop::collection::vec(any::<u8>(), 0..80), more in 0_usize..9) {
        let mut target = vec![0xA5; source.len() + more];
        put(&mut target, &source);
        prop_assert_eq!(&target[..source.len()], &source[..]);
        prop_assert!(target[source.len()..].iter().all(|byte| *byte == 0xA5));
        if let Some(short) = source.len().checked_sub(1) {
            put(&mut target[..short], &source); // too short: nothing happens, nothing panics
        }
    }

    #[test]
    fn texts_are_cut_between_characters(text in "\\PC{0,80}", limit in 0_usize..=64) {
        let expected: String = text.chars().take(limit).collect();
        prop_assert_eq!(cut_chars(text.as_bytes(), limit), expected.as_bytes());
        let cut = std::str::from_utf8(cut_bytes(text.as_bytes(), limit)).unwrap();
        prop_assert!(text.starts_with(cut) && cut.len() <= limit);
        let next = text[cut.len()..].chars().next().map_or(0, char::len_utf8);
        prop_assert!(cut == text || cut.len() + next > limit);
    }

    #[test]
    fn bytes_without_meaning_never_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..400),
        length in any::<Option<u16>>(),
    ) {
        let mut bytes = bytes;
        if let (Some(length), Some(to)) = (length, bytes.first_chunk_mut::<4>()) {
            *to = u32::from(length % 512).to_le_bytes();
        }
        read_everything(&bytes);
    }

    #[test]
    fn damaged_records_never_panic(at in 0_usize..500, byte in any::<u8>(), end in 0_usize..600) {
        let mut bytes = specimen();
        read_everything(&bytes[..end.min(bytes.len())]);
        let at = at % bytes.len();
        bytes[at] = byte;
        read_everything(&bytes);
    }
}

/// A record with one of everything.
fn specimen() -> Vec<u8> {
    let limits = SpanLimits::DEFAULT.link_count_limit(1);
    let mut record = begun(&limits);
    record.set("list", &Value::from(["a", "b"]), &limits);
    record.set(
        "map",
        &Value::map([("in", Value::from([1_i64, 2].as_slice()))]),
        &limits,
    );
    record.set("float", &Value::from(1.5), &limits);
    let event = record.event("event", 1, &limits).unwrap();
    record.set_nested(event, "inner", &Value::from("text"), &limits);
    let state: TraceState = "vendor=value".parse().unwrap();
    let link = record
        .link(&context(8).with_trace_state(state), &limits)
        .unwrap();
    record.set_nested(link, "inner", &Value::from(true), &limits);
    record.link(&context(9), &limits);
    record.set_status(StatusCode::Error, "failed", &limits);
    record.end(5);
    record.seal().to_vec()
}

/// Touches every reading path there is.
fn read_everything(bytes: &[u8]) {
    let resource = Resource::default();
    for item in Items::new(bytes) {
        let _ = (
            EventHead::read(&item),
            LinkHead::read(&item),
            item.tag.is_attribute(),
        );
    }
    let Some(span) = SpanView::new(bytes, &Timeline::UNIX, &resource) else {
        assert!(bytes.len() < HEADER_BYTES);
        return;
    };
    let _ = format!("{span:?} {:?} {:?}", span.events(), span.links());
    let _ = (
        span.span_context(),
        span.parent_span_context(),
        span.scope(),
    );
    let _ = (
        span.start_time(),
        span.end_time(),
        span.kind(),
        span.status(),
    );
    let _ = (
        span.links().len(),
        span.links().dropped(),
        span.raw().name(),
    );
    for attribute in span.attributes().iter() {
        let again = attribute;
        let _ = (again.value == attribute.value, attribute.value.to_string());
        let _ = span.attributes().get(attribute.key);
    }
    for event in span.events().iter() {
        let _ = (event.time(), event.attributes() == event.attributes());
    }
    for link in span.links().iter() {
        let _ = (
            link.span_context(),
            link.is_remote(),
            link.attributes().len(),
        );
    }
}

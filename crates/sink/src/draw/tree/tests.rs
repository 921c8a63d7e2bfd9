//! Trees from spans in any order, written as `id` indented by the tree.

use super::*;
use crate::model::{Format, TraceId};

/// A span of `(id, parent)`; 0 is no parent.
fn span((id, parent): (u64, u64)) -> ReceivedSpan {
    let mut span = ReceivedSpan::new(Format::JaegerBinary, TraceId(1), SpanId(id));
    span.parent_id = (parent != 0).then_some(SpanId(parent));
    span
}

fn outline(spans: &[ReceivedSpan]) -> Vec<String> {
    let line = |branch: &Branch| {
        let mark = match branch.place {
            Place::Ordinary => "",
            Place::Orphan => " orphan",
            Place::Cycle => " cycle",
            Place::Twin => " twin",
        };
        format!("{}{}{mark}", branch.prefix, spans[branch.index].span_id.0)
    };
    arrange(spans).iter().map(line).collect()
}

fn outline_of(pairs: &[(u64, u64)]) -> Vec<String> {
    outline(&pairs.iter().copied().map(span).collect::<Vec<_>>())
}

#[test]
fn children_hang_under_their_parents_in_any_order_of_arrival() {
    assert_eq!(
        outline_of(&[(4, 2), (2, 1), (3, 1), (1, 0), (5, 2)]),
        ["1", "├─ 2", "│  ├─ 4", "│  └─ 5", "└─ 3"]
    );
}

#[test]
fn siblings_stand_by_start() {
    let mut spans: Vec<_> = [(1, 0), (2, 1), (3, 1), (4, 1)]
        .into_iter()
        .map(span)
        .collect();
    for (span, start) in spans.iter_mut().zip([1, 30, 20, 20]) {
        span.start_us = Some(start);
    }
    assert_eq!(outline(&spans), ["1", "├─ 3", "├─ 4", "└─ 2"]);
}

#[test]
fn a_span_without_its_parent_is_a_marked_root() {
    assert_eq!(
        outline_of(&[(1, 0), (3, 2), (4, 3)]),
        ["1", "3 orphan", "└─ 4"]
    );
}

#[test]
fn cycles_are_broken_and_drawn_once() {
    assert_eq!(outline_of(&[(1, 1)]), ["1 cycle"]);
    assert_eq!(outline_of(&[(1, 2), (2, 1)]), ["1 cycle", "└─ 2"]);
    // 9 hangs under the cycle of 1, 2 and 3, and comes first.
    assert_eq!(
        outline_of(&[(9, 2), (1, 3), (2, 1), (3, 2), (7, 0)]),
        ["7", "2 cycle", "├─ 9", "└─ 3", "   └─ 1"]
    );
}

#[test]
fn a_repeated_id_is_drawn_and_marked() {
    assert_eq!(
        outline_of(&[(1, 0), (2, 1), (2, 1)]),
        ["1", "├─ 2", "└─ 2 twin"]
    );
}

#[test]
fn zipkins_shared_half_hangs_under_the_calling_half() {
    let service = |name: &str| {
        std::sync::Arc::new(crate::Resource {
            service: name.to_owned(),
            ..crate::Resource::default()
        })
    };
    let mut spans: Vec<_> = [(2, 1), (1, 0), (2, 1), (3, 2)]
        .into_iter()
        .map(span)
        .collect();
    spans[0].shared = true;
    spans[0].resource = service("callee");
    spans[3].resource = service("callee");
    assert_eq!(outline(&spans), ["1", "└─ 2", "   └─ 2", "      └─ 3"]);
}

#[test]
fn a_chain_as_long_as_a_trace_is_walked_without_recursion() {
    let pairs: Vec<_> = (1..=100_000).map(|id| (id, id - 1)).collect();
    let lines = outline_of(&pairs);
    assert_eq!(lines.len(), 100_000);
    assert_eq!(lines[24], format!("{}└─ 25", "   ".repeat(23)));
    assert_eq!(lines[25], format!("{}… 25 26", "   ".repeat(24)));
    assert_eq!(lines[99_999], format!("{}… 99999 100000", "   ".repeat(24)));
}

#[test]
fn nothing_is_drawn_of_nothing() {
    assert!(outline_of(&[]).is_empty());
}

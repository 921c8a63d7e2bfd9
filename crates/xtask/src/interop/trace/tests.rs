//! The trace against what could be shown of it; no server runs here.

use super::super::json::parse;
use super::{Seen, Trace};

/// What a server shows that takes the rows word for word.
fn shown(trace: &Trace) -> Vec<Seen> {
    let read = |row: &str| {
        let row = parse(row)?;
        let text = |name: &str| row.text(name).unwrap_or_default().to_owned();
        let tags = match row.get("attributes")? {
            super::super::json::Json::Object(members) => members
                .iter()
                .map(|(key, value)| {
                    (
                        key.clone(),
                        value.text("value").unwrap_or_default().to_owned(),
                    )
                })
                .collect(),
            _ => return None,
        };
        Some(Seen {
            id: text("span_id"),
            parent: text("parent_span_id").replace("null", ""),
            name: text("name"),
            tags,
        })
    };
    trace.rows().lines().filter_map(read).collect()
}

#[test]
fn the_trace_is_like_itself_and_unlike_any_change() {
    let trace = Trace::new();
    let good = shown(&trace);
    assert_eq!((good.len(), trace.differs(&good)), (8, None));
    assert!(trace.differs(&good[1..]).is_some());
    let change = |change: fn(&mut Seen)| {
        let mut seen = good.clone();
        change(&mut seen[3]);
        trace.differs(&seen).is_some()
    };
    assert!(change(|seen| seen.name.push('x')));
    assert!(change(|seen| seen.parent.clear()));
    assert!(change(|seen| seen.id.push('x')));
    assert!(change(|seen| seen.tags.clear()));
}

#[test]
fn each_trace_has_an_id_of_its_own() {
    assert_ne!(Trace::new().id(), Trace::new().id());
    assert_eq!(Trace::new().id().len(), 32);
}

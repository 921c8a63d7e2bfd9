//! The shopping trace as rows for the conformance program, and what a server should show of it.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// A span as a server shows it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Seen {
    pub(super) id: String,
    /// Empty for a root.
    pub(super) parent: String,
    pub(super) name: String,
    pub(super) tags: BTreeMap<String, String>,
}

/// A tag: its key, its type in a row, and its value as JSON.
type Tag = (&'static str, &'static str, &'static str);

/// A span: its parent's number (0 for none), kind, service, name and tags. Names are in lower case,
/// since Zipkin folds them.
type Plan = (
    usize,
    &'static str,
    &'static str,
    &'static str,
    &'static [Tag],
);

const PLAN: [Plan; 8] = [
    (
        0,
        "SERVER",
        "shop",
        "post /checkout",
        &[
            ("order.id", "int", "9007199254740993"),
            ("vip", "bool", "true"),
        ],
    ),
    (
        1,
        "INTERNAL",
        "shop",
        "check basket",
        &[("basket.weight", "double", "0.1")],
    ),
    (
        1,
        "CLIENT",
        "shop",
        "charge card",
        &[("currency", "string", "\"złoty\"")],
    ),
    (
        3,
        "SERVER",
        "bank",
        "post /charge",
        &[("amount", "double", "12.75")],
    ),
    (
        4,
        "CLIENT",
        "bank",
        "select account",
        &[("db.system", "string", "\"postgresql\"")],
    ),
    (
        1,
        "PRODUCER",
        "shop",
        "send order",
        &[("quote", "string", "\"a \\\"b\\\"\"")],
    ),
    (
        6,
        "CONSUMER",
        "warehouse",
        "pack order",
        &[("shelf", "int", "-7")],
    ),
    (7, "INTERNAL", "warehouse", "print label", &[]),
];

/// A trace with an id of its own, which begins now.
pub(super) struct Trace {
    id: String,
    start: u128,
}

impl Trace {
    pub(super) fn new() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(1);
        // Relaxed: only a number.
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let start = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_nanos());
        let high = start as u64 ^ u64::from(process::id()).rotate_left(32);
        Self {
            id: format!("{high:016x}{count:016x}"),
            start,
        }
    }

    /// 32 hexadecimal digits.
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn len(&self) -> usize {
        PLAN.len()
    }

    /// JSON Lines, a span each.
    pub(super) fn rows(&self) -> String {
        let mut rows = String::new();
        for (index, (parent, kind, service, name, tags)) in PLAN.iter().enumerate() {
            let id = span_id(index + 1);
            let parent = match parent {
                0 => "null".to_owned(),
                parent => format!("\"{}\"", span_id(*parent)),
            };
            let start = self.start + index as u128 * 1_000_000;
            let end = self.start + (30 - index as u128) * 1_000_000;
            let mut attributes = String::new();
            for (key, kind, value) in *tags {
                let comma = if attributes.is_empty() { "" } else { "," };
                // Writing to a string cannot fail.
                let _ = write!(
                    attributes,
                    r#"{comma}"{key}":{{"type":"{kind}","value":{value}}}"#
                );
            }
            let trace = &self.id;
            let _ = writeln!(
                rows,
                r#"{{"trace_id":"{trace}","span_id":"{id}","parent_span_id":{parent},"name":"{name}","kind":"{kind}","start_ns":{start},"end_ns":{end},"service":"{service}","attributes":{{{attributes}}}}}"#
            );
        }
        rows
    }

    /// What is wrong with what a server shows; `None` if nothing is.
    pub(super) fn differs(&self, shown: &[Seen]) -> Option<String> {
        if shown.len() != PLAN.len() {
            return Some(format!("{} of {} spans are shown", shown.len(), PLAN.len()));
        }
        PLAN.iter().enumerate().find_map(|(index, plan)| {
            let (parent, _, _, name, tags) = plan;
            let id = span_id(index + 1);
            let Some(seen) = shown.iter().find(|seen| seen.id == id) else {
                return Some(format!("span {id} is not shown"));
            };
            let parent = match parent {
                0 => String::new(),
                parent => span_id(*parent),
            };
            if seen.parent != parent || seen.name != *name {
                return Some(format!("sent {name:?} below {parent:?}, shown {seen:?}"));
            }
            tags.iter().find_map(|(key, kind, value)| {
                let sent = match *kind {
                    "string" => value.trim_matches('"').replace("\\\"", "\""),
                    _ => (*value).to_owned(),
                };
                let sent = if *key == "quote" {
                    "a \"b\"".to_owned()
                } else {
                    sent
                };
                let shown = seen.tags.get(*key);
                (shown != Some(&sent))
                    .then(|| format!("{name}: sent {key}={sent}, shown {shown:?}"))
            })
        })
    }
}

fn span_id(number: usize) -> String {
    format!("{:016x}", 0xa0 + number)
}

#[cfg(test)]
mod tests;

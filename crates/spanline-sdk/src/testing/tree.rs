//! Traces as indented text: the form in which a test can say what it expects.

use super::FinishedSpan;
use spanline_core::id::{SpanId, TraceId};
use std::collections::HashMap;

/// Draws spans as trees: one name a line, two more spaces for each level, brothers and sisters by
/// their start.
///
/// A span whose parent is not among them stands as a root. No spans, no text.
///
/// ```text
/// POST /api/orders
///   create-order
///     check-inventory
///     process-payment
/// ```
#[must_use]
pub fn tree(spans: &[FinishedSpan]) -> String {
    let family = Family::of(spans);
    let mut drawn = vec![false; spans.len()];
    let mut text = String::new();
    let (roots, others): (Vec<usize>, Vec<usize>) = family
        .by_start
        .iter()
        .partition(|n| family.parent(**n).is_none());
    // The others were drawn below a root by then, unless their parents form a circle.
    for top in roots.into_iter().chain(others) {
        let mut open = vec![(top, 0)];
        while let Some((n, level)) = open.pop() {
            let (Some(seen), Some(span)) = (drawn.get_mut(n), spans.get(n)) else {
                continue;
            };
            if std::mem::replace(seen, true) {
                continue;
            }
            text.extend(std::iter::repeat_n("  ", level));
            text.push_str(span.name());
            text.push('\n');
            let children = family.children(n).iter().rev();
            open.extend(children.map(|child| (*child, level + 1)));
        }
    }
    text
}

/// Who is whose child; spans are numbered by their place in the list.
struct Family {
    by_start: Vec<usize>,
    parents: HashMap<usize, usize>,
    /// By start, too.
    children: HashMap<usize, Vec<usize>>,
}

impl Family {
    fn of(spans: &[FinishedSpan]) -> Self {
        let ids = spans.iter().enumerate();
        let numbers: HashMap<(TraceId, SpanId), usize> = ids
            .map(|(n, span)| ((span.trace_id(), span.span_id()), n))
            .collect();
        let starts: Vec<u64> = spans
            .iter()
            .map(|span| span.view().start_unix_nanos())
            .collect();
        let mut by_start: Vec<usize> = (0..spans.len()).collect();
        by_start.sort_by_key(|n| starts.get(*n));

        let mut parents = HashMap::new();
        let mut children: HashMap<usize, Vec<usize>> = HashMap::new();
        for n in &by_start {
            let parent = spans
                .get(*n)
                .and_then(|span| numbers.get(&(span.trace_id(), span.parent_span_id()?)));
            if let Some(parent) = parent {
                parents.insert(*n, *parent);
                children.entry(*parent).or_default().push(*n);
            }
        }
        Self {
            by_start,
            parents,
            children,
        }
    }

    fn parent(&self, n: usize) -> Option<usize> {
        self.parents.get(&n).copied()
    }

    fn children(&self, n: usize) -> &[usize] {
        self.children.get(&n).map_or(&[], Vec::as_slice)
    }
}

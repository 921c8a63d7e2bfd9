//! Who hangs under whom: from spans in any order to branches in the order of drawing.
//!
//! Spans come from outside, so nothing is taken for granted: parents may be missing, ids may
//! repeat, spans may be each other's ancestors, and chains may be as long as a trace. Every span
//! becomes exactly one branch, without recursion.

use std::collections::HashMap;

use crate::model::{ReceivedSpan, SpanId};

/// Depth from which the tree is no longer indented further.
const DEEPEST: usize = 24;

/// Candidates looked at for a parent whose id several spans have.
const TWINS: usize = 4;

/// One span in the drawing.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Branch {
    /// Which of the spans it is.
    pub(super) index: usize,
    /// The span it hangs under in the drawing; `None` at the top.
    pub(super) parent: Option<usize>,
    pub(super) place: Place,
    /// The lines of the tree to the left of the name.
    pub(super) prefix: String,
    /// The lines of the tree in a further line of the same span.
    pub(super) below: String,
}

/// What is odd about a span's place, if anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Ordinary,
    /// Its parent is not in the trace.
    Orphan,
    /// It was reached only by breaking a cycle.
    Cycle,
    /// A span before it has the same id, and it is not Zipkin's shared half of a call.
    Twin,
}

/// The spans as branches, parents before children, siblings by start and then arrival.
pub(super) fn arrange(spans: &[ReceivedSpan]) -> Vec<Branch> {
    let parents = parents(spans);
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); spans.len()];
    let mut order: Vec<usize> = (0..spans.len()).collect();
    order.sort_by_key(|&index| {
        spans
            .get(index)
            .map(|span| (span.start_us, span.arrival, index))
    });
    for &index in &order {
        if let Some(parent) = parent_of(&parents, index) {
            if let Some(siblings) = children.get_mut(parent) {
                siblings.push(index);
            }
        }
    }
    let mut walk = Walk {
        spans,
        children,
        visited: vec![false; spans.len()],
        branches: Vec::new(),
    };
    for &index in order
        .iter()
        .filter(|index| parent_of(&parents, **index).is_none())
    {
        let orphan = spans
            .get(index)
            .is_some_and(|span| span.parent_id.is_some());
        walk.descend(
            index,
            if orphan {
                Place::Orphan
            } else {
                Place::Ordinary
            },
        );
    }
    // What is left hangs on a cycle, or under one: go up until a span repeats, and break it there.
    for &index in &order {
        if !walk.is_visited(index) {
            let entry = on_cycle(&parents, index);
            walk.descend(entry, Place::Cycle);
        }
    }
    mark_twins(spans, &mut walk.branches);
    walk.branches
}

fn parent_of(parents: &[Option<usize>], index: usize) -> Option<usize> {
    parents.get(index).copied().flatten()
}

/// For each span the index of its parent, if that is in the trace.
fn parents(spans: &[ReceivedSpan]) -> Vec<Option<usize>> {
    let mut by_id: HashMap<SpanId, Vec<usize>> = HashMap::new();
    for (index, span) in spans.iter().enumerate() {
        let twins = by_id.entry(span.span_id).or_default();
        if twins.len() < TWINS {
            twins.push(index);
        }
    }
    let find = |id: SpanId, fits: &dyn Fn(usize, &ReceivedSpan) -> bool| {
        let candidates = by_id.get(&id)?;
        let fitting = |&&index: &&usize| spans.get(index).is_some_and(|span| fits(index, span));
        candidates.iter().find(fitting).copied()
    };
    let parent = |(index, span): (usize, &ReceivedSpan)| {
        // Zipkin: the serving half of a call that shares its id hangs under the calling half.
        let caller = |other: usize, candidate: &ReceivedSpan| other != index && !candidate.shared;
        if let (true, Some(half)) = (span.shared, find(span.span_id, &caller)) {
            return Some(half);
        }
        let id = span.parent_id?;
        let same_service = |_: usize, other: &ReceivedSpan| other.service() == span.service();
        find(id, &same_service).or_else(|| find(id, &|_, _| true))
    };
    spans.iter().enumerate().map(parent).collect()
}

/// A span on the cycle that `start` hangs on.
fn on_cycle(parents: &[Option<usize>], start: usize) -> usize {
    let mut seen = std::collections::HashSet::new();
    let mut index = start;
    while seen.insert(index) {
        match parent_of(parents, index) {
            Some(parent) => index = parent,
            None => break,
        }
    }
    index
}

/// The walk over the tree, from each top downwards.
struct Walk<'a> {
    spans: &'a [ReceivedSpan],
    /// For each span its children, in the order of drawing.
    children: Vec<Vec<usize>>,
    visited: Vec<bool>,
    branches: Vec<Branch>,
}

/// A span still to be drawn.
struct Pending {
    index: usize,
    parent: Option<usize>,
    place: Place,
    depth: usize,
    prefix: String,
    below: String,
}

impl Walk<'_> {
    fn is_visited(&self, index: usize) -> bool {
        self.visited.get(index).copied().unwrap_or(true)
    }

    fn descend(&mut self, top: usize, place: Place) {
        let (prefix, below) = (String::new(), String::new());
        let mut stack = vec![Pending {
            index: top,
            parent: None,
            place,
            depth: 0,
            prefix,
            below,
        }];
        while let Some(next) = stack.pop() {
            match self.visited.get_mut(next.index) {
                Some(visited) if !*visited => *visited = true,
                _ => continue,
            }
            let children = self.children.get_mut(next.index).map(std::mem::take);
            let open: Vec<usize> = children
                .into_iter()
                .flatten()
                .filter(|&child| !self.is_visited(child))
                .collect();
            // The stack gives back what came last first.
            for (rank, &child) in open.iter().rev().enumerate() {
                stack.push(under(&next, child, rank == 0));
            }
            let Pending {
                index,
                parent,
                place,
                prefix,
                mut below,
                ..
            } = next;
            below.push_str(if open.is_empty() { " " } else { "│" });
            self.branches.push(Branch {
                index,
                parent,
                place,
                prefix,
                below,
            });
        }
        debug_assert!(self.branches.len() <= self.spans.len());
    }
}

/// A child's entry, with the lines of the tree that lead to it.
fn under(parent: &Pending, index: usize, last: bool) -> Pending {
    let depth = parent.depth + 1;
    let (elbow, gap) = if last {
        ("└─ ", "   ")
    } else {
        ("├─ ", "│  ")
    };
    let (prefix, below) = if depth <= DEEPEST {
        (
            format!("{}{elbow}", parent.below),
            format!("{}{gap}", parent.below),
        )
    } else {
        // Deeper than any line is wide: the depth as a number instead.
        (format!("{}… {depth} ", parent.below), parent.below.clone())
    };
    Pending {
        index,
        parent: Some(parent.index),
        place: Place::Ordinary,
        depth,
        prefix,
        below,
    }
}

/// Marks each span that repeats an id already drawn.
fn mark_twins(spans: &[ReceivedSpan], branches: &mut [Branch]) {
    let mut seen = std::collections::HashSet::new();
    for branch in branches {
        let Some(span) = spans.get(branch.index) else {
            continue;
        };
        let again = !seen.insert((span.span_id, span.shared));
        if again && branch.place == Place::Ordinary {
            branch.place = Place::Twin;
        }
    }
}

#[cfg(test)]
mod tests;

//! Who hangs under whom: from the spans of a batch, in any order, to lines in the order of drawing.
//!
//! Ids are what programs make of them, so nothing is taken for granted: parents may be missing, ids
//! may repeat, spans may be each other's ancestors, and a chain may be as long as the batch. Every
//! span is drawn exactly once. Sorted lists instead of recursion and hash maps: the work is
//! O(n log n) for the worst of batches, and the lists are kept for the next one.

use spanline_core::export::Batch;
use spanline_core::id::TraceId;
use spanline_core::view::SpanView;

/// Depth from which spans are no longer indented further.
pub(super) const DEEPEST: u32 = 24;

/// The spans of a batch, arranged.
#[derive(Default)]
pub(super) struct Tree {
    nodes: Vec<Node>,
    /// Nodes by trace, id and place in the batch; the first of those with one id is their parent.
    by_id: Vec<usize>,
    /// Nodes by trace and start.
    by_start: Vec<usize>,
}

/// A span and its neighbours; these are numbers of other nodes.
struct Node {
    /// Its place in the batch.
    number: usize,
    trace: TraceId,
    id: u64,
    start: u64,
    /// When the first span of its trace started.
    epoch: u64,
    /// How many spans of its trace there are.
    spans: usize,
    parent: Option<usize>,
    first_child: Option<usize>,
    next_sibling: Option<usize>,
    place: Place,
    /// The climb that came by here, plus one; 0 before the first.
    climbed: usize,
}

/// Where a span stands, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// It has no parent.
    Root,
    /// Under its parent.
    Child,
    /// At the top, because its parent is not in the batch.
    Orphan,
    /// At the top, because it is its own ancestor.
    Cycle,
}

/// One span in the order of drawing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Branch {
    /// Its place in the batch.
    pub(super) number: usize,
    pub(super) place: Place,
    /// How many spans it hangs under.
    pub(super) depth: u32,
    /// Bit `n` is set if siblings follow the branch's ancestor of depth `n`, or the branch itself.
    pub(super) more: u32,
    /// When the first span of the trace started, in Unix nanoseconds.
    pub(super) epoch: u64,
    /// How many spans the trace has in this batch, if this is the first of them.
    pub(super) opens: Option<usize>,
}

impl Tree {
    /// Arranges the spans of a batch, in place of those before.
    pub(super) fn arrange(&mut self, batch: Batch<'_>) {
        self.nodes.clear();
        let spans = (0..batch.len()).filter_map(|n| Some((n, batch.get(n)?)));
        self.nodes.extend(spans.map(|(n, span)| Node::of(n, &span)));
        self.find_traces();
        self.find_parents(batch);
        self.break_cycles();
        self.link_children();
    }

    /// How many spans there are.
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Walks the spans: traces by their first start, parents before children, siblings by start.
    pub(super) fn walk(&self) -> impl Iterator<Item = Branch> + '_ {
        let mut tops = self.by_start.iter().copied();
        let mut trace = None;
        let mut at: Option<usize> = None;
        let (mut depth, mut more) = (0, 0);
        std::iter::from_fn(move || {
            at = match at {
                Some(node) => self.after(node, &mut depth),
                None => None,
            };
            if at.is_none() {
                depth = 0;
                at = tops.find(|&top| self.nodes.get(top).is_some_and(|n| n.parent.is_none()));
            }
            let node = self.nodes.get(at?)?;
            if let Some(bit) = 1_u32.checked_shl(depth) {
                let follows = depth > 0 && node.next_sibling.is_some();
                more = if follows { more | bit } else { more & !bit };
            }
            let opens = (trace.replace(node.trace) != Some(node.trace)).then_some(node.spans);
            Some(Branch {
                number: node.number,
                place: node.place,
                depth,
                more,
                epoch: node.epoch,
                opens,
            })
        })
    }

    /// The node that is drawn after this one in the same tree, and its depth.
    fn after(&self, node: usize, depth: &mut u32) -> Option<usize> {
        let mut node = self.nodes.get(node)?;
        if let Some(child) = node.first_child {
            *depth = depth.saturating_add(1);
            return Some(child);
        }
        while let Some(parent) = node.parent {
            if let Some(sibling) = node.next_sibling {
                return Some(sibling);
            }
            node = self.nodes.get(parent)?;
            *depth = depth.saturating_sub(1);
        }
        None
    }

    /// Sorts the nodes, and tells each what its trace is like.
    fn find_traces(&mut self) {
        let Tree {
            nodes,
            by_id,
            by_start,
        } = self;
        by_id.clear();
        by_id.extend(0..nodes.len());
        by_id.sort_unstable_by_key(|&n| nodes.get(n).map(|node| (node.trace, node.id, n)));
        let trace_of = |nodes: &[Node], n: usize| nodes.get(n).map(|node| node.trace);
        let mut rest = by_id.as_slice();
        while let Some(&first) = rest.first() {
            let trace = trace_of(nodes, first);
            let length = rest.partition_point(|&n| trace_of(nodes, n) <= trace);
            let (one, others) = rest.split_at(length.max(1));
            rest = others;
            let epoch = one.iter().filter_map(|&n| Some(nodes.get(n)?.start)).min();
            for &n in one {
                if let Some(node) = nodes.get_mut(n) {
                    node.epoch = epoch.unwrap_or_default();
                    node.spans = one.len();
                }
            }
        }
        by_start.clear();
        by_start.extend(0..nodes.len());
        let place = |&n: &usize| {
            let node = nodes.get(n)?;
            Some((node.epoch, node.trace, node.start, n))
        };
        by_start.sort_unstable_by_key(place);
    }

    fn find_parents(&mut self, batch: Batch<'_>) {
        for n in 0..self.nodes.len() {
            let Some(node) = self.nodes.get(n) else {
                continue;
            };
            let Some(id) = batch.get(node.number).and_then(|s| s.parent_span_id()) else {
                continue;
            };
            let wanted = (node.trace, id.to_u64());
            let key = |n: usize| self.nodes.get(n).map(|node| (node.trace, node.id));
            let at = self.by_id.partition_point(|&n| key(n) < Some(wanted));
            let found = self.by_id.get(at).copied();
            let parent = found.filter(|&n| key(n) == Some(wanted));
            if let Some(node) = self.nodes.get_mut(n) {
                node.parent = parent;
                node.place = parent.map_or(Place::Orphan, |_| Place::Child);
            }
        }
    }

    /// Puts one span of each cycle at the top.
    fn break_cycles(&mut self) {
        for &start in &self.by_start {
            let climb = start + 1;
            let mut at = Some(start);
            // Nobody climbs where somebody has been before, so all climbs together are one pass.
            while let Some(node) = at.and_then(|n| self.nodes.get_mut(n)) {
                if node.climbed == climb {
                    node.parent = None;
                    node.place = Place::Cycle;
                }
                if node.climbed != 0 {
                    break;
                }
                node.climbed = climb;
                at = node.parent;
            }
        }
    }

    fn link_children(&mut self) {
        // The last one first, so that each goes to the front of its parent's list.
        for &n in self.by_start.iter().rev() {
            let parent = self.nodes.get(n).and_then(|node| node.parent);
            let Some(parent) = parent.and_then(|parent| self.nodes.get_mut(parent)) else {
                continue;
            };
            let sibling = parent.first_child.replace(n);
            if let Some(node) = self.nodes.get_mut(n) {
                node.next_sibling = sibling;
            }
        }
    }
}

impl Node {
    fn of(number: usize, span: &SpanView<'_>) -> Node {
        Node {
            number,
            trace: span.trace_id(),
            id: span.span_id().to_u64(),
            start: span.start_unix_nanos(),
            epoch: 0,
            spans: 0,
            parent: None,
            first_child: None,
            next_sibling: None,
            place: Place::Root,
            climbed: 0,
        }
    }
}

#[cfg(test)]
mod tests;

//! Any ids make a forest in which every span stands once.

use super::*;
use crate::fixture::{self, Span, service};

/// Spans as (id, parent), started in this order, of one trace; what is drawn as (id, depth, place).
fn arranged(tree: &mut Tree, spans: &[(u64, u64)]) -> Vec<(u64, u32, Place)> {
    let records: Vec<_> = spans
        .iter()
        .zip(1..)
        .map(|(&(id, parent), at)| Span::new("x").ids(1, id, parent).times(at, at).seal())
        .collect();
    fixture::batch(&records, &service("a"), |batch| tree.arrange(batch));
    tree.walk()
        .map(|branch| (spans[branch.number].0, branch.depth, branch.place))
        .collect()
}

#[test]
fn every_span_stands_once_under_its_parent() {
    use Place::{Child, Cycle, Orphan, Root};
    let mut tree = Tree::default();
    for (spans, expected) in [
        (&[][..], &[][..]),
        (
            &[(2, 1), (1, 0), (3, 1)],
            &[(1, 0, Root), (2, 1, Child), (3, 1, Child)],
        ),
        (&[(2, 9), (1, 0)], &[(2, 0, Orphan), (1, 0, Root)]),
        (&[(1, 1)], &[(1, 0, Cycle)]),
        (&[(1, 2), (2, 1)], &[(1, 0, Cycle), (2, 1, Child)]),
        (
            // 5 hangs on the cycle of 1, 2 and 3, and is met before it.
            &[(5, 2), (1, 3), (2, 1), (3, 2)],
            &[(2, 0, Cycle), (5, 1, Child), (3, 1, Child), (1, 2, Child)],
        ),
        (
            // Two spans with one id: children hang under the first.
            &[(1, 0), (1, 0), (2, 1)],
            &[(1, 0, Root), (2, 1, Child), (1, 0, Root)],
        ),
        (&[(1, 0), (1, 1)], &[(1, 0, Root), (1, 1, Child)]),
    ] {
        assert_eq!(arranged(&mut tree, spans), expected, "{spans:?}");
    }
}

#[test]
fn chains_and_cycles_of_any_length_end() {
    let mut tree = Tree::default();
    let chain: Vec<_> = (1..=10_000).map(|n| (n, n - 1)).collect();
    let drawn = arranged(&mut tree, &chain);
    assert!(
        drawn
            .iter()
            .zip(0..)
            .all(|(&(id, depth, _), n)| (id, depth) == (u64::from(n) + 1, n))
    );
    let backwards: Vec<_> = chain.iter().rev().copied().collect();
    assert_eq!(arranged(&mut tree, &backwards), drawn);
    let mut cycle = chain;
    cycle[0].1 = 10_000;
    let drawn = arranged(&mut tree, &cycle);
    assert_eq!(drawn.len(), 10_000);
    assert_eq!(drawn[0], (1, 0, Place::Cycle));
    assert_eq!(drawn[9_999], (10_000, 9_999, Place::Child));
}

#[test]
fn the_same_id_in_another_trace_is_another_span() {
    let records = [
        Span::new("x").ids(2, 2, 1).times(2, 2).seal(),
        Span::new("x").ids(1, 1, 0).times(1, 1).seal(),
        Span::new("x").ids(2, 3, 2).times(9, 9).seal(),
    ];
    let mut tree = Tree::default();
    fixture::batch(&records, &service("a"), |batch| tree.arrange(batch));
    let drawn: Vec<_> = tree
        .walk()
        .map(|b| (b.number, b.place, b.epoch, b.opens))
        .collect();
    let expected = [
        (1, Place::Root, 1, Some(1)),
        (0, Place::Orphan, 2, Some(2)),
        (2, Place::Child, 2, None),
    ];
    assert_eq!(drawn, expected);
}

#[test]
fn arranging_again_allocates_nothing() {
    let records: Vec<_> = (1..=512)
        .map(|n| Span::new("x").ids(1, n, n / 2).seal())
        .collect();
    let mut tree = Tree::default();
    fixture::batch(&records, &service("a"), |batch| {
        tree.arrange(batch);
        let again = allocation_counter::measure(|| {
            tree.arrange(batch);
            assert_eq!(tree.walk().count(), 512);
        });
        assert_eq!(again.count_total, 0);
    });
}

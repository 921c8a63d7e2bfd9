//! What a panic of the worker's own costs, case by case.

use super::Ledger;
use spanline_queue::Waiting;

/// What a lost worker finds, and what its ledger says afterwards.
struct Case {
    what: &'static str,
    handed_over: u64,
    in_hand: u64,
    gives_up: bool,
    abandoned: u64,
}

#[test]
fn a_lost_batch_is_abandoned_once() {
    let case = |what, [handed_over, in_hand, abandoned]: [u64; 3], gives_up| Case {
        what,
        handed_over,
        in_hand,
        gives_up,
        abandoned,
    };
    let cases = [
        case("nothing", [0, 0, 0], false),
        case("a batch in hand", [0, 7, 7], false),
        case("a batch handed over", [7, 0, 7], false),
        case("nothing, and late", [0, 0, 0], true),
        case("a batch in hand, and late", [0, 7, 7], true),
        case("a batch handed over, and late", [7, 0, 7], true),
    ];
    for case in cases {
        let ledger = Ledger::new("test".into());
        assert!(ledger.hand_over(case.handed_over, || ()));
        if case.gives_up {
            ledger.give_up();
        }
        ledger.lose(|| case.in_hand);
        let stats = ledger.read(Waiting::default);
        let then = (stats.in_flight, stats.dropped.abandoned);
        assert_eq!(then, (0, case.abandoned), "{}", case.what);
    }
}

#[test]
fn claimed_spans_are_in_flight_until_somebody_gives_up() {
    let ledger = Ledger::new("test".into());
    let waiting = || Waiting {
        queued: 5,
        claimed: 3,
    };
    assert!(ledger.hand_over(2, || ()));
    let stats = ledger.read(waiting);
    assert_eq!((stats.queued, stats.in_flight), (5, 5));
    ledger.give_up();
    let stats = ledger.read(waiting);
    assert_eq!((stats.queued, stats.in_flight), (0, 0));
    assert_eq!(stats.dropped.abandoned, 10);
}

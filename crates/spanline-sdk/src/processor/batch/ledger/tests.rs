//! What a panic of the worker's own costs, case by case.

use super::Ledger;

/// A ledger with so many spans claimed and so many more handed over.
fn with(claimed: u64, handed_over: u64) -> Ledger {
    let ledger = Ledger::new("test".into());
    ledger.claim(|| claimed);
    assert!(ledger.hand_over(handed_over, || ()));
    ledger
}

/// What a lost worker finds, and what its ledger says afterwards.
struct Case {
    what: &'static str,
    claimed: u64,
    handed_over: u64,
    in_hand: u64,
    gives_up: bool,
    /// In flight and abandoned.
    then: (u64, u64),
}

const fn case(
    what: &'static str,
    [claimed, handed_over, in_hand]: [u64; 3],
    then: (u64, u64),
) -> Case {
    Case {
        what,
        claimed,
        handed_over,
        in_hand,
        gives_up: false,
        then,
    }
}

const fn given_up(
    what: &'static str,
    [claimed, handed_over, in_hand]: [u64; 3],
    abandoned: u64,
) -> Case {
    Case {
        gives_up: true,
        ..case(what, [claimed, handed_over, in_hand], (0, abandoned))
    }
}

#[test]
fn a_lost_batch_is_abandoned_once() {
    let cases = [
        case("nothing", [0, 0, 0], (0, 0)),
        case("a batch in hand", [0, 0, 7], (0, 7)),
        case("a batch handed over", [0, 7, 0], (0, 7)),
        case("only claimed ones, which stay", [4, 0, 0], (4, 0)),
        case("a batch in hand, some of it claimed", [4, 0, 7], (0, 7)),
        case("a batch in hand, all of it claimed", [4, 0, 3], (1, 3)),
        case("a batch handed over, others claimed", [4, 7, 0], (4, 7)),
        given_up("nothing, and late", [0, 0, 0], 0),
        given_up("a batch in hand, and late", [0, 0, 7], 7),
        given_up("a batch handed over, and late", [0, 7, 0], 7),
        given_up("only claimed ones, and late", [4, 0, 0], 4),
        given_up("some of it claimed, and late", [4, 0, 7], 7),
        given_up("all of it claimed, and late", [4, 0, 3], 4),
        given_up("others claimed, and late", [4, 7, 0], 11),
    ];
    for case in cases {
        let ledger = with(case.claimed, case.handed_over);
        if case.gives_up {
            ledger.give_up();
        }
        ledger.lose(case.in_hand, case.claimed);
        let stats = ledger.read(|| 0);
        let then = (stats.in_flight, stats.dropped.abandoned);
        assert_eq!(then, case.then, "{}", case.what);
    }
}

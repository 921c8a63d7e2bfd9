//! The accounting law, and how losses read.

use super::*;

fn each_reason_once() -> Dropped {
    Dropped {
        queue_full: 1,
        byte_cap: 2,
        oversize: 3,
        encode_error: 4,
        after_shutdown: 5,
        forked: 6,
        abandoned: 7,
        discarded: 8,
    }
}

#[test]
fn every_reason_counts() {
    let dropped = each_reason_once();
    assert_eq!(dropped.total(), 36);
    let names: Vec<_> = dropped.iter().map(|(name, _)| name).collect();
    assert_eq!(
        names,
        [
            "queue_full",
            "byte_cap",
            "oversize",
            "encode_error",
            "after_shutdown",
            "forked",
            "abandoned",
            "discarded"
        ]
    );
    assert!(dropped.iter().map(|(_, count)| count).eq(1..=8));
    let mut twice = dropped;
    twice += dropped;
    assert!(
        twice
            .iter()
            .map(|(_, count)| count)
            .eq((1..=8).map(|n| 2 * n))
    );
}

#[test]
fn the_law() {
    let mut processor = ProcessorStats::new("p/0");
    assert!(processor.balances());
    processor = ProcessorStats {
        exported: 100,
        failed: 10,
        rejected: 1,
        dropped: each_reason_once(),
        queued: 2,
        in_flight: 3,
        ended_sampled: 152,
        ..processor
    };
    assert!(processor.balances());
    assert_eq!(processor.lost().total(), 47);

    let mut stats = Stats {
        processors: vec![processor.clone(), processor],
        ..Stats::default()
    };
    assert!(stats.balances());
    assert_eq!(stats.lost().total(), 94);
    stats.processors[1].queued += 1;
    assert!(!stats.balances());
}

#[test]
fn losses_as_text() {
    let mut loss = LossReport::default();
    assert!(loss.is_empty());
    assert_eq!(loss.to_string(), "nothing lost");
    loss.rejected = 5;
    assert_eq!(loss.to_string(), "5 lost: rejected 5");
    loss += LossReport {
        failed: 1,
        rejected: 0,
        dropped: Dropped {
            abandoned: 2,
            ..Dropped::default()
        },
    };
    assert_eq!(
        loss.to_string(),
        "8 lost: abandoned 2, failed 1, rejected 5"
    );
}

#[test]
fn errors_tell_what_was_lost() {
    let loss = LossReport {
        failed: 3,
        ..LossReport::default()
    };
    assert_eq!(ShutdownError::DeadlinePassed(loss).loss(), Some(loss));
    assert_eq!(ShutdownError::Exporter(loss, "x".into()).loss(), Some(loss));
    assert_eq!(ShutdownError::AlreadyShutDown.loss(), None);
    assert_eq!(
        ShutdownError::DeadlinePassed(loss).to_string(),
        "shutdown ran out of time; 3 lost: failed 3"
    );
    assert_eq!(
        FlushError::DeadlinePassed { unsent: 4 }.to_string(),
        "flush ran out of time with 4 spans unsent"
    );
}

#[test]
fn everything_crosses_threads() {
    fn check<T: Send + Sync + 'static>() {}
    check::<Stats>();
    check::<FlushError>();
    check::<ShutdownError>();
}

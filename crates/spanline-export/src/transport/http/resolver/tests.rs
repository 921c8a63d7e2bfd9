//! Names looked up late, kept for a while, and looked up again.

use super::*;
use spanline_core::deadline::Deadline;
use std::sync::atomic::{AtomicU16, Ordering};

fn limit(time: Duration) -> Limit {
    let limit = Limit::default();
    limit.set(Deadline::after(time));
    limit
}

fn ample() -> Limit {
    limit(Duration::from_secs(20))
}

#[test]
fn addresses_need_no_look_up() {
    let resolver = Resolver::with_lookup(ample(), |_, _| panic!("nobody to look up"));
    for (host, address) in [("1.2.3.4", "1.2.3.4:80"), ("[::1]", "[::1]:80")] {
        assert_eq!(
            resolver.addresses(host, 80).unwrap(),
            [address.parse().unwrap()]
        );
    }
}

#[test]
fn an_answer_is_believed_until_it_failed() {
    static MOVES: AtomicU16 = AtomicU16::new(1);
    let resolver = Resolver::with_lookup(ample(), |_, _| {
        Ok(vec![
            ([127, 0, 0, 1], MOVES.fetch_add(1, Ordering::Relaxed)).into(),
        ])
    });
    let port = || resolver.addresses("peer", 80).unwrap()[0].port();
    assert_eq!((port(), port()), (1, 1));
    resolver.forget();
    assert_eq!((port(), port()), (2, 2));
}

#[test]
fn a_look_up_that_hangs_is_given_up_and_waited_for_again() {
    static ASKED: AtomicU16 = AtomicU16::new(0);
    let resolver = Resolver::with_lookup(limit(Duration::from_millis(20)), |_, _| {
        ASKED.fetch_add(1, Ordering::Relaxed);
        loop {
            thread::park();
        }
    });
    for _ in 0..3 {
        resolver
            .limit
            .set(Deadline::after(Duration::from_millis(20)));
        let result = resolver.addresses("peer", 80);
        assert!(matches!(result, Err(ureq::Error::Timeout(_))), "{result:?}");
    }
    assert_eq!(
        ASKED.load(Ordering::Relaxed),
        1,
        "one thread hangs, not three"
    );
}

#[test]
fn a_look_up_that_fails_or_panics_is_an_error() {
    let failing = Resolver::with_lookup(ample(), |_, _| Err(io::ErrorKind::NotFound.into()));
    assert!(matches!(
        failing.addresses("peer", 80),
        Err(ureq::Error::Io(_))
    ));
    let panicking = Resolver::with_lookup(ample(), |_, _| panic!("a faulty look-up"));
    assert!(matches!(
        panicking.addresses("peer", 80),
        Err(ureq::Error::HostNotFound)
    ));
}

//! Names looked up late, kept for a while, and looked up again.

use super::*;
use std::sync::atomic::{AtomicU16, Ordering};

fn ample() -> Deadline {
    Deadline::after(Duration::from_secs(20))
}

#[test]
fn addresses_need_no_look_up() {
    let lookup = Lookup::with(|_, _| panic!("nobody to look up"));
    for (host, address) in [("1.2.3.4", "1.2.3.4:80"), ("[::1]", "[::1]:80")] {
        assert_eq!(
            lookup.addresses(host, 80, ample()).unwrap(),
            [address.parse().unwrap()]
        );
    }
}

#[test]
fn an_answer_is_believed_until_it_failed() {
    static MOVES: AtomicU16 = AtomicU16::new(1);
    let lookup = Lookup::with(|_, _| {
        Ok(vec![
            ([127, 0, 0, 1], MOVES.fetch_add(1, Ordering::Relaxed)).into(),
        ])
    });
    let port = || lookup.addresses("peer", 80, ample()).unwrap()[0].port();
    assert_eq!((port(), port()), (1, 1));
    lookup.forget();
    assert_eq!((port(), port()), (2, 2));
}

#[test]
fn a_look_up_that_hangs_is_given_up_and_waited_for_again() {
    static ASKED: AtomicU16 = AtomicU16::new(0);
    let lookup = Lookup::with(|_, _| {
        ASKED.fetch_add(1, Ordering::Relaxed);
        loop {
            thread::park();
        }
    });
    for _ in 0..3 {
        let soon = Deadline::after(Duration::from_millis(20));
        let result = lookup.addresses("peer", 80, soon);
        let passed = matches!(result, Err(LookupError::DeadlinePassed));
        assert!(passed, "{result:?}");
    }
    assert_eq!(
        ASKED.load(Ordering::Relaxed),
        1,
        "one thread hangs, not three"
    );
}

#[test]
fn a_look_up_that_fails_or_panics_is_an_error() {
    let failing = Lookup::with(|_, _| Err(io::ErrorKind::NotFound.into()));
    assert!(matches!(
        failing.addresses("peer", 80, ample()),
        Err(LookupError::Failed(_))
    ));
    let panicking = Lookup::with(|_, _| panic!("a faulty look-up"));
    assert!(matches!(
        panicking.addresses("peer", 80, ample()),
        Err(LookupError::Failed(_))
    ));
}

//! Models of what is installed for the process: every interleaving (up to a bound on preemptions) of
//! two or three threads that install, replace and read, with every value that the memory model lets
//! a load return.
//!
//! The global provider and the propagator are both an `Installed`. loom fails a model on a value
//! that a reader could see before it was made, on a lock that is held while it is asked for (a
//! deadlock), and on a value that is never dropped. Run them with
//!
//! ```text
//! RUSTFLAGS="--cfg loom" LOOM_MAX_PREEMPTIONS=3 cargo test -p spanline-core --release --test model
//! ```
#![cfg(loom)]
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

#[path = "../../spanline-queue/tests/support/explored.rs"]
mod explored;

use std::borrow::Cow;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};

use explored::model;
use loom::sync::atomic::{AtomicBool, AtomicU8};
use loom::thread;
use spanline_core::Installed;

/// What is installed: a number behind a counted reference that loom watches, as a backend lies in one.
type Value = loom::sync::Arc<Number>;

/// A number that must have been made before it is read: loom knows who may see it.
struct Number {
    number: AtomicU8,
    /// Looked into when the number is dropped, as a destructor of somebody else's may.
    looks_into: Weak<Installed<Value>>,
}

impl Drop for Number {
    fn drop(&mut self) {
        if let Some(installed) = self.looks_into.upgrade() {
            assert_ne!(seen(&installed), Some(self.number()), "it still counts");
        }
    }
}

impl Number {
    fn number(&self) -> u8 {
        // Relaxed: whatever makes it visible, it is not this.
        self.number.load(Ordering::Relaxed)
    }
}

fn value(number: u8) -> Value {
    looking(number, Weak::new())
}

fn looking(number: u8, looks_into: Weak<Installed<Value>>) -> Value {
    let number = AtomicU8::new(number);
    Value::new(Number { number, looks_into })
}

/// What a reader sees now.
fn seen(installed: &Installed<Value>) -> Option<u8> {
    installed.get().map(|value| value.number())
}

fn empty() -> Arc<Installed<Value>> {
    Arc::new(Installed::empty())
}

fn with_first(number: u8) -> Arc<Installed<Value>> {
    let installed = empty();
    assert!(installed.install(value(number)).is_ok());
    installed
}

/// A thread that does this, then tells by the flag that it is done.
fn beside<R: 'static>(
    installed: &Arc<Installed<Value>>,
    work: impl FnOnce(&Arc<Installed<Value>>) -> R + 'static,
) -> (Arc<AtomicBool>, thread::JoinHandle<R>) {
    let told = Arc::new(AtomicBool::new(false));
    let (installed, tells) = (Arc::clone(installed), Arc::clone(&told));
    let thread = thread::spawn(move || {
        let result = work(&installed);
        tells.store(true, Ordering::Release);
        result
    });
    (told, thread)
}

/// Whether the thread told that it is done: then what it did lies behind whoever asks.
fn heard(told: &AtomicBool) -> bool {
    told.load(Ordering::Acquire)
}

#[test]
fn a_reader_sees_nothing_or_the_value_whole() {
    model(15, || {
        let installed = empty();
        let (told, installer) = beside(&installed, |installed| installed.install(value(7)));
        let heard = heard(&told);
        match seen(&installed) {
            None => assert!(!heard, "installed, told and not seen"),
            seen => assert_eq!(seen, Some(7)),
        }
        assert!(installer.join().unwrap().is_ok());
        assert_eq!(seen(&installed), Some(7));
    });
}

#[test]
fn of_two_installers_one_wins_and_the_other_gets_its_value_back() {
    model(100, || {
        let installed = empty();
        let (_, other) = beside(&installed, |installed| install(installed, 1));
        let (_, reader) = beside(&installed, |installed| seen(installed));
        let ours = install(&installed, 2);
        assert!(ours != other.join().unwrap(), "one wins");
        let winner = Some(if ours { 2 } else { 1 });
        let read = reader.join().unwrap();
        assert!(read.is_none() || read == winner, "{read:?}");
        assert_eq!(seen(&installed), winner);
    });
}

/// Installs a number; says whether it was the first. Either way the winner's can be seen at once.
fn install(installed: &Installed<Value>, number: u8) -> bool {
    let refused = installed.install(value(number)).err();
    let seen = seen(installed).unwrap();
    match refused {
        None => assert_eq!(seen, number, "the winner's own"),
        Some(value) => {
            assert_eq!(value.number(), number, "what was given back");
            assert_ne!(seen, number, "the winner's");
            return false;
        }
    }
    true
}

#[test]
fn a_reader_sees_the_old_value_or_the_new_one() {
    model(30, || {
        let installed = with_first(1);
        let (told, replacer) = beside(&installed, |installed| installed.replace(Some(value(2))));
        let borrowed = installed.get();
        let heard = heard(&told);
        let now = seen(&installed).unwrap();
        assert!(now == 2 || (now == 1 && !heard), "{now}, heard: {heard}");
        replacer.join().unwrap();
        assert_eq!(seen(&installed), Some(2));
        // What was read before is there as long as it is held, and the first one for ever.
        assert!(matches!(borrowed.as_ref().unwrap().number(), 1 | 2));
        assert_eq!(installed.first().unwrap().number(), 1);
    });
}

#[test]
fn whoever_saw_the_new_value_never_sees_the_old_one_again() {
    model(300, || {
        let installed = with_first(1);
        let (_, replacer) = beside(&installed, |installed| installed.replace(Some(value(2))));
        // A second reader, which hears from the first.
        let (told, reader) = beside(&installed, |installed| seen(installed));
        let heard = heard(&told);
        let now = seen(&installed).unwrap();
        let first = reader.join().unwrap().unwrap();
        assert!(now >= first || !heard, "{first} and then {now}");
        replacer.join().unwrap();
        assert_eq!(seen(&installed), Some(2));
    });
}

#[test]
fn a_value_is_taken_away_from_everybody() {
    model(15, || {
        let installed = with_first(1);
        let (told, taker) = beside(&installed, |installed| installed.replace(None));
        let heard = heard(&told);
        assert!(matches!(
            (seen(&installed), heard),
            (None, _) | (Some(1), false)
        ));
        taker.join().unwrap();
        assert_eq!(seen(&installed), None);
        assert!(installed.install(value(2)).is_err(), "not even then");
    });
}

#[test]
fn of_two_replacements_of_nothing_one_counts_and_both_see_no_older_one() {
    model(30, || {
        let installed = empty();
        let replace = |installed: &Arc<Installed<Value>>, number| {
            installed.replace(Some(value(number)));
            seen(installed).unwrap()
        };
        let (_, other) = beside(&installed, move |installed| replace(installed, 1));
        let ours = replace(&installed, 2);
        let others = other.join().unwrap();
        let last = seen(&installed).unwrap();
        // Each saw its own, or the other's if that came later.
        assert!((ours, last) == (2, 2) || last == 1, "{ours}, {last}");
        assert!((others, last) == (1, 1) || last == 2, "{others}, {last}");
    });
}

#[test]
fn what_was_replaced_is_dropped_outside_the_lock() {
    model(30, || {
        let installed = with_first(1);
        installed.replace(Some(looking(2, Arc::downgrade(&installed))));
        let (_, replacer) = beside(&installed, |installed| installed.replace(Some(value(3))));
        // Either thread may be the last that holds the old one, and runs its destructor.
        let read = installed.get().map(Cow::into_owned);
        assert!(matches!(read.unwrap().number(), 2 | 3));
        replacer.join().unwrap();
        assert_eq!(seen(&installed), Some(3));
    });
}

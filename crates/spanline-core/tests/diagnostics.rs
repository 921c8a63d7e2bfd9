//! The handler of our own troubles: replaceable at any time, and never the cause of worse.
//!
//! There is one handler per process, so the tests of this file take turns.

use std::panic::panic_any;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use spanline_core::diagnostics::{Diagnostic, DiagnosticKind, report, reset_handler, set_handler};

static TURN: Mutex<()> = Mutex::new(());

fn my_turn() -> MutexGuard<'static, ()> {
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Installs a handler that writes down what it is told.
fn listen() -> Arc<Mutex<Vec<String>>> {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let ear = Arc::clone(&heard);
    set_handler(move |diagnostic: &Diagnostic<'_>| {
        let Diagnostic {
            component,
            message,
            suppressed,
            ..
        } = diagnostic;
        ear.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(format!("{component}|{message}|{suppressed}"));
    });
    heard
}

fn tell(component: &str, message: &str) {
    report(DiagnosticKind::Misuse, component, format_args!("{message}"));
}

#[test]
fn reports_reach_the_handler_that_is_set() {
    let _turn = my_turn();
    let first = listen();
    tell("a", "one");
    let second = listen();
    tell("a", "two");
    tell("a", "left out");
    reset_handler();
    assert_eq!(*first.lock().unwrap(), ["a|one|0"]);
    assert_eq!(*second.lock().unwrap(), ["a|two|0"]);
}

#[test]
fn a_message_that_is_left_out_is_never_put_together() {
    struct Costly;
    impl std::fmt::Display for Costly {
        fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            unreachable!("formatted although nobody hears it")
        }
    }
    let _turn = my_turn();
    let heard = listen();
    tell("a", "first");
    report(DiagnosticKind::Misuse, "a", format_args!("{Costly}"));
    reset_handler();
    assert_eq!(heard.lock().unwrap().len(), 1);
}

#[test]
fn a_handler_that_reports_does_not_hear_itself() {
    let _turn = my_turn();
    let calls = Arc::new(Mutex::new(0));
    let count = Arc::clone(&calls);
    set_handler(move |_: &Diagnostic<'_>| {
        *count.lock().unwrap() += 1;
        tell("inner", "from within");
    });
    tell("outer", "x");
    assert_eq!(*calls.lock().unwrap(), 1);
    tell("inner", "what was not told then has not used up its turn");
    reset_handler();
    assert_eq!(*calls.lock().unwrap(), 2);
}

#[test]
fn a_handler_may_replace_itself() {
    let _turn = my_turn();
    set_handler(|_: &Diagnostic<'_>| reset_handler());
    tell("a", "x");
    let heard = listen();
    tell("a", "y");
    reset_handler();
    assert_eq!(*heard.lock().unwrap(), ["a|y|0"]);
}

#[test]
fn a_handler_that_panics_harms_nobody() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("a payload that panics when dropped");
        }
    }
    let _turn = my_turn();
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    set_handler(|_: &Diagnostic<'_>| panic_any(Bomb));
    tell("a", "x");
    tell("b", "x");
    let heard = listen();
    tell("a", "still here");
    reset_handler();
    std::panic::set_hook(hook);
    assert_eq!(*heard.lock().unwrap(), ["a|still here|0"]);
}

#[test]
fn handlers_are_swapped_while_others_report() {
    let _turn = my_turn();
    thread::scope(|scope| {
        for n in 0..4 {
            scope.spawn(move || (0..500).for_each(|_| tell(&format!("t{n}"), "x")));
        }
        (0..50).for_each(|_| drop(listen()));
        reset_handler_quietly();
    });
    reset_handler();
}

/// Leaves a silent handler, so that the remaining reports do not end up in the test's output.
fn reset_handler_quietly() {
    set_handler(|_: &Diagnostic<'_>| {});
}

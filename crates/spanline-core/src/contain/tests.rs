//! Panics of every sort end in a value.

use super::contain;
use std::panic::panic_any;

/// Panics when it is dropped, as what a panic carries may.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic_any(Bomb);
    }
}

#[test]
fn work_that_returns_is_left_alone() {
    assert_eq!(contain(|| 7).ok(), Some(7));
}

#[test]
fn the_text_of_a_panic_is_kept() {
    let said = |work: fn()| contain(work).unwrap_err().0;
    assert_eq!(said(|| panic!("plain")), "plain");
    assert_eq!(said(|| panic!("made of {}", 2)), "made of 2");
    assert_eq!(said(|| panic_any(5)), "no message");
}

#[test]
fn a_payload_that_panics_is_contained_too() {
    assert_eq!(contain(|| panic_any(Bomb)).unwrap_err().0, "no message");
}

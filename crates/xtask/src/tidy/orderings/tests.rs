//! Orderings that are explained, and orderings that are not.

use super::super::tests::{assert_clean, assert_found};
use super::check;

const PATH: &str = "crates/spanline-queue/src/state.rs";

#[test]
fn a_comment_near_the_ordering_is_welcome() {
    assert_clean(
        check,
        &[(
            PATH,
            "use Ordering::{Acquire, Relaxed};\nx.load(Acquire); // pairs with f\n",
        )],
    );
    assert_clean(
        check,
        &[(
            PATH,
            "// AcqRel: pairs with f.\nx.swap(\n  1,\n  Ordering::AcqRel,\n);",
        )],
    );
    assert_clean(
        check,
        &[("crates/spanline-sdk/src/x.rs", "x.load(Ordering::Relaxed)")],
    );
    assert_clean(
        check,
        &[(
            PATH,
            "#[cfg(test)] mod tests { fn f() { x.load(Ordering::Relaxed); } }",
        )],
    );
}

#[test]
fn a_silent_ordering_is_found() {
    assert_found(
        check,
        &[(PATH, "// far away\n\n\n\n\nx.load(Ordering::Acquire);")],
        &format!("{PATH}:6"),
        "Acquire",
    );
    assert_found(
        check,
        &[(PATH, "use Ordering::Relaxed;\nx.load(Relaxed)")],
        &format!("{PATH}:2"),
        "Relaxed",
    );
}

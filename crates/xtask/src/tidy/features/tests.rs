//! Features with a row in either table, and one with none.

use super::super::tests::{assert_clean, assert_found};
use super::{MANIFEST, check};

const FEATURES: &str =
    "[features]\ndefault = [\"sdk\"]\n## words\nsdk = []\ntls = [\n  \"x\",\n]\n";

#[test]
fn features_in_either_table_are_welcome() {
    let readme = "| feature | adds |\n|---|---|\n| `sdk` (default) | x |";
    let lib = "//! | feature |\n//! |---|\n//! | `tls` | x |";
    assert_clean(
        check,
        &[
            (MANIFEST, FEATURES),
            ("README.md", readme),
            ("crates/spanline/src/lib.rs", lib),
        ],
    );
}

#[test]
fn a_feature_without_a_row_is_found() {
    let readme = "| `sdk` | needs `tls` |\n`tls`";
    assert_found(
        check,
        &[(MANIFEST, FEATURES), ("README.md", readme)],
        "crates/spanline/Cargo.toml:5",
        "tls",
    );
}

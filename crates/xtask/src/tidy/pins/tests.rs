//! Manifests that pin, manifests that do not, and a lock file with a stranger.

use super::super::tests::{assert_clean, assert_found};
use super::check;

const ROOT: &str = "[workspace.package]\nversion = \"0.3.1\"\n[workspace.dependencies]\n";

#[test]
fn exact_pins_are_welcome() {
    let root = format!(
        "{ROOT}ours = {{ path = \"crates/ours\", version = \"=0.3.1\" }}\nforeign = \"1\"\n"
    );
    let member = "[dependencies]\nours = { workspace = true }\n";
    let lock = "[[package]]\nname = \"thrift\"\ndependencies = [\n \"log\",\n]\n";
    assert_clean(
        check,
        &[
            ("Cargo.toml", &root),
            ("crates/a/Cargo.toml", member),
            ("Cargo.lock", lock),
        ],
    );
}

#[test]
fn a_loose_pin_is_found() {
    for version in ["0.3.1", "=0.3.0"] {
        let root = format!("{ROOT}ours = {{ path = \"crates/ours\", version = \"{version}\" }}\n");
        assert_found(check, &[("Cargo.toml", &root)], "Cargo.toml:4", "=0.3.1");
    }
}

#[test]
fn a_path_in_a_member_is_found() {
    let member = "[dev-dependencies]\nours = { path = \"../ours\" }\n";
    assert_found(
        check,
        &[("crates/a/Cargo.toml", member)],
        "crates/a/Cargo.toml:2",
        "workspace = true",
    );
}

#[test]
fn an_opentelemetry_crate_is_found() {
    let lock = "[[package]]\nname = \"opentelemetry_sdk\"\nversion = \"1.0.0\"\n";
    assert_found(
        check,
        &[("fuzz/Cargo.lock", lock)],
        "fuzz/Cargo.lock:2",
        "opentelemetry_sdk",
    );
}

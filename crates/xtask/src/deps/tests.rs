//! Lock files and licences, good and bad; what asks Cargo is tried by running the command.

use super::{REGISTRY, strangers, unlicensed};

#[test]
fn registry_and_path_packages_are_welcome() {
    let lock = format!(
        "[[package]]\nname = \"log\"\nsource = \"{REGISTRY}\"\n\
         [[package]]\nname = \"spanline\"\n"
    );
    assert_eq!(strangers("Cargo.lock", &lock), Vec::<String>::new());
}

#[test]
fn a_git_source_is_found() {
    let lock = "[[package]]\nname = \"log\"\nsource = \"git+https://example.org/log\"\n";
    let found = strangers("Cargo.lock", lock);
    assert!(
        matches!(found.as_slice(), [only] if only.starts_with("Cargo.lock:3: comes from git+")),
        "{found:?}"
    );
}

#[test]
fn two_versions_of_ours_are_found() {
    let lock = "[[package]]\nname = \"spanline-core\"\n[[package]]\nname = \"spanline-core\"\n";
    let found = strangers("Cargo.lock", lock);
    assert!(
        matches!(found.as_slice(), [only] if only.contains("twice")),
        "{found:?}"
    );
}

#[test]
fn an_unknown_licence_is_found() {
    let packages = ["a v1|MIT", "b v1|GPL-3.0-only", "c v1 (proc-macro)|"]
        .map(str::to_owned)
        .into();
    let found = unlicensed(&packages);
    assert!(
        matches!(found.as_slice(), [b, c] if b.starts_with("b v1") && c.starts_with("c v1")),
        "{found:?}"
    );
}

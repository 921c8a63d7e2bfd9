//! A short manifest with everything that makes a line-by-line reader stumble.

use super::Manifest;

const TEXT: &str = "a = 1\n[features] # words\ntls = [\n  \"x\", # y\n  \"]\",\n]\nsdk = []\n\
                    [[bin]]\nname = \"one # two\"\n[[bin]]\nname = \"three\"\n";

#[test]
fn sections_keep_their_entries() {
    let manifest = Manifest::read(TEXT);
    let features: Vec<_> = manifest
        .entries("features")
        .map(|entry| (entry.key, entry.line))
        .collect();
    assert_eq!(features, [("tls", 3), ("sdk", 7)]);
    assert_eq!(manifest.values("", "a").collect::<Vec<_>>(), ["1"]);
}

#[test]
fn long_values_are_joined() {
    let manifest = Manifest::read(TEXT);
    assert_eq!(
        manifest.values("features", "tls").collect::<Vec<_>>(),
        ["[ \"x\", \"]\", ]"]
    );
}

#[test]
fn arrays_of_tables_give_all_their_values() {
    assert_eq!(
        Manifest::read(TEXT)
            .values("bin", "name")
            .collect::<Vec<_>>(),
        ["one # two", "three"]
    );
}

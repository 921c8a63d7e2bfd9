//! Where the repository and its build outputs are.

use std::env;
use std::path::{Path, PathBuf};

use crate::outcome::Failure;

/// The folder of the workspace's `Cargo.toml`.
///
/// Cargo tells a program that it runs where the package is; called directly, the program searches
/// upwards.
pub(crate) fn root() -> Result<PathBuf, Failure> {
    let start = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let start = start
        .or_else(|| env::current_dir().ok())
        .unwrap_or_default();
    let is_root =
        |folder: &&Path| folder.join("Cargo.lock").is_file() && folder.join("crates").is_dir();
    let root = start.ancestors().find(is_root).map(Path::to_path_buf);
    root.ok_or_else(|| {
        Failure::new("not inside the repository; call `cargo xtask` from one of its folders")
    })
}

/// A folder below Cargo's target folder, for builds with flags of their own and for scratch files.
pub(crate) fn output(root: &Path, name: &str) -> PathBuf {
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    root.join(target).join(name)
}

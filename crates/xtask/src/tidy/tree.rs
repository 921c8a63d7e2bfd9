//! The repository as the rules see it: paths, and the text of those files that are text.
//!
//! Reads the file system once, before any rule runs. Build outputs and git's own folder are left
//! out; nothing else is.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::outcome::Failure;
use crate::source::{Source, test_code};

/// What is made by tools and ignored by git.
const OUTPUTS: [&str; 5] = [
    ".git",
    "target",
    "fuzz/target",
    "fuzz/artifacts",
    "fuzz/coverage",
];

/// All files by their path from the root, with `/` between parts.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    texts: BTreeMap<String, String>,
    paths: BTreeSet<String>,
    test_files: BTreeSet<String>,
}

impl Tree {
    /// Reads the repository at `root`.
    pub(crate) fn load(root: &Path) -> Result<Self, Failure> {
        let mut tree = Self::default();
        tree.load_folder(root, "")?;
        tree.mark_test_files();
        Ok(tree)
    }

    /// A tree of a few files, for the tests of the rules.
    #[cfg(test)]
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let mut tree = Self::default();
        for (path, text) in files {
            let folders = path.match_indices('/').filter_map(|(at, _)| path.get(..at));
            tree.paths.extend(folders.chain([*path]).map(str::to_owned));
            tree.texts.insert((*path).to_owned(), (*text).to_owned());
        }
        tree.mark_test_files();
        tree
    }

    /// Every file and folder, sorted.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> {
        self.paths.iter().map(String::as_str)
    }

    /// Whether a file or a folder stands there.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.paths.contains(path)
    }

    /// A text file's content.
    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.texts.get(path).map(String::as_str)
    }

    /// All text files, sorted by path.
    pub(crate) fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.texts
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// All Rust files, sorted by path.
    pub(crate) fn rust(&self) -> impl Iterator<Item = (&str, &str)> {
        self.texts().filter(|(path, _)| path.ends_with(".rs"))
    }

    /// Whether the whole file is test code.
    pub(crate) fn is_test_file(&self, path: &str) -> bool {
        test_code::is_test_path(path) || self.test_files.contains(path)
    }

    /// The folders of the workspace's crates: those under `crates/`, and the benches.
    pub(crate) fn crates(&self) -> impl Iterator<Item = &str> {
        self.paths()
            .filter_map(|path| path.strip_suffix("/Cargo.toml"))
            .filter(|folder| {
                *folder == "benches"
                    || folder
                        .strip_prefix("crates/")
                        .is_some_and(|name| !name.contains('/'))
            })
    }

    fn load_folder(&mut self, folder: &Path, prefix: &str) -> Result<(), Failure> {
        let cannot = |error| Failure::new(format!("cannot read {}: {error}", folder.display()));
        for entry in fs::read_dir(folder).map_err(cannot)? {
            let entry = entry.map_err(cannot)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = if prefix.is_empty() {
                name
            } else {
                format!("{prefix}/{name}")
            };
            if OUTPUTS.contains(&path.as_str()) {
                continue;
            }
            if entry.file_type().map_err(cannot)?.is_dir() {
                self.load_folder(&entry.path(), &path)?;
            } else if let Ok(text) = fs::read_to_string(entry.path()) {
                self.texts.insert(path.clone(), text);
            }
            self.paths.insert(path);
        }
        Ok(())
    }

    /// Notes the files that another file declares under `#[cfg(test)]`.
    fn mark_test_files(&mut self) {
        let mut marked = BTreeSet::new();
        for (path, text) in self.rust().filter(|(path, _)| path.contains("/src/")) {
            let home = path
                .strip_suffix("/lib.rs")
                .or_else(|| path.strip_suffix("/main.rs"));
            let home = home
                .or_else(|| path.strip_suffix("/mod.rs"))
                .or_else(|| path.strip_suffix(".rs"));
            for module in test_code::part(&Source::read(text)).test_modules {
                marked.insert(format!("{}/{module}.rs", home.unwrap_or(path)));
            }
        }
        self.test_files = marked;
    }
}

//! What a name on a page stands beside: the folder in the heading above it, and the file that is
//! linked before it, on its line. Both say where the name must be found.

use crate::source::Source;
use crate::tidy::Tree;

/// Where a case of `hold!` is a test as well, of the same name (`fuzz/replay.rs`).
const CASES: &str = "corpora_hold.rs";

/// Follows a page, piece by piece.
#[derive(Debug, Default)]
pub(super) struct Beside<'a> {
    /// The line of the last heading, and the folder that it names.
    heading: usize,
    folder: Option<&'a str>,
    /// The line of the last link, and what it leads to.
    line: usize,
    file: String,
}

impl<'a> Beside<'a> {
    /// A heading begins; what the one before it named is over.
    pub(super) fn heading(&mut self, line: usize) {
        self.heading = line;
        self.folder = None;
    }

    /// A link to a file that is there.
    pub(super) fn link(&mut self, line: usize, file: String) {
        (self.line, self.file) = (line, file);
    }

    /// Inline code; gives what is wrong with it, if anything is.
    pub(super) fn code(&mut self, tree: &Tree, line: usize, code: &'a str) -> Option<String> {
        if line == self.heading {
            self.folder = Some(code).filter(|code| code.contains('/') && tree.has(code));
            return None;
        }
        if let Some(folder) = self.folder.filter(|_| is_file_of_a_folder(code)) {
            let path = format!("{folder}/{code}");
            return (!tree.has(&path))
                .then(|| format!("names {code}, but {path} is not there; correct it"));
        }
        let file = &self.file;
        let is_proof = line == self.line && file.ends_with(".rs") && is_name_of_a_function(code);
        (is_proof && !has_test(tree, file, code))
            .then(|| format!("names {code}, but {file} has no function of that name; correct it"))
    }
}

/// `processor/batch/ledger.rs` or `encoder/jaeger`, but no path from the top.
fn is_file_of_a_folder(code: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-/.".contains(c);
    (code.ends_with(".rs") || code.contains('/'))
        && !super::is_path(code)
        && code.chars().all(is_plain)
}

fn is_name_of_a_function(code: &str) -> bool {
    code.starts_with(|c: char| c.is_ascii_lowercase())
        && code
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

fn has_test(tree: &Tree, file: &str, name: &str) -> bool {
    let source = Source::read(tree.text(file).unwrap_or_default());
    let is_case = |before: &str| file.ends_with(CASES) && source.has_sequence(&[before, name]);
    source.has_sequence(&["fn", name]) || is_case("{") || is_case(";")
}

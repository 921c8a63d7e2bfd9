//! Replays a committed corpus through the property of its fuzz target, on any toolchain.
//!
//! Taken in by the tests called `corpora_hold` of the crates that have parsers; the targets
//! themselves look for new inputs.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "in tests, where output is shown on failure only"
)]

use std::fs;
use std::path::Path;

/// Checks every file in `fuzz/corpus/{target}`.
pub(crate) fn replay(target: &str, check: fn(&[u8])) {
    let corpora = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    let mut files = 0;
    for entry in fs::read_dir(corpora.join(target)).unwrap() {
        let path = entry.unwrap().path();
        println!("{}", path.display());
        check(&fs::read(path).unwrap());
        files += 1;
    }
    assert!(files > 0, "the corpus of {target} is empty");
}

/// A test for each target, of the same name.
macro_rules! hold {
    ($($target:ident $check:ident;)*) => {$(
        #[test]
        fn $target() {
            replay::replay(stringify!($target), $check);
        }
    )*};
}

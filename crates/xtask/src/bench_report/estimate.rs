//! What criterion left in its folder: one pair of files per benchmark, which are read by search.
//!
//! `benchmark.json` names it and says how many elements an iteration handles; `estimates.json` holds
//! the statistics. Both are one line of JSON from a serialiser, so that a key is followed by its
//! value at once; a file in another form is an error and not a zero.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::outcome::Failure;

/// The median of one benchmark.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Estimate {
    /// The table.
    pub(super) group: String,
    /// The line of the table.
    pub(super) row: String,
    /// The contender, if several do the same.
    pub(super) column: Option<String>,
    /// Nanoseconds per element, or per iteration where nothing else was said.
    pub(super) nanos: f64,
}

impl Estimate {
    /// Reads the two files of one benchmark.
    pub(super) fn read(benchmark: &str, estimates: &str) -> Option<Self> {
        let (_, median) = estimates.split_once("\"median\":")?;
        let median: f64 = number(median, "point_estimate")?;
        let elements = number(benchmark, "Elements").unwrap_or(1.0);
        Some(Self {
            group: text(benchmark, "group_id")?,
            row: text(benchmark, "function_id")?,
            column: text(benchmark, "value_str"),
            nanos: median / elements,
        })
    }
}

/// All that were measured since then, in the order in which they were.
pub(super) fn since(folder: &Path, start: SystemTime) -> Result<Vec<Estimate>, Failure> {
    let mut found = Vec::new();
    collect(folder, start, &mut found);
    found.sort();
    let estimates = found.iter().map(|(_, folder)| {
        let read = |name| fs::read_to_string(folder.join(name)).unwrap_or_default();
        let estimate = Estimate::read(&read("benchmark.json"), &read("estimates.json"));
        estimate.ok_or_else(|| {
            Failure::new(format!(
                "cannot make out the figures in {}",
                folder.display()
            ))
        })
    });
    let estimates: Vec<_> = estimates.collect::<Result<_, _>>()?;
    if estimates.is_empty() {
        return Err(Failure::new(format!(
            "nothing was measured, or not into {}",
            folder.display()
        )));
    }
    Ok(estimates)
}

/// The folders called `new` that were written since then, with the time.
fn collect(folder: &Path, start: SystemTime, found: &mut Vec<(SystemTime, PathBuf)>) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    for path in entries
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
    {
        if !path.ends_with("new") {
            collect(&path, start, found);
            continue;
        }
        let written = fs::metadata(path.join("estimates.json")).and_then(|it| it.modified());
        let written = written.ok().filter(|time| *time >= start);
        found.extend(written.map(|time| (time, path)));
    }
}

/// The text after `"key":"`. Names of ours hold no quotes; one that does makes no sense here.
fn text(json: &str, key: &str) -> Option<String> {
    let (_, rest) = json.split_once(&format!("\"{key}\":\""))?;
    Some(rest.split_once('"')?.0.to_owned())
}

/// The number after `"key":`.
fn number(json: &str, key: &str) -> Option<f64> {
    let (_, rest) = json.split_once(&format!("\"{key}\":"))?;
    rest.split([',', '}']).next()?.trim().parse().ok()
}

//! `cargo xtask bench-report [BENCH] [OPTION...]`: runs the benches and rewrites their tables in
//! `docs/benchmarks.md`. Options are criterion's, such as `--quick`.
//!
//! A bench's group owns the table between `<!-- bench: GROUP -->` and `<!-- end -->`. Only what this
//! run measured gets into a table, so figures beside each other are of one run. Above each table
//! stand the machine, how busy it was, the commit and the compiler. Reading criterion's files is
//! `estimate.rs`, laying out a table is `table.rs`; nothing here judges a figure.

mod estimate;
mod table;

use std::fs;
use std::path::Path;
use std::thread;
use std::time::SystemTime;

use crate::outcome::{Failure, Outcome};
use crate::repository;
use crate::step::Step;
use estimate::Estimate;

const PAGE: &str = "docs/benchmarks.md";

pub(crate) fn run(root: &Path, arguments: &[String]) -> Outcome {
    let mut machine = machine(root)?;
    let start = SystemTime::now();
    let mut bench = Step::cargo(root, &["bench", "--package", "spanline-benches"]);
    let (name, options) = match arguments.split_first() {
        Some((name, options)) if !name.starts_with('-') => (Some(name), options),
        _ => (None, arguments),
    };
    if let Some(name) = name {
        bench = bench.args(&["--bench", name.as_str()]);
    }
    if !options.is_empty() {
        machine += &format!(" Run with `{}`.", options.join(" "));
    }
    bench.args(&["--"]).args(options).run()?;
    let estimates = estimate::since(&repository::output(root, "criterion"), start)?;
    let path = root.join(PAGE);
    let page = fs::read_to_string(&path);
    let page = page.map_err(|error| Failure::new(format!("cannot read {PAGE}: {error}")))?;
    let page = rewrite(&page, &machine, &estimates)?;
    fs::write(&path, page).map_err(|error| Failure::new(format!("cannot write {PAGE}: {error}")))
}

/// The page with a new table for every group that was measured.
fn rewrite(page: &str, machine: &str, estimates: &[Estimate]) -> Result<String, Failure> {
    let mut groups: Vec<&str> = estimates.iter().map(|it| it.group.as_str()).collect();
    groups.sort_unstable();
    groups.dedup();
    let mut page = page.to_owned();
    for group in groups {
        let open = format!("<!-- bench: {group} -->\n");
        let place = page.split_once(&open).and_then(|(before, rest)| {
            let (_, after) = rest.split_once("<!-- end -->")?;
            Some((before.to_owned(), after.to_owned()))
        });
        let (before, after) = place.ok_or_else(|| {
            Failure::new(format!("{PAGE} has no place `{}` … end", open.trim_end()))
        })?;
        let of_group: Vec<_> = estimates.iter().filter(|it| it.group == group).collect();
        let table = table::markdown(&of_group);
        page = format!("{before}{open}{machine}\n\n{table}<!-- end -->{after}");
    }
    Ok(page)
}

/// One line: processor, cores, how many of them were busy before we began, commit, compiler.
fn machine(root: &Path) -> Result<String, Failure> {
    let processor = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let processor = processor
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or("unknown processor", |(_, name)| name.trim());
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or("unknown").to_owned();
    let commit = git(root, &["rev-parse", "--short=10", "HEAD"])?;
    let changes = git(root, &["status", "--porcelain", "--", ".", ":!docs"])?;
    let changed = if changes.is_empty() {
        ""
    } else {
        " with changes"
    };
    let compiler = Step::program(root, "rustc", &["--version"]).output()?;
    let compiler = compiler.split(" (").next().unwrap_or_default().trim();
    Ok(format!(
        "{processor}, {cores} cores, load {load} before the run; commit {commit}{changed}; {compiler}."
    ))
}

fn git(root: &Path, arguments: &[&str]) -> Result<String, Failure> {
    let output = Step::program(root, "git", arguments).output()?;
    Ok(output.trim().to_owned())
}

#[cfg(test)]
mod tests;

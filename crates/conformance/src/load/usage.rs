//! What the process has used so far, as Linux tells it; elsewhere nothing is known.
//!
//! Read from `/proc/self`, which needs no foreign function: see proc(5).

use std::fs;

/// Clock ticks a second in `/proc`: the kernel's `USER_HZ`, 100 on every architecture that runs
/// this.
const TICKS_A_SECOND: f64 = 100.0;

/// The most memory that was resident at once.
pub(super) fn peak_rss_kib() -> Option<u64> {
    peak_rss_of(&fs::read_to_string("/proc/self/status").ok()?)
}

/// Processor time of all threads, in the program and in the system.
pub(super) fn cpu_seconds() -> Option<f64> {
    cpu_seconds_of(&fs::read_to_string("/proc/self/stat").ok()?)
}

fn peak_rss_of(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim_end().parse().ok()
}

fn cpu_seconds_of(stat: &str) -> Option<f64> {
    // The second field is the program's name in parentheses and may hold anything; `utime` and
    // `stime` are the fields 14 and 15.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut times = fields.split_ascii_whitespace().skip(11);
    let user: u64 = times.next()?.parse().ok()?;
    let system: u64 = times.next()?.parse().ok()?;
    Some((user + system) as f64 / TICKS_A_SECOND)
}

#[cfg(test)]
mod tests;

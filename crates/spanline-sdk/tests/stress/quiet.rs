//! A process with nothing to trace: its worker sleeps, and nothing wakes it.
#![cfg(target_os = "linux")]

use super::support::{PATIENCE, batching, end_spans};
use super::{is_full, tell};
use spanline_core::Deadline;
use spanline_core::export::{Batch, ExportError, Exported, SpanExporter};
use spanline_sdk::processor::BatchConfig;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::Duration;

/// Tells on which thread it is called: a folder below `/proc`.
struct Where(SyncSender<PathBuf>);

impl SpanExporter for Where {
    fn export(&mut self, _: Batch<'_>, _: Deadline) -> Result<Exported, ExportError> {
        Ok(Exported::ALL)
    }

    fn force_flush(&mut self, _: Deadline) -> Result<(), ExportError> {
        let thread = fs::read_link("/proc/thread-self").map_err(ExportError::other)?;
        let _ = self.0.try_send(PathBuf::from("/proc").join(thread));
        Ok(())
    }
}

/// Voluntary switches, and time on a processor in nanoseconds (proc(5): `status`, `schedstat`).
fn usage(thread: &Path) -> (u64, u64) {
    let status = fs::read_to_string(thread.join("status")).unwrap();
    let switches = status
        .lines()
        .find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
    let schedstat = fs::read_to_string(thread.join("schedstat")).unwrap();
    let nanos = schedstat.split(' ').next();
    (
        switches.unwrap().trim().parse().unwrap(),
        nanos.unwrap().parse().unwrap(),
    )
}

/// Watches the worker for a minute (for a moment, as an ordinary test) after so many spans.
fn watch(spans: usize) {
    let (tell_where, told) = sync_channel(1);
    let provider = batching(Where(tell_where), BatchConfig::default());
    end_spans(&provider, spans);
    provider.force_flush(PATIENCE).unwrap();
    let worker = told.recv_timeout(PATIENCE).unwrap();
    // Nobody ever sends here: a wait without a busy loop, for as long as it says. The first one lets
    // the worker fall asleep.
    let (_keep, silence) = sync_channel::<()>(1);
    let _ = silence.recv_timeout(Duration::from_millis(100));
    let before = usage(&worker);
    let watched = Duration::from_millis(if is_full() { 60_000 } else { 200 });
    let _ = silence.recv_timeout(watched);
    let after = usage(&worker);
    let (switches, nanos) = (after.0 - before.0, after.1 - before.1);
    tell(format_args!(
        "idle for {watched:?} after {spans} spans: {switches} voluntary switches, {nanos} ns"
    ));
    assert!(switches <= 2, "{switches} voluntary switches");
    assert!(nanos <= 10_000_000, "{nanos} ns of processor time");
}

#[test]
fn an_idle_worker_sleeps() {
    watch(0);
}

#[test]
fn an_idle_worker_sleeps_after_work() {
    watch(10_000);
}

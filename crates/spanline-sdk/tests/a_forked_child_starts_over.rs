//! A forked child has ids of its own, an empty queue and a worker of its own: its spans are exported
//! exactly once, the parent's are not sent twice, and the parent notices nothing.
//!
//! Real forks of this test's process, so there is one test and no other thread of the harness has a
//! part in it. Children talk to the parent by a socket.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
#![expect(
    clippy::exit,
    reason = "a child must not go on with the parent's tests"
)]

mod support;

use fork::{Fork, fork};
use spanline_core::diagnostics::{self, Diagnostic, DiagnosticKind};
use spanline_core::export::{Batch, ExportError, Exported, SpanExporter};
use spanline_core::{Deadline, FlushError, Tracer, TracerProvider};
use spanline_sdk::processor::BatchConfig;
use std::collections::HashSet;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Command;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};
use support::{Gate, NEVER, Probe, batching, counts, end_spans};

const IDS: usize = 10_000;
const LIMIT: Duration = Duration::from_secs(5);

/// In the parent it waits at a gate; its twin writes a line per span to a socket.
struct Forkable {
    probe: Probe,
    wire: Arc<UnixStream>,
}

/// Twins share one open file: a fork copies the table of files before the memory, and would miss one
/// that a thread of the child opened between the two.
struct Twin(Arc<UnixStream>);

impl SpanExporter for Forkable {
    fn export(&mut self, batch: Batch<'_>, deadline: Deadline) -> Result<Exported, ExportError> {
        self.probe.export(batch, deadline)
    }

    fn twin(&self) -> Option<Box<dyn SpanExporter>> {
        Some(Box::new(Twin(Arc::clone(&self.wire))))
    }
}

impl SpanExporter for Twin {
    fn export(&mut self, batch: Batch<'_>, _: Deadline) -> Result<Exported, ExportError> {
        let mut lines = String::new();
        for span in batch.iter() {
            lines += &format!("span {} {}\n", span.name(), span.span_id());
        }
        (&*self.0)
            .write_all(lines.as_bytes())
            .map_err(ExportError::other)?;
        Ok(Exported::ALL)
    }

    fn twin(&self) -> Option<Box<dyn SpanExporter>> {
        Some(Box::new(Twin(Arc::clone(&self.0))))
    }
}

/// Its twin is asked for its own twin when a child starts over with it, and has none before the gate
/// is opened.
struct Hesitant {
    gate: Gate,
    wire: Arc<UnixStream>,
    is_twin: bool,
}

impl SpanExporter for Hesitant {
    fn export(&mut self, batch: Batch<'_>, deadline: Deadline) -> Result<Exported, ExportError> {
        Twin(Arc::clone(&self.wire)).export(batch, deadline)
    }

    fn twin(&self) -> Option<Box<dyn SpanExporter>> {
        if self.is_twin {
            self.gate.pass();
        }
        Some(Box::new(Hesitant {
            gate: self.gate.clone(),
            wire: Arc::clone(&self.wire),
            is_twin: true,
        }))
    }
}

/// Runs `story` in a forked child; what it wrote to the socket comes back as lines.
fn in_a_child(wire: (UnixStream, UnixStream), story: impl FnOnce(&mut UnixStream)) -> Vec<String> {
    let (mut theirs, ours) = wire;
    match fork().unwrap() {
        Fork::Child => {
            drop(ours);
            let went = catch_unwind(AssertUnwindSafe(|| story(&mut theirs)));
            if let Err(why) = went {
                let why = why.downcast_ref::<String>().cloned().unwrap_or_default();
                let _ = write!(theirs, "panicked {why:?}\nend\n");
            }
            leave();
        }
        Fork::Parent(_) => {
            drop(theirs);
            ours.set_read_timeout(Some(support::PATIENCE)).unwrap();
            let lines = BufReader::new(ours).lines().map(|line| line.unwrap());
            lines.take_while(|line| line != "end").collect()
        }
    }
}

/// By way of another program: `exit` cleans up with a lock of std's that the fork may have left locked.
fn leave() -> ! {
    let _ = Command::new("true").exec();
    std::process::exit(0);
}

fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").map_or(0, Iterator::count)
}

/// Threads that run a worker: each is named by itself when it starts.
#[cfg(target_os = "linux")]
fn workers() -> usize {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    let names = tasks.map(|task| std::fs::read_to_string(task.unwrap().path().join("comm")));
    names
        .filter(|name| name.as_ref().is_ok_and(|name| name == "spanline-worker\n"))
        .count()
}

fn some_ids(provider: &TracerProvider, ids: usize) -> Vec<String> {
    let tracer = provider.tracer("test");
    let spans = (0..ids).map(|_| tracer.start("id"));
    spans
        .map(|mut span| {
            span.to_context()
                .span_context()
                .span_id()
                .unwrap()
                .to_string()
        })
        .collect()
}

fn names<'a>(lines: &'a [String], word: &str) -> Vec<&'a str> {
    let told = lines.iter().filter_map(|line| line.split_once(' '));
    told.filter(|(kind, _)| *kind == word)
        .map(|(_, rest)| rest)
        .collect()
}

/// The steps are in one test, since a fork copies whatever other tests are doing at that moment. For the
/// same reason a step begins when the threads of the one before are gone: a thread that is just starting
/// or ending has a lock of std's, which in a child nobody gives back.
#[test]
fn a_forked_child_starts_over() {
    let before = threads();
    for step in [
        a_child_that_is_forked_right_after_building_starts_over,
        its_spans_are_exported_once,
        its_ids_are_its_own,
        without_a_twin_its_spans_are_counted,
        a_child_that_does_nothing_starts_nothing,
        a_child_of_a_child_starts_over_too,
        nobody_waits_for_who_starts_over,
    ] {
        step();
        until_gone(before);
    }
    // AddressSanitizer's allocator has locks of its own, and a fork beside threads at work may leave one
    // locked for good.
    if std::env::var_os("ASAN_OPTIONS").is_none() {
        grandchildren_come_back_whenever_they_are_forked();
    }
}

/// Waits until there are no more than so many threads.
fn until_gone(but: usize) {
    let start = Instant::now();
    while threads() > but {
        assert!(start.elapsed() < support::PATIENCE, "a thread stays");
        thread::yield_now();
    }
}

/// When building returns, the worker's thread has started, and with it the child's own can start. None is
/// shut down before the last fork, since it would be ending then.
fn a_child_that_is_forked_right_after_building_starts_over() {
    let mut providers = Vec::new();
    for round in 1..=30 {
        let wire = UnixStream::pair().unwrap();
        let exporter = Forkable {
            probe: Probe::willing().0,
            wire: Arc::new(wire.0.try_clone().unwrap()),
        };
        let start = Instant::now();
        let provider = batching(exporter, BatchConfig::default());
        // On a machine so busy that building did not wait for it, it comes later.
        #[cfg(target_os = "linux")]
        while workers() < round {
            assert!(start.elapsed() >= Duration::from_millis(100), "{round}");
            assert!(start.elapsed() < support::PATIENCE, "{round}");
            thread::yield_now();
        }
        let lines = in_a_child(wire, |tell| {
            provider.tracer("child").start("child").end();
            provider.force_flush(LIMIT).unwrap();
            tell.write_all(b"end\n").unwrap();
        });
        assert_eq!(names(&lines, "span").len(), 1, "{round}: {lines:?}");
        providers.push(provider);
    }
    for provider in providers {
        provider.shutdown(LIMIT).unwrap();
    }
}

fn its_spans_are_exported_once() {
    let gate = Gate::shut();
    let (probe, seen) = Probe::behind(&gate);
    let wire = UnixStream::pair().unwrap();
    let exporter = Forkable {
        probe,
        wire: Arc::new(wire.0.try_clone().unwrap()),
    };
    let config = BatchConfig::default()
        .max_export_batch_size(10)
        .schedule_delay(NEVER);
    let provider = batching(exporter, config);
    // Ten with the exporter, thirty in the queue.
    end_spans(&provider, 10);
    gate.until_reached();
    end_spans(&provider, 30);
    let before = threads();
    let lines = in_a_child(wire, |tell| {
        let tracer = provider.tracer("child");
        for number in 0..25 {
            tracer.start(&format!("child-{number}")).end();
        }
        let start = Instant::now();
        provider.force_flush(LIMIT).unwrap();
        assert!(start.elapsed() < LIMIT);
        let counts = counts(&provider);
        assert!(counts.balances(), "{counts:?}");
        assert_eq!(
            (counts.exported, counts.dropped.forked),
            (25, 30),
            "{counts:?}"
        );
        tracer.start("child-last").end();
        let losses = provider.shutdown(LIMIT).unwrap();
        assert_eq!(losses.total(), 30, "the parent sends those");
        tell.write_all(b"end\n").unwrap();
    });
    assert_eq!(threads(), before, "a thread was started in the parent");
    let spans = names(&lines, "span");
    let distinct: HashSet<_> = spans
        .iter()
        .filter_map(|line| line.split(' ').next())
        .collect();
    assert_eq!((spans.len(), distinct.len()), (26, 26), "{lines:?}");
    assert!(
        distinct.iter().all(|name| name.starts_with("child-")),
        "{lines:?}"
    );
    // The parent goes on as if nothing had happened.
    gate.open();
    assert!(provider.shutdown(LIMIT).unwrap().is_empty());
    assert_eq!(seen.read(support::Seen::spans), 40);
    assert_eq!(counts(&provider).exported, 40);
}

fn its_ids_are_its_own() {
    let (probe, _) = Probe::willing();
    let provider = batching(probe, BatchConfig::default());
    // The parent's generator has begun before the fork.
    let mut all: HashSet<String> = some_ids(&provider, 1).into_iter().collect();
    let lines = in_a_child(UnixStream::pair().unwrap(), |tell| {
        let ids = some_ids(&provider, IDS);
        let lines: String = ids.iter().map(|id| format!("id {id}\n")).collect();
        tell.write_all(lines.as_bytes()).unwrap();
        tell.write_all(b"end\n").unwrap();
    });
    let theirs = names(&lines, "id");
    assert_eq!(theirs.len(), IDS, "{:?}", lines.last());
    all.extend(some_ids(&provider, IDS));
    all.extend(theirs.into_iter().map(str::to_owned));
    assert_eq!(all.len(), 2 * IDS + 1, "parent and child share ids");
}

fn without_a_twin_its_spans_are_counted() {
    let (probe, seen) = Probe::willing();
    let provider = batching(probe, BatchConfig::default().schedule_delay(NEVER));
    end_spans(&provider, 3);
    let lines = in_a_child(UnixStream::pair().unwrap(), |tell| {
        end_spans(&provider, 4);
        assert!(matches!(
            provider.force_flush(LIMIT),
            Err(FlushError::Exporter(_))
        ));
        assert!(provider.shutdown(LIMIT).is_err());
        end_spans(&provider, 1);
        let counts = counts(&provider);
        assert!(counts.balances(), "{counts:?}");
        assert_eq!(counts.dropped.forked, 7, "{counts:?}");
        tell.write_all(b"fine\nend\n").unwrap();
    });
    assert_eq!(lines, ["fine"]);
    assert!(provider.shutdown(LIMIT).unwrap().is_empty());
    assert_eq!(seen.read(support::Seen::spans), 3);
}

fn a_child_that_does_nothing_starts_nothing() {
    let wire = UnixStream::pair().unwrap();
    let (probe, _) = Probe::willing();
    let exporter = Forkable {
        probe,
        wire: Arc::new(wire.0.try_clone().unwrap()),
    };
    let provider = batching(exporter, BatchConfig::default());
    end_spans(&provider, 1);
    let lines = in_a_child(wire, |tell| {
        assert_eq!(threads(), 1);
        // Its destructors run: no thread of the parent's is joined, detached or waited for.
        drop(provider);
        tell.write_all(b"fine\nend\n").unwrap();
    });
    assert_eq!(names(&lines, "span").len(), 0);
    assert!(lines.contains(&"fine".to_owned()), "{lines:?}");
}

fn a_child_of_a_child_starts_over_too() {
    let wire = UnixStream::pair().unwrap();
    let (probe, _) = Probe::willing();
    let exporter = Forkable {
        probe,
        wire: Arc::new(wire.0.try_clone().unwrap()),
    };
    let provider = batching(exporter, BatchConfig::default());
    let lines = in_a_child(wire, |tell| {
        provider.tracer("child").start("child").end();
        provider.force_flush(LIMIT).unwrap();
        match fork().unwrap() {
            Fork::Child => {
                provider.tracer("grandchild").start("grandchild").end();
                let counts = counts(&provider);
                assert!(counts.balances(), "{counts:?}");
                provider.shutdown(LIMIT).unwrap();
                tell.write_all(b"end\n").unwrap();
            }
            Fork::Parent(_) => {}
        }
    });
    let spans = names(&lines, "span");
    let mut names: Vec<_> = spans
        .iter()
        .filter_map(|line| line.split(' ').next())
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["child", "grandchild"], "{lines:?}");
}

/// One thread of a child is held up in the middle of starting over. Another one goes on, and so does
/// a grandchild that it forks then, in which the first one does not exist.
fn nobody_waits_for_who_starts_over() {
    let wire = UnixStream::pair().unwrap();
    let gate = Gate::shut();
    let exporter = Hesitant {
        gate: gate.clone(),
        wire: Arc::new(wire.0.try_clone().unwrap()),
        is_twin: false,
    };
    let provider = batching(exporter, BatchConfig::default().schedule_delay(NEVER));
    let lines = in_a_child(wire, |tell| {
        let tracer = provider.tracer("test");
        thread::scope(|scope| {
            scope.spawn(|| tracer.start("held-up").end());
            gate.until_reached();
            tracer.start("meanwhile").end();
            let told = in_a_child(UnixStream::pair().unwrap(), |tell| {
                tracer.start("grandchild").end();
                assert!(matches!(
                    provider.force_flush(LIMIT),
                    Err(FlushError::Exporter(_))
                ));
                assert!(provider.shutdown(LIMIT).is_err());
                let counts = counts(&provider);
                assert!(counts.balances(), "{counts:?}");
                // Its own, and what was queued in the child.
                let queued = counts.dropped.forked - 1;
                tell.write_all(format!("queued {queued}\nend\n").as_bytes())
                    .unwrap();
            });
            assert_eq!(told, ["queued 1"]);
            gate.open();
        });
        provider.shutdown(LIMIT).unwrap();
        let counts = counts(&provider);
        assert!(counts.balances(), "{counts:?}");
        assert_eq!(counts.exported, 2, "{counts:?}");
        tell.write_all(b"end\n").unwrap();
    });
    assert_eq!(names(&lines, "span").len(), 2, "{lines:?}");
}

/// Threads of a child use the pipeline for the first time, all at once, while it forks and forks.
fn grandchildren_come_back_whenever_they_are_forked() {
    const THREADS: usize = 4;
    const EACH: usize = 20;
    // That spans were lost to the fork is not worth a line. The rest is, on the real standard error: what
    // the harness captures in a child is gone with it.
    diagnostics::set_handler(|told: &Diagnostic<'_>| {
        if !matches!(
            told.kind,
            DiagnosticKind::Dropped | DiagnosticKind::Shutdown
        ) {
            let _ = writeln!(std::io::stderr(), "{}: {}", told.component, told.message);
        }
    });
    let before = threads();
    let mut abandoned = 0;
    for _ in 0..15 {
        let wire = UnixStream::pair().unwrap();
        let exporter = Forkable {
            probe: Probe::willing().0,
            wire: Arc::new(wire.0.try_clone().unwrap()),
        };
        let provider = batching(exporter, BatchConfig::default());
        // Made here: a fork beside a thread that asks for a tracer leaves the table of scopes locked.
        let tracer = provider.tracer("test");
        let lines = in_a_child(wire, |tell| {
            let start = Barrier::new(THREADS + 1);
            thread::scope(|scope| {
                for _ in 0..THREADS {
                    scope.spawn(|| {
                        start.wait();
                        (0..EACH).for_each(|_| tracer.start("span").end());
                    });
                }
                start.wait();
                for _ in 0..4 {
                    let wire = UnixStream::pair().unwrap();
                    let told = in_a_child(wire, a_grandchild(&provider, &tracer));
                    assert_eq!(told.len(), 2, "{told:?}");
                    tell.write_all(format!("{}\n", told.join("\n")).as_bytes())
                        .unwrap();
                }
            });
            provider.shutdown(LIMIT).unwrap();
            let counts = counts(&provider);
            assert!(counts.balances(), "{counts:?}");
            assert_eq!(counts.exported as usize, THREADS * EACH, "{counts:?}");
            tell.write_all(b"fine\nend\n").unwrap();
        });
        assert_eq!(lines.last().map(String::as_str), Some("fine"), "{lines:?}");
        let theirs = sum(&lines, "exported");
        abandoned += sum(&lines, "abandoned");
        let spans: HashSet<_> = names(&lines, "span").into_iter().collect();
        assert_eq!(spans.len(), THREADS * EACH + theirs);
        assert_eq!(names(&lines, "span").len(), spans.len());
        drop(provider);
        until_gone(before);
    }
    // A fork beside a thread of the child's that was just starting: rare.
    assert!(abandoned <= 5 * 6, "a tenth of all grandchildren");
    diagnostics::reset_handler();
}

fn sum(lines: &[String], word: &str) -> usize {
    let counts = names(lines, word).into_iter();
    counts.map(|count| count.parse::<usize>().unwrap()).sum()
}

/// Ends spans, shuts down, and tells how many were exported, and how many abandoned. All others were
/// dropped for the fork.
fn a_grandchild(provider: &TracerProvider, tracer: &Tracer) -> impl FnOnce(&mut UnixStream) {
    |tell| {
        (0..5).for_each(|_| tracer.start("span").end());
        let _ = provider.shutdown(LIMIT);
        let counts = counts(provider);
        assert!(counts.balances(), "{counts:?}");
        let exported = counts.exported;
        let (forked, abandoned) = (counts.dropped.forked, counts.dropped.abandoned);
        // A thread that is just starting or ending has a lock of std's, in a child for good. Where the
        // fork met that, the worker never runs, and the spans are abandoned at the deadline.
        let lost = forked + abandoned;
        assert_eq!(exported + lost, counts.ended_sampled, "{counts:?}");
        assert!(exported == 5 || (exported == 0 && lost >= 5), "{counts:?}");
        tell.write_all(format!("exported {exported}\nabandoned {abandoned}\nend\n").as_bytes())
            .unwrap();
    }
}

//! However a process ends, what it had promised is delivered: run as a process of its own per way out,
//! per resource that the system refuses, and per thing that can become of the guard.
//!
//! Without arguments this program calls itself, once per story (a hundred times if `STRESS=full`) and
//! reads what the child's exporter wrote. There is no test harness around it, because a harness has a
//! `main` of its own.
#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    clippy::exit,
    clippy::print_stdout,
    reason = "a failed unwrap is a failed test; how a process exits is what is tested"
)]

use spanline::diagnostics::{self, Diagnostic, DiagnosticKind};
use spanline::export::{Batch, ExportError, Exported, JaegerExporter, SpanExporter};
use spanline::sdk::{BatchConfig, BatchSpanProcessor, BuildError, TracerProviderBuilder};
use spanline::{Deadline, TracerProvider, global};
use std::cell::RefCell;
use std::error::Error;
use std::io::{Read, Write, stdout};
use std::process::{Command, ExitCode, Stdio, abort, exit};
use std::time::{Duration, Instant};

/// Spans that each child ends.
const SPANS: usize = 50;
const LIMIT: Duration = Duration::from_secs(5);

/// How a child ends, and how many lines it must have written.
const STORIES: [(&str, usize); 16] = [
    ("return", SPANS),
    ("question-mark", SPANS),
    ("panic", SPANS),
    ("panic-in-a-thread", SPANS),
    ("exit-after-shutdown", SPANS),
    ("abort-with-a-hook", SPANS),
    ("signal", SPANS),
    ("thread-local", SPANS + 1),
    ("hung", 0),
    ("no-threads", 0),
    ("no-descriptors", 0),
    ("guard", SPANS),
    ("guard-leaked", SPANS),
    ("guard-hung", 0),
    ("guard-disabled", 0),
    ("guard-at-once", 1),
];

/// Writes a line per span to standard output.
struct Lines;

impl SpanExporter for Lines {
    fn export(&mut self, batch: Batch<'_>, _: Deadline) -> Result<Exported, ExportError> {
        let lines: String = batch
            .iter()
            .map(|span| format!("{}\n", span.name()))
            .collect();
        let mut out = stdout().lock();
        out.write_all(lines.as_bytes())
            .map_err(ExportError::other)?;
        out.flush().map_err(ExportError::other)?;
        Ok(Exported::ALL)
    }
}

/// Never comes back.
struct Hangs;

impl SpanExporter for Hangs {
    fn export(&mut self, _: Batch<'_>, _: Deadline) -> Result<Exported, ExportError> {
        loop {
            std::thread::park();
        }
    }
}

fn provider(exporter: impl SpanExporter + 'static) -> TracerProvider {
    let processor = BatchSpanProcessor::new(exporter, BatchConfig::default()).unwrap();
    let builder = TracerProviderBuilder::new().processor(processor);
    builder.build().unwrap()
}

fn work(provider: &TracerProvider) {
    let tracer = provider.tracer("exits");
    (0..SPANS).for_each(|_| tracer.start("span").end());
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    match std::env::var("EXIT_STORY") {
        Ok(story) => child(&story),
        Err(_) => {
            let full = std::env::var("STRESS").is_ok_and(|wanted| wanted == "full");
            for (story, lines) in STORIES {
                let rounds = if full { 100 } else { 2 };
                (0..rounds).for_each(|_| parent(story, lines));
                println!("figures: {story}: {rounds} processes, {lines} lines each");
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Runs a child and looks at what it left.
fn parent(story: &str, lines: usize) {
    let this = std::env::current_exe().unwrap();
    let mut command = match story {
        // Few enough that it can use them up.
        "no-descriptors" => {
            let mut shell = Command::new("sh");
            shell.args(["-c", "ulimit -n 32; exec \"$0\""]).arg(&this);
            shell
        }
        _ => Command::new(&this),
    };
    if story == "no-threads" {
        // No system has room for a stack of this size, so it refuses the thread.
        command.env("RUST_MIN_STACK", (1_u64 << 46).to_string());
    }
    if story == "guard-disabled" {
        command.env("OTEL_SDK_DISABLED", "true");
    }
    command.env("EXIT_STORY", story).env_remove("STRESS");
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let mut out = child.stdout.take().unwrap();
    let mut text = String::new();
    if story == "signal" {
        // Its first line says that it listens.
        let mut ready = [0];
        out.read_exact(&mut ready).unwrap();
        let pid = child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &pid])
                .status()
                .unwrap()
                .success()
        );
    }
    out.read_to_string(&mut text).unwrap();
    let status = child.wait().unwrap();
    let got = text.lines().filter(|line| *line == "span").count();
    assert_eq!(got, lines, "{story}: {status}: {text}");
    let expected = match story {
        "question-mark" => Some(1),
        "panic" => Some(101),
        "abort-with-a-hook" => None,
        _ => Some(0),
    };
    assert_eq!(status.code(), expected, "{story}");
}

fn child(story: &str) -> Result<ExitCode, Box<dyn Error>> {
    match story {
        "return" => work(&provider(Lines)),
        "question-mark" => {
            let provider = provider(Lines);
            work(&provider);
            "not a number".parse::<u32>()?;
        }
        "panic" => {
            let provider = provider(Lines);
            work(&provider);
            panic!("on purpose");
        }
        "panic-in-a-thread" => {
            let provider = provider(Lines);
            let theirs = provider.clone();
            let panics = move || {
                work(&theirs);
                panic!("on purpose");
            };
            assert!(std::thread::spawn(panics).join().is_err());
        }
        "exit-after-shutdown" => {
            let provider = provider(Lines);
            work(&provider);
            provider.shutdown(LIMIT)?;
            exit(0);
        }
        "abort-with-a-hook" => {
            let provider = provider(Lines);
            work(&provider);
            std::panic::set_hook(Box::new(move |_| {
                let _ = provider.force_flush(LIMIT);
                abort();
            }));
            panic!("on purpose");
        }
        "signal" => {
            let provider = provider(Lines);
            let mut signals = signal_hook::iterator::Signals::new([15])?;
            work(&provider);
            stdout().write_all(b"\n")?;
            stdout().flush()?;
            signals.forever().next();
            provider.shutdown(LIMIT)?;
        }
        "thread-local" => in_a_destructor()?,
        "hung" => {
            let provider = provider(Hangs);
            work(&provider);
            let outcome = provider.shutdown(Duration::from_millis(50));
            assert!(outcome.is_err() && provider.stats().balances());
            // And the process ends, although the worker never does.
        }
        "no-threads" => {
            let refused = BatchSpanProcessor::new(Lines, BatchConfig::default());
            assert!(
                matches!(refused, Err(BuildError::SpawnWorker(_))),
                "{refused:?}"
            );
        }
        "no-descriptors" => {
            let exporter = JaegerExporter::http("http://127.0.0.1:14268/api/traces");
            let exporter = exporter.timeout(Duration::from_millis(100)).build()?;
            let provider = provider(exporter);
            let opened = std::iter::from_fn(|| std::fs::File::open("/dev/null").ok());
            let all: Vec<_> = opened.collect();
            work(&provider);
            let _ = provider.shutdown(LIMIT);
            drop(all);
            let stats = provider.stats();
            assert!(stats.balances() && stats.processors[0].failed == SPANS as u64);
        }
        guard => guarded(guard)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// What the guard of an installed provider does when it goes, and when it does not.
fn guarded(story: &str) -> Result<(), Box<dyn Error>> {
    match story {
        // Nobody flushes or shuts down.
        "guard" | "guard-disabled" => {
            let _guard = spanline::setup().exporter(Lines).install()?;
            work(&global::provider());
        }
        "guard-leaked" => {
            let guard = spanline::setup().exporter(Lines).install()?;
            let provider = guard.provider().clone();
            guard.leak();
            work(&global::provider());
            provider.force_flush(LIMIT)?;
        }
        "guard-hung" => {
            let setup = spanline::setup().exporter(Hangs);
            let guard = setup
                .shutdown_deadline(Duration::from_millis(50))
                .install()?;
            work(&global::provider());
            let begun = Instant::now();
            drop(guard);
            // Well below what a guard waits that was told nothing.
            assert!(begun.elapsed() < Duration::from_secs(4));
        }
        "guard-at-once" => {
            diagnostics::set_handler(|told: &Diagnostic<'_>| {
                if told.kind == DiagnosticKind::Misuse && told.message.contains("_tracing") {
                    let _ = stdout().write_all(b"span\n");
                }
            });
            let _ = spanline::setup().exporter(Lines).install()?;
            work(&global::provider());
        }
        other => panic!("no story is called {other}"),
    }
    Ok(())
}

thread_local! {
    static LAST: RefCell<Option<(spanline::Span, TracerProvider)>> = const { RefCell::new(None) };
}

/// A span and, after it, its provider that only the destructor of a thread-local lets go of.
fn in_a_destructor() -> Result<(), Box<dyn Error>> {
    let keeps = || {
        let provider = provider(Lines);
        work(&provider);
        let span = provider.tracer("exits").start("span");
        LAST.set(Some((span, provider)));
    };
    std::thread::spawn(keeps)
        .join()
        .map_err(|_| "it panicked")?;
    Ok(())
}

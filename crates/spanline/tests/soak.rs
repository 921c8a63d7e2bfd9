//! A program that runs for long with a collector that fails in another way every now and then: memory,
//! descriptors and threads are in the end what they were, and every span is accounted for.
//!
//! Small by default: one fault of each kind, as short as can be. By `cargo xtask stress soak` it goes on
//! for five minutes at 5,000 spans a second, with a fault every 30 seconds that lasts for ten of them, and
//! memory has a figure (Linux). `SOAK_SECONDS` and `SOAK_RATE` ask for more or less: 3600 for an hour.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

#[path = "support/fleeting.rs"]
mod fleeting;
#[path = "support/load.rs"]
mod load;

use std::fs;
use std::io::{self, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use fleeting::Collector;
use load::{produce, resident};
use spanline::export::{JaegerExporter, OtlpExporter, SpanExporter, ZipkinExporter};
use spanline::sdk::{BatchConfig, BatchSpanProcessor, TracerProviderBuilder};
use spanline::{ProcessorStats, TracerProvider};

/// How long anything may take that is meant to come.
const LONG: Duration = Duration::from_secs(60);

const EXPORTERS: usize = 3;

/// What memory may grow by from the middle of a run to its end, and in an hour of a longer one.
const GROWTH: u64 = 1 << 20;

/// What a collector may do.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Mood {
    /// Takes every request.
    Takes,
    /// It is not there.
    Away,
    /// Answers so, and takes nothing.
    Says(&'static str),
    /// Answers with something else than HTTP.
    Babbles,
    /// Takes a request and says nothing, as long as it is in this mood.
    Hangs,
    /// Takes a request and closes.
    Closes,
}

const FAULTS: [Mood; 7] = [
    Mood::Away,
    Mood::Says("503 Service Unavailable"),
    Mood::Says("429 Too Many Requests\r\nRetry-After: 1"),
    Mood::Says("400 Bad Request"),
    Mood::Babbles,
    Mood::Hangs,
    Mood::Closes,
];

/// The mood, and how many requests met it.
type State = Mutex<(Mood, usize)>;

fn answer(stream: &mut TcpStream, state: &State) -> io::Result<()> {
    let asked = {
        let mut state = state.lock().unwrap();
        state.1 += 1;
        state.0
    };
    match asked {
        Mood::Takes => stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
        Mood::Says(what) => {
            write!(stream, "HTTP/1.1 {what}\r\nContent-Length: 0\r\n\r\n")
        }
        Mood::Babbles => stream.write_all(&[0; 100]),
        Mood::Hangs => {
            while state.lock().unwrap().0 == asked {
                thread::park_timeout(Duration::from_millis(5));
            }
            Err(io::ErrorKind::TimedOut.into())
        }
        Mood::Away | Mood::Closes => Err(io::ErrorKind::ConnectionAborted.into()),
    }
}

/// The figures of a run.
struct Figures {
    spans_a_second: u64,
    length: Duration,
    /// From one fault to the next one, and how long it lasts.
    every: Duration,
    fault: Duration,
    full: bool,
}

fn figures() -> Figures {
    let number = |name: &str| std::env::var(name).ok()?.parse::<u64>().ok();
    let full = std::env::var_os("STRESS").is_some_and(|value| value == "full");
    match full {
        true => Figures {
            spans_a_second: number("SOAK_RATE").unwrap_or(5_000),
            length: Duration::from_secs(number("SOAK_SECONDS").unwrap_or(300)),
            every: Duration::from_secs(30),
            fault: Duration::from_secs(10),
            full,
        },
        false => Figures {
            spans_a_second: 1_000,
            length: Duration::ZERO,
            every: Duration::ZERO,
            fault: Duration::from_millis(200),
            full,
        },
    }
}

/// The faults of a run: each kind once, and then at random.
fn faults() -> impl Iterator<Item = Mood> {
    let mut random = 25_u64;
    let at_random = std::iter::repeat_with(move || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        FAULTS[(random % FAULTS.len() as u64) as usize]
    });
    FAULTS.into_iter().chain(at_random)
}

/// What the process holds.
#[derive(Clone, Copy, Debug)]
struct Sample {
    at: Duration,
    resident: u64,
    descriptors: usize,
    threads: usize,
}

impl Sample {
    fn take(begun: Instant) -> Sample {
        let entries = |path| fs::read_dir(path).map_or(0, Iterator::count);
        Sample {
            at: begun.elapsed(),
            resident: resident(),
            descriptors: entries("/proc/self/fd"),
            threads: entries("/proc/self/task"),
        }
    }

    fn holds_as_much_as(&self, other: &Sample) -> bool {
        (self.descriptors, self.threads) == (other.descriptors, other.threads)
    }
}

fn wait_until(what: &str, mut enough: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !enough() {
        assert!(begun.elapsed() < LONG, "{what}");
        thread::park_timeout(Duration::from_millis(5));
    }
}

fn exported(provider: &TracerProvider) -> Vec<u64> {
    let stats = provider.stats();
    stats.processors.iter().map(|one| one.exported).collect()
}

/// Waits until each exporter has had something taken.
fn wait_for_exports(provider: &TracerProvider) {
    let before = exported(provider);
    wait_until("exporting goes on", || {
        let now = exported(provider);
        now.iter().zip(&before).all(|(now, before)| now > before)
    });
}

/// A fault of the collector: as long as is asked, and until so many requests as there are exporters met it.
fn suffer(fault: Mood, collector: &mut Collector, state: &State, length: Duration) {
    let begun = Instant::now();
    *state.lock().unwrap() = (fault, 0);
    if fault == Mood::Away {
        collector.goes_away();
    } else {
        wait_until("all exporters meet the fault", || {
            state.lock().unwrap().1 >= EXPORTERS
        });
    }
    thread::park_timeout(length.saturating_sub(begun.elapsed()));
    state.lock().unwrap().0 = Mood::Takes;
    if fault == Mood::Away {
        collector.comes_back();
    }
}

fn build(collector: &Collector) -> TracerProvider {
    let exporters: [Box<dyn SpanExporter>; EXPORTERS] = [
        Box::new(OtlpExporter::http(collector.url("/")).build().unwrap()),
        Box::new(JaegerExporter::http(collector.url("/")).build().unwrap()),
        Box::new(ZipkinExporter::http(collector.url("/")).build().unwrap()),
    ];
    let mut builder = TracerProviderBuilder::new();
    for exporter in exporters {
        let config = BatchConfig::default().schedule_delay(Duration::from_millis(100));
        let processor = BatchSpanProcessor::new(exporter, config).unwrap();
        builder = builder.processor(processor);
    }
    builder.build().unwrap()
}

/// Bytes that memory grows by in an hour: the slope of the line through the samples (least squares).
fn slope(samples: &[Sample]) -> f64 {
    let count = samples.len() as f64;
    let mean = |value: fn(&Sample) -> f64| samples.iter().map(value).sum::<f64>() / count;
    let hours = |sample: &Sample| sample.at.as_secs_f64() / 3600.0;
    let bytes = |sample: &Sample| sample.resident as f64;
    let (middle, height) = (mean(hours), mean(bytes));
    let parts = samples.iter().map(|sample| {
        let away = hours(sample) - middle;
        (away * (bytes(sample) - height), away * away)
    });
    let (rise, run) = parts.fold((0.0, 0.0), |(rise, run), (y, x)| (rise + y, run + x));
    if run == 0.0 { 0.0 } else { rise / run }
}

#[test]
fn faults_leave_nothing_behind() {
    let figures = figures();
    let state = Arc::new(State::new((Mood::Takes, 0)));
    let answers = Arc::clone(&state);
    let mut collector = Collector::new(move |stream| answer(stream, &answers));
    let provider = build(&collector);
    let stop = AtomicBool::new(false);
    let begun = Instant::now();

    let (made, samples) = thread::scope(|scope| {
        let producer = scope.spawn(|| produce(&provider, figures.spans_a_second, &stop));
        wait_for_exports(&provider);
        let first = Sample::take(begun);
        let mut samples = Vec::new();
        for (number, fault) in (1..).zip(faults()) {
            suffer(fault, &mut collector, &state, figures.fault);
            wait_for_exports(&provider);
            while begun.elapsed() < figures.every * number {
                thread::park_timeout(Duration::from_millis(50));
            }
            // What a broken connection leaves is cleared away soon, not at once.
            let mut sample = Sample::take(begun);
            wait_until("descriptors and threads are as before", || {
                sample = Sample::take(begun);
                sample.holds_as_much_as(&first)
            });
            println!(
                "{:4} s: {:6.1} MiB, {} descriptors, {} threads, after {fault:?}",
                sample.at.as_secs(),
                sample.resident as f64 / GROWTH as f64,
                sample.descriptors,
                sample.threads
            );
            samples.push(sample);
            if number as usize >= FAULTS.len() && begun.elapsed() >= figures.length {
                break;
            }
        }
        stop.store(true, Ordering::SeqCst);
        (producer.join().unwrap(), samples)
    });

    // Before, each kind of fault comes for the first time, and the queues fill.
    let later = &samples[(samples.len() / 2).min(FAULTS.len() - 1)..];
    let (from, to) = (&later[0], &later[later.len() - 1]);
    let (length, grown) = (to.at - from.at, to.resident.saturating_sub(from.resident));
    println!(
        "memory grew by {:.2} MiB in the last {} s",
        grown as f64 / GROWTH as f64,
        length.as_secs()
    );
    // In less time a page more or less would be a slope.
    if length >= Duration::from_secs(20 * 60) {
        let slope = slope(later) / GROWTH as f64;
        println!("which is {slope:.2} MiB an hour");
        assert!(slope < 1.0, "{slope} MiB an hour");
    } else if figures.full {
        assert!(grown < GROWTH, "{grown} bytes");
    }
    provider.shutdown(LONG).unwrap();
    assert!(provider.stats().balances());
    for stats in &provider.stats().processors {
        println!("{stats}");
        assert_eq!(ended(stats), made);
        assert_eq!((stats.queued, stats.in_flight), (0, 0));
    }
}

/// What became of the spans, counted together.
fn ended(stats: &ProcessorStats) -> u64 {
    stats.exported + stats.failed + stats.rejected + stats.dropped.total()
}

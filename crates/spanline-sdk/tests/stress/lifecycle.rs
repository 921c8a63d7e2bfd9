//! Flush and shutdown at any moment, again and again: nothing hangs, nothing is lost uncounted.

use super::support::{Gate, Probe, batching, counts, end_spans};
use super::{sized, tell, unheard};
use spanline_core::{FlushError, ShutdownError, TracerProvider, global};
use spanline_sdk::processor::BatchConfig;
use std::hint::spin_loop;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

/// A schedule delay that would show a lost wake-up as ten minutes of silence.
const DELAY: Duration = Duration::from_secs(600);

/// Far less than that, far more than any call takes.
const WATCHDOG: Duration = Duration::from_secs(5);

/// A flush and a shutdown at ever other distances from the worker's falling asleep.
#[test]
fn no_wake_up_is_lost() {
    let rounds = sized(100, 2_000);
    let mut longest = Duration::ZERO;
    for round in 0..rounds {
        let (probe, seen) = Probe::willing();
        let provider = batching(probe, BatchConfig::default().schedule_delay(DELAY));
        end_spans(&provider, 1);
        (0..round * 7 % 5_000).for_each(|_| spin_loop());
        let start = Instant::now();
        provider.force_flush(WATCHDOG).unwrap();
        (0..round * 13 % 5_000).for_each(|_| spin_loop());
        end_spans(&provider, 1);
        provider.shutdown(WATCHDOG).unwrap();
        longest = longest.max(start.elapsed());
        seen.read(|seen| assert_eq!((seen.spans(), seen.shutdowns), (2, 1)));
    }
    tell(format_args!(
        "{rounds} rounds of flush and shutdown, the longest {longest:?}"
    ));
}

/// Four producers end spans while the pipeline shuts down: what is not exported came too late, or
/// found the queue full, and is counted so.
#[test]
fn shutdown_meets_producers() {
    unheard();
    const PRODUCERS: usize = 4;
    let rounds = sized(100, 10_000);
    let mut late = 0;
    for round in 0..rounds {
        let (probe, seen) = Probe::willing();
        let provider = batching(probe, BatchConfig::default().schedule_delay(DELAY));
        let start = Barrier::new(PRODUCERS + 1);
        thread::scope(|scope| {
            for _ in 0..PRODUCERS {
                scope.spawn(|| {
                    let tracer = provider.tracer("test");
                    let spans: Vec<_> = (0..20).map(|_| tracer.start("span")).collect();
                    start.wait();
                    spans.into_iter().for_each(|span| span.end());
                });
            }
            start.wait();
            (0..round % 3_000).for_each(|_| spin_loop());
            provider.shutdown(WATCHDOG).unwrap();
        });
        let counts = counts(&provider);
        assert!(counts.balances(), "{counts:?}");
        assert_eq!(counts.ended_sampled, 20 * PRODUCERS as u64);
        assert_eq!(counts.exported, seen.read(|seen| seen.spans() as u64));
        let refused = counts.dropped.after_shutdown;
        assert_eq!(
            counts.exported + refused,
            20 * PRODUCERS as u64,
            "{counts:?}"
        );
        late += refused;
    }
    tell(format_args!(
        "{rounds} rounds, {PRODUCERS} producers: {late} spans came too late and were counted"
    ));
}

/// Sixty-four threads do everything at once, and the global provider comes and goes beneath them: this
/// one, another, none. Whatever a global tracer starts then is this one's, the other's or nobody's.
#[test]
fn everything_at_once() {
    const THREADS: usize = 64;
    let rounds = sized(3, 200);
    for _ in 0..rounds {
        let (probe, seen) = Probe::willing();
        let provider = batching(probe, BatchConfig::default().schedule_delay(DELAY));
        let (other_probe, other_seen) = Probe::willing();
        let other = batching(other_probe, BatchConfig::default().schedule_delay(DELAY));
        let outcomes: Vec<_> = thread::scope(|scope| {
            let work = |number: usize| {
                let (provider, other) = (&provider, &other);
                move || {
                    end_spans(provider, 25);
                    if number % 4 == 2 {
                        for next in [provider.clone(), other.clone(), TracerProvider::none()] {
                            // The global's handle on the old one goes, with other threads at work in it.
                            drop(global::replace(next));
                        }
                    }
                    let tracer = global::tracer("everything");
                    (0..25).for_each(|_| tracer.start("span").end());
                    end_spans(provider, 25);
                    match number % 4 {
                        0 => match provider.force_flush(WATCHDOG) {
                            Ok(_) | Err(FlushError::AlreadyShutDown) => None,
                            Err(error) => panic!("{error}"),
                        },
                        1 => Some(provider.shutdown(WATCHDOG)),
                        _ => None,
                    }
                }
            };
            let threads: Vec<_> = (0..THREADS).map(|n| scope.spawn(work(n))).collect();
            let joined = threads.into_iter().map(|thread| thread.join().unwrap());
            joined.flatten().collect()
        });
        let fine = |one: &Result<_, _>| matches!(one, Ok(_) | Err(ShutdownError::AlreadyShutDown));
        assert!(outcomes.iter().all(fine), "{outcomes:?}");
        assert!(outcomes.iter().any(Result::is_ok));
        let again = provider.shutdown(WATCHDOG);
        assert_eq!(again, Err(ShutdownError::AlreadyShutDown));
        seen.read(|seen| assert_eq!((seen.shutdowns, seen.most_inside), (1, 1)));
        drop(global::replace(TracerProvider::none()));
        other.shutdown(WATCHDOG).unwrap();
        other_seen.read(|seen| assert_eq!((seen.shutdowns, seen.most_inside <= 1), (1, true)));
        for (provider, seen) in [(&provider, &seen), (&other, &other_seen)] {
            let counts = counts(provider);
            assert!(counts.balances(), "{counts:?}");
            assert_eq!(counts.exported, seen.read(|seen| seen.spans() as u64));
        }
        let own = (THREADS * 50) as u64;
        let all = counts(&provider).ended_sampled + counts(&other).ended_sampled;
        // Late in a provider's life its tracers start spans that do not record.
        assert!(all <= own + (THREADS * 25) as u64, "{all}");
    }
    tell(format_args!(
        "{THREADS} threads, {rounds} rounds: all came back"
    ));
}

/// A gate that is never opened, for the other files.
pub(super) fn hung() -> (Probe, Gate) {
    let gate = Gate::shut();
    let (probe, _) = Probe::behind(&gate);
    (probe, gate)
}

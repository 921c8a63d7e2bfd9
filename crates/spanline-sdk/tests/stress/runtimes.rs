//! Flush and shutdown from wherever a program may call them: threads, executors, destructors.

use super::lifecycle::hung;
use super::support::{NEVER, Probe, batching, counts, end_spans, in_time};
use super::{is_full, sized, tell};
use spanline_core::{ShutdownError, TracerProvider};
use spanline_sdk::processor::BatchConfig;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Runtime};

/// For flush and shutdown together.
const LIMIT: Duration = Duration::from_millis(500);

fn current_thread() -> Runtime {
    Builder::new_current_thread().build().unwrap()
}

fn threads(workers: usize) -> Runtime {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(workers).build().unwrap()
}

/// Runs the steps in one surrounding.
type Surrounding = fn(Steps);
type Steps = Arc<dyn Fn() + Send + Sync>;

const SURROUNDINGS: [(&str, Surrounding); 9] = [
    ("no runtime", |steps| steps()),
    ("tokio, current thread", |steps| {
        current_thread().block_on(async { steps() });
    }),
    ("tokio, one worker", |steps| {
        let runtime = threads(1);
        runtime.block_on(async { tokio::task::block_in_place(|| steps()) });
    }),
    ("tokio, four workers", |steps| {
        threads(4).block_on(async { steps() });
    }),
    ("tokio, nested handle", |steps| {
        let runtime = current_thread();
        let _entered = runtime.enter();
        steps();
    }),
    ("tokio, blocking pool", |steps| {
        let runtime = threads(1);
        let blocking = runtime.spawn_blocking(move || steps());
        runtime.block_on(blocking).unwrap();
    }),
    ("tokio, runtime dropped first", |steps| {
        drop(threads(2));
        steps();
    }),
    ("smol", |steps| smol::block_on(async { steps() })),
    ("a destructor during unwinding", |steps| {
        struct AtTheEnd(Steps);
        impl Drop for AtTheEnd {
            fn drop(&mut self) {
                (self.0)();
            }
        }
        let unwound = catch_unwind(AssertUnwindSafe(|| {
            let _end = AtTheEnd(steps);
            // Past the hook, which would print.
            std::panic::resume_unwind(Box::new("unwinding"));
        }));
        assert!(unwound.is_err());
    }),
];

fn ends_well(provider: &TracerProvider) {
    end_spans(provider, 20);
    provider.force_flush(LIMIT / 2).unwrap();
    end_spans(provider, 20);
    assert!(provider.shutdown(LIMIT / 2).unwrap().is_empty());
    assert_eq!(counts(provider).exported, 40);
}

fn ends_in_time(provider: &TracerProvider) {
    end_spans(provider, 20);
    assert!(provider.force_flush(LIMIT / 2).is_err());
    let outcome = provider.shutdown(LIMIT / 2);
    assert!(matches!(outcome, Err(ShutdownError::DeadlinePassed(_))));
    assert!(provider.stats().balances());
}

/// Everywhere the exporter answers, everything arrives; where it hangs, the time is kept.
#[test]
fn any_surrounding_will_do() {
    for (name, surrounding) in SURROUNDINGS {
        let mut longest = [Duration::ZERO; 2];
        for round in 0..sized(2, 110) {
            // One in eleven hangs for the whole time.
            let hangs = round % 11 == 1;
            let (probe, gate) = if hangs {
                hung()
            } else {
                (Probe::willing().0, super::support::Gate::shut())
            };
            let provider = batching(probe, BatchConfig::default().schedule_delay(NEVER));
            let took = in_time(move || {
                let start = Instant::now();
                surrounding(Arc::new(move || {
                    if hangs {
                        ends_in_time(&provider);
                    } else {
                        ends_well(&provider);
                    }
                }));
                start.elapsed()
            });
            gate.open();
            longest[usize::from(hangs)] = longest[usize::from(hangs)].max(took);
        }
        let [well, hung] = longest;
        tell(format_args!(
            "{name}: the longest {well:?}, with a hung exporter {hung:?}"
        ));
        if is_full() {
            let most = LIMIT + Duration::from_millis(50);
            assert!(well.max(hung) <= most, "{name}: {well:?}, {hung:?}");
        }
    }
}

/// The same calls as futures, on an executor with one thread that they must not block.
#[test]
fn futures_do_not_block_their_executor() {
    for _ in 0..sized(3, 100) {
        let provider = batching(Probe::willing().0, BatchConfig::default());
        end_spans(&provider, 20);
        in_time(move || {
            current_thread().block_on(async {
                provider.force_flush_async(LIMIT).await.unwrap();
                provider.shutdown_async(LIMIT).await.unwrap();
            });
        });
    }
}

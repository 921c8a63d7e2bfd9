//! Hung exporters and the time that callers are held up by them.

use super::lifecycle::hung;
use super::support::{NEVER, batching, counts, end_spans};
use super::{is_full, sized, tell};
use spanline_core::ShutdownError;
use spanline_sdk::processor::BatchConfig;
use std::time::{Duration, Instant};

/// A shutdown of 250 ms takes at most 300, every time, and abandons exactly what was left.
#[test]
fn a_hung_exporter_is_abandoned_in_time() {
    let limit = Duration::from_millis(250);
    let rounds = sized(2, 100);
    let mut longest = Duration::ZERO;
    for _ in 0..rounds {
        let (probe, gate) = hung();
        let config = BatchConfig::default()
            .max_export_batch_size(10)
            .schedule_delay(NEVER);
        let provider = batching(probe, config);
        end_spans(&provider, 10);
        gate.until_reached();
        end_spans(&provider, 30);
        let start = Instant::now();
        let outcome = provider.shutdown(limit);
        longest = longest.max(start.elapsed());
        let Err(ShutdownError::DeadlinePassed(losses)) = outcome else {
            panic!("{outcome:?}");
        };
        assert_eq!((losses.dropped.abandoned, losses.total()), (40, 40));
        let counts = counts(&provider);
        assert!(counts.balances(), "{counts:?}");
        gate.open();
    }
    tell(format_args!(
        "{rounds} shutdowns of 250 ms, the longest {longest:?}"
    ));
    if is_full() {
        assert!(longest <= Duration::from_millis(300), "{longest:?}");
    }
}

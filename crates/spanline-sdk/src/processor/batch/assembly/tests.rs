//! Every decision, with instants made by hand.

use super::{
    Assembly, LONGEST_BUSY_NAP, NEARLY_FULL_NAP, PATIENCE, SHORTEST_NAP, Step, YIELDS, pause,
};
use proptest::prelude::*;
use spanline_core::export::ExportCause;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

const DELAY: Duration = Duration::from_secs(5);
const MILLI: Duration = Duration::from_millis(1);

/// The specification's defaults: batches of 512 from a queue of 2048, every five seconds.
fn usual() -> Assembly {
    Assembly::new(512, 2048, DELAY)
}

/// One that has just found so many spans after a nap of so long.
fn busy(slept: Duration, queued: usize) -> Assembly {
    let mut assembly = usual();
    assembly.woke(slept, queued);
    assembly
}

#[test]
fn an_idle_process_is_not_woken() {
    let mut assembly = usual();
    let now = Instant::now();
    for seconds in [0, 1, 10, 3600] {
        let later = now + Duration::from_secs(seconds);
        assert_eq!(assembly.next(later, 0), Step::Idle);
    }
}

#[test]
fn a_full_batch_goes_out_at_once() {
    let now = Instant::now();
    for queued in [512, 513, 2048] {
        let step = usual().next(now, queued);
        assert_eq!(step, Step::Export(ExportCause::Size));
        let step = busy(MILLI, 600).next(now, queued);
        assert_eq!(step, Step::Export(ExportCause::Size));
    }
}

#[test]
fn a_few_spans_wait_for_the_delay() {
    let mut assembly = usual();
    let now = Instant::now();
    let nap = |left| Step::Nap {
        limit: left,
        level: 512,
    };
    assert_eq!(assembly.next(now, 1), nap(DELAY));
    assembly.woke(DELAY / 2, 3);
    assert_eq!(assembly.next(now + DELAY / 2, 3), nap(DELAY / 2));
    let nearly = now + DELAY - SHORTEST_NAP / 2;
    assert_eq!(assembly.next(nearly, 3), nap(SHORTEST_NAP), "never shorter");
    let step = assembly.next(now + DELAY, 3);
    assert_eq!(step, Step::Export(ExportCause::Delay));
}

#[test]
fn the_delay_begins_again_with_each_export() {
    let mut assembly = usual();
    let now = Instant::now();
    assembly.exported(now);
    let step = assembly.next(now + DELAY - MILLI, 10);
    assert_eq!(
        step,
        Step::Nap {
            limit: MILLI,
            level: 512
        }
    );
    let due = now + DELAY;
    let step = assembly.next(due, 10);
    assert_eq!(step, Step::Export(ExportCause::Delay));
    assembly.exported(due);
    assert!(matches!(
        assembly.next(due, 10),
        Step::Nap { limit: DELAY, .. }
    ));
}

#[test]
fn an_idle_time_does_not_count_as_waiting() {
    let mut assembly = usual();
    let now = Instant::now();
    assembly.exported(now);
    assert_eq!(assembly.next(now, 0), Step::Idle);
    let later = now + DELAY * 100;
    assembly.woke(DELAY * 100, 1);
    assert!(matches!(
        assembly.next(later, 1),
        Step::Nap { limit: DELAY, .. }
    ));
}

#[test]
fn a_nearly_full_batch_is_looked_at_often() {
    let now = Instant::now();
    for queued in [256, 300, 511] {
        let step = usual().next(now, queued);
        let (limit, level) = (NEARLY_FULL_NAP, 512);
        assert_eq!(step, Step::Nap { limit, level }, "{queued} spans");
    }
    assert!(matches!(
        usual().next(now, 255),
        Step::Nap { limit: DELAY, .. }
    ));
    let mut late = usual();
    late.exported(now);
    let step = late.next(now + DELAY - MILLI, 300);
    assert!(
        matches!(step, Step::Nap { limit: MILLI, .. }),
        "the delay is sooner"
    );
}

#[test]
fn a_busy_queue_is_left_alone_for_as_long_as_it_takes_to_fill() {
    let now = Instant::now();
    // 512 spans in 10 ms: five sixteenths of the queue, 640 spans, take 12.5 ms, the last 129 2.5 ms.
    let level = 1024;
    let step = busy(MILLI * 10, 512).next(now, 511);
    assert!(matches!(step, Step::Nap { limit, level: 1024 } if limit.as_micros() == 2519));
    let nap = |limit| Step::Nap { limit, level };
    assert_eq!(busy(MILLI * 10, 512).next(now, 320), nap(MILLI * 25 / 4));
    // With nothing waiting it naps a few times more before it goes idle.
    let all = MILLI * 25 / 2;
    let mut assembly = busy(MILLI * 10, 512);
    for _ in 0..=PATIENCE {
        assert_eq!(assembly.next(now, 0), nap(all));
        assembly.woke(all, 0);
    }
    assert_eq!(assembly.next(now + all, 0), Step::Idle);
}

#[test]
fn a_busy_queue_calms_down() {
    let mut assembly = busy(MILLI, 600);
    let now = Instant::now();
    for _ in 0..PATIENCE {
        assembly.woke(MILLI, 511);
        let step = assembly.next(now, 100);
        assert!(matches!(step, Step::Nap { level: 1024, .. }));
    }
    assembly.woke(MILLI, 511);
    let step = assembly.next(now, 100);
    assert!(matches!(
        step,
        Step::Nap {
            limit: DELAY,
            level: 512
        }
    ));
}

#[test]
fn a_slow_queue_is_not_busy() {
    // A batch a second: a ring for each costs nothing that matters.
    let step = busy(Duration::from_secs(1), 512).next(Instant::now(), 1);
    assert!(matches!(
        step,
        Step::Nap {
            limit: DELAY,
            level: 512
        }
    ));
}

#[test]
fn busy_naps_stay_in_their_range() {
    // From a half of what should wait at its end on.
    let limit = |slept, queued| match busy(slept, queued).next(Instant::now(), 320) {
        Step::Nap { limit, level: 1024 } => Some(limit),
        _ => None,
    };
    assert_eq!(limit(Duration::ZERO, 2048), Some(SHORTEST_NAP));
    assert_eq!(limit(SHORTEST_NAP, 2048), Some(SHORTEST_NAP));
    assert_eq!(limit(MILLI * 40, 2048), Some(MILLI * 25 / 4));
    assert_eq!(limit(LONGEST_BUSY_NAP, 512), None);
    assert_eq!(limit(Duration::MAX / 1000, 512), None);
}

#[test]
fn what_was_queued_before_says_nothing_about_the_pace() {
    let now = Instant::now();
    let mut assembly = usual();
    assert!(matches!(assembly.next(now, 112), Step::Nap { .. }));
    assembly.woke(MILLI * 2, 512);
    // 400 spans in 2 ms are 640 in 3.2 ms.
    let step = assembly.next(now, 0);
    assert!(matches!(step, Step::Nap { limit, .. } if limit.as_micros() == 3_200));
}

#[test]
fn the_pace_is_that_of_all_naps_of_a_batch() {
    let now = Instant::now();
    let mut assembly = busy(MILLI, 640);
    assert!(matches!(assembly.next(now, 112), Step::Nap { .. }));
    // In the first one nothing came, in the second one 400: 640 take 3.2 ms.
    assembly.woke(MILLI, 112);
    assert!(matches!(assembly.next(now, 112), Step::Nap { .. }));
    assembly.woke(MILLI, 512);
    let step = assembly.next(now, 320);
    assert!(matches!(step, Step::Nap { limit, .. } if limit.as_micros() == 1_600));
}

#[test]
fn the_pace_begins_anew_with_each_batch() {
    let now = Instant::now();
    let mut assembly = busy(MILLI, 640);
    assert!(matches!(assembly.next(now, 112), Step::Nap { .. }));
    assembly.woke(MILLI, 112);
    // A flush takes all of it. What comes after is counted from nothing: 640 in one millisecond.
    assembly.exported(now);
    assert!(matches!(assembly.next(now, 0), Step::Nap { .. }));
    assembly.woke(MILLI, 640);
    let step = assembly.next(now, 320);
    assert!(matches!(step, Step::Nap { limit, .. } if limit.as_micros() == 500));
}

#[test]
fn a_calm_queue_may_nap_for_ever() {
    let mut assembly = usual();
    assembly.short = u32::MAX;
    assembly.woke(MILLI, 1);
    assert_eq!(assembly.short, u32::MAX);
    assembly.woke(MILLI, 600);
    assert_eq!(assembly.short, 0);
}

#[test]
fn a_nap_in_which_few_spans_came_does_not_make_the_next_one_long() {
    let now = Instant::now();
    for before in [464, 511] {
        let mut assembly = busy(MILLI, 600);
        assert!(matches!(assembly.next(now, before), Step::Nap { .. }));
        // Between two bursts: at this pace 640 spans would take 16 ms or more.
        assembly.woke(MILLI * 3 / 2, 512);
        let step = assembly.next(now, 320);
        assert!(matches!(step, Step::Nap { limit, .. } if limit == MILLI * 3 / 2));
    }
}

#[test]
fn the_delay_is_kept_while_busy() {
    let mut assembly = busy(MILLI * 10, 512);
    let now = Instant::now();
    assembly.exported(now);
    let step = assembly.next(now + DELAY - MILLI, 5);
    assert!(matches!(step, Step::Nap { limit: MILLI, .. }));
    let step = assembly.next(now + DELAY, 5);
    assert_eq!(step, Step::Export(ExportCause::Delay));
}

#[test]
fn tiny_queues_work() {
    let now = Instant::now();
    for size in 1..6 {
        let mut assembly = Assembly::new(size, size, DELAY);
        assert_eq!(assembly.next(now, 0), Step::Idle);
        let step = assembly.next(now, size);
        assert_eq!(step, Step::Export(ExportCause::Size));
        for queued in 1..size {
            let Step::Nap { limit, level } = assembly.next(now, queued) else {
                panic!("{queued} of {size} do not wait");
            };
            assert!(limit <= NEARLY_FULL_NAP);
            assert!(
                (queued + 1..=size).contains(&level),
                "not at once, nor too late"
            );
        }
        for queued in 0..size {
            assembly.woke(MILLI, size);
            let Step::Nap { level, .. } = assembly.next(now, queued) else {
                panic!("{queued} of {size} do not wait");
            };
            assert!(level > queued, "a busy nap begins");
        }
    }
}

#[test]
fn no_delay_sends_what_there_is() {
    let mut assembly = Assembly::new(512, 2048, Duration::ZERO);
    let now = Instant::now();
    assert_eq!(assembly.next(now, 0), Step::Idle);
    let step = assembly.next(now, 1);
    assert_eq!(step, Step::Export(ExportCause::Delay));
}

#[test]
fn a_producer_that_was_stopped_is_waited_for_ever_more_patiently() {
    assert!((0..YIELDS).all(|fruitless| pause(fruitless).is_none()));
    let pauses: Vec<_> = (YIELDS..YIELDS + 9).filter_map(pause).collect();
    let micros = [50, 100, 200, 400, 800, 1_600, 3_200, 3_200, 3_200];
    assert_eq!(pauses, micros.map(Duration::from_micros));
    assert_eq!(pause(u32::MAX), Some(Duration::from_micros(3_200)));
}

/// A worker and its queue as numbers: time in nanoseconds, spans as the times of their ends.
struct Model {
    assembly: Assembly,
    start: Instant,
    now: Duration,
    queue: VecDeque<Duration>,
    capacity: usize,
    max_batch: usize,
    /// The longest that a span waited.
    waited: Duration,
    /// The longest nap.
    nap: Duration,
}

impl Model {
    fn new(max_batch: usize, capacity: usize, delay: Duration) -> Self {
        Model {
            assembly: Assembly::new(max_batch, capacity, delay),
            start: Instant::now(),
            now: Duration::ZERO,
            queue: VecDeque::new(),
            capacity,
            max_batch,
            waited: Duration::ZERO,
            nap: Duration::ZERO,
        }
    }

    /// Spans that end at these times, in order, until all have gone out.
    fn run(&mut self, mut ends: VecDeque<Duration>, took: Duration) {
        while !(ends.is_empty() && self.queue.is_empty()) {
            self.take_in(&mut ends, self.now);
            match self.assembly.next(self.start + self.now, self.queue.len()) {
                Step::Export(_) => {
                    let spans = self.queue.len().min(self.max_batch);
                    for end in self.queue.drain(..spans) {
                        self.waited = self.waited.max(self.now - end);
                    }
                    self.now += took;
                    self.take_in(&mut ends, self.now);
                    self.assembly.exported(self.start + self.now);
                }
                Step::Idle => {
                    let next = ends.front().copied().unwrap_or(self.now);
                    self.sleep(&mut ends, next);
                }
                Step::Nap { limit, level } => {
                    assert!(limit >= SHORTEST_NAP, "no spinning");
                    let missing = level.saturating_sub(self.queue.len()).max(1);
                    let rung = ends.get(missing - 1).copied();
                    let over = self.now + limit;
                    self.nap = self.nap.max(limit.min(LONGEST_BUSY_NAP));
                    self.sleep(&mut ends, rung.map_or(over, |rung| rung.min(over)));
                }
            }
        }
    }

    fn sleep(&mut self, ends: &mut VecDeque<Duration>, until: Duration) {
        let slept = until.saturating_sub(self.now);
        self.now += slept;
        self.take_in(ends, self.now);
        self.assembly.woke(slept, self.queue.len());
    }

    /// What has ended by now is queued, as far as there is room.
    fn take_in(&mut self, ends: &mut VecDeque<Duration>, now: Duration) {
        while ends.front().is_some_and(|end| *end <= now) {
            let Some(end) = ends.pop_front() else { return };
            if self.queue.len() < self.capacity {
                self.queue.push_back(end);
            }
        }
    }
}

/// A queue of this rate, watched for so many naps: how many spans waited at each waking.
fn levels(nanos_per_span: u64, naps: usize) -> Vec<usize> {
    let mut assembly = usual();
    let mut now = Instant::now();
    let mut queued = 0;
    let mut found = Vec::new();
    while found.len() < naps {
        match assembly.next(now, queued) {
            Step::Export(_) => {
                queued -= queued.min(512);
                assembly.exported(now);
            }
            Step::Idle => queued = 1,
            Step::Nap { limit, level } => {
                let missing = level.saturating_sub(queued) as u64;
                let slept = limit.min(Duration::from_nanos(missing * nanos_per_span));
                now += slept;
                queued += (slept.as_nanos() as u64 / nanos_per_span) as usize;
                assembly.woke(slept, queued);
                found.push(queued);
            }
        }
    }
    found
}

#[test]
fn naps_of_a_busy_queue_converge() {
    // From a span every microsecond to one every 60: the worker comes to wake by itself, with something
    // between a full batch and the level at which it would be woken.
    for nanos_per_span in [1_000, 3_000, 10_000, 60_000] {
        let settled = levels(nanos_per_span, 40).split_off(20);
        let converged = settled.iter().all(|level| (512..1024).contains(level));
        assert!(converged, "{nanos_per_span} ns: {settled:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// However spans come, none of them waits for longer than the delay, one nap, and the exports
    /// before it.
    #[test]
    fn no_span_is_starved(
        gaps in prop::collection::vec((0u64..=4, 0u64..1000), 1..400),
        max_batch in 1usize..64,
        spare in 0usize..64,
        delay_millis in 0u64..500,
        took_micros in 0u64..5_000,
    ) {
        let mut end = Duration::ZERO;
        let ends = gaps.into_iter().map(|(scale, gap)| {
            // From nanoseconds to seconds.
            end += Duration::from_nanos(gap * 10_u64.pow(2 * scale as u32 - scale as u32 / 4));
            end
        }).collect();
        let delay = Duration::from_millis(delay_millis);
        let took = Duration::from_micros(took_micros);
        let mut model = Model::new(max_batch, max_batch + spare, delay);
        model.run(ends, took);
        let exports = took * (2 + (spare / max_batch) as u32);
        let bound = delay + model.nap + SHORTEST_NAP + exports;
        prop_assert!(model.waited <= bound, "{:?} > {:?}", model.waited, bound);
    }
}

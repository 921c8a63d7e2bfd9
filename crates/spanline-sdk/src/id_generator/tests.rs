//! Randomness bit by bit, and uniqueness across threads. What a fork changes is tested with a real
//! one, in `tests/a_forked_child_starts_over.rs`.

use super::*;
use std::collections::HashSet;
use std::thread;

#[test]
fn ids_are_unique_across_threads() {
    const EACH: usize = 50_000;
    let draw = || -> Vec<_> { (0..EACH).map(|_| RandomIdGenerator::root_ids()).collect() };
    let threads: Vec<_> = (0..4).map(|_| thread::spawn(draw)).collect();
    let mut traces = HashSet::new();
    let mut spans = HashSet::new();
    for thread in threads {
        for (trace, span) in thread.join().unwrap() {
            assert_ne!(trace.low(), 0);
            assert!(traces.insert(trace) && spans.insert(span));
        }
    }
    assert_eq!(traces.len(), 4 * EACH);
}

#[test]
fn every_bit_is_random() {
    const DRAWS: u32 = 20_000;
    let mut ones = [0_u32; 192];
    for _ in 0..DRAWS {
        let trace = RandomIdGenerator.new_trace_id().to_u128();
        let span = RandomIdGenerator.new_span_id().to_u64();
        for (bit, ones) in ones.iter_mut().enumerate() {
            let set = match bit {
                0..128 => trace >> bit & 1,
                _ => u128::from(span >> (bit - 128) & 1),
            };
            *ones += u32::from(set == 1);
        }
    }
    // Seven standard deviations: one failure in 10^9 runs.
    for (bit, ones) in ones.into_iter().enumerate() {
        assert!(ones.abs_diff(DRAWS / 2) < 500, "bit {bit}: {ones}");
    }
}

#[test]
fn boxes_and_arcs_pass_everything_on() {
    struct Fixed;
    impl IdGenerator for Fixed {
        fn new_trace_id(&self) -> TraceId {
            TraceId::MIN
        }
        fn new_span_id(&self) -> SpanId {
            SpanId::MIN
        }
    }
    let boxed: Box<dyn IdGenerator> = Box::new(Fixed);
    assert!(!boxed.is_random());
    let shared: Arc<dyn IdGenerator> = Arc::new(boxed);
    assert_eq!(shared.new_trace_id(), TraceId::MIN);
    assert_eq!(shared.new_span_id(), SpanId::MIN);
    assert!(!shared.is_random());
    assert!(Box::new(Arc::new(RandomIdGenerator)).is_random());
}

#[test]
fn makeshift_seeds_differ() {
    let seeds: HashSet<[u8; 16]> = (0..100).map(|_| makeshift_seed()).collect();
    assert_eq!(seeds.len(), 100);
}

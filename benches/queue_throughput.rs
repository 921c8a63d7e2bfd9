//! What does a record cost on its way from one thread to another, in our queue and in others?
//!
//! Seven queues of 2048 items of 256 or 8 bytes under one load (`workload/queue.rs`). On one thread:
//! bursts of 256 pushes, then 256 pops. A full queue: the price of a refusal. Batches: 2048 items
//! that another thread pushed, drained by 512 and read byte by byte. Crossings: 1, 2 and 8 producers
//! as fast as they go against one consumer that never sleeps, 65,536 items a round, with the same
//! threads and queue in every round. rtrb has one producer only, std's channel one consumer; the
//! others allow any number of both.
//!
//! Ours copies bytes of any length and is read in place; the others move values of one size. All are
//! read by the same code, which knows that size. Ours asks not to be polled: its consumer gives its
//! core away for 20 µs after a walk that found little, where the others, which hand over item by
//! item, look again at once.
//!
//! A surprise would be: a rival ahead of ours with several producers; a push that costs more than
//! 1.5 times as much with eight producers as with one; a refusal dearer than a push. No surprise: a
//! consumer that polls a small queue is what ours likes least, since each look at a busy shard takes
//! producers' cache lines away; rtrb does without any read-modify-write and is the mark to reach.
#![forbid(unsafe_code)]

#[path = "queue_throughput/contenders.rs"]
mod contenders;

use contenders::{ArrayQueue, Channel, MutexDeque, Rtrb, Spanline, SyncChannel, ThingBuf};
use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput};
use spanline_benches::queue::{
    CAPACITY, CROSSING, Contender, batches, crossings, pops, pushes, refusals,
};
use std::time::Duration;

fn main() {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(600))
        .sample_size(20)
        .configure_from_args();
    width::<256>(&mut criterion);
    width::<8>(&mut criterion);
    criterion.final_summary();
}

/// One queue, and the load run on it.
struct Entry {
    name: &'static str,
    pushes: fn(u64) -> Duration,
    pops: fn(u64) -> Duration,
    refusals: fn(u64) -> Duration,
    batches: fn(u64) -> Duration,
    crossings: fn(usize, u64) -> Duration,
    many_producers: bool,
}

fn entry<const N: usize, Q: Contender<N>>(name: &'static str) -> Entry {
    Entry {
        name,
        pushes: pushes::<N, Q>,
        pops: pops::<N, Q>,
        refusals: refusals::<N, Q>,
        batches: batches::<N, Q>,
        crossings: crossings::<N, Q>,
        many_producers: Q::another(&Q::open(1).0).is_some(),
    }
}

/// Every queue with items of `N` bytes, row by row, so that what is compared ran at about the same
/// time.
fn width<const N: usize>(criterion: &mut Criterion) {
    let entries = [
        entry::<N, Spanline>("spanline"),
        entry::<N, ArrayQueue>("ArrayQueue"),
        entry::<N, Channel>("crossbeam-channel"),
        entry::<N, SyncChannel>("sync_channel"),
        entry::<N, MutexDeque>("Mutex and VecDeque"),
        entry::<N, ThingBuf>("thingbuf"),
        entry::<N, Rtrb>("rtrb"),
    ];
    one_thread(criterion, &format!("{N} B: push"), &entries, |entry| {
        entry.pushes
    });
    one_thread(criterion, &format!("{N} B: pop"), &entries, |entry| {
        entry.pops
    });
    one_thread(
        criterion,
        &format!("{N} B: refused push"),
        &entries,
        |entry| entry.refusals,
    );

    let mut group = criterion.benchmark_group("queue_throughput");
    group.sampling_mode(SamplingMode::Flat);
    group.throughput(Throughput::Elements(CAPACITY as u64));
    for entry in &entries {
        let name = BenchmarkId::new(format!("{N} B: drain by batches"), entry.name);
        group.bench_function(name, |b| b.iter_custom(entry.batches));
    }
    group.sample_size(10);
    group.throughput(Throughput::Elements(CROSSING as u64));
    for producers in [1, 2, 8] {
        for entry in entries
            .iter()
            .filter(|entry| producers == 1 || entry.many_producers)
        {
            let name = BenchmarkId::new(format!("{N} B: {producers} to 1"), entry.name);
            let crossings = entry.crossings;
            group.bench_function(name, |b| {
                b.iter_custom(|rounds| crossings(producers, rounds))
            });
        }
    }
    group.finish();
}

/// A row in which an iteration is one item.
fn one_thread(
    criterion: &mut Criterion,
    row: &str,
    entries: &[Entry],
    load: impl Fn(&Entry) -> fn(u64) -> Duration,
) {
    let mut group = criterion.benchmark_group("queue_throughput");
    for entry in entries {
        let load = load(entry);
        group.bench_function(BenchmarkId::new(row, entry.name), |b| b.iter_custom(load));
    }
    group.finish();
}

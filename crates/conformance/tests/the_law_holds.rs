//! `load`: every span that ended is counted under exactly one outcome, whatever the exporter does.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod support;

use serde_json::Value;
use support::run;

/// The one row of a load; the law has been checked.
fn load(arguments: &str) -> Value {
    let answer = run(&format!("load {arguments}"), "");
    assert_eq!(answer.status, Some(0), "{answer:?}");
    let row = answer.row().clone();
    let dropped = row["dropped"].as_object().unwrap().values();
    let others = ["exported", "failed", "rejected", "queued", "in_flight"].map(|key| &row[key]);
    let outcomes: u64 = dropped.chain(others).map(|n| n.as_u64().unwrap()).sum();
    assert_eq!(row["ended"].as_u64(), Some(outcomes), "{row}");
    row
}

#[test]
fn as_fast_as_it_can() {
    let row = load("--exporter none --threads 3 --rate 0 --seconds 0.2 --attributes 3 --events 1");
    assert!(row["ended"].as_u64().unwrap() > 100, "{row}");
    assert_eq!((&row["queued"], &row["in_flight"]), (&0.into(), &0.into()));
    assert!(row["producer_ns_per_span"].as_f64().unwrap() > 1.0);
    assert!(row["seconds"].as_f64().unwrap() >= 0.2);
    if cfg!(target_os = "linux") {
        assert!(row["peak_rss_kib"].as_u64().unwrap() > 0);
        assert!(row["cpu_seconds"].is_number());
    }
}

#[test]
fn a_small_queue_drops_and_says_so() {
    let row = load("--exporter none --seconds 0.1 --queue 1 --batch 1 --delay 1000");
    assert!(row["dropped"]["queue_full"].as_u64().unwrap() > 0, "{row}");
}

#[test]
fn at_a_rate_nothing_is_made_too_much() {
    let row = load("--exporter none --threads 2 --rate 500 --seconds 0.2");
    // A machine that is busy elsewhere makes fewer.
    assert!(row["ended"].as_u64().unwrap() <= 200, "{row}");
    assert_eq!(row["ended"], row["exported"]);
    let none = load("--exporter none --rate 1 --seconds 0");
    assert!(none["ended"] == 0 && none["producer_ns_per_span"].is_null());
}

#[test]
fn a_hanging_exporter_costs_flush_and_shutdown_their_time_and_no_more() {
    let row = load("--exporter hang --rate 5000 --seconds 0.1 --batch 16 --patience 150");
    assert_eq!(row["exported"], 0);
    assert!(row["dropped"]["abandoned"].as_u64().unwrap() > 0, "{row}");
    for step in ["flush_ms", "shutdown_ms"] {
        let took = row[step].as_f64().unwrap();
        // Far below the 30 s that one export may take, far above what a busy machine adds.
        assert!((140.0..10_000.0).contains(&took), "{step}: {row}");
    }
}

#[test]
fn a_collector_that_is_not_there_fails_all() {
    // Port 1 of this machine: nobody listens.
    let endpoint = "http://127.0.0.1:1/api/v2/spans";
    let row = load(&format!(
        "--exporter zipkin --endpoint {endpoint} --rate 100 --seconds 0.1 --patience 300"
    ));
    assert_eq!(row["exported"], 0);
    assert!(row["ended"].as_u64().unwrap() > 0);
}

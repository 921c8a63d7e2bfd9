//! Criterion's files in, a page with tables out.

use super::estimate::Estimate;
use super::{rewrite, table};

const NAMED: &str = r#"{"group_id":"queues","function_id":"push, 8 B","value_str":"spanline","throughput":{"Elements":64},"full_id":"queues/push"}"#;
const PLAIN: &str =
    r#"{"group_id":"spans","function_id":"empty","value_str":null,"throughput":null}"#;
const FIGURES: &str = r#"{"mean":{"confidence_interval":{"lower_bound":9.0},"point_estimate":700.0,"standard_error":1.0},"median":{"confidence_interval":{"lower_bound":9.0},"point_estimate":640.0,"standard_error":1.0}}"#;

#[test]
fn the_median_is_read_and_divided_by_the_elements() {
    let estimate = Estimate::read(NAMED, FIGURES).unwrap();
    assert_eq!(
        estimate,
        figure("queues", "push, 8 B", Some("spanline"), 10.0)
    );
    let estimate = Estimate::read(PLAIN, FIGURES).unwrap();
    assert_eq!(estimate, figure("spans", "empty", None, 640.0));
}

#[test]
fn what_is_no_estimate_is_no_zero() {
    assert_eq!(Estimate::read(NAMED, "{}"), None);
    assert_eq!(Estimate::read("{}", FIGURES), None);
    assert_eq!(
        Estimate::read(NAMED, r#"{"median":{"point_estimate":null}}"#),
        None
    );
}

#[test]
fn contenders_stand_side_by_side_with_the_ratio_to_the_best() {
    let estimates = [
        figure("q", "push", Some("spanline"), 8.0),
        figure("q", "push", Some("slow"), 123.4),
        figure("q", "push", Some("quick"), 12.0),
        figure("q", "two", Some("spanline"), 20.0),
        figure("q", "two", Some("slow"), 10.0),
    ];
    let table = table::markdown(&estimates.iter().collect::<Vec<_>>());
    assert_eq!(
        table,
        "|  | spanline, ns | slow, ns | quick, ns | best rival / ours |\n\
         |---|---:|---:|---:|---:|\n\
         | push | 8.00 | 123 | 12.0 | 1.50 |\n\
         | two | 20.0 | 10.0 | – | 0.50 |\n"
    );
}

#[test]
fn only_the_measured_tables_change() {
    let page =
        "a\n<!-- bench: spans -->\nold\n<!-- end -->\nb\n<!-- bench: q -->\nq\n<!-- end -->\n";
    let page = rewrite(page, "a machine.", &[figure("spans", "empty", None, 40.0)]).unwrap();
    assert_eq!(
        page,
        "a\n<!-- bench: spans -->\na machine.\n\n|  | ns |\n|---|---:|\n| empty | 40.0 |\n\
         <!-- end -->\nb\n<!-- bench: q -->\nq\n<!-- end -->\n"
    );
}

#[test]
fn a_group_without_a_place_is_an_error() {
    let error = rewrite("", "", &[figure("spans", "empty", None, 40.0)]).unwrap_err();
    assert!(error.to_string().contains("<!-- bench: spans -->"));
}

fn figure(group: &str, row: &str, column: Option<&str>, nanos: f64) -> Estimate {
    Estimate {
        group: group.to_owned(),
        row: row.to_owned(),
        column: column.map(str::to_owned),
        nanos,
    }
}

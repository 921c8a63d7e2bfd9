//! Estimates to a Markdown table: rows in the order in which they ran, nanoseconds, and how we
//! compare with the best rival in the row.
//!
//! Three significant digits and no more: the fourth is noise.

use super::Estimate;

/// The column that the others are compared with.
const OURS: &str = "spanline";

/// The table of one group.
pub(super) fn markdown(estimates: &[&Estimate]) -> String {
    let rows = in_order(estimates.iter().map(|it| it.row.as_str()));
    let columns = in_order(estimates.iter().filter_map(|it| it.column.as_deref()));
    let contest = columns.contains(&OURS);
    let mut head = vec!["ns".to_owned()];
    if !columns.is_empty() {
        head = columns.iter().map(|name| format!("{name}, ns")).collect();
    }
    if contest {
        head.push("best rival / ours".to_owned());
    }
    let mut table = line("", &head);
    table += &format!("|---|{}\n", "---:|".repeat(head.len()));
    for row in rows {
        let of = |column: Option<&str>| {
            let mut same = estimates.iter().filter(|it| it.row == row);
            same.find(|it| it.column.as_deref() == column)
                .map(|it| it.nanos)
        };
        let mut cells = vec![of(None).map_or_else(String::new, short)];
        if !columns.is_empty() {
            let cell = |column: &&str| of(Some(column)).map_or_else(|| "–".to_owned(), short);
            cells = columns.iter().map(cell).collect();
        }
        if contest {
            let rivals = columns.iter().filter(|column| **column != OURS);
            let best = rivals
                .filter_map(|column| of(Some(column)))
                .min_by(f64::total_cmp);
            cells.push(match best.zip(of(Some(OURS))) {
                Some((best, ours)) => format!("{:.2}", best / ours),
                None => "–".to_owned(),
            });
        }
        table += &line(row, &cells);
    }
    table
}

fn line(first: &str, cells: &[String]) -> String {
    format!("| {first} | {} |\n", cells.join(" | "))
}

/// Each once, where it first came.
fn in_order<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut seen = Vec::new();
    for name in names {
        if !seen.contains(&name) {
            seen.push(name);
        }
    }
    seen
}

/// Three digits.
fn short(nanos: f64) -> String {
    match nanos {
        ..10.0 => format!("{nanos:.2}"),
        ..100.0 => format!("{nanos:.1}"),
        _ => format!("{nanos:.0}"),
    }
}

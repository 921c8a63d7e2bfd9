//! Draws a trace: a tree of spans, and for each a bar that shows when it ran and for how long.
//!
//! `tree` decides who hangs under whom, `bar` turns times into blocks, `line` keeps a line within
//! its width and colours it. This file chooses the columns. All text that came from outside is
//! escaped here, before it is measured.

use std::collections::BTreeMap;

use crate::model::{Attribute, ReceivedSpan, Status, Value};
use crate::text::{duration, excerpt, fit, width};
use crate::trace::Trace;

mod tree;
mod bar;
mod line;

use line::{Line, Style};
use tree::{Branch, Place};

/// The widest drawing, and so the longest text that is worth escaping.
const LONGEST: usize = 400;

/// How to draw a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DrawOptions {
    /// Characters in a line; taken as at least 40 and at most 400.
    pub width: usize,
    /// Whether to colour with ANSI escape sequences.
    pub colour: bool,
    /// Whether to show the attributes of each span, in a line below it.
    pub attributes: bool,
}

impl Trace {
    /// Draws the trace as a tree with durations and bars, a line for each span, no attributes.
    ///
    /// Spans whose parent has not arrived stand at the top and say so. Nothing that came from
    /// outside can steer the terminal. Lines end with `\n`; widths count characters.
    pub fn draw(&self, width: usize, colour: bool) -> String {
        self.draw_with(DrawOptions {
            width,
            colour,
            attributes: false,
        })
    }

    /// Draws the trace as `options` say.
    pub fn draw_with(&self, options: DrawOptions) -> String {
        let rows: Vec<Row<'_>> = tree::arrange(&self.spans)
            .into_iter()
            .filter_map(|branch| self.row(branch))
            .collect();
        let timeline = Timeline::of(self);
        let columns = Columns::choose(options.width.clamp(40, LONGEST), &rows, &timeline);
        let palette = self
            .services()
            .into_iter()
            .zip(line::PALETTE.into_iter().cycle())
            .collect();
        let frame = Frame {
            trace: self,
            timeline,
            palette,
            columns,
        };

        let mut drawing = frame.title().finish(options.colour);
        for row in &rows {
            drawing.push_str(&frame.line(row).finish(options.colour));
            if options.attributes && !row.span.attributes.is_empty() {
                drawing.push_str(&frame.attributes(row).finish(options.colour));
            }
        }
        if self.dropped_spans > 0 {
            let mut line = frame.blank();
            line.push(
                Style::Dim,
                &format!("… {} received but not kept", spans(self.dropped_spans)),
            );
            drawing.push_str(&line.finish(options.colour));
        }
        drawing
    }

    fn row(&self, branch: Branch) -> Option<Row<'_>> {
        let span = self.spans.get(branch.index)?;
        let above = branch.parent.and_then(|parent| self.spans.get(parent));
        // A service is named where it is entered.
        let entered = above.is_none_or(|parent| parent.service() != span.service());
        let service = if entered {
            shown(span.service(), "unknown")
        } else {
            String::new()
        };
        let duration = span.duration_us.map_or_else(|| "?".to_owned(), duration);
        Some(Row {
            name: shown(&span.name, "(no name)"),
            service,
            duration,
            notes: notes(span, &branch),
            span,
            branch,
        })
    }
}

/// A span, ready to be put into columns.
struct Row<'a> {
    span: &'a ReceivedSpan,
    branch: Branch,
    name: String,
    /// Empty below a span of the same service.
    service: String,
    duration: String,
    notes: Vec<(Style, String)>,
}

impl Row<'_> {
    /// Width of the notes with the gaps before them.
    fn notes_width(&self) -> usize {
        self.notes.iter().map(|(_, text)| width(text) + GAP).sum()
    }
}

/// A name from outside, escaped and of bounded length, or what stands for an empty one.
fn shown(name: &str, empty: &str) -> String {
    if name.is_empty() {
        empty.to_owned()
    } else {
        excerpt(name, LONGEST)
    }
}

/// What stands behind the bar.
fn notes(span: &ReceivedSpan, branch: &Branch) -> Vec<(Style, String)> {
    let mut notes = Vec::new();
    if let Status::Error(message) = &span.status {
        let message = if message.is_empty() {
            "error".into()
        } else {
            excerpt(message, 120)
        };
        notes.push((Style::Error, format!("✗ {message}")));
    }
    match branch.place {
        Place::Orphan => notes.push((Style::Warning, "⚠ parent not received".to_owned())),
        Place::Cycle => notes.push((Style::Warning, "⚠ is its own ancestor".to_owned())),
        Place::Twin => notes.push((Style::Warning, "⚠ same id again".to_owned())),
        Place::Ordinary => {}
    }
    for (count, one, many) in [
        (span.events.len(), "event", "events"),
        (span.links.len(), "link", "links"),
    ] {
        if count > 0 {
            notes.push((
                Style::Dim,
                format!("{count} {}", if count == 1 { one } else { many }),
            ));
        }
    }
    notes
}

/// Between two columns.
const GAP: usize = 2;

/// The widths of the columns; 0 is a column that is not drawn.
#[derive(Clone, Copy)]
struct Columns {
    width: usize,
    /// The tree and the span's name.
    name: usize,
    service: usize,
    kind: usize,
    duration: usize,
    bar: usize,
}

impl Columns {
    /// Each column as wide as its widest text within a limit; narrow lines do without some.
    fn choose(total: usize, rows: &[Row<'_>], timeline: &Timeline) -> Self {
        let widest = |text: &dyn Fn(&Row<'_>) -> usize| rows.iter().map(text).max().unwrap_or(0);
        let name = widest(&|row| width(&row.branch.prefix) + width(&row.name));
        let service = widest(&|row| width(&row.service));
        let kind = widest(&|row| row.span.kind.marker().len());
        let mut columns = Self {
            width: total,
            name: name.min(total * 2 / 5),
            service: service.min(if total < 90 { 10 } else { 20 }),
            kind: if total < 72 { 0 } else { kind },
            duration: widest(&|row| width(&row.duration)),
            bar: 0,
        };
        let rest = total.saturating_sub(columns.before_bar());
        columns.bar = bar_column(rest, rows, timeline);
        columns
    }

    /// Where the bars begin.
    fn before_bar(&self) -> usize {
        let columns = [self.name, self.service, self.kind, self.duration];
        columns
            .iter()
            .filter(|width| **width > 0)
            .map(|width| width + GAP)
            .sum()
    }
}

/// The widest column of bars that leaves room for each note behind its bar, within reason.
fn bar_column(rest: usize, rows: &[Row<'_>], timeline: &Timeline) -> usize {
    let fits = |columns: &usize| {
        let end = |row: &Row<'_>| timeline.bar(row.span, *columns).map_or(0, |bar| bar.end());
        // A long note is cut rather than given the whole line.
        rows.iter()
            .all(|row| end(row) + row.notes_width().min(32) <= rest)
    };
    let (least, most) = (rest.min(10), rest.min(40));
    let columns = (least..=most).rev().find(fits).unwrap_or(least);
    if columns < 6 { 0 } else { columns }
}

/// When the trace began and how long it took, in microseconds; `None` without any start.
struct Timeline(Option<(u64, u64)>);

impl Timeline {
    fn of(trace: &Trace) -> Self {
        Self(trace.start_us().zip(trace.duration_us()))
    }

    /// The bar of a span in a column of this width; none if it is not known when the span began.
    fn bar(&self, span: &ReceivedSpan, columns: usize) -> Option<bar::Bar> {
        let (start, whole) = self.0.filter(|_| columns > 0)?;
        let before = span.start_us?.saturating_sub(start);
        Some(bar::bar(
            before,
            span.duration_us.unwrap_or(0),
            whole,
            columns,
        ))
    }
}

/// What the lines of one drawing share.
struct Frame<'a> {
    trace: &'a Trace,
    timeline: Timeline,
    /// A colour for each service.
    palette: BTreeMap<&'a str, Style>,
    columns: Columns,
}

impl Frame<'_> {
    fn blank(&self) -> Line {
        Line::new(self.columns.width)
    }

    /// The line above the tree.
    fn title(&self) -> Line {
        let trace = self.trace;
        let mut facts = vec![spans(trace.spans.len() as u64)];
        let services = self.palette.len();
        if services > 1 && self.columns.width >= 80 {
            facts.push(format!("{services} services"));
        }
        facts.extend(trace.duration_us().map(duration));
        if trace.updates > 0 {
            facts.push("again, with more".to_owned());
        }
        let mut line = self.blank();
        line.push(Style::Dim, "trace ");
        line.push(Style::Bold, &trace.trace_id.to_string());
        line.push(Style::Dim, &format!("  {}", facts.join(" · ")));
        match trace.errors() {
            0 => {}
            1 => line.push(Style::Error, "  ✗ 1 error"),
            many => line.push(Style::Error, &format!("  ✗ {many} errors")),
        }
        line
    }

    /// A span's line.
    fn line(&self, row: &Row<'_>) -> Line {
        let columns = self.columns;
        let service = self
            .palette
            .get(row.span.service())
            .copied()
            .unwrap_or(Style::Plain);
        let mut line = self.blank();
        let prefix = fit(&row.branch.prefix, columns.name.saturating_sub(4));
        let name = fit(&row.name, columns.name - width(&prefix));
        line.push(Style::Dim, &prefix);
        line.push(
            if row.span.is_error() {
                Style::Error
            } else {
                Style::Bold
            },
            &name,
        );
        line.pad_to(columns.name + GAP);
        line.cell(service, &row.service, columns.service, GAP);
        line.cell(Style::Dim, row.span.kind.marker(), columns.kind, GAP);
        line.pad_to(line.width() + columns.duration.saturating_sub(width(&row.duration)));
        line.push(Style::Plain, &row.duration);

        line.pad_to(columns.before_bar());
        if let Some(bar) = self.timeline.bar(row.span, columns.bar) {
            line.pad_to(line.width() + bar.before);
            line.push(
                if row.span.is_error() {
                    Style::Error
                } else {
                    service
                },
                &bar.blocks,
            );
        }
        for (style, note) in &row.notes {
            line.push(Style::Plain, "  ");
            line.push(*style, note);
        }
        line
    }

    /// The attributes of a span, as many as fit a line.
    fn attributes(&self, row: &Row<'_>) -> Line {
        let mut line = self.blank();
        line.push(
            Style::Dim,
            &fit(&row.branch.below, self.columns.name.saturating_sub(4)),
        );
        for Attribute { key, value } in &row.span.attributes {
            if line.is_full() {
                break;
            }
            let value = match value {
                Value::String(text) => excerpt(text, 60),
                Value::Bytes(bytes) => format!("{} bytes", bytes.len()),
                other => other.to_string(),
            };
            line.push(Style::Dim, &format!(" {}={value}", excerpt(key, 60)));
        }
        line
    }
}

fn spans(count: u64) -> String {
    if count == 1 {
        "1 span".to_owned()
    } else {
        format!("{count} spans")
    }
}

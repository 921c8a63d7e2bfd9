//! A span on a line: the tree's lines, then all that is to be said of it.

use super::foreign::foreign;
use super::tree::{Branch, DEEPEST, Place, Tree};
use spanline_core::Status;
use spanline_core::attribute::Value;
use spanline_core::export::Batch;
use spanline_core::kind::SpanKind;
use spanline_core::resource::Resource;
use spanline_core::view::{Attributes, SpanView};
use std::fmt::{self, Write};

/// Draws all traces of a batch.
pub(super) fn draw(out: &mut String, tree: &Tree, batch: Batch<'_>) -> fmt::Result {
    for branch in tree.walk() {
        let Some(span) = batch.get(branch.number) else {
            continue;
        };
        match branch.opens {
            // As behind a simple processor: no tree, and so no title either.
            Some(1) => write!(out, "{}/{}  ", span.trace_id(), span.span_id())?,
            Some(spans) => {
                title(out, &span, spans)?;
                write!(out, "  {}  ", span.span_id())?;
            }
            None => write!(out, "  {}  ", span.span_id())?,
        }
        line(out, &branch, &span)?;
    }
    Ok(())
}

/// Which trace the following lines belong to, and whose spans they are.
fn title(out: &mut String, span: &SpanView<'_>, spans: usize) -> fmt::Result {
    write!(out, "trace {}", span.trace_id())?;
    if let Some(service) = service(span.resource()) {
        out.push_str(" of ");
        foreign(out, service)?;
    }
    writeln!(out, ": {spans} spans")
}

fn service(resource: &Resource) -> Option<&str> {
    match resource.get("service.name")? {
        Value::String(name) => Some(name),
        _ => None,
    }
}

/// All of a line behind the id.
fn line(out: &mut String, branch: &Branch, span: &SpanView<'_>) -> fmt::Result {
    stem(out, branch)?;
    foreign(out, span.name())?;
    let kind = kind(span.kind());
    let (start, end) = (span.start_unix_nanos(), span.end_unix_nanos());
    let took = Milliseconds(end.saturating_sub(start));
    let after = Milliseconds(start.saturating_sub(branch.epoch));
    write!(out, "  {kind}  {took} ms")?;
    let is_alone = branch.opens == Some(1);
    if !is_alone {
        write!(out, " at +{after}")?;
    }
    match span.status() {
        Status::Unset => {}
        Status::Ok => out.push_str("  OK"),
        Status::Error(description) if description.is_empty() => out.push_str("  ERROR"),
        Status::Error(description) => {
            out.push_str("  ERROR: ");
            foreign(out, description)?;
        }
    }
    place(out, branch.place, is_alone, span)?;
    if !span.attributes().is_empty() {
        out.push(' ');
        attributes(out, span.attributes())?;
    }
    extras(out, branch, span)?;
    out.push('\n');
    Ok(())
}

/// The lines that lead from a span's parent to the span.
fn stem(out: &mut String, branch: &Branch) -> fmt::Result {
    let depth = branch.depth;
    for level in 1..depth.min(DEEPEST) {
        let goes_on = branch.more >> level & 1 == 1;
        out.push_str(if goes_on { "│  " } else { "   " });
    }
    match depth {
        0 => Ok(()),
        DEEPEST.. => write!(out, "… {depth} "),
        _ if branch.more >> depth & 1 == 1 => out.write_str("├─ "),
        _ => out.write_str("└─ "),
    }
}

/// Why a span with a parent stands at the top.
fn place(out: &mut String, place: Place, is_alone: bool, span: &SpanView<'_>) -> fmt::Result {
    match (place, span.parent_span_id()) {
        (Place::Orphan, Some(parent)) if span.parent_span_context().is_remote() => {
            write!(out, "  (parent {parent}, remote)")
        }
        (Place::Orphan, Some(parent)) if is_alone => write!(out, "  (parent {parent})"),
        (Place::Orphan, Some(parent)) => write!(out, "  (parent {parent}, not in this batch)"),
        (Place::Cycle, Some(parent)) => write!(out, "  (parent {parent}, which is below it)"),
        _ => Ok(()),
    }
}

fn attributes(out: &mut String, attributes: Attributes<'_>) -> fmt::Result {
    for attribute in attributes.iter() {
        out.push(' ');
        foreign(out, attribute.key)?;
        out.push('=');
        foreign(out, attribute.value)?;
    }
    Ok(())
}

/// Events, links, and what was dropped for a limit.
fn extras(out: &mut String, branch: &Branch, span: &SpanView<'_>) -> fmt::Result {
    for event in span.events().iter() {
        out.push_str("  * ");
        foreign(out, event.name())?;
        let after = Milliseconds(event.unix_nanos().saturating_sub(branch.epoch));
        write!(out, " at +{after}")?;
        attributes(out, event.attributes())?;
    }
    for link in span.links().iter() {
        if let (Some(trace), Some(id)) = (link.trace_id(), link.span_id()) {
            write!(out, "  -> {trace}/{id}")?;
            attributes(out, link.attributes())?;
        }
    }
    for (what, dropped) in [
        ("attributes", span.attributes().dropped()),
        ("events", span.events().dropped()),
        ("links", span.links().dropped()),
    ] {
        if dropped > 0 {
            write!(out, "  ({what} dropped: {dropped})")?;
        }
    }
    Ok(())
}

fn kind(kind: SpanKind) -> &'static str {
    match kind {
        SpanKind::Server => "server",
        SpanKind::Client => "client",
        SpanKind::Producer => "producer",
        SpanKind::Consumer => "consumer",
        SpanKind::Internal => "internal",
    }
}

/// Nanoseconds, shown as milliseconds to three places; what is less is left away.
struct Milliseconds(u64);

impl fmt::Display for Milliseconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:03}", self.0 / 1_000_000, self.0 / 1_000 % 1_000)
    }
}

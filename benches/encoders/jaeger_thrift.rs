//! Jaeger's model through the `thrift` crate: what `jaeger.rs` of the encoders writes, from the same
//! views.
//!
//! Calls the protocol as code generated from `jaeger.thrift` does, with two kindnesses: straight
//! from the views, so that no structs are built first, and without the names of structs and fields,
//! which generated code allocates and the wire does not carry. It knows what the bench's spans hold
//! and no more.

use spanline::export::Batch;
use spanline::view::{EventView, LinkView, SpanView, ValueView};
use spanline::{SpanKind, Status, Value};
use thrift::protocol::{
    TBinaryOutputProtocol, TCompactOutputProtocol, TFieldIdentifier, TListIdentifier,
    TOutputProtocol, TStructIdentifier, TType,
};

type Done = thrift::Result<()>;

const FOLLOWS_FROM: i32 = 1;

/// Writes one request in the binary protocol.
pub(crate) fn binary(batch: Batch<'_>, out: &mut Vec<u8>) {
    let mut protocol = TBinaryOutputProtocol::new(out, true);
    let written = request(&mut protocol, batch);
    assert!(written.is_ok(), "thrift failed on memory");
}

/// Writes one request in the compact protocol.
pub(crate) fn compact(batch: Batch<'_>, out: &mut Vec<u8>) {
    let mut protocol = TCompactOutputProtocol::new(out);
    let written = request(&mut protocol, batch);
    assert!(written.is_ok(), "thrift failed on memory");
}

fn request(to: &mut impl TOutputProtocol, batch: Batch<'_>) -> Done {
    to.write_struct_begin(&unnamed())?;
    field(to, TType::Struct, 1, |to| process(to, batch))?;
    list(to, 2, batch.len(), |to| {
        batch.into_iter().try_for_each(|view| span(to, &view))
    })?;
    end(to)
}

fn process(to: &mut impl TOutputProtocol, batch: Batch<'_>) -> Done {
    let service = match batch.resource().get("service.name") {
        Some(Value::String(name)) => name,
        _ => "unknown_service",
    };
    to.write_struct_begin(&unnamed())?;
    string(to, 1, service)?;
    end(to)
}

fn span(to: &mut impl TOutputProtocol, span: &SpanView<'_>) -> Done {
    let (high, low) = halves(span.trace_id().to_u128());
    let start = span.start_unix_nanos();
    let duration = (span.end_unix_nanos() / 1000).saturating_sub(start / 1000);
    let parent = span.parent_span_id().map_or(0, |id| id.to_u64());
    to.write_struct_begin(&unnamed())?;
    long(to, 1, low)?;
    long(to, 2, high)?;
    long(to, 3, span.span_id().to_u64() as i64)?;
    long(to, 4, parent as i64)?;
    string(to, 5, span.name())?;
    let (links, events) = (span.links(), span.events());
    list(to, 6, links.len(), |to| {
        links.iter().try_for_each(|link| reference(to, &link))
    })?;
    let sampled = i32::from(span.trace_flags().is_sampled());
    field(to, TType::I32, 7, |to| to.write_i32(sampled))?;
    long(to, 8, (start / 1000) as i64)?;
    long(to, 9, duration as i64)?;
    tags(to, span)?;
    list(to, 11, events.len(), |to| {
        events.iter().try_for_each(|event| log(to, &event))
    })?;
    end(to)
}

fn tags(to: &mut impl TOutputProtocol, span: &SpanView<'_>) -> Done {
    let kind = match span.kind() {
        SpanKind::Internal => None,
        SpanKind::Server => Some("server"),
        SpanKind::Client => Some("client"),
        SpanKind::Producer => Some("producer"),
        SpanKind::Consumer => Some("consumer"),
    };
    let status = match span.status() {
        Status::Unset => None,
        Status::Ok => Some("OK"),
        Status::Error(_) => Some("ERROR"),
    };
    let (error, description) = match span.status() {
        Status::Error(text) => (Some(ValueView::Bool(true)), Some(text)),
        _ => (None, None),
    };
    let description = description.as_deref().filter(|text| !text.is_empty());
    let scope = span.scope();
    let text = |text: Option<_>| text.map(ValueView::String);
    let added = [
        ("span.kind", text(kind)),
        ("otel.status_code", text(status)),
        ("error", error),
        (
            "otel.status_description",
            description.map(ValueView::String),
        ),
        ("otel.scope.name", text(Some(scope.name()))),
        ("otel.library.name", text(Some(scope.name()))),
    ];
    let added = added
        .iter()
        .filter_map(|(key, value)| Some((*key, value.as_ref()?)));
    let attributes = span.attributes();
    let count = attributes.len() + added.clone().count();
    list(to, 10, count, |to| {
        for attribute in attributes.iter() {
            tag(to, attribute.key, &attribute.value)?;
        }
        added
            .into_iter()
            .try_for_each(|(key, value)| tag(to, key, value))
    })
}

fn tag(to: &mut impl TOutputProtocol, key: &str, value: &ValueView<'_>) -> Done {
    to.write_struct_begin(&unnamed())?;
    string(to, 1, key)?;
    let kind = match value {
        ValueView::F64(_) => 1,
        ValueView::Bool(_) => 2,
        ValueView::I64(_) => 3,
        _ => 0,
    };
    field(to, TType::I32, 2, |to| to.write_i32(kind))?;
    match value {
        ValueView::F64(number) => {
            field(to, TType::Double, 4, |to| to.write_double(*number))?;
        }
        ValueView::Bool(flag) => field(to, TType::Bool, 5, |to| to.write_bool(*flag))?,
        ValueView::I64(number) => long(to, 6, *number)?,
        ValueView::String(text) => string(to, 3, text)?,
        other => string(to, 3, &other.to_string())?,
    }
    end(to)
}

fn reference(to: &mut impl TOutputProtocol, link: &LinkView<'_>) -> Done {
    let (high, low) = halves(link.trace_id().map_or(0, |id| id.to_u128()));
    let id = link.span_id().map_or(0, |id| id.to_u64());
    to.write_struct_begin(&unnamed())?;
    field(to, TType::I32, 1, |to| to.write_i32(FOLLOWS_FROM))?;
    long(to, 2, low)?;
    long(to, 3, high)?;
    long(to, 4, id as i64)?;
    end(to)
}

fn log(to: &mut impl TOutputProtocol, event: &EventView<'_>) -> Done {
    let attributes = event.attributes();
    to.write_struct_begin(&unnamed())?;
    long(to, 1, (event.unix_nanos() / 1000) as i64)?;
    list(to, 2, 1 + attributes.len(), |to| {
        tag(to, "event", &ValueView::String(event.name()))?;
        attributes
            .iter()
            .try_for_each(|attribute| tag(to, attribute.key, &attribute.value))
    })?;
    end(to)
}

fn halves(trace_id: u128) -> (i64, i64) {
    ((trace_id >> 64) as i64, trace_id as i64)
}

fn string(to: &mut impl TOutputProtocol, id: i16, text: &str) -> Done {
    field(to, TType::String, id, |to| to.write_string(text))
}

fn long(to: &mut impl TOutputProtocol, id: i16, number: i64) -> Done {
    field(to, TType::I64, id, |to| to.write_i64(number))
}

/// A list of structs; an empty one is left out.
fn list<P: TOutputProtocol>(
    to: &mut P,
    id: i16,
    size: usize,
    items: impl FnOnce(&mut P) -> Done,
) -> Done {
    if size == 0 {
        return Ok(());
    }
    field(to, TType::List, id, |to| {
        to.write_list_begin(&TListIdentifier::new(TType::Struct, size as i32))?;
        items(to)?;
        to.write_list_end()
    })
}

fn field<P: TOutputProtocol>(
    to: &mut P,
    kind: TType,
    id: i16,
    value: impl FnOnce(&mut P) -> Done,
) -> Done {
    to.write_field_begin(&TFieldIdentifier {
        name: None,
        field_type: kind,
        id: Some(id),
    })?;
    value(to)?;
    to.write_field_end()
}

fn unnamed() -> TStructIdentifier {
    TStructIdentifier::new("")
}

fn end(to: &mut impl TOutputProtocol) -> Done {
    to.write_field_stop()?;
    to.write_struct_end()
}

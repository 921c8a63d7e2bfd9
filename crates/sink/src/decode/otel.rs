//! What OpenTelemetry writes into the tags of formats that have no field for it.
//!
//! The keys are those of the specification's "Mapping to non-OTLP formats". Tags stay where they
//! are; this file only reads them.

use crate::model::{Attribute, Kind, Scope, Status, Value};

/// The text of the first tag with this key.
pub(super) fn text<'a>(tags: &'a [Attribute], key: &str) -> Option<&'a str> {
    tags.iter()
        .find(|tag| tag.key == key)
        .and_then(|tag| tag.value.as_str())
}

/// `otel.scope.name` and `otel.scope.version`; before 1.0 they were called `otel.library.*`.
pub(super) fn scope(tags: &[Attribute]) -> Option<Scope> {
    let either = |new, old| text(tags, new).or_else(|| text(tags, old));
    let name = either("otel.scope.name", "otel.library.name")?;
    let version = either("otel.scope.version", "otel.library.version").unwrap_or_default();
    Some(Scope {
        name: name.to_owned(),
        version: version.to_owned(),
        attributes: Vec::new(),
        schema_url: String::new(),
    })
}

/// The status from `otel.status_code`, else from `error` as each format uses it: `error_says` is
/// its message if that tag marks a failure. A description, where there is one, wins as the message.
pub(super) fn status(tags: &[Attribute], error_says: Option<&str>) -> Status {
    let failed = || {
        let description = text(tags, "otel.status_description").or(error_says);
        Status::Error(description.unwrap_or_default().to_owned())
    };
    match text(tags, "otel.status_code") {
        Some("OK") => Status::Ok,
        Some("ERROR") => failed(),
        _ if error_says.is_some() => failed(),
        _ => Status::Unset,
    }
}

/// Jaeger marks a failure by a tag `error` that is true; some clients write it as text.
pub(super) fn jaeger_error(tags: &[Attribute]) -> Option<&'static str> {
    let tag = tags.iter().find(|tag| tag.key == "error")?;
    match &tag.value {
        Value::Bool(true) => Some(""),
        Value::String(text) if text == "true" => Some(""),
        _ => None,
    }
}

/// `span.kind`; a value it does not know is left to the tags.
pub(super) fn kind(tags: &[Attribute]) -> Kind {
    match text(tags, "span.kind") {
        Some("server") => Kind::Server,
        Some("client") => Kind::Client,
        Some("producer") => Kind::Producer,
        Some("consumer") => Kind::Consumer,
        _ => Kind::Internal,
    }
}

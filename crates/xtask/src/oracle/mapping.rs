//! What a decoder must have read of a row, by format.
//!
//! OTLP carries all there is. What the others make of it is the mapping of the OpenTelemetry
//! specification ("Mapping to non-OTLP formats", and its pages for Jaeger and Zipkin), written here a
//! second time from the specification; where that leaves a choice, the encoder's documentation has it.
//! The decoder undoes the parts that it can know: kind, status, trace state, name and version of the scope.
//!
//! Values are typed as in rows. Three types are of our own, for a text or a number that can be written in
//! more than one way:
//!
//! | type | what must have come |
//! |---|---|
//! | `json text` | a string that is this value as JSON |
//! | `double text` | a string that reads as this number |
//! | `number` | an integer or a double of this value |

use crate::json::Json;

/// A way to write spans down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Otlp,
    Jaeger,
    Zipkin,
}

impl Format {
    /// What the decoder must have read, except for what it adds itself.
    pub(super) fn of(self, row: &Json) -> Json {
        match self {
            Format::Otlp => otlp(row),
            Format::Jaeger => jaeger(row),
            Format::Zipkin => zipkin(row),
        }
    }
}

/// The members that every format has as they are, in the order of rows.
const KEPT: [&str; 4] = ["trace_id", "span_id", "parent_span_id", "name"];

fn otlp(row: &Json) -> Json {
    let mut members: Vec<(&str, Json)> = kept(row, &KEPT);
    let others = [
        "trace_state",
        "trace_flags",
        "kind",
        "start_ns",
        "end_ns",
        "service",
        "resource",
        "scope",
        "attributes",
        "events",
        "status",
    ];
    members.extend(kept(row, &others));
    members.push(("time_unit", Json::of("ns")));
    let links = row.list("links").iter().map(|link| {
        let names = [
            "trace_id",
            "span_id",
            "trace_state",
            "attributes",
            "trace_flags",
        ];
        let mut members = kept(link, &names);
        members.push(("type", Json::null()));
        Json::object(members)
    });
    members.push(("links", Json::List(links.collect())));
    // Span.flags: eight bits of the trace, "known to be remote or not", "remote".
    let said = |name: &str| row.get("extra").and_then(|extra| extra.text(name));
    let is_remote = said("is_remote") == Some("true");
    let flags = number(row, "trace_flags") | 0x100 | if is_remote { 0x200 } else { 0 };
    let url = |name: &str| Json::of(said(name).unwrap_or_default());
    let nothing = ["attributes", "events", "links"].map(|name| (name, Json::word(0)));
    let extra = [
        ("flags", Json::word(flags)),
        ("has_remote", Json::word(true)),
        ("is_remote", Json::word(is_remote)),
        ("resource_schema_url", url("resource_schema_url")),
        ("scope_schema_url", url("scope_schema_url")),
        ("dropped", Json::object(nothing)),
    ];
    members.push(("extra", Json::object(extra)));
    Json::object(members)
}

fn jaeger(row: &Json) -> Json {
    let mut members = foreign(row);
    let sampled = Json::word(number(row, "trace_flags") & 1);
    let (start, end) = (number(row, "start_ns"), number(row, "end_ns"));
    // Links' attributes have no place in references, and are logs in front of those of events.
    let logs_of_links = row.list("links").iter().filter_map(|link| {
        let attributes = members_of(link, "attributes");
        let ids = kept(link, &["trace_id", "span_id"]).into_iter();
        let ids = ids.map(|(key, id)| (key.to_owned(), typed("string", id)));
        let attributes: Vec<_> = attributes.iter().map(jaeger_tag).collect();
        (!attributes.is_empty()).then(|| {
            Json::object([
                ("name", Json::of("link")),
                ("time_ns", Json::word(micros(start))),
                ("attributes", Json::object(ids.chain(attributes))),
            ])
        })
    });
    let events = row.list("events").iter().map(|event| {
        let attributes = members_of(event, "attributes").iter().map(jaeger_tag);
        Json::object([
            ("name", copy(event, "name")),
            ("time_ns", Json::word(micros(number(event, "time_ns")))),
            ("attributes", Json::object(attributes)),
        ])
    });
    let links = row.list("links").iter().map(|link| {
        let mut members = kept(link, &["trace_id", "span_id"]);
        members.push(("trace_state", Json::null()));
        members.push(("attributes", Json::object::<&str>([])));
        members.push(("type", Json::of("FOLLOWS_FROM")));
        Json::object(members)
    });
    let resource = members_of(row, "resource").iter();
    let resource = resource.filter(|(key, _)| key != "service.name");
    let scope = row
        .get("scope")
        .map_or(&[][..], |scope| members_of(scope, "attributes"));
    let extra = [
        ("flags", sampled.clone()),
        ("parent_reference", Json::word(false)),
    ];
    members.extend([
        ("trace_state", copy(row, "trace_state")),
        ("trace_flags", sampled),
        ("end_ns", Json::word(micros(end))),
        ("resource", Json::object(resource.map(jaeger_tag))),
        (
            "attributes",
            tags(&[members_of(row, "attributes"), scope], jaeger_tag),
        ),
        ("events", Json::List(logs_of_links.chain(events).collect())),
        ("links", Json::List(links.collect())),
        ("extra", Json::object(extra)),
    ]);
    Json::object(members)
}

fn zipkin(row: &Json) -> Json {
    let mut members = foreign(row);
    let (start, end) = (number(row, "start_ns"), number(row, "end_ns"));
    // Whole microseconds, at least one: 0 would mean that it is not known.
    let duration = ((end - start) / 1_000).max(1) * 1_000;
    let mut events: Vec<Json> = Vec::new();
    for event in row.list("events") {
        let attributes = members_of(event, "attributes").iter().map(annotation_value);
        let event = Json::object([
            ("name", copy(event, "name")),
            ("time_ns", Json::word(micros(number(event, "time_ns")))),
            ("attributes", Json::object(attributes)),
        ]);
        // Annotations are unique.
        if !events.contains(&event) {
            events.push(event);
        }
    }
    let resource = members_of(row, "resource").iter();
    let resource: Vec<_> = resource
        .filter(|(key, _)| key != "service.name")
        .cloned()
        .collect();
    let scope = row
        .get("scope")
        .map_or(&[][..], |scope| members_of(scope, "attributes"));
    let own = members_of(row, "attributes");
    let endpoint = |name: Json| Json::object([("serviceName", name)]);
    let calls = matches!(row.text("kind"), Some("CLIENT" | "PRODUCER"));
    let peer = own.iter().find(|(key, _)| calls && key == "peer.service");
    let peer = peer.map_or(Json::null(), |(_, name)| endpoint(copy(name, "value")));
    let extra = [
        ("trace_id_bits", Json::word(128)),
        ("debug", Json::null()),
        ("shared", Json::null()),
        ("local_endpoint", endpoint(copy(row, "service"))),
        ("remote_endpoint", peer),
    ];
    members.extend([
        ("trace_state", Json::null()),
        ("trace_flags", Json::null()),
        ("end_ns", Json::word(micros(start) + duration)),
        ("resource", Json::object::<&str>([])),
        ("attributes", tags(&[own, scope, &resource], zipkin_tag)),
        ("events", Json::List(events)),
        ("links", Json::List(Vec::new())),
        ("extra", Json::object(extra)),
    ]);
    Json::object(members)
}

/// What the formats that are not OpenTelemetry's own have in common.
fn foreign(row: &Json) -> Vec<(&'static str, Json)> {
    let mut members = kept(row, &KEPT);
    let kind = match row.text("kind") {
        Some("INTERNAL") | None => Json::null(),
        _ => copy(row, "kind"),
    };
    let scope = row.get("scope");
    let said = |name| scope.and_then(|scope| scope.text(name)).unwrap_or_default();
    let scope = match (said("name"), said("version")) {
        ("", "") => Json::null(),
        (name, version) => Json::object([
            ("name", Json::of(name)),
            ("version", Json::of(version)),
            ("attributes", Json::object::<&str>([])),
        ]),
    };
    members.extend([
        ("kind", kind),
        ("start_ns", Json::word(micros(number(row, "start_ns")))),
        ("time_unit", Json::of("us")),
        ("service", copy(row, "service")),
        ("scope", scope),
        ("status", copy(row, "status")),
    ]);
    members
}

/// Attributes of the span, and of the others those with keys that no earlier one has.
fn tags(of: &[&[(String, Json)]], tag: fn(&(String, Json)) -> (String, Json)) -> Json {
    let mut members: Vec<(String, Json)> = Vec::new();
    for attribute in of.iter().copied().flatten() {
        if members.iter().all(|(known, _)| *known != attribute.0) {
            members.push(tag(attribute));
        }
    }
    Json::object(members)
}

/// Jaeger's tags are typed, save for lists and maps.
fn jaeger_tag((key, value): &(String, Json)) -> (String, Json) {
    let value = match value.text("type") {
        Some("array" | "map") => typed("json text", plain(value)),
        Some("empty") => typed("string", Json::of("")),
        _ => value.clone(),
    };
    (key.clone(), value)
}

/// Zipkin's tags are text.
fn zipkin_tag((key, value): &(String, Json)) -> (String, Json) {
    let content = || copy(value, "value");
    let value = match value.text("type") {
        Some("array" | "map") => typed("json text", plain(value)),
        Some("empty") => typed("string", Json::of("")),
        Some("double") => typed("double text", content()),
        _ => typed("string", Json::of(value.text("value").unwrap_or_default())),
    };
    (key.clone(), value)
}

/// In annotations, attributes are the members of an object; the decoder gives what has no type of its
/// own there as JSON.
fn annotation_value((key, value): &(String, Json)) -> (String, Json) {
    let value = match (value.text("type"), plain(value)) {
        (Some("bool" | "int"), _) => value.clone(),
        (Some("double"), number @ Json::Word(_)) => typed("number", number),
        (_, text @ Json::Text(_)) => typed("string", text),
        (_, other) => typed("json text", other),
    };
    (key.clone(), value)
}

/// A value as JSON has it: bytes in Base64, numbers that are none as text.
fn plain(value: &Json) -> Json {
    match value.get("value") {
        Some(Json::List(elements)) => Json::List(elements.iter().map(plain).collect()),
        Some(Json::Object(members)) => {
            let members = members.iter();
            Json::object(members.map(|(key, value)| (key.clone(), plain(value))))
        }
        Some(other) => other.clone(),
        None => Json::null(),
    }
}

fn typed(kind: &str, value: Json) -> Json {
    Json::object([("type", Json::of(kind)), ("value", value)])
}

/// Nanoseconds without the part below a microsecond.
fn micros(nanos: u64) -> u64 {
    nanos / 1_000 * 1_000
}

fn kept<'n>(of: &Json, names: &[&'n str]) -> Vec<(&'n str, Json)> {
    names.iter().map(|name| (*name, copy(of, name))).collect()
}

/// A member, `null` where there is none.
fn copy(of: &Json, name: &str) -> Json {
    of.get(name).cloned().unwrap_or_else(Json::null)
}

fn members_of<'a>(of: &'a Json, name: &str) -> &'a [(String, Json)] {
    match of.get(name) {
        Some(Json::Object(members)) => members,
        _ => &[],
    }
}

/// A member that is a whole number; 0 if there is none, which no span passes for.
fn number(of: &Json, name: &str) -> u64 {
    of.text(name)
        .and_then(|word| word.parse().ok())
        .unwrap_or(0)
}

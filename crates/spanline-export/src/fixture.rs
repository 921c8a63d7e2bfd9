//! Finished spans for unit tests, written through the record as a live span would.

use crate::encoder::Encoder;
use crate::split::Splitter;
use spanline_core::attribute::Value;
use spanline_core::export::{Batch, Exported, Records};
use spanline_core::id::{SpanId, TraceId};
use spanline_core::kind::SpanKind;
use spanline_core::record::{Parent, Record, SpanLimits, Start};
use spanline_core::resource::Resource;
use spanline_core::scope::{Scope, ScopeId};
use spanline_core::span_context::SpanContext;
use spanline_core::status::StatusCode;
use spanline_core::timestamp::Timestamp;
use spanline_core::trace_flags::TraceFlags;
use spanline_core::view::{SpanView, Timeline};
use std::ops::ControlFlow;

/// The start of a span unless told otherwise: one millisecond after the epoch.
pub(crate) const START: u64 = 1_000_000;

/// A span under construction.
pub(crate) struct Span {
    record: Record,
    limits: SpanLimits,
    trace: u128,
    id: u64,
    parent: u64,
    flags: TraceFlags,
    state: &'static str,
    parent_is_remote: bool,
    kind: SpanKind,
    scope: ScopeId,
    start: u64,
    end: u64,
    status: (StatusCode, &'static str),
}

impl Span {
    pub(crate) fn new(name: &str) -> Span {
        let mut record = Record::default();
        let limits = SpanLimits::default();
        record.begin(name, &limits);
        Span {
            record,
            limits,
            trace: 1,
            id: 2,
            parent: 0,
            flags: TraceFlags::SAMPLED,
            state: "",
            parent_is_remote: false,
            kind: SpanKind::Internal,
            scope: ScopeId::UNNAMED,
            start: START,
            end: START + 4_000,
            status: (StatusCode::Unset, ""),
        }
    }

    pub(crate) fn ids(mut self, trace: u128, id: u64, parent: u64) -> Span {
        (self.trace, self.id, self.parent) = (trace, id, parent);
        self
    }

    pub(crate) fn flags(mut self, flags: TraceFlags) -> Span {
        self.flags = flags;
        self
    }

    pub(crate) fn trace_state(mut self, state: &'static str) -> Span {
        self.state = state;
        self
    }

    pub(crate) fn remote_parent(mut self) -> Span {
        self.parent_is_remote = true;
        self
    }

    pub(crate) fn kind(mut self, kind: SpanKind) -> Span {
        self.kind = kind;
        self
    }

    pub(crate) fn scope(mut self, scope: Scope<'_>) -> Span {
        self.scope = ScopeId::intern(&scope).unwrap();
        self
    }

    pub(crate) fn limits(mut self, limits: SpanLimits) -> Span {
        self.limits = limits;
        self
    }

    /// The end, in nanoseconds after the start.
    pub(crate) fn took(mut self, nanos: i64) -> Span {
        self.end = START.saturating_add_signed(nanos);
        self
    }

    /// Start and end, in nanoseconds after the epoch.
    pub(crate) fn times(mut self, start: u64, end: u64) -> Span {
        (self.start, self.end) = (start, end);
        self
    }

    pub(crate) fn attribute<'v>(mut self, key: &str, value: impl Into<Value<'v>>) -> Span {
        self.record.set(key, &value.into(), &self.limits);
        self
    }

    /// An event so many nanoseconds after the start.
    pub(crate) fn event(
        mut self,
        name: &str,
        after: u64,
        attributes: &[(&str, Value<'_>)],
    ) -> Span {
        let place = self.record.event(name, START + after, &self.limits);
        if let Some(place) = place {
            for (key, value) in attributes {
                self.record.set_nested(place, key, value, &self.limits);
            }
        }
        self
    }

    pub(crate) fn link(mut self, trace: u128, id: u64, attributes: &[(&str, Value<'_>)]) -> Span {
        let context = context(trace, id, TraceFlags::SAMPLED, "");
        if let Some(place) = self.record.link(&context, &self.limits) {
            for (key, value) in attributes {
                self.record.set_nested(place, key, value, &self.limits);
            }
        }
        self
    }

    pub(crate) fn remote_link(mut self, trace: u128, id: u64, state: &str) -> Span {
        let context = context(trace, id, TraceFlags::SAMPLED, state).with_remote(true);
        self.record.link(&context, &self.limits);
        self
    }

    pub(crate) fn status(mut self, code: StatusCode, text: &'static str) -> Span {
        self.status = (code, text);
        self
    }

    /// The finished record.
    pub(crate) fn seal(mut self) -> Vec<u8> {
        let own = context(self.trace, self.id, self.flags, self.state);
        let parent = match self.parent {
            0 => SpanContext::INVALID,
            parent => context(self.trace, parent, self.flags, self.state)
                .with_remote(self.parent_is_remote),
        };
        self.record.identify(Start {
            context: &own,
            parent: Parent::of(&parent),
            scope: self.scope,
            kind: self.kind,
            ticks: self.start,
            explicit: Some(Timestamp::from_unix_nanos(self.start)),
        });
        self.record
            .set_trace_states(own.trace_state(), parent.trace_state());
        let (code, text) = self.status;
        self.record.set_status(code, text, &self.limits);
        self.record.end_at(Timestamp::from_unix_nanos(self.end));
        self.record.seal().to_vec()
    }
}

fn context(trace: u128, id: u64, flags: TraceFlags, state: &str) -> SpanContext {
    let state = if state.is_empty() {
        Default::default()
    } else {
        state.parse().unwrap()
    };
    match (TraceId::from_u128(trace), SpanId::from_u64(id)) {
        (Some(trace), Some(span)) => SpanContext::new(trace, span, flags).with_trace_state(state),
        _ => SpanContext::INVALID,
    }
}

pub(crate) fn service(name: &str) -> Resource {
    Resource::builder().service_name(name).build()
}

/// Calls `then` with the view of a record.
pub(crate) fn view<T>(record: &[u8], then: impl FnOnce(SpanView<'_>) -> T) -> T {
    let resource = service("a");
    then(SpanView::new(record, &Timeline::UNIX, &resource).unwrap())
}

/// Calls `then` with a batch of records.
pub(crate) fn batch<T>(
    records: &[Vec<u8>],
    resource: &Resource,
    then: impl FnOnce(Batch<'_>) -> T,
) -> T {
    then(Batch::new(&Lent(records), &Timeline::UNIX, resource))
}

struct Lent<'a>(&'a [Vec<u8>]);

/// What a batch of many shapes in two scopes allocates, once buffers have grown.
pub(crate) fn allocations(mut encoder: impl Encoder) -> u64 {
    let scopes = [Scope::new("one"), Scope::new("two")];
    let mut shapes = Shapes::new().scopes(&scopes);
    let mut records: Vec<_> = (0..100).map(|_| shapes.span()).collect();
    let peer = Span::new("peer").kind(SpanKind::Client);
    records.push(peer.attribute("network.peer.address", "2001:db8::1").seal());
    let mut splitter = Splitter::new();
    batch(&records, &service("a"), |batch| {
        let mut encode = || {
            let sent = splitter.split(&mut encoder, batch, 20_000, |_| ControlFlow::Continue(()));
            assert_eq!(sent, Exported::ALL);
        };
        encode();
        allocation_counter::measure(encode).count_total
    })
}

impl Records for Lent<'_> {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn get(&self, n: usize) -> Option<&[u8]> {
        self.0.get(n).map(Vec::as_slice)
    }
}

/// Spans of every shape, the same ones in every run.
pub(crate) struct Shapes {
    random: u64,
    scopes: Vec<ScopeId>,
}

impl Shapes {
    pub(crate) fn new() -> Shapes {
        Shapes {
            random: 0,
            scopes: vec![ScopeId::UNNAMED],
        }
    }

    /// Over these scopes instead of the unnamed one.
    pub(crate) fn scopes(mut self, scopes: &[Scope<'_>]) -> Shapes {
        let intern = |scope| ScopeId::intern(scope).unwrap();
        self.scopes = scopes.iter().map(intern).collect();
        self
    }

    /// The next span.
    pub(crate) fn span(&mut self) -> Vec<u8> {
        let kinds = [
            SpanKind::Internal,
            SpanKind::Server,
            SpanKind::Client,
            SpanKind::Producer,
            SpanKind::Consumer,
        ];
        let statuses = [StatusCode::Unset, StatusCode::Ok, StatusCode::Error];
        let (trace, id) = (u128::from(self.next()) + 1, self.next() | 1);
        let parent = self.next() * self.below(2);
        // Not at a whole microsecond, since formats that have no nanoseconds cut.
        let start = START + self.below(1_000_000);
        let mut span = Span::new(self.text())
            .ids(trace << self.below(64) | 1, id, parent)
            .flags(TraceFlags::from_bits(self.below(4) as u8))
            .kind(kinds[self.below(5) as usize])
            .status(statuses[self.below(3) as usize], self.text())
            .times(start, start + self.below(3_000_000));
        for n in 0..self.below(9) {
            span = span.attribute(&format!("{}{n}", self.text()), self.value(2));
        }
        for _ in 0..self.below(3) {
            let (key, value) = self.peer();
            span = span.attribute(key, value);
        }
        for _ in 0..self.below(4) {
            let attributes = [("a", self.value(2)), ("b", self.value(1))];
            let taken = self.below(3) as usize;
            span = span.event(self.text(), self.below(5_000_000), &attributes[..taken]);
        }
        for _ in 0..self.below(3) {
            let attributes = [("a", self.value(0))];
            let taken = self.below(2) as usize;
            span = span.link(
                u128::from(self.next()),
                self.next() | 1,
                &attributes[..taken],
            );
        }
        if self.scopes.len() > 1 {
            let scope = self.below(self.scopes.len() as u64) as usize;
            span.scope = self.scopes[scope];
        }
        span.seal()
    }

    /// An attribute that may tell whom the span talks to.
    fn peer(&mut self) -> (&'static str, Value<'static>) {
        const KEYS: [&str; 6] = [
            "peer.service",
            "network.peer.address",
            "network.peer.port",
            "server.socket.address",
            "server.socket.port",
            "db.name",
        ];
        let value = match self.below(6) {
            0 => Value::from("10.0.0.9"),
            1 => Value::from("2001:DB8::1"),
            2 => Value::from("::ffff:10.0.0.9"),
            3 => Value::from(self.below(70_000) as i64),
            4 => Value::from("443"),
            _ => Value::from(self.text()),
        };
        (KEYS[self.below(6) as usize], value)
    }

    fn value(&mut self, depth: u64) -> Value<'static> {
        match self.below(if depth == 0 { 7 } else { 12 }) {
            0 => Value::Empty,
            1 => Value::from(self.below(2) == 1),
            2 => Value::from((self.next() >> self.below(64)) as i64),
            3 => Value::from(f64::from_bits(self.next())),
            4 => Value::from(self.below(1_000_000) as f64 / 1000.0),
            5 => Value::from(self.text()),
            6 => Value::bytes(self.next().to_le_bytes()[..self.below(9) as usize].to_vec()),
            7 => Value::from(vec![self.next() as i64; self.below(4) as usize]),
            8 => Value::from(vec![f64::from_bits(self.next()); self.below(4) as usize]),
            9 => Value::from(vec![true, false, true]),
            10 => Value::Array((0..self.below(4)).map(|_| self.value(depth - 1)).collect()),
            _ => Value::map(
                (0..self.below(4)).map(|n| (format!("{}{n}", self.text()), self.value(depth - 1))),
            ),
        }
    }

    /// Texts of all lengths around the sizes that are treated alike, with all that needs care.
    fn text(&mut self) -> &'static str {
        const TEXTS: [&str; 12] = [
            "",
            "a",
            "\"",
            "key",
            "http.me",
            "http.meth",
            "http.request.met",
            "http.request.method",
            "back\\slash and \"quotes\"\n\t\u{1}",
            "ünïcödé ☃ \u{1F600}",
            "a text that is longer than thirty-two bytes, so that it is copied by a call",
            "\u{7f}\u{80}\u{2028}",
        ];
        TEXTS[self.below(12) as usize]
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// splitmix64
    fn next(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.random ^ (self.random >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

/// A varint as both protocols define it: seven bits at a time, the lowest first.
pub(crate) fn varint(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

/// ExportTraceServiceResponse with a text of so many bytes, and two spans that are rejected, which
/// stands in front of the text or behind it.
pub(crate) fn partial_success(text: usize) -> [Vec<u8>; 2] {
    let field = |key: u8, content: &[u8]| {
        // The length in five bytes, as some write it.
        let length = content.len();
        let digits = [0, 7, 14, 21].map(|at| (length >> at) as u8 | 0x80);
        [&[key], &digits[..], &[(length >> 28) as u8], content].concat()
    };
    // ExportTracePartialSuccess, 1: rejected_spans, 2: error_message
    let (number, text) = (vec![0x08, 2], field(0x12, &b"x".repeat(text)));
    [[&*number, &text], [&text, &number]].map(|fields| field(0x0A, &fields.concat()))
}

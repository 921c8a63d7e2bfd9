//! Spans at random, as rows that the conformance program reads: everything that a span can have, with
//! text, numbers and values that need care. The same seed gives the same spans.

use crate::json::Json;

/// Spans of one resource that follow each other. A multiple of this is sent as whole batches.
pub(super) const PORTION: usize = 50;

/// A moment in 2023, in nanoseconds; no clock is asked.
const EPOCH: u64 = 1_700_000_000_000_000_000;

/// Rows without end.
pub(super) struct Rows {
    random: u64,
    made: usize,
    traces: Vec<String>,
    /// Span ids so far, for parents.
    ids: Vec<String>,
}

impl Rows {
    pub(super) fn new(seed: u64) -> Rows {
        let mut rows = Rows {
            random: seed,
            made: 0,
            traces: Vec::new(),
            ids: Vec::new(),
        };
        rows.traces = (0..20)
            .map(|_| format!("{:016x}{:016x}", rows.next_number(), rows.next_number() | 1))
            .collect();
        rows
    }

    fn row(&mut self) -> Json {
        let start = EPOCH + self.below(100_000_000_000);
        let lengths = [0, 1, 999, 1_000, 1_001, self.below(10_000_000_000)];
        let end = start + *self.one_of(&lengths);
        let id = self.span_id();
        let parent = self.parent();
        self.ids.push(id.clone());
        let kinds = ["INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"];
        let code = *self.one_of(&["UNSET", "OK", "ERROR"]);
        let message = match code {
            "ERROR" => self.text(0, 10),
            _ => String::new(),
        };
        let resource = self.resource();
        let schema = *self.one_of(&["", "https://schemas.example.org/1.0"]);
        let has_parent = parent != Json::null();
        let members = [
            ("trace_id", Json::of(self.trace_id())),
            ("span_id", Json::of(id)),
            ("parent_span_id", parent),
            ("trace_state", self.trace_state()),
            ("trace_flags", Json::word(self.one_of(&[1, 3]))),
            ("name", Json::of(self.text(1, 20))),
            ("kind", Json::of(*self.one_of(&kinds))),
            ("start_ns", Json::word(start)),
            ("end_ns", Json::word(end)),
            ("service", service(&resource)),
            ("resource", resource),
            ("scope", self.scope()),
            ("attributes", self.attributes(8)),
            ("events", self.events(start, end)),
            ("links", self.links()),
            (
                "status",
                Json::object([("code", Json::of(code)), ("message", Json::of(message))]),
            ),
            (
                "extra",
                Json::object([
                    ("is_remote", Json::word(has_parent && self.below(2) == 1)),
                    ("resource_schema_url", Json::of("")),
                    ("scope_schema_url", Json::of(schema)),
                ]),
            ),
        ];
        self.made += 1;
        Json::object(members)
    }

    fn trace_id(&mut self) -> String {
        let traces = std::mem::take(&mut self.traces);
        let id = self.one_of(&traces).clone();
        self.traces = traces;
        id
    }

    fn span_id(&mut self) -> String {
        format!("{:016x}", self.next_number() | 1)
    }

    /// None, one that was sent before, or one that is not known.
    fn parent(&mut self) -> Json {
        match self.below(10) {
            0..3 => Json::null(),
            3..5 => Json::of(self.span_id()),
            _ => {
                let at = self.below(self.ids.len() as u64 + 1) as usize;
                self.ids.get(at).map_or(Json::null(), Json::of)
            }
        }
    }

    fn trace_state(&mut self) -> Json {
        match self.below(3) {
            0 => Json::null(),
            1 => Json::of("a=1"),
            _ => Json::of("congo=t61rcWkgMzE,rojo=00f067aa0ba902b7"),
        }
    }

    /// The same for a portion of rows.
    fn resource(&self) -> Json {
        let number = self.made / PORTION % 4;
        Json::object([
            (
                "service.name",
                typed("string", Json::of(format!("shop {number}"))),
            ),
            ("host.cpus", typed("int", Json::word(number))),
            (
                "host.ip",
                typed("array", Json::List(vec![typed("string", Json::of("::1"))])),
            ),
        ])
    }

    fn scope(&mut self) -> Json {
        let (name, version, attributes) = match self.below(4) {
            0 => ("", "", Json::object::<&str>([])),
            1 => ("orders", "", Json::object::<&str>([])),
            2 => ("orders", "1.2.0", Json::object::<&str>([])),
            _ => {
                // The span may have an attribute of the first name as well.
                let own = ("key.1", typed("string", Json::of("of the scope")));
                let other = ("library.part", typed("double", Json::word(0.5)));
                ("payment", "2", Json::object([own, other]))
            }
        };
        Json::object([
            ("name", Json::of(name)),
            ("version", Json::of(version)),
            ("attributes", attributes),
        ])
    }

    /// Not later than the last whole microsecond: a format that has no more may show the end there.
    fn events(&mut self, start: u64, end: u64) -> Json {
        let micros = (end - start) / 1_000 * 1_000;
        let count = self.below(4);
        let event = |rows: &mut Rows| {
            Json::object([
                ("name", Json::of(rows.text(1, 8))),
                ("time_ns", Json::word(start + rows.below(micros + 1))),
                ("attributes", rows.attributes(3)),
            ])
        };
        Json::List((0..count).map(|_| event(self)).collect())
    }

    fn links(&mut self) -> Json {
        let count = self.below(3);
        let link = |rows: &mut Rows| {
            Json::object([
                ("trace_id", Json::of(rows.trace_id())),
                ("span_id", Json::of(rows.span_id())),
                ("trace_state", rows.trace_state()),
                ("attributes", rows.attributes(2)),
                ("trace_flags", Json::word(rows.below(2))),
            ])
        };
        Json::List((0..count).map(|_| link(self)).collect())
    }

    fn attributes(&mut self, most: u64) -> Json {
        let count = self.below(most + 1);
        let mut members: Vec<(String, Json)> = Vec::new();
        for _ in 0..count {
            let (key, value) = match self.below(20) {
                // Tells of the peer, for which a format may have a place of its own.
                0 => ("peer.service".to_owned(), typed("string", Json::of("bank"))),
                _ => (self.key(), self.value(2)),
            };
            if members.iter().all(|(known, _)| *known != key) {
                members.push((key, value));
            }
        }
        Json::object(members)
    }

    fn key(&mut self) -> String {
        let keys = [
            "key",
            "http.route",
            "order id",
            "ключ",
            "🙂\"\\",
            "a.b.c.d.e.f.g.h.i.j.k.l.m",
        ];
        format!("{}.{}", self.one_of(&keys), self.below(30))
    }

    fn value(&mut self, depth: u64) -> Json {
        let integers = [
            0,
            1,
            -1,
            i64::MAX,
            i64::MIN,
            1 << 53,
            self.next_number() as i64,
        ];
        let doubles = [0.0, -0.0, 1.5, -2.25, 3.0, 1e300, 1e21, 1e-7, 5e-324, 0.1];
        match self.below(if depth == 0 { 8 } else { 12 }) {
            0 => typed("empty", Json::null()),
            1 => typed("bool", Json::word(self.below(2) == 1)),
            2 | 3 => typed("int", Json::word(self.one_of(&integers))),
            // `{:?}` has the fewest digits that read as the same number.
            4 => typed("double", Json::word(format!("{:?}", self.one_of(&doubles)))),
            5 => typed(
                "double",
                Json::of(*self.one_of(&["NaN", "Infinity", "-Infinity"])),
            ),
            6 => typed("string", Json::of(self.text(0, 12))),
            7 => typed(
                "bytes",
                Json::of(*self.one_of(&["", "AA==", "/+8=", "c3Bhbg=="])),
            ),
            8 | 9 => {
                let count = self.below(4);
                let element = (0..count).map(|_| self.value(depth - 1)).collect();
                typed("array", Json::List(element))
            }
            10 => {
                let count = self.below(4);
                let number = |rows: &mut Rows| typed("int", Json::word(rows.one_of(&integers)));
                typed(
                    "array",
                    Json::List((0..count).map(|_| number(self)).collect()),
                )
            }
            _ => {
                let count = self.below(3);
                let member =
                    |rows: &mut Rows, n| (format!("{}{n}", rows.key()), rows.value(depth - 1));
                typed("map", Json::object((0..count).map(|n| member(self, n))))
            }
        }
    }

    /// Characters that are escaped somewhere, or have more than one byte. No colon: an event's name that
    /// is JSON would be read as such by who knows Zipkin's form of events.
    fn text(&mut self, least: u64, most: u64) -> String {
        let characters: Vec<char> = "abc xyz\"\\/<>&{}[],'\n\t\u{1}\u{7f}éż漢🙂\u{2028}"
            .chars()
            .collect();
        let length = least + self.below(most - least + 1);
        (0..length).map(|_| *self.one_of(&characters)).collect()
    }

    /// An element of a list that has some.
    fn one_of<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len() as u64) as usize]
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next_number() % bound
    }

    /// splitmix64
    fn next_number(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.random ^ (self.random >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

impl Iterator for Rows {
    type Item = Json;

    fn next(&mut self) -> Option<Json> {
        Some(self.row())
    }
}

fn typed(kind: &str, value: Json) -> Json {
    Json::object([("type", Json::of(kind)), ("value", value)])
}

fn service(resource: &Json) -> Json {
    let name = resource
        .get("service.name")
        .and_then(|name| name.text("value"));
    Json::of(name.unwrap_or_default())
}

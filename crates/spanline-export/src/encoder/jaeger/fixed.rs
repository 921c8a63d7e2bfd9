//! Tags whose every byte is known before any span: encoded once, copied for each.

use super::protocol::Protocol;
use super::tags::{push_bool, push_string};
use crate::encoder::buffer::Buffer;
use spanline_core::kind::SpanKind;
use spanline_core::status::StatusCode;

/// What kind and status become, for each kind and each status: one copy for a span.
#[derive(Debug)]
pub(super) struct Fixed {
    internal: Statuses,
    server: Statuses,
    client: Statuses,
    producer: Statuses,
    consumer: Statuses,
}

#[derive(Debug)]
struct Statuses {
    unset: Tags,
    ok: Tags,
    error: Tags,
}

#[derive(Debug, Default)]
struct Tags {
    encoded: Buffer,
    count: u32,
}

impl Fixed {
    pub(super) fn new<P: Protocol>() -> Fixed {
        Fixed {
            // There is no word for internal spans.
            internal: Statuses::new::<P>(b""),
            server: Statuses::new::<P>(b"server"),
            client: Statuses::new::<P>(b"client"),
            producer: Statuses::new::<P>(b"producer"),
            consumer: Statuses::new::<P>(b"consumer"),
        }
    }

    /// Appends `span.kind`, then `otel.status_code` and for an error `error`. Returns how many tags
    /// that makes.
    #[inline]
    pub(super) fn push(&self, kind: SpanKind, status: StatusCode, out: &mut Buffer) -> u32 {
        let statuses = match kind {
            SpanKind::Internal => &self.internal,
            SpanKind::Server => &self.server,
            SpanKind::Client => &self.client,
            SpanKind::Producer => &self.producer,
            SpanKind::Consumer => &self.consumer,
        };
        let tags = match status {
            StatusCode::Unset => &statuses.unset,
            StatusCode::Ok => &statuses.ok,
            StatusCode::Error => &statuses.error,
        };
        out.push(tags.encoded.as_bytes());
        tags.count
    }
}

impl Statuses {
    fn new<P: Protocol>(kind: &[u8]) -> Statuses {
        let unset = || {
            let mut tags = Tags::default();
            if !kind.is_empty() {
                tags.add(|out| push_string::<P>(out, b"span.kind", kind));
            }
            tags
        };
        let mut ok = unset();
        ok.add(|out| push_string::<P>(out, b"otel.status_code", b"OK"));
        let mut error = unset();
        error.add(|out| push_string::<P>(out, b"otel.status_code", b"ERROR"));
        error.add(|out| push_bool::<P>(out, b"error", true));
        let unset = unset();
        Statuses { unset, ok, error }
    }
}

impl Tags {
    fn add(&mut self, push: impl FnOnce(&mut Buffer)) {
        push(&mut self.encoded);
        self.count += 1;
    }
}

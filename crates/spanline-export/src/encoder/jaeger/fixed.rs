//! Tags whose every byte is known before any span: encoded once, copied for each.

use super::protocol::Protocol;
use super::tags::{put_bool, put_string};
use crate::encoder::buffer::{Buffer, Cursor};
use spanline_core::kind::SpanKind;
use spanline_core::record::KindStatus;
use spanline_core::status::StatusCode;

/// What kind and status become, for each kind and each status: one copy for a span.
#[derive(Debug)]
pub(super) struct Fixed {
    /// By [`place`].
    tags: [Tags; KINDS * STATUSES],
}

/// Kinds, counted by their numbers in OTLP, of which 0 is none.
const KINDS: usize = 6;

/// Unset, ok and error.
const STATUSES: usize = 3;

/// Encoded tags.
#[derive(Debug, Default)]
pub(super) struct Tags {
    pub(super) encoded: Buffer,
    /// How many there are.
    pub(super) count: u32,
}

impl Fixed {
    pub(super) fn new<P: Protocol>() -> Fixed {
        let mut tags: [Tags; KINDS * STATUSES] = Default::default();
        for kind in [
            SpanKind::Internal,
            SpanKind::Server,
            SpanKind::Client,
            SpanKind::Producer,
            SpanKind::Consumer,
        ] {
            for status in [StatusCode::Unset, StatusCode::Ok, StatusCode::Error] {
                if let Some(tags) = tags.get_mut(place(kind, status)) {
                    *tags = Tags::new::<P>(kind, status);
                }
            }
        }
        Fixed { tags }
    }

    /// `span.kind`, then `otel.status_code` and for an error `error`.
    #[inline(always)]
    pub(super) fn tags(&self, of: KindStatus) -> &Tags {
        let [none, ..] = &self.tags;
        let tags = self.tags.get(place(of.kind(), of.status()));
        tags.unwrap_or(none)
    }
}

#[inline(always)]
fn place(kind: SpanKind, status: StatusCode) -> usize {
    usize::from(kind.number()) * STATUSES + usize::from(status.number())
}

impl Tags {
    fn new<P: Protocol>(kind: SpanKind, status: StatusCode) -> Tags {
        let mut tags = Tags::default();
        let kind: &[u8] = match kind {
            // There is no word for these.
            SpanKind::Internal => b"",
            SpanKind::Server => b"server",
            SpanKind::Client => b"client",
            SpanKind::Producer => b"producer",
            SpanKind::Consumer => b"consumer",
        };
        if !kind.is_empty() {
            tags.add(|to| put_string::<P>(to, b"span.kind", kind));
        }
        match status {
            StatusCode::Unset => {}
            StatusCode::Ok => tags.add(|to| put_string::<P>(to, b"otel.status_code", b"OK")),
            StatusCode::Error => {
                tags.add(|to| put_string::<P>(to, b"otel.status_code", b"ERROR"));
                tags.add(|to| put_bool::<P>(to, b"error", true));
            }
        }
        tags
    }

    fn add(&mut self, put: impl Fn(&mut Cursor<'_>)) {
        self.encoded.write(64, put);
        self.count += 1;
    }
}

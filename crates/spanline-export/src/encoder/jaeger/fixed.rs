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
    /// By [`KindStatus::code`].
    tags: [Tags; KindStatus::CODES],
}

/// Encoded tags.
#[derive(Debug, Default)]
pub(super) struct Tags {
    pub(super) encoded: Buffer,
    /// How many there are.
    pub(super) count: u32,
}

impl Fixed {
    pub(super) fn new<P: Protocol>() -> Fixed {
        Fixed {
            tags: KindStatus::all().map(Tags::new::<P>),
        }
    }

    /// `span.kind`, then `otel.status_code` and for an error `error`.
    #[inline(always)]
    pub(super) fn tags(&self, of: KindStatus) -> &Tags {
        let [first, ..] = &self.tags;
        // Every code has its place, so the first one is never taken instead.
        self.tags.get(of.code()).unwrap_or(first)
    }
}

impl Tags {
    fn new<P: Protocol>(of: KindStatus) -> Tags {
        let mut tags = Tags::default();
        let kind: &[u8] = match of.kind() {
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
        match of.status() {
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

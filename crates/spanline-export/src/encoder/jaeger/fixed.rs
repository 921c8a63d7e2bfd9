//! Tags whose every byte is known before any span: encoded once, copied for each.

use super::protocol::Protocol;
use super::tags::{push_bool, push_string};
use crate::encoder::buffer::Buffer;
use spanline_core::kind::SpanKind;
use spanline_core::status::StatusCode;

/// What kind and status become.
#[derive(Debug)]
pub(super) struct Fixed {
    server: Buffer,
    client: Buffer,
    producer: Buffer,
    consumer: Buffer,
    ok: Buffer,
    error: Buffer,
}

impl Fixed {
    pub(super) fn new<P: Protocol>() -> Fixed {
        let text = |key: &[u8], text: &[u8]| {
            let mut out = Buffer::new();
            push_string::<P>(&mut out, key, text);
            out
        };
        let mut error = text(b"otel.status_code", b"ERROR");
        push_bool::<P>(&mut error, b"error", true);
        Fixed {
            server: text(b"span.kind", b"server"),
            client: text(b"span.kind", b"client"),
            producer: text(b"span.kind", b"producer"),
            consumer: text(b"span.kind", b"consumer"),
            ok: text(b"otel.status_code", b"OK"),
            error,
        }
    }

    /// `span.kind`, which has no word for internal spans. Appends it and returns how many tags that
    /// makes.
    #[inline]
    pub(super) fn push_kind(&self, kind: SpanKind, out: &mut Buffer) -> u32 {
        let tag = match kind {
            SpanKind::Internal => return 0,
            SpanKind::Server => &self.server,
            SpanKind::Client => &self.client,
            SpanKind::Producer => &self.producer,
            SpanKind::Consumer => &self.consumer,
        };
        out.push(tag.as_bytes());
        1
    }

    /// `otel.status_code`, and `error` with it; the same for a status.
    #[inline]
    pub(super) fn push_status(&self, status: StatusCode, out: &mut Buffer) -> u32 {
        match status {
            StatusCode::Unset => 0,
            StatusCode::Ok => {
                out.push(self.ok.as_bytes());
                1
            }
            StatusCode::Error => {
                out.push(self.error.as_bytes());
                2
            }
        }
    }
}

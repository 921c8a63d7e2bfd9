//! The law of `traceparent`: accepted exactly if the standard's grammar accepts it, and written back
//! as version 00 with the flags that have a meaning.
//!
//! Called by the fuzz target and the replay of its corpus, never by programs.

use super::super::property::{lower_hex, text, without_space};
use super::{format_traceparent, parse_traceparent};

/// What a `traceparent` says.
#[derive(Debug, PartialEq)]
pub(in super::super) struct Parent {
    pub(in super::super) trace_id: u128,
    pub(in super::super) span_id: u64,
    pub(in super::super) flags: u8,
}

/// W3C Trace Context Level 2, "traceparent Header Field Values" and "Versioning of traceparent".
///
/// ```text
/// value          = version "-" version-format
/// version        = 2HEXDIGLC                    ; not "ff"
/// version-format = trace-id "-" parent-id "-" trace-flags
/// trace-id       = 32HEXDIGLC                   ; not all zeros
/// parent-id      = 16HEXDIGLC                   ; not all zeros
/// trace-flags    = 2HEXDIGLC
/// ```
///
/// After the flags, version 00 ends; a higher version ends or goes on with a dash.
pub(in super::super) fn defined(header: &str) -> Option<Parent> {
    let value = without_space(header);
    let mut fields = value.splitn(5, '-');
    let (version, trace_id) = (fields.next()?, fields.next()?);
    let (span_id, flags) = (fields.next()?, fields.next()?);
    let version = lower_hex(version, 2).filter(|version| *version != 0xff)?;
    if version == 0 && fields.next().is_some() {
        return None;
    }
    Some(Parent {
        trace_id: lower_hex(trace_id, 32).filter(|id| *id != 0)?,
        span_id: lower_hex(span_id, 16).filter(|id| *id != 0)? as u64,
        flags: lower_hex(flags, 2)? as u8,
    })
}

/// Panics if reading or writing `traceparent` breaks its law for this value.
pub fn check_traceparent(data: &[u8]) {
    let header = text(data);
    let parsed = parse_traceparent(&header);
    let Some(expected) = defined(&header) else {
        let error = parsed.err();
        let at = error.map(|error| error.at());
        assert!(
            at.is_some_and(|at| at <= header.len()),
            "accepted {header:?}"
        );
        return;
    };
    let context = match parsed {
        Ok(context) => context,
        Err(error) => panic!("{header:?} is refused: {error}"),
    };
    assert!(context.is_valid() && context.is_remote() && context.trace_state().is_empty());
    assert_eq!(
        context.trace_id().map(|id| id.to_u128()),
        Some(expected.trace_id)
    );
    assert_eq!(
        context.span_id().map(|id| id.to_u64()),
        Some(expected.span_id)
    );
    assert_eq!(context.trace_flags().bits(), expected.flags & 0b11);

    let sent = format_traceparent(&context);
    let sent = sent.as_ref().map_or("", |sent| sent.as_str());
    let Parent {
        trace_id,
        span_id,
        flags,
    } = expected;
    assert_eq!(
        sent,
        format!("00-{trace_id:032x}-{span_id:016x}-{:02x}", flags & 0b11)
    );
    assert_eq!(parse_traceparent(sent).as_ref(), Ok(&context));
}

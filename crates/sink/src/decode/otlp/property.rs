//! The laws of the two decoders of OTLP: a payload is accepted exactly if a second reading of it, slow
//! and written from tables of the documents, accepts it; what was decoded and written again, in either
//! encoding, is decoded as the same.
//!
//! Called by the fuzz targets and the replay of their corpora, never by programs.

mod tables;
mod tree;
mod write;

use serde::de::IgnoredAny;
use serde_json::Value as Json;

use self::write::{to_json, to_protobuf};
use super::super::{DecodeError, Decoded};
use super::{otlp_json, otlp_protobuf};
use crate::model::ReceivedSpan;

/// Panics if decoding these bytes as OTLP in Protocol Buffers breaks the decoder's law.
pub fn check_otlp_protobuf(data: &[u8]) {
    let decoded = otlp_protobuf(data);
    let expected = tables::read_request(data);
    assert_eq!(decoded.is_ok(), expected.is_some(), "{:?}", decoded.err());
    match decoded {
        Err(error) => {
            assert!(error.byte().is_some_and(|byte| byte <= data.len()));
            assert!(!error.to_string().contains(char::is_control));
        }
        Ok(decoded) => {
            let expected = expected.unwrap_or_default();
            assert_eq!(decoded.spans.len(), expected.len());
            for (span, seen) in decoded.spans.iter().zip(&expected) {
                let ids = [seen.trace_id.as_slice(), &seen.span_id];
                let [trace_id, span_id] = ids.map(hex);
                assert_eq!(span.trace_id.to_string(), trace_id);
                assert_eq!(span.span_id.to_string(), span_id);
                assert_eq!(span.name.as_bytes(), seen.name);
                let times = [span.start_ns, span.end_ns].map(Option::unwrap_or_default);
                assert_eq!(times, [seen.start, seen.end]);
                assert_eq!(span.attributes.len(), seen.attributes);
            }
            check_written(&decoded.spans);
        }
    }
}

/// Panics if decoding these bytes as OTLP in JSON breaks the decoder's law.
pub fn check_otlp_json(data: &[u8]) {
    let decoded = otlp_json(data);
    if let Err(error) = &decoded {
        assert!(!error.to_string().contains(char::is_control), "{error}");
    }
    let Ok(tree) = serde_json::from_slice::<Json>(data) else {
        // What a tree cannot hold, such as a number beyond all bounds, may stand where it is passed
        // over; it still has to be JSON.
        assert!(decoded.is_err() || serde_json::from_slice::<IgnoredAny>(data).is_ok());
        return;
    };
    // A name that comes twice in an object is gone from the tree, but a reason to refuse.
    let plain = serde_json::to_vec(&tree).unwrap_or_default();
    let same = otlp_json(&plain);
    assert_eq!(same.is_ok(), tree::conforms(&tree), "{:?}", same.err());
    let Ok(decoded) = decoded else {
        return;
    };
    let spans = tree::spans(&tree);
    assert_eq!(decoded.spans.len(), spans.len());
    for (span, json) in decoded.spans.iter().zip(spans) {
        let text = |name: &str| json.get(name).and_then(Json::as_str).unwrap_or_default();
        assert_eq!(span.trace_id.to_string(), text("traceId").to_lowercase());
        assert_eq!(span.span_id.to_string(), text("spanId").to_lowercase());
        assert_eq!(span.name, text("name"));
    }
    let written = to_protobuf(&decoded.spans);
    assert_eq!(
        same.map(|same| to_protobuf(&same.spans)).as_ref(),
        Ok(&written)
    );
    check_written(&decoded.spans);
}

/// Spans that were decoded are written in both encodings and decoded again.
fn check_written(spans: &[ReceivedSpan]) {
    let written = to_protobuf(spans);
    let json = to_json(spans).to_string();
    let same = |again: Result<Decoded, DecodeError>| {
        assert_eq!(
            again.map(|again| to_protobuf(&again.spans)).as_ref(),
            Ok(&written)
        );
    };
    same(otlp_protobuf(&written));
    same(otlp_json(json.as_bytes()));
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

//! The law of the decoder of Jaeger batches, bare or in a datagram: a payload is accepted exactly if a
//! second reading, slow and written from tables of the IDL, accepts it; what was decoded and written
//! again is decoded as the same.
//!
//! Called by the fuzz target and the replay of its corpus, never by programs.

mod tree;
mod write;

use self::tree::{Fields, Node, Protocol, read_datagram, read_payload};
use self::write::write;
use super::super::{Decoded, jaeger_binary, jaeger_udp_binary, jaeger_udp_compact};

/// What a field is declared as.
#[derive(Clone, Copy)]
enum Is {
    Bool,
    I32,
    I64,
    Double,
    Text,
    Binary,
    Struct(Declared),
    Structs(Declared),
}

/// The structs of jaeger.thrift, and the arguments of `emitBatch` of agent.thrift.
#[derive(Clone, Copy, PartialEq)]
enum Declared {
    EmitBatch,
    Batch,
    Process,
    ClientStats,
    Span,
    SpanRef,
    Log,
    Tag,
}

impl Declared {
    /// Number, type, and whether it is required.
    const fn fields(self) -> &'static [(i16, Is, bool)] {
        use Declared::{Batch, ClientStats, Log, Process, Span, SpanRef, Tag};
        match self {
            Self::EmitBatch => &[(1, Is::Struct(Batch), true)],
            Self::Batch => &[
                (1, Is::Struct(Process), true),
                (2, Is::Structs(Span), true),
                (3, Is::I64, false),
                (4, Is::Struct(ClientStats), false),
            ],
            Self::Process => &[(1, Is::Text, true), (2, Is::Structs(Tag), false)],
            Self::ClientStats => &[(1, Is::I64, true), (2, Is::I64, true), (3, Is::I64, true)],
            Self::Span => &[
                (1, Is::I64, true),
                (2, Is::I64, true),
                (3, Is::I64, true),
                (4, Is::I64, true),
                (5, Is::Text, true),
                (6, Is::Structs(SpanRef), false),
                (7, Is::I32, true),
                (8, Is::I64, true),
                (9, Is::I64, true),
                (10, Is::Structs(Tag), false),
                (11, Is::Structs(Log), false),
            ],
            Self::SpanRef => &[
                (1, Is::I32, true),
                (2, Is::I64, true),
                (3, Is::I64, true),
                (4, Is::I64, true),
            ],
            Self::Log => &[(1, Is::I64, true), (2, Is::Structs(Tag), true)],
            Self::Tag => &[
                (1, Is::Text, true),
                (2, Is::I32, true),
                (3, Is::Text, false),
                (4, Is::Double, false),
                (5, Is::Bool, false),
                (6, Is::I64, false),
                (7, Is::Binary, false),
            ],
        }
    }
}

/// Known fields have the declared type and come once, required ones are there, and unknown ones
/// nest no deeper than the `thrift` crate follows.
fn conforms(fields: &Fields, spec: Declared) -> bool {
    let known = |id: i16| spec.fields().iter().find(|(number, ..)| *number == id);
    let valid = fields.iter().all(|(id, node)| match known(*id) {
        Some((_, is, _)) => declared(node, *is),
        None => node.depth() <= 64,
    });
    let times = |id: i16| fields.iter().filter(|(other, _)| *other == id).count();
    let counts = |(id, _, required): &(i16, Is, bool)| {
        times(*id) <= 1 && times(*id) >= usize::from(*required)
    };
    valid && spec.fields().iter().all(counts) && means_something(fields, spec)
}

fn declared(node: &Node, is: Is) -> bool {
    match (node, is) {
        (Node::Bool(byte), Is::Bool) => *byte < 2,
        (Node::I32(_), Is::I32) | (Node::I64(_), Is::I64) | (Node::Double, Is::Double) => true,
        (Node::Bytes(_), Is::Binary) => true,
        (Node::Bytes(bytes), Is::Text) => std::str::from_utf8(bytes).is_ok(),
        (Node::Struct(fields), Is::Struct(spec)) => conforms(fields, spec),
        (Node::List(elements), Is::Structs(spec)) => elements.iter().all(|element| match element {
            Node::Struct(fields) => conforms(fields, spec),
            _ => false,
        }),
        _ => false,
    }
}

/// What the decoder asks beyond the IDL: ids that are not zero, times that are not negative, enums
/// with a known value, and of a tag's values the one that its type names.
fn means_something(fields: &Fields, spec: Declared) -> bool {
    let number = |id: i16| {
        fields
            .iter()
            .find_map(|(other, node)| node.number().filter(|_| *other == id))
    };
    let is_id = |id: i16| number(id) != Some(0);
    let not_negative = |id: i16| number(id) >= Some(0);
    let is_trace = |low: i16, high: i16| is_id(low) || is_id(high);
    let has = |id: i16| fields.iter().any(|(other, _)| *other == id);
    match spec {
        Declared::Tag => {
            let kind = number(2).unwrap_or(-1);
            (0..=4).contains(&kind) && (0..=4).all(|n| has(n as i16 + 3) == (n == kind))
        }
        Declared::Log => not_negative(1),
        Declared::SpanRef => matches!(number(1), Some(0 | 1)) && is_trace(2, 3) && is_id(4),
        Declared::Span => is_trace(1, 2) && is_id(3) && not_negative(8) && not_negative(9),
        _ => true,
    }
}

/// Panics if decoding these bytes as a Jaeger batch breaks the decoder's law.
pub fn check_jaeger_binary(data: &[u8]) {
    let decoded = jaeger_binary(data);
    let expected = read_payload(data).filter(|batch| conforms(batch, Declared::Batch));
    assert_eq!(decoded.is_ok(), expected.is_some(), "{:?}", decoded.err());
    match decoded {
        Err(error) => {
            assert!(error.byte().is_some_and(|byte| byte <= data.len()));
            assert!(!error.to_string().contains(char::is_control));
        }
        Ok(decoded) => {
            check_content(&decoded, &expected.unwrap_or_default());
            let written = write(&decoded);
            let again = jaeger_binary(&written);
            assert_eq!(again.as_ref().map(write).as_ref(), Ok(&written));
        }
    }
}

/// Panics if decoding these bytes as a datagram of either port breaks the decoders' law.
pub fn check_jaeger_udp(data: &[u8]) {
    for (protocol, decoded) in [
        (Protocol::Binary, jaeger_udp_binary(data)),
        (Protocol::Compact, jaeger_udp_compact(data)),
    ] {
        let expected = read_datagram(protocol, data)
            .filter(|arguments| conforms(arguments, Declared::EmitBatch));
        let error = decoded.as_ref().err();
        assert_eq!(
            decoded.is_ok(),
            expected.is_some(),
            "{protocol:?} {error:?}"
        );
        match decoded {
            Err(error) => {
                assert!(error.byte().is_some_and(|byte| byte <= data.len()));
                assert!(!error.to_string().contains(char::is_control));
            }
            Ok(decoded) => {
                let batch =
                    expected
                        .unwrap_or_default()
                        .into_iter()
                        .find_map(|field| match field {
                            (1, Node::Struct(batch)) => Some(batch),
                            _ => None,
                        });
                check_content(&decoded, &batch.unwrap_or_default());
                // The same batch, bare.
                let written = write(&decoded);
                let again = jaeger_binary(&written);
                assert_eq!(again.as_ref().map(write).as_ref(), Ok(&written));
            }
        }
    }
}

/// The ids and names of the spans are those of the payload.
fn check_content(decoded: &Decoded, batch: &Fields) {
    let spans = batch.iter().find_map(|(id, node)| match node {
        Node::List(spans) if *id == 2 => Some(spans.as_slice()),
        _ => None,
    });
    let spans = spans.unwrap_or_default();
    assert_eq!(decoded.spans.len(), spans.len());
    for (span, node) in decoded.spans.iter().zip(spans) {
        let Node::Struct(fields) = node else {
            continue;
        };
        for (id, node) in fields {
            let number = node.number().unwrap_or_default();
            match id {
                1 => assert_eq!(span.trace_id.0 as i64, number),
                2 => assert_eq!((span.trace_id.0 >> 64) as i64, number),
                3 => assert_eq!(span.span_id.0 as i64, number),
                8 => assert_eq!(span.start_us, Some(number as u64)),
                9 => assert_eq!(span.duration_us, Some(number as u64)),
                _ => {}
            }
        }
        assert!(fields.iter().any(|(id, node)| {
            *id == 5 && matches!(node, Node::Bytes(name) if name == span.name.as_bytes())
        }));
    }
}

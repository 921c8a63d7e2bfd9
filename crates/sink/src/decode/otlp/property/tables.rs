//! Protocol Buffers read by tables of the messages: the slow reading that the law of the decoder is
//! held against.
//!
//! Written from "Encoding" of the Protocol Buffers documentation and from opentelemetry-proto; shares
//! no code with the decoder. Never used by programs.

/// What a field is declared as.
#[derive(Clone, Copy)]
enum Is {
    /// Of any length.
    Bytes,
    /// So many bytes, not all zero; or none, where the field may be left out.
    Id(usize, bool),
    Text,
    /// Any varint: a bool, an `int64`.
    Varint,
    /// At most 32 bits.
    Uint32,
    /// From 0 to this.
    Enum(u64),
    Fixed64,
    Fixed32,
    Message(Declared),
}

#[derive(Clone, Copy, PartialEq)]
enum Declared {
    Request,
    ResourceSpans,
    Resource,
    ScopeSpans,
    Scope,
    Span,
    Event,
    Link,
    Status,
    KeyValue,
    AnyValue,
    ArrayValue,
    KeyValueList,
}

impl Declared {
    /// Number, type, and whether it is repeated.
    const fn fields(self) -> &'static [(u64, Is, bool)] {
        use Declared::{
            AnyValue, ArrayValue, Event, KeyValue, KeyValueList, Link, Resource, ResourceSpans,
            Scope, ScopeSpans, Span, Status,
        };
        match self {
            Self::Request => &[(1, Is::Message(ResourceSpans), true)],
            Self::ResourceSpans => &[
                (1, Is::Message(Resource), false),
                (2, Is::Message(ScopeSpans), true),
                (3, Is::Text, false),
            ],
            Self::Resource => &[(1, Is::Message(KeyValue), true), (2, Is::Uint32, false)],
            Self::ScopeSpans => &[
                (1, Is::Message(Scope), false),
                (2, Is::Message(Span), true),
                (3, Is::Text, false),
            ],
            Self::Scope => &[
                (1, Is::Text, false),
                (2, Is::Text, false),
                (3, Is::Message(KeyValue), true),
            ],
            Self::Span => &[
                (1, Is::Id(16, false), false),
                (2, Is::Id(8, false), false),
                (3, Is::Text, false),
                (4, Is::Id(8, true), false),
                (5, Is::Text, false),
                (6, Is::Enum(5), false),
                (7, Is::Fixed64, false),
                (8, Is::Fixed64, false),
                (9, Is::Message(KeyValue), true),
                (10, Is::Uint32, false),
                (11, Is::Message(Event), true),
                (12, Is::Uint32, false),
                (13, Is::Message(Link), true),
                (14, Is::Uint32, false),
                (15, Is::Message(Status), false),
                (16, Is::Fixed32, false),
            ],
            Self::Event => &[
                (1, Is::Fixed64, false),
                (2, Is::Text, false),
                (3, Is::Message(KeyValue), true),
                (4, Is::Uint32, false),
            ],
            Self::Link => &[
                (1, Is::Id(16, false), false),
                (2, Is::Id(8, false), false),
                (3, Is::Text, false),
                (4, Is::Message(KeyValue), true),
                (5, Is::Uint32, false),
                (6, Is::Fixed32, false),
            ],
            Self::Status => &[(2, Is::Text, false), (3, Is::Enum(2), false)],
            Self::KeyValue => &[(1, Is::Text, false), (2, Is::Message(AnyValue), false)],
            Self::AnyValue => &[
                (1, Is::Text, false),
                (2, Is::Varint, false),
                (3, Is::Varint, false),
                (4, Is::Fixed64, false),
                (5, Is::Message(ArrayValue), false),
                (6, Is::Message(KeyValueList), false),
                (7, Is::Bytes, false),
            ],
            Self::ArrayValue => &[(1, Is::Message(AnyValue), true)],
            Self::KeyValueList => &[(1, Is::Message(KeyValue), true)],
        }
    }
}

/// A field: its number, wire type and content; of numbers the content is the value.
struct Field<'a> {
    number: u64,
    kind: u64,
    value: u64,
    bytes: &'a [u8],
}

/// What the law compares of a span.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) trace_id: Vec<u8>,
    pub(super) span_id: Vec<u8>,
    pub(super) name: Vec<u8>,
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) attributes: usize,
}

/// The spans of a request that keeps to the documents.
pub(super) fn read_request(bytes: &[u8]) -> Option<Vec<Seen>> {
    let mut spans = Vec::new();
    read(bytes, Declared::Request, 1, &mut spans).then_some(spans)
}

/// Whether a message, so many messages deep, keeps to its table.
fn read(bytes: &[u8], declared: Declared, depth: usize, spans: &mut Vec<Seen>) -> bool {
    let Some(fields) = fields(bytes).filter(|_| depth <= 100) else {
        return false;
    };
    let known = |number: u64| declared.fields().iter().find(|row| row.0 == number);
    let times = |number: u64| fields.iter().filter(|field| field.number == number).count();
    let once = |(number, _, repeated): &(u64, Is, bool)| *repeated || times(*number) <= 1;
    if !declared.fields().iter().all(once) {
        return false;
    }
    let value_of = |number: u64| fields.iter().find(|field| field.number == number);
    let named = || fields.iter().filter(|field| known(field.number).is_some());
    match declared {
        // A oneof.
        Declared::AnyValue if named().count() > 1 => return false,
        Declared::Span | Declared::Link if times(1) == 0 || times(2) == 0 => return false,
        Declared::Span => {
            let number = |number| value_of(number).map_or(0, |field| field.value);
            let bytes = |number| {
                value_of(number)
                    .map_or(&[][..], |field| field.bytes)
                    .to_vec()
            };
            let (start, end) = (number(7), number(8));
            if end != 0 && end < start {
                return false;
            }
            spans.push(Seen {
                trace_id: bytes(1),
                span_id: bytes(2),
                name: bytes(5),
                start,
                end,
                attributes: times(9),
            });
        }
        _ => {}
    }
    named().all(|field| known(field.number).is_some_and(|row| is(field, row.1, depth, spans)))
}

fn is(field: &Field<'_>, declared: Is, depth: usize, spans: &mut Vec<Seen>) -> bool {
    let Field {
        kind, value, bytes, ..
    } = *field;
    match declared {
        Is::Bytes => kind == 2,
        Is::Id(_, true) if kind == 2 && bytes.is_empty() => true,
        Is::Id(length, _) => {
            kind == 2 && bytes.len() == length && bytes.iter().any(|byte| *byte != 0)
        }
        Is::Text => kind == 2 && std::str::from_utf8(bytes).is_ok(),
        Is::Varint => kind == 0,
        Is::Uint32 => kind == 0 && value <= 0xffff_ffff,
        Is::Enum(last) => kind == 0 && value <= last,
        Is::Fixed64 => kind == 1,
        Is::Fixed32 => kind == 5,
        Is::Message(message) => kind == 2 && read(bytes, message, depth + 1, spans),
    }
}

fn fields(mut rest: &[u8]) -> Option<Vec<Field<'_>>> {
    let mut fields = Vec::new();
    while !rest.is_empty() {
        fields.push(field(&mut rest, 0)?);
    }
    Some(fields)
}

/// One field; groups, which only unknown fields are, nest to a hundred.
fn field<'a>(rest: &mut &'a [u8], groups: usize) -> Option<Field<'a>> {
    let key = varint(rest)?;
    let (number, kind) = (key >> 3, key & 7);
    if key > 0xffff_ffff || number == 0 || (groups >= 100 && kind != 4) {
        return None;
    }
    let (mut value, mut bytes) = (0, &[][..]);
    match kind {
        0 => value = varint(rest)?,
        1 => value = little(take(rest, 8)?),
        2 => {
            let length = usize::try_from(varint(rest)?).ok()?;
            bytes = take(rest, length)?;
        }
        3 => loop {
            let inner = field(rest, groups + 1)?;
            if inner.kind == 4 {
                if inner.number != number {
                    return None;
                }
                break;
            }
        },
        4 if groups > 0 => {}
        5 => value = little(take(rest, 4)?),
        _ => return None,
    }
    Some(Field {
        number,
        kind,
        value,
        bytes,
    })
}

fn little(bytes: &[u8]) -> u64 {
    let digit = |value: u64, byte: &u8| value << 8 | u64::from(*byte);
    bytes.iter().rev().fold(0, digit)
}

/// Seven bits a byte, the lowest first, at most 64 of them.
fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u128;
    for place in 0..10 {
        let byte = *take(rest, 1)?.first()?;
        value |= u128::from(byte & 0x7f) << (7 * place);
        if byte < 0x80 {
            return u64::try_from(value).ok();
        }
    }
    None
}

fn take<'a>(rest: &mut &'a [u8], bytes: usize) -> Option<&'a [u8]> {
    let (front, back) = rest.split_at_checked(bytes)?;
    *rest = back;
    Some(front)
}

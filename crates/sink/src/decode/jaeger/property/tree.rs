//! Thrift's binary and compact protocols, read into a tree without knowing any struct: the slow
//! reading that the law of the Jaeger decoder is held against.
//!
//! Written from "Thrift Binary protocol encoding" and "Thrift Compact protocol encoding"; shares no
//! code with the decoder. Never used by programs.

/// The fields of a struct in their order.
pub(super) type Fields = Vec<(i16, Node)>;

/// A value; those that no rule asks about are not kept.
pub(super) enum Node {
    Bool(u8),
    I32(i64),
    I64(i64),
    Double,
    /// A byte, a short number, a UUID.
    Other,
    Bytes(Vec<u8>),
    Struct(Fields),
    List(Vec<Node>),
    /// Sets, and keys and values of maps.
    Elements(Vec<Node>),
}

impl Node {
    pub(super) fn number(&self) -> Option<i64> {
        match self {
            Node::I32(number) | Node::I64(number) => Some(*number),
            _ => None,
        }
    }

    /// How many values stand inside each other here.
    pub(super) fn depth(&self) -> usize {
        let below = match self {
            Node::Struct(fields) => fields.iter().map(|(_, node)| node.depth()).max(),
            Node::List(nodes) | Node::Elements(nodes) => nodes.iter().map(Node::depth).max(),
            _ => None,
        };
        1 + below.unwrap_or(0)
    }
}

/// The protocol that is read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Protocol {
    Binary,
    Compact,
}

use Protocol::{Binary, Compact};

/// One struct and nothing behind it.
pub(super) fn read_payload(bytes: &[u8]) -> Option<Fields> {
    read_struct(Binary, bytes)
}

/// One message `emitBatch`, one way or called, and nothing behind its arguments.
pub(super) fn read_datagram(protocol: Protocol, bytes: &[u8]) -> Option<Fields> {
    let mut rest = bytes;
    let kind = match protocol {
        Binary => {
            let [0x80, 0x01, _, kind] = *take(&mut rest, 4)? else {
                return None;
            };
            kind
        }
        Compact => {
            let [0x82, version_and_kind] = *take(&mut rest, 2)? else {
                return None;
            };
            if version_and_kind & 0x1f != 1 {
                return None;
            }
            let kind = version_and_kind >> 5;
            varint(&mut rest, 5)?;
            kind
        }
    };
    let name = string(protocol, &mut rest)?;
    if protocol == Binary {
        take(&mut rest, 4)?;
    }
    let known = matches!(kind, 1 | 4) && name == b"emitBatch";
    known.then(|| read_struct(protocol, rest))?
}

fn read_struct(protocol: Protocol, bytes: &[u8]) -> Option<Fields> {
    let mut rest = bytes;
    match value(protocol, &mut rest, 12, 0)? {
        Node::Struct(fields) if rest.is_empty() => Some(fields),
        _ => None,
    }
}

/// Deeper than any payload that is accepted.
const DEEPEST: usize = 200;

/// A value of the kind that the binary protocol numbers so.
fn value(protocol: Protocol, rest: &mut &[u8], kind: u8, depth: usize) -> Option<Node> {
    if depth > DEEPEST {
        return None;
    }
    Some(match kind {
        2 => Node::Bool(match (protocol, *take(rest, 1)?.first()?) {
            (Binary, byte) => byte,
            // In a collection 1 is true and 2, or by older writers 0, is false.
            (Compact, byte @ 0..=2) => byte % 2,
            (Compact, _) => return None,
        }),
        3 => discard(rest, 1)?,
        6 if protocol == Compact => varint(rest, 5).map(|_| Node::Other)?,
        6 => discard(rest, 2)?,
        16 => discard(rest, 16)?,
        4 => {
            take(rest, 8)?;
            Node::Double
        }
        8 => Node::I32(integer(protocol, rest, 4)?),
        10 => Node::I64(integer(protocol, rest, 8)?),
        11 => Node::Bytes(string(protocol, rest)?.to_vec()),
        12 => Node::Struct(fields(protocol, rest, depth)?),
        13 => {
            let (kinds, size) = map(protocol, rest)?;
            Node::Elements(elements(protocol, rest, &kinds, size, depth)?)
        }
        14 | 15 => {
            let (element, size) = list(protocol, rest)?;
            let nodes = elements(protocol, rest, &[element], size, depth)?;
            match kind {
                14 => Node::Elements(nodes),
                _ => Node::List(nodes),
            }
        }
        _ => return None,
    })
}

fn string<'a>(protocol: Protocol, rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = match protocol {
        Binary => usize::try_from(number(rest, 4)?).ok()?,
        Compact => usize::try_from(varint(rest, 5)? as u32).ok()?,
    };
    take(rest, length)
}

fn fields(protocol: Protocol, rest: &mut &[u8], depth: usize) -> Option<Fields> {
    let mut fields = Fields::new();
    let mut last = 0_i16;
    loop {
        let (kind, id, bool) = match protocol {
            Binary => match kind_byte(rest)? {
                0 => return Some(fields),
                kind => (kind, i16::try_from(number(rest, 2)?).ok()?, None),
            },
            Compact => {
                let header = *take(rest, 1)?.first()?;
                let kind = compact_kind(header & 0x0f)?;
                if kind == 0 {
                    return Some(fields);
                }
                last = match header >> 4 {
                    0 => zigzag(varint(rest, 5)? & 0xffff_ffff) as i16,
                    delta => last.checked_add(delta.into())?,
                };
                let bool = (kind == 2).then_some(header & 1);
                (kind, last, bool)
            }
        };
        let node = match bool {
            Some(truth) => Node::Bool(truth),
            None => value(protocol, rest, kind, depth + 1)?,
        };
        fields.push((id, node));
    }
}

/// Element type and size of a list or a set.
fn list(protocol: Protocol, rest: &mut &[u8]) -> Option<(u8, i64)> {
    match protocol {
        Binary => Some((kind_byte(rest)?, number(rest, 4)?)),
        Compact => {
            let header = *take(rest, 1)?.first()?;
            let kind = compact_kind(header & 0x0f)?;
            let size = match header >> 4 {
                15 => i64::from(varint(rest, 5)? as i32),
                size => size.into(),
            };
            Some((kind, size))
        }
    }
}

/// Types of key and value, and the size, of a map.
fn map(protocol: Protocol, rest: &mut &[u8]) -> Option<([u8; 2], i64)> {
    match protocol {
        Binary => Some(([kind_byte(rest)?, kind_byte(rest)?], number(rest, 4)?)),
        Compact => match varint(rest, 5)? as i32 {
            0 => Some(([0; 2], 0)),
            size => {
                let kinds = *take(rest, 1)?.first()?;
                let kinds = [compact_kind(kinds >> 4)?, compact_kind(kinds & 0x0f)?];
                Some((kinds, size.into()))
            }
        },
    }
}

fn elements(
    protocol: Protocol,
    rest: &mut &[u8],
    kinds: &[u8],
    size: i64,
    depth: usize,
) -> Option<Vec<Node>> {
    if size < 0 {
        return None;
    }
    let mut nodes = Vec::new();
    for _ in 0..size {
        for kind in kinds {
            nodes.push(value(protocol, rest, *kind, depth + 1)?);
        }
    }
    Some(nodes)
}

/// A type byte that the protocol has; whether a value can have that type is another matter.
fn kind_byte(rest: &mut &[u8]) -> Option<u8> {
    let kind = *take(rest, 1)?.first()?;
    matches!(kind, 0..=4 | 6 | 8 | 10..=16).then_some(kind)
}

/// The binary protocol's number for a type of the compact protocol.
fn compact_kind(kind: u8) -> Option<u8> {
    const KINDS: [u8; 14] = [0, 2, 2, 3, 6, 8, 10, 4, 11, 15, 14, 13, 12, 16];
    KINDS.get(usize::from(kind)).copied()
}

fn integer(protocol: Protocol, rest: &mut &[u8], bytes: usize) -> Option<i64> {
    match (protocol, bytes) {
        (Binary, _) => number(rest, bytes),
        (Compact, 4) => Some(zigzag(varint(rest, 5)? & 0xffff_ffff)),
        (Compact, _) => Some(zigzag(varint(rest, 10)?)),
    }
}

fn number(rest: &mut &[u8], bytes: usize) -> Option<i64> {
    let digits = take(rest, bytes)?;
    let value = digits
        .iter()
        .fold(0_u64, |value, byte| value << 8 | u64::from(*byte));
    let shift = 64 - 8 * bytes as u32;
    Some((value << shift) as i64 >> shift)
}

/// Seven bits a byte, the lowest first, in at most so many bytes; bits beyond the 64th are lost.
fn varint(rest: &mut &[u8], most: usize) -> Option<u64> {
    let mut value = 0;
    for place in 0..most {
        let byte = *take(rest, 1)?.first()?;
        value |= u64::from(byte & 0x7f) << (7 * place);
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

/// 0, -1, 1, -2, 2 and so on.
fn zigzag(value: u64) -> i64 {
    let half = (value >> 1) as i64;
    if value % 2 == 1 { !half } else { half }
}

fn discard(rest: &mut &[u8], bytes: usize) -> Option<Node> {
    take(rest, bytes).map(|_| Node::Other)
}

fn take<'a>(rest: &mut &'a [u8], bytes: usize) -> Option<&'a [u8]> {
    let (front, back) = rest.split_at_checked(bytes)?;
    *rest = back;
    Some(front)
}

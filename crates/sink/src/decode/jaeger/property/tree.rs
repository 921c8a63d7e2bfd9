//! Thrift's binary protocol, read into a tree without knowing any struct: the slow reading that the
//! law of the Jaeger decoder is held against.
//!
//! Written from "Thrift Binary protocol encoding"; shares no code with the decoder. Never used by
//! programs.

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

/// One struct and nothing behind it.
pub(super) fn read_payload(bytes: &[u8]) -> Option<Fields> {
    let mut rest = bytes;
    match value(&mut rest, 12, 0)? {
        Node::Struct(fields) if rest.is_empty() => Some(fields),
        _ => None,
    }
}

/// Deeper than any payload that is accepted.
const DEEPEST: usize = 200;

fn value(rest: &mut &[u8], kind: u8, depth: usize) -> Option<Node> {
    if depth > DEEPEST {
        return None;
    }
    Some(match kind {
        2 => Node::Bool(*take(rest, 1)?.first()?),
        3 => discard(rest, 1)?,
        6 => discard(rest, 2)?,
        16 => discard(rest, 16)?,
        4 => {
            take(rest, 8)?;
            Node::Double
        }
        8 => Node::I32(number(rest, 4)?),
        10 => Node::I64(number(rest, 8)?),
        11 => {
            let length = usize::try_from(number(rest, 4)?).ok()?;
            Node::Bytes(take(rest, length)?.to_vec())
        }
        12 => Node::Struct(fields(rest, depth)?),
        13 => {
            let (key, value) = (kind_byte(rest)?, kind_byte(rest)?);
            Node::Elements(elements(rest, &[key, value], depth)?)
        }
        14 => {
            let element = kind_byte(rest)?;
            Node::Elements(elements(rest, &[element], depth)?)
        }
        15 => {
            let element = kind_byte(rest)?;
            Node::List(elements(rest, &[element], depth)?)
        }
        _ => return None,
    })
}

fn fields(rest: &mut &[u8], depth: usize) -> Option<Fields> {
    let mut fields = Fields::new();
    loop {
        let kind = kind_byte(rest)?;
        if kind == 0 {
            return Some(fields);
        }
        let id = i16::try_from(number(rest, 2)?).ok()?;
        fields.push((id, value(rest, kind, depth + 1)?));
    }
}

fn elements(rest: &mut &[u8], kinds: &[u8], depth: usize) -> Option<Vec<Node>> {
    let size = number(rest, 4)?;
    if size < 0 {
        return None;
    }
    let mut nodes = Vec::new();
    for _ in 0..size {
        for kind in kinds {
            nodes.push(value(rest, *kind, depth + 1)?);
        }
    }
    Some(nodes)
}

/// A type byte that the protocol has; whether a value can have that type is another matter.
fn kind_byte(rest: &mut &[u8]) -> Option<u8> {
    let kind = *take(rest, 1)?.first()?;
    matches!(kind, 0..=4 | 6 | 8 | 10..=16).then_some(kind)
}

fn number(rest: &mut &[u8], bytes: usize) -> Option<i64> {
    let digits = take(rest, bytes)?;
    let value = digits
        .iter()
        .fold(0_u64, |value, byte| value << 8 | u64::from(*byte));
    let shift = 64 - 8 * bytes as u32;
    Some((value << shift) as i64 >> shift)
}

fn discard(rest: &mut &[u8], bytes: usize) -> Option<Node> {
    take(rest, bytes).map(|_| Node::Other)
}

fn take<'a>(rest: &mut &'a [u8], bytes: usize) -> Option<&'a [u8]> {
    let (front, back) = rest.split_at_checked(bytes)?;
    *rest = back;
    Some(front)
}

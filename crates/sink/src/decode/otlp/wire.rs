//! Walks Protocol Buffers messages field by field, with a path for error messages.
//!
//! Keys, varints and what is passed over are read by the `prost` crate; this file adds what messages
//! made by its derive macro would not have: a length is held against the bytes that remain before
//! anything is made of it, each piece of memory is charged against a limit before it is taken (an
//! empty message is two bytes on the wire and hundreds in memory), and a refusal says where. A field
//! that is not repeated may come once: the encoding lets the last one win, and a sender that writes
//! it twice errs. It knows no message by name.

use std::fmt::Write;

use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};

use super::super::DecodeError;

pub(super) type Result<T> = std::result::Result<T, DecodeError>;

/// The memory that what is decoded from one payload may take, text and bytes not counted: they are
/// on the wire what they are in memory.
const MEMORY: usize = 512 << 20;

/// Messages inside each other; as deep as `prost` follows by itself.
const DEEPEST: usize = 100;

/// A part of the payload that knows where it stands.
#[derive(Clone, Copy)]
pub(super) struct Piece<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// The value of a field as the wire types tell values apart.
#[derive(Clone, Copy)]
pub(super) enum Wire<'a> {
    Varint(u64),
    Fixed64(u64),
    Fixed32(u32),
    Delimited(Piece<'a>),
    /// A group: nothing in OTLP is one.
    Group,
}

/// A step of the path to the value being read.
#[derive(Clone, Copy)]
enum Step {
    Field(&'static str),
    Element(&'static str, usize),
}

/// Reads messages and remembers where it is.
pub(super) struct Reader {
    path: Vec<Step>,
    depth: usize,
    /// Offset of what is read next.
    at: usize,
    memory: usize,
}

impl Reader {
    /// A reader, and the whole payload for it.
    pub(super) fn new(payload: &[u8]) -> (Self, Piece<'_>) {
        let reader = Self {
            path: Vec::new(),
            depth: 0,
            at: 0,
            memory: MEMORY,
        };
        (
            reader,
            Piece {
                bytes: payload,
                at: 0,
            },
        )
    }

    /// The error `reason` at the place being read.
    pub(super) fn fail(&self, reason: impl Into<String>) -> DecodeError {
        let mut place = String::new();
        for step in &self.path {
            let dot = if place.is_empty() { "" } else { "." };
            // Writing to a string cannot fail.
            let _ = match step {
                Step::Field(name) => write!(place, "{dot}{name}"),
                Step::Element(name, index) => write!(place, "{dot}{name}[{index}]"),
            };
        }
        DecodeError::new(place, Some(self.at), reason)
    }

    /// The error `reason` at a field of the message being read.
    pub(super) fn fail_at(&mut self, field: &'static str, reason: String) -> DecodeError {
        self.path.push(Step::Field(field));
        let error = self.fail(reason);
        self.path.pop();
        error
    }

    /// Reads a message: `visit` gets the number and value of each field and passes over those that
    /// it does not know.
    pub(super) fn message<'a>(
        &mut self,
        piece: Piece<'a>,
        mut visit: impl FnMut(&mut Self, u32, Wire<'a>) -> Result<()>,
    ) -> Result<()> {
        if self.depth == DEEPEST {
            return Err(self.fail(format!("more than {DEEPEST} messages inside each other")));
        }
        self.depth += 1;
        let mut rest = piece.bytes;
        let end = piece.at + rest.len();
        while !rest.is_empty() {
            self.at = end - rest.len();
            let (number, kind) = decode_key(&mut rest).map_err(|error| self.foreign(&error))?;
            let value = self.value(&mut rest, end, number, kind)?;
            self.at = end - rest.len();
            visit(self, number, value)?;
        }
        self.depth -= 1;
        Ok(())
    }

    fn value<'a>(
        &mut self,
        rest: &mut &'a [u8],
        end: usize,
        number: u32,
        kind: WireType,
    ) -> Result<Wire<'a>> {
        match kind {
            WireType::Varint => {
                let value = decode_varint(rest).map_err(|error| self.foreign(&error))?;
                Ok(Wire::Varint(value))
            }
            WireType::SixtyFourBit => {
                let bytes = self.chunk::<8>(rest)?;
                Ok(Wire::Fixed64(u64::from_le_bytes(bytes)))
            }
            WireType::ThirtyTwoBit => {
                let bytes = self.chunk::<4>(rest)?;
                Ok(Wire::Fixed32(u32::from_le_bytes(bytes)))
            }
            WireType::LengthDelimited => {
                let length = decode_varint(rest).map_err(|error| self.foreign(&error))?;
                let at = end - rest.len();
                let split = usize::try_from(length)
                    .ok()
                    .and_then(|length| rest.split_at_checked(length));
                let Some((bytes, after)) = split else {
                    let reason = format!("length {length}, but {} bytes remain", rest.len());
                    return Err(self.fail(reason));
                };
                *rest = after;
                Ok(Wire::Delimited(Piece { bytes, at }))
            }
            group => {
                skip_field(group, number, rest, DecodeContext::default())
                    .map_err(|error| self.foreign(&error))?;
                Ok(Wire::Group)
            }
        }
    }

    fn chunk<const N: usize>(&self, rest: &mut &[u8]) -> Result<[u8; N]> {
        let (chunk, after) = rest
            .split_first_chunk::<N>()
            .ok_or_else(|| self.fail("the message ends here"))?;
        *rest = after;
        Ok(*chunk)
    }

    /// Reads a field that may come once into its slot.
    pub(super) fn once<T>(
        &mut self,
        name: &'static str,
        slot: &mut Option<T>,
        read: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<()> {
        self.path.push(Step::Field(name));
        if slot.is_some() {
            return Err(self.fail("comes twice"));
        }
        *slot = Some(read(self)?);
        self.path.pop();
        Ok(())
    }

    /// Reads one more element of a repeated field.
    pub(super) fn element<T>(
        &mut self,
        name: &'static str,
        elements: &mut Vec<T>,
        read: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<()> {
        self.path.push(Step::Element(name, elements.len()));
        // A vector that grows holds up to twice as many as are in it.
        let size = 2 * size_of::<T>();
        self.memory = self
            .memory
            .checked_sub(size)
            .ok_or_else(|| self.fail(format!("takes more than {MEMORY} bytes of memory")))?;
        elements.push(read(self)?);
        self.path.pop();
        Ok(())
    }

    pub(super) fn delimited<'a>(&self, wire: Wire<'a>) -> Result<Piece<'a>> {
        match wire {
            Wire::Delimited(piece) => Ok(piece),
            _ => Err(self.mistyped("length-delimited")),
        }
    }

    pub(super) fn bytes(&self, wire: Wire<'_>) -> Result<Vec<u8>> {
        Ok(self.delimited(wire)?.bytes.to_vec())
    }

    pub(super) fn string(&self, wire: Wire<'_>) -> Result<String> {
        String::from_utf8(self.bytes(wire)?).map_err(|error| {
            let valid = error.utf8_error().valid_up_to();
            self.fail(format!("is not UTF-8 after its first {valid} bytes"))
        })
    }

    pub(super) fn varint(&self, wire: Wire<'_>) -> Result<u64> {
        match wire {
            Wire::Varint(value) => Ok(value),
            _ => Err(self.mistyped("a varint")),
        }
    }

    /// `uint32`: written in five bytes at most.
    pub(super) fn uint32(&self, wire: Wire<'_>) -> Result<u32> {
        let value = self.varint(wire)?;
        u32::try_from(value).map_err(|_| self.fail(format!("{value} has more than 32 bits")))
    }

    pub(super) fn fixed64(&self, wire: Wire<'_>) -> Result<u64> {
        match wire {
            Wire::Fixed64(value) => Ok(value),
            _ => Err(self.mistyped("of 64 bits")),
        }
    }

    pub(super) fn fixed32(&self, wire: Wire<'_>) -> Result<u32> {
        match wire {
            Wire::Fixed32(value) => Ok(value),
            _ => Err(self.mistyped("of 32 bits")),
        }
    }

    fn mistyped(&self, declared: &str) -> DecodeError {
        self.fail(format!("is on the wire not what is declared: {declared}"))
    }

    /// An error of the `prost` crate at the place being read.
    fn foreign(&self, error: &prost::DecodeError) -> DecodeError {
        let text = error.to_string();
        let reason = text.rsplit(": ").next().unwrap_or_default();
        self.fail(reason)
    }
}

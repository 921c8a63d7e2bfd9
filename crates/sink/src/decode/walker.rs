//! Walks a Thrift struct field by field, with a path for error messages.
//!
//! The bytes are read by the `thrift` crate's protocol, never by code of ours; this file adds what
//! the crate leaves to its user: a length is held against the bytes that remain *before* anything
//! is allocated for it, field types must be the declared ones, a field may come once, and required
//! fields must be there. Fields with unknown ids are skipped, as Thrift's versioning asks.
//!
//! It knows no struct by name, and of the binary and the compact protocol only what [`Bounded`] asks.

use std::cell::Cell;
use std::fmt::Write;
use std::io::{self, Read};
use std::rc::Rc;

use thrift::TConfiguration;
use thrift::protocol::{
    TBinaryInputProtocol, TCompactInputProtocol, TInputProtocol, TMessageIdentifier, TType,
};

use super::DecodeError;

type Result<T> = std::result::Result<T, DecodeError>;

/// A Thrift protocol over a buffer whose end is known.
pub(super) trait Bounded {
    /// The crate's protocol.
    type Protocol: TInputProtocol;

    fn protocol(&mut self) -> &mut Self::Protocol;

    /// Bytes not yet read.
    fn remaining(&self) -> usize;

    /// The length that the next string or binary announces and the bytes this announcement takes,
    /// not consumed; `None` where the crate refuses it by itself before it allocates.
    fn next_length(&self) -> Option<(usize, usize)>;

    /// Whether the next bool is one of the two encodings the protocol defines.
    fn next_bool_is_canonical(&self) -> bool;
}

/// The bytes of a payload, read by a protocol and seen by its owner: the compact protocol of the
/// crate does not show what it has left.
#[derive(Clone)]
pub(super) struct Cursor<'a>(Rc<Cell<&'a [u8]>>);

impl Read for Cursor<'_> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        let mut rest = self.0.get();
        let count = rest.read(target)?;
        self.0.set(rest);
        Ok(count)
    }
}

/// The binary protocol over a whole payload.
pub(super) struct Binary<'a> {
    protocol: TBinaryInputProtocol<Cursor<'a>>,
    rest: Cursor<'a>,
}

/// The compact protocol over a whole payload.
pub(super) struct Compact<'a> {
    protocol: TCompactInputProtocol<Cursor<'a>>,
    rest: Cursor<'a>,
}

impl<'a> Binary<'a> {
    pub(super) fn new(payload: &'a [u8]) -> Result<Self> {
        let rest = Cursor(Rc::new(Cell::new(payload)));
        // Strict concerns message headers: without a version they are those of a protocol long gone.
        let protocol = TBinaryInputProtocol::with_config(rest.clone(), true, limits(payload)?);
        Ok(Self { protocol, rest })
    }
}

impl<'a> Compact<'a> {
    pub(super) fn new(payload: &'a [u8]) -> Result<Self> {
        let rest = Cursor(Rc::new(Cell::new(payload)));
        let protocol = TCompactInputProtocol::with_config(rest.clone(), limits(payload)?);
        Ok(Self { protocol, rest })
    }
}

/// The crate's own limits, set to the size of the payload.
fn limits(payload: &[u8]) -> Result<TConfiguration> {
    TConfiguration::builder()
        .max_frame_size(None)
        .max_message_size(Some(payload.len()))
        .max_container_size(Some(payload.len()))
        .max_string_size(Some(payload.len()))
        .build()
        .map_err(|error| DecodeError::new("", None, error.to_string()))
}

/// Thrift's binary protocol: lengths are `i32`, bools are one byte, all big-endian.
impl<'a> Bounded for Binary<'a> {
    type Protocol = TBinaryInputProtocol<Cursor<'a>>;

    fn protocol(&mut self) -> &mut Self::Protocol {
        &mut self.protocol
    }

    fn remaining(&self) -> usize {
        self.rest.0.get().len()
    }

    fn next_length(&self) -> Option<(usize, usize)> {
        let prefix = self.rest.0.get().first_chunk::<4>()?;
        let length = usize::try_from(i32::from_be_bytes(*prefix)).ok()?;
        Some((length, 4))
    }

    fn next_bool_is_canonical(&self) -> bool {
        matches!(self.rest.0.get().first(), Some(0 | 1))
    }
}

/// Thrift's compact protocol: lengths are varints of at most five bytes, a field's bool stands in
/// its header.
impl<'a> Bounded for Compact<'a> {
    type Protocol = TCompactInputProtocol<Cursor<'a>>;

    fn protocol(&mut self) -> &mut Self::Protocol {
        &mut self.protocol
    }

    fn remaining(&self) -> usize {
        self.rest.0.get().len()
    }

    fn next_length(&self) -> Option<(usize, usize)> {
        let mut length = 0_u64;
        for (index, byte) in self.rest.0.get().iter().take(5).enumerate() {
            length |= u64::from(byte & 0x7f) << (7 * index);
            if byte & 0x80 == 0 {
                return Some((usize::try_from(length).unwrap_or(usize::MAX), index + 1));
            }
        }
        None
    }

    fn next_bool_is_canonical(&self) -> bool {
        true
    }
}

/// A step of the path to the value being read.
#[derive(Clone, Copy)]
enum Step {
    Field(&'static str),
    Element(usize),
}

/// A field header as it was read.
#[derive(Clone, Copy)]
pub(super) struct Field {
    pub(super) id: i16,
    wire: TType,
}

/// Reads values and remembers where it is.
pub(super) struct Walker<P> {
    input: P,
    /// Size of the payload.
    total: usize,
    /// From the outermost struct to the value being read.
    path: Vec<Step>,
}

impl<P: Bounded> Walker<P> {
    pub(super) fn new(input: P) -> Self {
        let total = input.remaining();
        Self {
            input,
            total,
            path: Vec::new(),
        }
    }

    /// The error `reason` at the place being read.
    pub(super) fn fail(&self, reason: impl Into<String>) -> DecodeError {
        let mut place = String::new();
        for step in &self.path {
            // Writing to a string cannot fail.
            let _ = match step {
                Step::Field(name) if place.is_empty() => write!(place, "{name}"),
                Step::Field(name) => write!(place, ".{name}"),
                Step::Element(index) => write!(place, "[{index}]"),
            };
        }
        DecodeError::new(place, Some(self.total - self.input.remaining()), reason)
    }

    /// Nothing may follow the struct.
    pub(super) fn finish(&self) -> Result<()> {
        match self.input.remaining() {
            0 => Ok(()),
            left => Err(self.fail(format!("{left} bytes are left over"))),
        }
    }

    /// Reads the header of a message; its arguments are a struct.
    pub(super) fn message(&mut self) -> Result<TMessageIdentifier> {
        let header = self.input.protocol().read_message_begin();
        header.map_err(|error| self.foreign(&error))
    }

    /// Reads a struct: `visit` gets each field and says whether it knew, and so consumed, it.
    pub(super) fn structure(
        &mut self,
        mut visit: impl FnMut(&mut Self, Field) -> Result<bool>,
    ) -> Result<()> {
        self.input
            .protocol()
            .read_struct_begin()
            .map_err(|error| self.foreign(&error))?;
        loop {
            let header = self
                .input
                .protocol()
                .read_field_begin()
                .map_err(|error| self.foreign(&error))?;
            if header.field_type == TType::Stop {
                break;
            }
            let field = Field {
                id: header.id.unwrap_or_default(),
                wire: header.field_type,
            };
            if !visit(self, field)? {
                self.input
                    .protocol()
                    .skip(field.wire)
                    .map_err(|error| self.foreign(&error))?;
            }
        }
        self.input
            .protocol()
            .read_struct_end()
            .map_err(|error| self.foreign(&error))
    }

    /// Reads one known field into its slot; always `Ok(true)`, for the end of a match arm.
    pub(super) fn field<T>(
        &mut self,
        field: Field,
        name: &'static str,
        declared: TType,
        slot: &mut Option<T>,
        read: fn(&mut Self) -> Result<T>,
    ) -> Result<bool> {
        self.path.push(Step::Field(name));
        if field.wire != declared {
            return Err(self.fail(format!("has type {}, declared {declared}", field.wire)));
        }
        if slot.is_some() {
            return Err(self.fail("comes twice"));
        }
        *slot = Some(read(self)?);
        self.path.pop();
        Ok(true)
    }

    /// The value of a field that must be there.
    pub(super) fn require<T>(&self, slot: Option<T>, name: &str) -> Result<T> {
        slot.ok_or_else(|| self.fail(format!("required field {name} is missing")))
    }

    /// Reads a list of structs.
    pub(super) fn structs<T>(&mut self, read: fn(&mut Self) -> Result<T>) -> Result<Vec<T>> {
        let list = self
            .input
            .protocol()
            .read_list_begin()
            .map_err(|error| self.foreign(&error))?;
        let size = usize::try_from(list.size)
            .map_err(|_| self.fail(format!("negative list size {}", list.size)))?;
        // A struct takes a byte at least: its stop field.
        let remaining = self.input.remaining();
        if size > remaining {
            let reason = format!("list of {size} structs, but {remaining} bytes remain");
            return Err(self.fail(reason));
        }
        if size > 0 && list.element_type != TType::Struct {
            return Err(self.fail(format!("list of {}, declared struct", list.element_type)));
        }
        // Grown as elements come: a struct in memory is far larger than a byte on the wire.
        let mut elements = Vec::new();
        for index in 0..size {
            self.path.push(Step::Element(index));
            elements.push(read(self)?);
            self.path.pop();
        }
        self.input
            .protocol()
            .read_list_end()
            .map_err(|error| self.foreign(&error))?;
        Ok(elements)
    }

    pub(super) fn binary(&mut self) -> Result<Vec<u8>> {
        if let Some((length, prefix)) = self.input.next_length() {
            let after = self.input.remaining().saturating_sub(prefix);
            if length > after {
                let reason = format!("length {length}, but {after} bytes remain");
                return Err(self.fail(reason));
            }
        }
        self.input
            .protocol()
            .read_bytes()
            .map_err(|error| self.foreign(&error))
    }

    pub(super) fn string(&mut self) -> Result<String> {
        String::from_utf8(self.binary()?).map_err(|error| {
            let valid = error.utf8_error().valid_up_to();
            self.fail(format!("is not UTF-8 after its first {valid} bytes"))
        })
    }

    pub(super) fn bool(&mut self) -> Result<bool> {
        if self.input.remaining() > 0 && !self.input.next_bool_is_canonical() {
            return Err(self.fail("is neither true (1) nor false (0)"));
        }
        self.input
            .protocol()
            .read_bool()
            .map_err(|error| self.foreign(&error))
    }

    pub(super) fn i32(&mut self) -> Result<i32> {
        self.input
            .protocol()
            .read_i32()
            .map_err(|error| self.foreign(&error))
    }

    pub(super) fn i64(&mut self) -> Result<i64> {
        self.input
            .protocol()
            .read_i64()
            .map_err(|error| self.foreign(&error))
    }

    pub(super) fn double(&mut self) -> Result<f64> {
        self.input
            .protocol()
            .read_double()
            .map_err(|error| self.foreign(&error))
    }

    /// An error of the `thrift` crate at the place being read.
    fn foreign(&self, error: &thrift::Error) -> DecodeError {
        match error {
            thrift::Error::Transport(_) => self.fail("the payload ends here"),
            thrift::Error::Protocol(error) => self.fail(error.message.clone()),
            other => self.fail(other.to_string()),
        }
    }
}

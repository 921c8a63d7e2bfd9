//! Walks a Thrift struct field by field, with a path for error messages.
//!
//! The bytes are read by the `thrift` crate's protocol, never by code of ours; this file adds what
//! the crate leaves to its user: a length is held against the bytes that remain *before* anything
//! is allocated for it, field types must be the declared ones, a field may come once, and required
//! fields must be there. Fields with unknown ids are skipped, as Thrift's versioning asks.
//!
//! It knows no struct by name. The compact protocol needs one more [`Bounded`] implementation.

use std::fmt::Write;

use thrift::TConfiguration;
use thrift::protocol::{TBinaryInputProtocol, TInputProtocol, TType};

use super::DecodeError;

type Result<T> = std::result::Result<T, DecodeError>;

/// A Thrift protocol over a buffer whose end is known.
pub(super) trait Bounded: TInputProtocol {
    /// Bytes not yet read.
    fn remaining(&self) -> usize;

    /// The length that the next string or binary announces, not consumed; `None` if the bytes
    /// end inside it or it is negative.
    fn next_length(&self) -> Option<usize>;

    /// Whether the next bool is one of the two encodings the protocol defines.
    fn next_bool_is_canonical(&self) -> bool;
}

/// The binary protocol over a whole payload.
pub(super) type Binary<'a> = TBinaryInputProtocol<&'a [u8]>;

/// Opens the binary protocol over `payload`, with the crate's own limits set to its size.
pub(super) fn binary(payload: &[u8]) -> Result<Binary<'_>> {
    let limits = TConfiguration::builder()
        .max_frame_size(None)
        .max_message_size(Some(payload.len()))
        .max_container_size(Some(payload.len()))
        .max_string_size(Some(payload.len()))
        .build()
        .map_err(|error| DecodeError::new("", None, error.to_string()))?;
    // Strict or not concerns message headers only, and a bare struct has none.
    Ok(TBinaryInputProtocol::with_config(payload, true, limits))
}

/// Thrift's binary protocol: lengths are `i32`, bools are one byte, all big-endian.
impl Bounded for Binary<'_> {
    fn remaining(&self) -> usize {
        self.transport.len()
    }

    fn next_length(&self) -> Option<usize> {
        let prefix = self.transport.first_chunk::<4>()?;
        usize::try_from(i32::from_be_bytes(*prefix)).ok()
    }

    fn next_bool_is_canonical(&self) -> bool {
        matches!(self.transport.first(), Some(0 | 1))
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
    protocol: P,
    /// Size of the payload.
    total: usize,
    /// From the outermost struct to the value being read.
    path: Vec<Step>,
}

impl<P: Bounded> Walker<P> {
    pub(super) fn new(protocol: P) -> Self {
        let total = protocol.remaining();
        Self {
            protocol,
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
        DecodeError::new(place, Some(self.total - self.protocol.remaining()), reason)
    }

    /// Nothing may follow the struct.
    pub(super) fn finish(&self) -> Result<()> {
        match self.protocol.remaining() {
            0 => Ok(()),
            left => Err(self.fail(format!("{left} bytes are left over"))),
        }
    }

    /// Reads a struct: `visit` gets each field and says whether it knew, and so consumed, it.
    pub(super) fn structure(
        &mut self,
        mut visit: impl FnMut(&mut Self, Field) -> Result<bool>,
    ) -> Result<()> {
        self.protocol
            .read_struct_begin()
            .map_err(|error| self.foreign(&error))?;
        loop {
            let header = self
                .protocol
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
                self.protocol
                    .skip(field.wire)
                    .map_err(|error| self.foreign(&error))?;
            }
        }
        self.protocol
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
            .protocol
            .read_list_begin()
            .map_err(|error| self.foreign(&error))?;
        let size = usize::try_from(list.size)
            .map_err(|_| self.fail(format!("negative list size {}", list.size)))?;
        // A struct takes a byte at least: its stop field.
        let remaining = self.protocol.remaining();
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
        self.protocol
            .read_list_end()
            .map_err(|error| self.foreign(&error))?;
        Ok(elements)
    }

    pub(super) fn binary(&mut self) -> Result<Vec<u8>> {
        let after_length = self.protocol.remaining().saturating_sub(4);
        match self.protocol.next_length() {
            Some(length) if length > after_length => {
                let reason = format!("length {length}, but {after_length} bytes remain");
                Err(self.fail(reason))
            }
            // A length the crate refuses by itself, before it allocates, is its to explain.
            _ => self
                .protocol
                .read_bytes()
                .map_err(|error| self.foreign(&error)),
        }
    }

    pub(super) fn string(&mut self) -> Result<String> {
        String::from_utf8(self.binary()?).map_err(|error| {
            let valid = error.utf8_error().valid_up_to();
            self.fail(format!("is not UTF-8 after its first {valid} bytes"))
        })
    }

    pub(super) fn bool(&mut self) -> Result<bool> {
        if self.protocol.remaining() > 0 && !self.protocol.next_bool_is_canonical() {
            return Err(self.fail("is neither true (1) nor false (0)"));
        }
        self.protocol
            .read_bool()
            .map_err(|error| self.foreign(&error))
    }

    pub(super) fn i32(&mut self) -> Result<i32> {
        self.protocol
            .read_i32()
            .map_err(|error| self.foreign(&error))
    }

    pub(super) fn i64(&mut self) -> Result<i64> {
        self.protocol
            .read_i64()
            .map_err(|error| self.foreign(&error))
    }

    pub(super) fn double(&mut self) -> Result<f64> {
        self.protocol
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

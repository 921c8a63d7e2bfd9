//! Reads the body of a request, of known length or in chunks, into memory.
//!
//! Memory is taken as bytes arrive, never on the word of a header, and counted against the limit
//! that all connections share.

use std::io::{self, Read};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use flate2::read::MultiGzDecoder;

use super::message::{Framing, Head, Refusal};
use super::wire::Wire;
use super::{Shared, wire};

/// Longest line with the size of a chunk, extensions included.
const CHUNK_LINE: usize = 1 << 10;

/// Bytes unpacked at one time.
const BLOCK: usize = 16 << 10;

const BUSY: &str = "too much is being received at this moment";

/// Largest trailer section.
const TRAILERS: usize = 16 << 10;

/// A whole body; while it lives, its size counts as in flight.
pub(super) struct Body<'a> {
    pub(super) bytes: Vec<u8>,
    share: Share<'a>,
}

impl Body<'_> {
    /// Undoes gzip (RFC 1952): the limit on a body is one on what it says, not only on what it
    /// weighs on the wire, and a thousandfold expansion stops there.
    pub(super) fn gunzip(mut self, limit: usize) -> Result<Self, Refusal> {
        let mut plain = Vec::new();
        let mut decoder = MultiGzDecoder::new(self.bytes.as_slice());
        let mut block = [0; BLOCK];
        loop {
            let count = match decoder.read(&mut block) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => {
                    return Err(Refusal::new(400, format!("the body is not gzip: {error}")));
                }
            };
            if plain.len() + count > limit {
                let reason = format!("the body is larger than {limit} bytes when unpacked");
                return Err(Refusal::new(413, reason));
            }
            if !self.share.grow(count) {
                return Err(Refusal::new(503, BUSY));
            }
            plain.extend_from_slice(block.get(..count).unwrap_or_default());
        }
        self.bytes = plain;
        Ok(self)
    }
}

/// A part of the memory that all bodies may take.
struct Share<'a> {
    in_flight: &'a AtomicUsize,
    limit: usize,
    taken: usize,
}

impl Share<'_> {
    /// Takes `more` bytes if the limit allows it.
    fn grow(&mut self, more: usize) -> bool {
        let sum = |now: usize| now.checked_add(more).filter(|sum| *sum <= self.limit);
        // Relaxed: a count that orders nothing else.
        let grown = self
            .in_flight
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, sum)
            .is_ok();
        if grown {
            self.taken += more;
        }
        grown
    }
}

impl Drop for Share<'_> {
    fn drop(&mut self) {
        self.in_flight.fetch_sub(self.taken, Ordering::Relaxed);
    }
}

/// Reads the body that `head` announces; `None` if the connection breaks.
pub(super) fn read<'a>(
    wire: &mut Wire,
    head: &Head,
    shared: &'a Shared,
    deadline: Instant,
) -> Option<Result<Body<'a>, Refusal>> {
    let share = Share {
        in_flight: &shared.in_flight,
        limit: shared.limits.in_flight,
        taken: 0,
    };
    let mut reader = Reader {
        wire,
        deadline,
        limit: shared.limits.body,
        bytes: Vec::new(),
        share,
    };
    let outcome = match head.framing {
        Framing::Length(length) => reader.known(length),
        Framing::Chunked => reader.chunked(),
    };
    match outcome {
        Ok(()) => Some(Ok(Body {
            bytes: reader.bytes,
            share: reader.share,
        })),
        Err(Stop::Broken) => None,
        Err(Stop::Refused(refusal)) => Some(Err(refusal)),
    }
}

/// Why reading ended early.
enum Stop {
    Broken,
    Refused(Refusal),
}

fn refused<T>(status: u16, reason: impl Into<String>) -> Result<T, Stop> {
    Err(Stop::Refused(Refusal::new(status, reason)))
}

struct Reader<'a, 'w> {
    wire: &'w mut Wire,
    deadline: Instant,
    limit: usize,
    bytes: Vec<u8>,
    share: Share<'a>,
}

impl Reader<'_, '_> {
    fn known(&mut self, length: u64) -> Result<(), Stop> {
        match usize::try_from(length) {
            Ok(length) if length <= self.limit => self.take(length),
            _ => self.too_large(),
        }
    }

    /// RFC 9112 section 7.1: size line, data, line end, until a size of 0; then trailers.
    fn chunked(&mut self) -> Result<(), Stop> {
        loop {
            let size = self.chunk_size()?;
            if size == 0 {
                return self.trailers();
            }
            match usize::try_from(size) {
                Ok(size) if size <= self.limit.saturating_sub(self.bytes.len()) => {
                    self.take(size)?;
                }
                _ => return self.too_large(),
            }
            while self.wire.buffered().len() < 2 {
                self.fill()?;
            }
            if !self.wire.buffered().starts_with(b"\r\n") {
                return refused(400, "a chunk is longer than its size says");
            }
            self.wire.consume(2);
        }
    }

    fn chunk_size(&mut self) -> Result<u64, Stop> {
        loop {
            let line = self.wire.buffered();
            // An empty size would be read as 0.
            if line.first().is_some_and(|byte| !byte.is_ascii_hexdigit()) {
                return refused(400, "a chunk without a size");
            }
            match httparse::parse_chunk_size(line) {
                Ok(httparse::Status::Complete((length, size))) => {
                    self.wire.consume(length);
                    return Ok(size);
                }
                Ok(httparse::Status::Partial) if line.len() <= CHUNK_LINE => self.fill()?,
                _ => return refused(400, "a chunk whose size cannot be read"),
            }
        }
    }

    /// Passes over the trailers, up to the empty line that ends them.
    fn trailers(&mut self) -> Result<(), Stop> {
        let mut passed = 0;
        loop {
            let end = self
                .wire
                .buffered()
                .windows(2)
                .position(|pair| pair == b"\r\n");
            match end {
                Some(0) => {
                    self.wire.consume(2);
                    return Ok(());
                }
                Some(length) => {
                    self.wire.consume(length + 2);
                    passed += length + 2;
                }
                None => self.fill()?,
            }
            if passed.max(self.wire.buffered().len()) > TRAILERS && end != Some(0) {
                return refused(431, "trailers without end");
            }
        }
    }

    /// Moves exactly `count` bytes from the wire to the body.
    fn take(&mut self, mut count: usize) -> Result<(), Stop> {
        while count > 0 {
            let ready = self.wire.buffered().len().min(count);
            if !self.share.grow(ready) {
                return refused(503, BUSY);
            }
            count -= self.wire.drain_into(&mut self.bytes, ready);
            if count > 0 {
                self.fill()?;
            }
        }
        Ok(())
    }

    fn fill(&mut self) -> Result<(), Stop> {
        match self.wire.fill(self.deadline) {
            Ok(0) => refused(400, "the body ends before its announced end"),
            Ok(_) => Ok(()),
            Err(error) if wire::is_timeout(&error) => {
                refused(408, "the body did not arrive in time")
            }
            Err(_) => Err(Stop::Broken),
        }
    }

    fn too_large<T>(&self) -> Result<T, Stop> {
        refused(413, format!("the body is larger than {} bytes", self.limit))
    }
}

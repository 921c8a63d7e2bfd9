//! Requests made smaller: gzip (RFC 1952) around deflate (RFC 1951).
//!
//! Stands between a finished request and the socket; limits on the size of requests hold before it.
//! flate2 deflates. The frame around that is written here, because flate2's own writer makes its
//! tables, a third of a megabyte, anew for each request.

use flate2::{Compress, Crc, FlushCompress, Status};
use std::fmt;

/// The first ten bytes: the magic number, deflate, no flags, no time, fastest, system unknown.
const HEAD: [u8; 10] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 4, 255];

/// What the output grows by while there is something to write.
const STEP: usize = 32 * 1024;

/// An output above this is given back after the request that needed it.
const KEPT_BYTES: usize = 4 * 1024 * 1024;

/// The compressor with its tables and its output, both kept from request to request.
pub(in crate::transport) struct Gzip {
    deflate: Compress,
    out: Vec<u8>,
}

impl Gzip {
    /// A compressor. Makes its tables, a third of a megabyte.
    pub(super) fn new() -> Gzip {
        Gzip {
            deflate: Compress::new(flate2::Compression::fast(), false),
            out: Vec::new(),
        }
    }

    /// One with tables of its own.
    pub(in crate::transport) fn twin(&self) -> Gzip {
        Gzip::new()
    }

    /// The compressed form of a request.
    pub(in crate::transport) fn compress(&mut self, body: &[u8]) -> &[u8] {
        self.out.clear();
        self.out.shrink_to(KEPT_BYTES);
        self.deflate.reset();
        self.out.extend_from_slice(&HEAD);
        loop {
            self.out.reserve(STEP);
            let rest = usize::try_from(self.deflate.total_in())
                .ok()
                .and_then(|done| body.get(done..));
            let rest = rest.unwrap_or_default();
            match self
                .deflate
                .compress_vec(rest, &mut self.out, FlushCompress::Finish)
            {
                Ok(Status::StreamEnd) => break,
                // There is room to write and an end to come to, so this ends.
                Ok(Status::Ok | Status::BufError) => {}
                // Only a dictionary that nobody set can be wrong.
                Err(_) => break,
            }
        }
        let mut checksum = Crc::new();
        checksum.update(body);
        self.out.extend_from_slice(&checksum.sum().to_le_bytes());
        // ISIZE: the length modulo 2^32
        self.out
            .extend_from_slice(&(body.len() as u32).to_le_bytes());
        &self.out
    }
}

impl fmt::Debug for Gzip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gzip").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;

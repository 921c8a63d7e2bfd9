//! A TCP stream with a read buffer, where every read has a deadline.
//!
//! The deadline is for a whole request, not for each read: a peer that sends a byte every second
//! is as late as one that sends nothing.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::message::{Response, Version};

/// Bytes asked for at one time.
const READ: usize = 16 << 10;

/// One connection's stream.
pub(super) struct Wire {
    stream: Arc<TcpStream>,
    buffer: Vec<u8>,
    /// The bytes of `buffer` before this one are consumed.
    start: usize,
}

impl Wire {
    pub(super) fn new(stream: Arc<TcpStream>, write: Duration) -> io::Result<Self> {
        // Answers are small and written at once; waiting to merge them would only delay them.
        stream.set_nodelay(true)?;
        stream.set_write_timeout(Some(write))?;
        Ok(Self {
            stream,
            buffer: Vec::new(),
            start: 0,
        })
    }

    /// Bytes read but not consumed.
    pub(super) fn buffered(&self) -> &[u8] {
        self.buffer.get(self.start..).unwrap_or_default()
    }

    /// Gives up the first `count` buffered bytes.
    pub(super) fn consume(&mut self, count: usize) {
        self.start = self.start.saturating_add(count).min(self.buffer.len());
        if self.start == self.buffer.len() {
            self.buffer.clear();
            self.start = 0;
        }
    }

    /// Moves up to `limit` buffered bytes to the end of `target`; how many.
    pub(super) fn drain_into(&mut self, target: &mut Vec<u8>, limit: usize) -> usize {
        let count = self.buffered().len().min(limit);
        target.extend_from_slice(self.buffered().get(..count).unwrap_or_default());
        self.consume(count);
        count
    }

    /// Reads more into the buffer; 0 is the end of the stream.
    pub(super) fn fill(&mut self, deadline: Instant) -> io::Result<usize> {
        // What is consumed leaves before more comes, so the buffer stays as small as its readers.
        self.buffer.drain(..self.start);
        self.start = 0;
        let filled = self.buffer.len();
        self.buffer.resize(filled + READ, 0);
        let outcome = match self.buffer.get_mut(filled..) {
            Some(room) => read_before(&self.stream, room, deadline),
            None => Ok(0),
        };
        self.buffer
            .truncate(filled + outcome.as_ref().copied().unwrap_or(0));
        outcome
    }

    pub(super) fn send(
        &mut self,
        response: &Response,
        version: Version,
        keep_alive: bool,
        head_only: bool,
    ) -> io::Result<()> {
        (&*self.stream).write_all(&response.encode(version, keep_alive, head_only))
    }

    pub(super) fn send_continue(&mut self) -> io::Result<()> {
        (&*self.stream).write_all(b"HTTP/1.1 100 Continue\r\n\r\n")
    }

    /// Says that nothing more will be written, and reads what the peer still sends, for a while.
    pub(super) fn linger(mut self, deadline: Instant) {
        self.buffer.clear();
        self.start = 0;
        if self.stream.shutdown(Shutdown::Write).is_ok() {
            while self.fill(deadline).is_ok_and(|count| count > 0) {
                self.buffer.clear();
            }
        }
    }
}

/// Whether a read ended because of its deadline; platforms disagree on the kind.
pub(super) fn is_timeout(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock
    )
}

fn read_before(mut stream: &TcpStream, room: &mut [u8], deadline: Instant) -> io::Result<usize> {
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        stream.set_read_timeout(Some(left))?;
        match stream.read(room) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            outcome => return outcome,
        }
    }
}

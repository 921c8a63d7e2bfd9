//! `Length-Prefixed-Message`: the frame around the one message of either side ("gRPC over HTTP2",
//! "Requests" and "Responses").
//!
//! ```text
//! Length-Prefixed-Message  Compressed-Flag (one byte)  Message-Length (four bytes, big-endian)  Message
//! ```

use crate::transport::Answer;
use crate::transport::answer::BROKE_OFF;
use bytes::{BufMut, Bytes, BytesMut};

/// Flag and length.
pub(super) const PREFIX: usize = 5;

/// What is told of an answer that nobody said we would understand.
const PACKED: &str = "its answer is compressed, which was not asked for";

/// What is told of an answer with more in it than one message.
const TOO_MANY: &str = "its answer goes on behind its one message";

/// A request. A message is at most as long as a request may be, far below 4 GiB.
pub(super) fn frame(compressed: u8, message: &[u8]) -> Bytes {
    let mut framed = BytesMut::with_capacity(PREFIX + message.len());
    framed.put_u8(compressed);
    framed.put_u32(message.len() as u32);
    framed.put_slice(message);
    framed.freeze()
}

/// An answer, put together from the pieces in which it comes.
#[derive(Default)]
pub(super) struct Frame {
    /// At most its five bytes.
    prefix: Vec<u8>,
    message: Answer,
}

impl Frame {
    pub(super) fn push(&mut self, piece: &[u8]) {
        let missing = PREFIX - self.prefix.len();
        let (prefix, message) = piece.split_at(piece.len().min(missing));
        self.prefix.extend_from_slice(prefix);
        self.message.push(message);
    }

    /// The message, once nothing more comes. No frame at all is an empty one.
    pub(super) fn message(mut self) -> Answer {
        if self.prefix.is_empty() {
            return self.message;
        }
        let Some([compressed, length @ ..]) = self.prefix.first_chunk::<PREFIX>() else {
            return nothing(BROKE_OFF);
        };
        if *compressed != 0 {
            return nothing(PACKED);
        }
        let length = u32::from_be_bytes(*length) as usize;
        self.message.unread = match self.message.body.len() {
            came if came < length => Some(BROKE_OFF),
            came if came > length => Some(TOO_MANY),
            _ => None,
        };
        self.message.body.truncate(length);
        self.message
    }
}

/// An answer of which nothing was read.
fn nothing(why: &'static str) -> Answer {
    Answer {
        body: Vec::new(),
        unread: Some(why),
    }
}

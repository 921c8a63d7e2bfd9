//! What the peer answered: success, a refusal, or nothing that makes sense.
//!
//! The status decides. The body is read to its end, so that the connection can be used again, but
//! only up to a limit. Of a success it is kept whole, if anybody reads it, because a part of the spans
//! may have been refused in it; of a refusal its beginning, for error messages.

use super::Failure;
use crate::retry::Outcome;
use crate::secret::Secret;
use crate::transport::answer::{BROKE_OFF, MAX_ANSWER};
use crate::transport::{Answer, SendError, escape};
use std::io::Read;
use std::time::SystemTime;
use ureq::http::Response;

/// The most of a refusal that is searched for credentials and quoted from.
const SEARCHED: usize = 4096;

/// Judges a response.
///
/// Any 2xx is success, whatever becomes of the body: the peer has taken the spans, and sending them
/// again would double them. Where `expects_reply`, the body is returned, and one above the limit is an
/// error all the same, and as final. A 3xx is a refusal, because redirects are not followed.
pub(super) fn judge(
    mut response: Response<ureq::Body>,
    expects_reply: bool,
    secrets: &[Secret],
    now: SystemTime,
) -> Result<Answer, Failure> {
    let status = response.status();
    if status.is_success() {
        let mut answer = Answer::default();
        let end = read(response.body_mut(), |piece| {
            if expects_reply {
                answer.push(piece);
            }
        });
        match end {
            End::BrokeOff if expects_reply => answer.unread = Some(BROKE_OFF),
            End::TooLong if expects_reply => {
                let text = format!("status {}, and an answer above 4 MiB", status.as_u16());
                return Err(Failure::last(SendError::Response(text)));
            }
            _ => {}
        }
        return Ok(answer);
    }
    let mut beginning = Vec::new();
    read(response.body_mut(), |piece| {
        let room = piece.len().min(SEARCHED - beginning.len());
        beginning.extend_from_slice(piece.get(..room).unwrap_or_default());
    });
    let retry_after = response
        .headers()
        .get("retry-after")
        .and_then(|value| value.to_str().ok());
    let outcome = Outcome::of_status(status.as_u16(), retry_after, now);
    let error = SendError::Refused {
        code: status.as_u16(),
        excerpt: excerpt(&beginning, secrets),
    };
    Err(Failure { error, outcome })
}

/// How the reading of a body came to its end.
enum End {
    Whole,
    /// The connection broke, or the time was up.
    BrokeOff,
    TooLong,
}

/// Reads a body to its end, or just past its limit.
fn read(body: &mut ureq::Body, mut each: impl FnMut(&[u8])) -> End {
    let mut length = 0;
    let mut rest = body.as_reader();
    let mut piece = [0; 4096];
    loop {
        let read = match rest.read(&mut piece) {
            Ok(0) => return End::Whole,
            Ok(read) => read,
            Err(_) => return End::BrokeOff,
        };
        length += read;
        if length > MAX_ANSWER {
            return End::TooLong;
        }
        each(piece.get(..read).unwrap_or_default());
    }
}

/// The beginning of a body as one line of text, unless it repeats a credential.
pub(in crate::transport) fn excerpt(body: &[u8], secrets: &[Secret]) -> String {
    if secrets.iter().any(|secret| secret.is_in(body)) {
        return "(not shown: the response repeats a header of the request)".to_owned();
    }
    escape(&String::from_utf8_lossy(body))
}

pub(in crate::transport) mod property;

#[cfg(test)]
mod tests;

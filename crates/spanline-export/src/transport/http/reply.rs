//! What the peer answered: success, a refusal, or nothing that makes sense.
//!
//! The status decides. The body is read to its end, so that the connection can be used again, but
//! only up to a limit, and only its beginning is kept, for error messages.

use super::Failure;
use crate::retry::Outcome;
use crate::secret::Secret;
use crate::transport::{SendError, escape};
use std::io::Read;
use std::time::SystemTime;
use ureq::http::Response;

/// The most of a body that is read: 4 MiB, as the OpenTelemetry protocol sets for exporters.
const MAX_BODY: u64 = 4 * 1024 * 1024;

/// The most of a body that is kept. An answer to a request that was taken is some dozen bytes and a
/// text for people.
const KEPT: usize = 64 * 1024;

/// The most of a refusal that is searched for credentials and quoted from.
const SEARCHED: usize = 4096;

/// Judges a response.
///
/// Any 2xx is success, whatever becomes of the body: the peer has taken the spans, and sending them
/// again would double them. The beginning of the body is returned. Where `long_answers_fail`, a body
/// above the limit is an error all the same, and as final. A 3xx is a refusal, because redirects are
/// not followed.
pub(super) fn judge(
    mut response: Response<ureq::Body>,
    long_answers_fail: bool,
    secrets: &[Secret],
    now: SystemTime,
) -> Result<Vec<u8>, Failure> {
    let (body, is_long) = read(response.body_mut());
    let status = response.status();
    if status.is_success() {
        if is_long && long_answers_fail {
            let text = format!("status {}, and an answer above 4 MiB", status.as_u16());
            return Err(Failure::last(SendError::Response(text)));
        }
        return Ok(body);
    }
    let retry_after = response
        .headers()
        .get("retry-after")
        .and_then(|value| value.to_str().ok());
    let outcome = Outcome::of_status(status.as_u16(), retry_after, now);
    let error = SendError::Refused {
        code: status.as_u16(),
        excerpt: excerpt(body.get(..SEARCHED).unwrap_or(&body), secrets),
    };
    Err(Failure { error, outcome })
}

/// Reads a body to its end or just past its limit, and returns its beginning, and whether it went past.
/// A body that breaks off is what came of it.
fn read(body: &mut ureq::Body) -> (Vec<u8>, bool) {
    let mut kept = Vec::new();
    let mut length = 0;
    let mut rest = body.as_reader().take(MAX_BODY + 1);
    let mut piece = [0; 4096];
    loop {
        match rest.read(&mut piece) {
            Ok(0) | Err(_) => return (kept, length > MAX_BODY),
            Ok(read) => {
                length += read as u64;
                let room = KEPT - kept.len();
                kept.extend_from_slice(piece.get(..read.min(room)).unwrap_or_default());
            }
        }
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

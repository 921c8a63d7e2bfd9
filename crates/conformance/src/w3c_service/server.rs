//! A small HTTP/1.1 server on this machine: one thread a connection, one request each.
//!
//! Whatever comes in, it answers with a status or hangs up. Head, body, time and the number of
//! connections are bounded before anything is parsed.

use crate::failure::Failure;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// The most bytes of request line and headers.
const MAX_HEAD: usize = 64 * 1024;

/// The most headers.
const MAX_HEADERS: usize = 128;

/// The most bytes of a body.
const MAX_BODY: usize = 1024 * 1024;

/// The most requests at once; a service may call itself, so it needs some.
const MAX_CONNECTIONS: usize = 64;

/// The most time for a request to arrive.
const PATIENCE: Duration = Duration::from_secs(5);

/// A request, whole.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    /// In their order, a name once for each line.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

/// What is answered.
#[derive(Debug)]
pub(super) struct Response {
    status: u16,
    body: Vec<u8>,
}

impl Response {
    pub(super) fn empty(status: u16) -> Response {
        Response::json(status, b"null".to_vec())
    }

    pub(super) fn json(status: u16, body: Vec<u8>) -> Response {
        Response { status, body }
    }

    fn write(&self, stream: &mut impl Write) -> io::Result<()> {
        let (status, length) = (self.status, self.body.len());
        write!(
            stream,
            "HTTP/1.1 {status} {}\r\ncontent-type: application/json\r\n\
             content-length: {length}\r\nconnection: close\r\n\r\n",
            phrase(status)
        )?;
        stream.write_all(&self.body)?;
        stream.flush()
    }
}

/// Answers requests from threads of its own, to the end of the process.
pub(super) fn listen(
    listener: TcpListener,
    handle: impl Fn(&Request) -> Response + Send + Sync + 'static,
) -> Result<(), Failure> {
    let handle = Arc::new(handle);
    let open = Arc::new(AtomicUsize::new(0));
    let accept = move || {
        for stream in listener.incoming() {
            let Ok(stream) = stream else {
                // Out of descriptors: they come back when connections end.
                thread::sleep(Duration::from_millis(10));
                continue;
            };
            // Relaxed: only a number.
            if open.fetch_add(1, Ordering::Relaxed) >= MAX_CONNECTIONS {
                open.fetch_sub(1, Ordering::Relaxed);
                continue;
            }
            let (handle, open) = (Arc::clone(&handle), Arc::clone(&open));
            let counted = Counted(open);
            let spawned = thread::Builder::new().spawn(move || {
                let _counted = counted;
                // A peer that is gone needs no answer.
                let _ = serve(stream, &*handle);
            });
            drop(spawned);
        }
    };
    thread::Builder::new().spawn(accept)?;
    Ok(())
}

/// An open connection; counts itself out.
struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn serve(mut stream: TcpStream, handle: &impl Fn(&Request) -> Response) -> io::Result<()> {
    let until = Instant::now() + PATIENCE;
    stream.set_write_timeout(Some(PATIENCE))?;
    let request = read(|buffer| {
        let left = until.saturating_duration_since(Instant::now());
        // A timeout of zero would mean none.
        stream.set_read_timeout(Some(left.max(Duration::from_millis(1))))?;
        stream.read(buffer)
    });
    let response = match &request {
        Ok(request) => handle(request),
        Err(Refusal::Status(status)) => Response::empty(*status),
        Err(Refusal::Gone) => return Ok(()),
    };
    response.write(&mut stream)?;
    // What the peer still sends must not turn our answer into a reset.
    stream.shutdown(Shutdown::Write)?;
    stream.set_read_timeout(Some(Duration::from_millis(100)))?;
    let _ = io::copy(&mut stream.take(MAX_BODY as u64), &mut io::sink());
    Ok(())
}

/// Why there is no request.
#[derive(Debug, PartialEq, Eq)]
enum Refusal {
    Status(u16),
    /// The peer hung up, or was too slow.
    Gone,
}

/// Reads one request, with `more` putting what comes next into a buffer.
fn read(mut more: impl FnMut(&mut [u8]) -> io::Result<usize>) -> Result<Request, Refusal> {
    let mut received = Vec::new();
    let mut add = |received: &mut Vec<u8>| {
        let mut chunk = [0; 8 * 1024];
        let count = more(&mut chunk).map_err(|_| Refusal::Gone)?;
        let chunk = chunk.get(..count).unwrap_or_default();
        received.extend_from_slice(chunk);
        if chunk.is_empty() {
            Err(Refusal::Gone)
        } else {
            Ok(())
        }
    };
    let (mut request, head, length) = loop {
        if let Some(parsed) = parse_head(&received)? {
            break parsed;
        }
        if received.len() > MAX_HEAD {
            return Err(Refusal::Status(431));
        }
        add(&mut received)?;
    };
    while received.len() - head < length {
        add(&mut received)?;
    }
    received.truncate(head + length);
    request.body = received.split_off(head);
    Ok(request)
}

/// The request without its body, and the lengths of both; nothing while the head is incomplete.
fn parse_head(received: &[u8]) -> Result<Option<(Request, usize, usize)>, Refusal> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut parsed = httparse::Request::new(&mut headers);
    let head = match parsed.parse(received) {
        Ok(httparse::Status::Complete(head)) => head,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(httparse::Error::TooManyHeaders) => return Err(Refusal::Status(431)),
        Err(_) => return Err(Refusal::Status(400)),
    };
    let request = Request {
        method: parsed.method.unwrap_or_default().to_owned(),
        path: parsed.path.unwrap_or_default().to_owned(),
        headers: parsed.headers.iter().map(header).collect(),
        body: Vec::new(),
    };
    let length = body_length(&request.headers)?;
    Ok(Some((request, head, length)))
}

/// Bytes that are no text become U+FFFD, which no trace header may hold.
fn header(header: &httparse::Header<'_>) -> (String, String) {
    let value = String::from_utf8_lossy(header.value).into_owned();
    (header.name.to_owned(), value)
}

fn body_length(headers: &[(String, String)]) -> Result<usize, Refusal> {
    let mut length = None;
    for (name, value) in headers {
        if name.eq_ignore_ascii_case("transfer-encoding") {
            return Err(Refusal::Status(411));
        }
        if name.eq_ignore_ascii_case("content-length") {
            let digits = value.bytes().all(|byte| byte.is_ascii_digit());
            if !digits || value.is_empty() || length.is_some() {
                return Err(Refusal::Status(400));
            }
            length = Some(value.parse().unwrap_or(usize::MAX));
        }
    }
    match length.unwrap_or(0) {
        length if length > MAX_BODY => Err(Refusal::Status(413)),
        length => Ok(length),
    }
}

/// RFC 9110, section 15.
fn phrase(status: u16) -> &'static str {
    match status {
        200 => "OK",
        400 => "Bad Request",
        404 => "Not Found",
        405 => "Method Not Allowed",
        411 => "Length Required",
        413 => "Content Too Large",
        431 => "Request Header Fields Too Large",
        _ => "",
    }
}

#[cfg(test)]
mod tests;

//! One GET on loopback: HTTP/1.0, so that the answer ends with the connection and is in one piece.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::outcome::Failure;

const PATIENCE: Duration = Duration::from_secs(10);

/// The body of a successful answer.
pub(crate) fn get(port: u16, path: &str) -> Result<String, Failure> {
    let answer = ask(port, path).map_err(|error| Failure::new(format!("GET {path}: {error}")))?;
    let text = String::from_utf8_lossy(&answer);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).unwrap_or_default();
    match status {
        "200" => Ok(body.to_owned()),
        other => Err(Failure::new(format!("GET {path}: status {other}: {body}"))),
    }
}

fn ask(port: u16, path: &str) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(
        stream,
        "GET {path} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\nAccept: application/json\r\n\r\n"
    )?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(answer)
}

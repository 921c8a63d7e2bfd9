//! What several test files need: a writer of Thrift bytes that knows no rules, so that it can
//! break them, and an HTTP client that sends exactly the bytes it is given.

#![allow(dead_code, reason = "each test file uses its part")]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a failed unwrap is a failed test, in its helpers too"
)]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// The type bytes of Thrift's binary protocol.
pub(crate) mod kind {
    pub(crate) const BOOL: u8 = 2;
    pub(crate) const DOUBLE: u8 = 4;
    pub(crate) const I32: u8 = 8;
    pub(crate) const I64: u8 = 10;
    pub(crate) const STRING: u8 = 11;
    pub(crate) const STRUCT: u8 = 12;
    pub(crate) const MAP: u8 = 13;
    pub(crate) const LIST: u8 = 15;
}

/// Bytes of Thrift's binary protocol, appended one by one.
#[derive(Clone, Default)]
pub(crate) struct Thrift(pub(crate) Vec<u8>);

impl Thrift {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn raw(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    /// A field header.
    pub(crate) fn field(self, kind: u8, id: i16) -> Self {
        self.raw(&[kind]).raw(&id.to_be_bytes())
    }

    pub(crate) fn i32(self, id: i16, value: i32) -> Self {
        self.field(kind::I32, id).raw(&value.to_be_bytes())
    }

    pub(crate) fn i64(self, id: i16, value: i64) -> Self {
        self.field(kind::I64, id).raw(&value.to_be_bytes())
    }

    pub(crate) fn double(self, id: i16, value: f64) -> Self {
        self.field(kind::DOUBLE, id).raw(&value.to_be_bytes())
    }

    pub(crate) fn bool(self, id: i16, value: u8) -> Self {
        self.field(kind::BOOL, id).raw(&[value])
    }

    pub(crate) fn bytes(self, id: i16, value: &[u8]) -> Self {
        self.field(kind::STRING, id)
            .raw(&(value.len() as i32).to_be_bytes())
            .raw(value)
    }

    pub(crate) fn string(self, id: i16, value: &str) -> Self {
        self.bytes(id, value.as_bytes())
    }

    /// A struct field; `fields` without their stop.
    pub(crate) fn nested(self, id: i16, fields: Thrift) -> Self {
        self.field(kind::STRUCT, id).raw(&fields.0).raw(&[0])
    }

    /// A field with a list of structs.
    pub(crate) fn list(self, id: i16, structs: &[Thrift]) -> Self {
        let size = (structs.len() as i32).to_be_bytes();
        let list = self.field(kind::LIST, id).raw(&[kind::STRUCT]).raw(&size);
        structs
            .iter()
            .fold(list, |list, fields| list.raw(&fields.0).raw(&[0]))
    }

    /// The end of the outermost struct.
    pub(crate) fn stop(self) -> Vec<u8> {
        self.raw(&[0]).0
    }
}

/// `Process` with this name and no tags.
pub(crate) fn process(service: &str) -> Thrift {
    Thrift::new().string(1, service)
}

/// The required fields of a `Span`: trace 1, the given id and parent, `x`, start 1000 µs, 4 µs.
pub(crate) fn span(id: i64, parent: i64) -> Thrift {
    let ids = Thrift::new().i64(1, 1).i64(2, 0).i64(3, id).i64(4, parent);
    ids.string(5, "x").i32(7, 1).i64(8, 1000).i64(9, 4)
}

/// A whole `Batch` of service `a`.
pub(crate) fn batch(spans: &[Thrift]) -> Vec<u8> {
    Thrift::new().nested(1, process("a")).list(2, spans).stop()
}

/// Bytes from hexadecimal digits.
pub(crate) fn unhex(digits: &str) -> Vec<u8> {
    let digits: Vec<char> = digits.chars().collect();
    let byte = |pair: &[char]| u8::from_str_radix(&pair.iter().collect::<String>(), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}

/// A Zipkin array of one span with this id, `x` of service `a`.
pub(crate) fn zipkin(id: u64) -> String {
    format!(
        r#"[{{"traceId":"00000000000000000000000000000001","id":"{id:016x}","name":"x",
            "timestamp":1000,"duration":4,"localEndpoint":{{"serviceName":"a"}}}}]"#
    )
}

/// A client of one connection.
pub(crate) struct Client(TcpStream);

/// An answer: status, headers as one text in lower case, body.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: String,
    pub(crate) body: String,
}

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        Self(stream)
    }

    /// Sends bytes; that the server may already have closed is not this side's concern.
    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.0.write_all(bytes.as_ref());
    }

    /// Ends the sending side.
    pub(crate) fn finish(&mut self) {
        let _ = self.0.shutdown(std::net::Shutdown::Write);
    }

    /// Reads the head of an answer, in lower case; `None` if the connection ends instead.
    pub(crate) fn head(&mut self) -> Option<String> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            if self.0.read(&mut byte).ok()? == 0 {
                return None;
            }
            head.extend(byte);
        }
        Some(String::from_utf8(head).unwrap().to_lowercase())
    }

    /// Reads one answer; `None` if the connection ends instead.
    pub(crate) fn answer(&mut self) -> Option<Answer> {
        let headers = self.head()?;
        let status = headers.split(' ').nth(1).unwrap().parse().unwrap();
        let length = headers
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .unwrap_or("0");
        let mut body = vec![0; length.parse().unwrap()];
        self.0.read_exact(&mut body).unwrap();
        Some(Answer {
            status,
            headers,
            body: String::from_utf8(body).unwrap(),
        })
    }

    /// Sends a request and reads its answer.
    pub(crate) fn ask(&mut self, request: impl AsRef<[u8]>) -> Answer {
        self.send(request);
        self.answer().expect("an answer")
    }

    /// Whether the server has ended the connection, with nothing more to say.
    pub(crate) fn is_ended(&mut self) -> bool {
        matches!(self.0.read(&mut [0]), Ok(0))
    }
}

/// A POST request with a length.
pub(crate) fn post(path: &str, content_type: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: here\r\nContent-Type: {content_type}\r\n\
         Content-Length: {length}\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

/// A POST of Zipkin JSON.
pub(crate) fn post_zipkin(json: &str) -> Vec<u8> {
    post("/api/v2/spans", "application/json", json.as_bytes())
}

/// Numbers that look random and are the same each time (xorshift64).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }

    /// `bytes` with one to four changes: a byte, a bit, a cut, a copy within.
    pub(crate) fn mutate(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut mutant = bytes.to_vec();
        for _ in 0..=self.below(4) {
            let place = self.below(mutant.len());
            match self.below(5) {
                0 if !mutant.is_empty() => mutant[place] = self.below(256) as u8,
                1 if !mutant.is_empty() => mutant[place] ^= 1 << self.below(8),
                2 => mutant.truncate(place),
                3 => mutant.insert(place, [0, 0x7f, 0x80, 0xff][self.below(4)]),
                _ => {
                    let end = place + self.below(mutant.len() - place);
                    let piece = mutant[place..end].to_vec();
                    let target = self.below(mutant.len());
                    mutant.splice(target..target, piece);
                }
            }
        }
        mutant
    }
}

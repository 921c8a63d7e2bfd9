//! Heads of requests and answers as values: what they say, and whether it can be trusted.
//!
//! No input or output here. The grammar is httparse's; the rules on lengths are those of RFC 9112
//! section 6, where anything that two readers could understand differently is refused.

use std::fmt::Write;

/// Most header lines of a request.
const HEADERS: usize = 64;

/// A refused request: the status and the reason that its answer carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) reason: String,
}

impl Refusal {
    pub(crate) fn new(status: u16, reason: impl Into<String>) -> Self {
        Self {
            status,
            reason: reason.into(),
        }
    }

    pub(crate) fn response(&self) -> Response {
        Response::text(self.status, &self.reason)
    }
}

/// The methods that are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    Get,
    Head,
    Post,
    Other,
}

/// The two versions spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    Http10,
    Http11,
}

/// How the body's end is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    /// `Content-Length`, or 0 without any framing header.
    Length(u64),
    /// `Transfer-Encoding: chunked`.
    Chunked,
}

/// The head of a request, reduced to what is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) method: Method,
    /// The path, without the query.
    pub(crate) path: String,
    /// The media type in lower case, without its parameters.
    pub(crate) content_type: Option<String>,
    /// In lower case; `None` also for `identity`.
    pub(crate) content_encoding: Option<String>,
    pub(super) version: Version,
    pub(super) framing: Framing,
    /// Whether the peer wants to send more requests here.
    pub(super) keep_alive: bool,
    /// Whether the peer waits for `100 Continue` before it sends the body.
    pub(super) expects_continue: bool,
}

impl Head {
    pub(super) fn has_body(&self) -> bool {
        self.framing != Framing::Length(0)
    }

    /// The announced length; 0 for a chunked body, which announces none.
    pub(super) fn declared_length(&self) -> u64 {
        match self.framing {
            Framing::Length(length) => length,
            Framing::Chunked => 0,
        }
    }
}

/// Parses the head at the front of `bytes`: the head and its length, or `None` if it is not
/// complete yet.
pub(super) fn parse_head(bytes: &[u8]) -> Result<Option<(Head, usize)>, Refusal> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    let length = match request.parse(bytes) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(httparse::Error::TooManyHeaders) => {
            return Err(Refusal::new(
                431,
                format!("more than {HEADERS} header lines"),
            ));
        }
        Err(httparse::Error::Version) => {
            return Err(Refusal::new(
                505,
                "only HTTP/1.0 and HTTP/1.1 are spoken here",
            ));
        }
        Err(error) => return Err(Refusal::new(400, format!("not an HTTP request: {error}"))),
    };
    let version = if request.version == Some(0) {
        Version::Http10
    } else {
        Version::Http11
    };
    let target = request.path.unwrap_or_default();
    let headers = Headers(request.headers);
    let head = Head {
        method: match request.method {
            Some("GET") => Method::Get,
            Some("HEAD") => Method::Head,
            Some("POST") => Method::Post,
            _ => Method::Other,
        },
        path: path(target).to_owned(),
        content_type: headers
            .first("content-type")
            .map(|value| media_type(&value)),
        content_encoding: headers
            .first("content-encoding")
            .filter(|value| value != "identity"),
        version,
        framing: framing(&headers, version)?,
        keep_alive: keep_alive(&headers, version),
        expects_continue: expects_continue(&headers, version)?,
    };
    Ok(Some((head, length)))
}

/// The headers of one request, looked up by name.
struct Headers<'a>(&'a [httparse::Header<'a>]);

impl Headers<'_> {
    /// The values of all lines with this name, trimmed and in lower case.
    fn all(&self, name: &str) -> impl Iterator<Item = String> {
        let named = move |header: &&httparse::Header<'_>| header.name.eq_ignore_ascii_case(name);
        let value = |header: &httparse::Header<'_>| {
            String::from_utf8_lossy(header.value)
                .trim()
                .to_ascii_lowercase()
        };
        self.0.iter().filter(named).map(value)
    }

    fn first(&self, name: &str) -> Option<String> {
        self.all(name).next()
    }

    /// The members of a comma-separated list over all lines with this name.
    fn list(&self, name: &str) -> Vec<String> {
        let members = |line: String| -> Vec<String> {
            line.split(',')
                .map(|member| member.trim().to_owned())
                .collect()
        };
        self.all(name)
            .flat_map(members)
            .filter(|member| !member.is_empty())
            .collect()
    }
}

/// Without the query, and without scheme and authority should a proxy's form be used.
fn path(target: &str) -> &str {
    let path = target.split(['?', '#']).next().unwrap_or_default();
    match path.split_once("://") {
        Some((scheme, rest)) if !scheme.contains('/') => rest
            .find('/')
            .and_then(|slash| rest.get(slash..))
            .unwrap_or("/"),
        _ => path,
    }
}

fn media_type(value: &str) -> String {
    value
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_owned()
}

/// RFC 9112 section 6.3. Two framings, or two lengths, in one message are an attack or a bug.
fn framing(headers: &Headers<'_>, version: Version) -> Result<Framing, Refusal> {
    let encodings = headers.list("transfer-encoding");
    let lengths = headers.list("content-length");
    match (encodings.as_slice(), lengths.as_slice()) {
        ([], []) => Ok(Framing::Length(0)),
        ([], [first, others @ ..]) => {
            if others.iter().any(|other| other != first) {
                return Err(Refusal::new(400, "several values of Content-Length"));
            }
            // `parse` would take a sign.
            let digits = first.bytes().all(|byte| byte.is_ascii_digit());
            match first.parse() {
                Ok(length) if digits => Ok(Framing::Length(length)),
                _ => Err(Refusal::new(400, "Content-Length is not a number")),
            }
        }
        (_, [_, ..]) => Err(Refusal::new(
            400,
            "both Content-Length and Transfer-Encoding",
        )),
        (_, []) if version == Version::Http10 => {
            Err(Refusal::new(400, "Transfer-Encoding in HTTP/1.0"))
        }
        ([only], []) if only == "chunked" => Ok(Framing::Chunked),
        _ => Err(Refusal::new(
            501,
            "the only transfer coding taken here is chunked",
        )),
    }
}

/// RFC 9112 section 9.3.
fn keep_alive(headers: &Headers<'_>, version: Version) -> bool {
    let options = headers.list("connection");
    let has = |wanted: &str| options.iter().any(|option| option == wanted);
    !has("close") && (version == Version::Http11 || has("keep-alive"))
}

/// RFC 9110 section 10.1.1; an HTTP/1.0 peer cannot mean it.
fn expects_continue(headers: &Headers<'_>, version: Version) -> Result<bool, Refusal> {
    match headers.first("expect") {
        None => Ok(false),
        Some(value) if value == "100-continue" => Ok(version == Version::Http11),
        Some(_) => Err(Refusal::new(
            417,
            "the only expectation met here is 100-continue",
        )),
    }
}

/// An answer, whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Response {
    status: u16,
    content_type: &'static str,
    /// The methods that the path does take, for status 405.
    allow: Option<&'static str>,
    body: Vec<u8>,
}

impl Response {
    /// An answer without a body.
    pub(crate) fn empty(status: u16) -> Self {
        Self {
            status,
            content_type: "",
            allow: None,
            body: Vec::new(),
        }
    }

    /// A line of plain text.
    pub(crate) fn text(status: u16, text: &str) -> Self {
        let body = format!("{text}\n").into_bytes();
        Self {
            status,
            content_type: "text/plain; charset=utf-8",
            allow: None,
            body,
        }
    }

    /// JSON text.
    pub(crate) fn json(status: u16, json: String) -> Self {
        Self {
            status,
            content_type: "application/json",
            allow: None,
            body: json.into_bytes(),
        }
    }

    /// Bytes of this media type.
    pub(crate) fn bytes(status: u16, content_type: &'static str, body: Vec<u8>) -> Self {
        Self {
            status,
            content_type,
            allow: None,
            body,
        }
    }

    /// 405, with the methods that would do.
    pub(crate) fn not_allowed(allow: &'static str) -> Self {
        let mut response = Self::text(405, &format!("this path takes {allow}"));
        response.allow = Some(allow);
        response
    }

    /// The bytes of the answer; with `head_only` without the body they announce.
    pub(super) fn encode(&self, version: Version, keep_alive: bool, head_only: bool) -> Vec<u8> {
        let protocol = match version {
            Version::Http10 => "HTTP/1.0",
            Version::Http11 => "HTTP/1.1",
        };
        let mut head = format!("{protocol} {} {}\r\n", self.status, phrase(self.status));
        // Writing to a string cannot fail.
        if !self.content_type.is_empty() {
            let _ = write!(head, "Content-Type: {}\r\n", self.content_type);
        }
        if let Some(methods) = self.allow {
            let _ = write!(head, "Allow: {methods}\r\n");
        }
        if self.status == 503 {
            head.push_str("Retry-After: 1\r\n");
        }
        let connection = if keep_alive { "keep-alive" } else { "close" };
        let length = self.body.len();
        let _ = write!(
            head,
            "Content-Length: {length}\r\nConnection: {connection}\r\n\r\n"
        );
        let mut bytes = head.into_bytes();
        if !head_only {
            bytes.extend_from_slice(&self.body);
        }
        bytes
    }
}

/// The reason phrases of RFC 9110 section 15 for the statuses used here.
fn phrase(status: u16) -> &'static str {
    match status {
        200 => "OK",
        202 => "Accepted",
        400 => "Bad Request",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        417 => "Expectation Failed",
        431 => "Request Header Fields Too Large",
        501 => "Not Implemented",
        503 => "Service Unavailable",
        505 => "HTTP Version Not Supported",
        _ => "",
    }
}

#[cfg(test)]
mod tests;

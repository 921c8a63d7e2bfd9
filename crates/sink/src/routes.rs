//! What each path answers: spans in by POST, health and traces out by GET.
//!
//! Between HTTP, or the datagrams, and the decoders: it picks the decoder, hands its spans to the
//! callbacks and the store, and turns a refusal into status 400 with the reason as the body. Nothing
//! sent to a receiving path or port goes uncounted: it ends as a payload or as malformed.

use std::sync::Arc;
use std::time::SystemTime;

use crate::decode::{self, DecodeError, Decoded};
use crate::http::{Head, Method, Refusal, Response, Service};
use crate::json;
use crate::model::Format;
use crate::store::{Malformed, Payload, Store};
use crate::text::excerpt;
use crate::udp::Receiver;

type OnPayload = dyn Fn(&Payload<'_>) + Send + Sync;
type OnMalformed = dyn Fn(&Malformed) + Send + Sync;

/// What the embedding program wants to be told, on the thread of the connection.
#[derive(Clone, Default)]
pub(crate) struct Callbacks {
    pub(crate) payload: Option<Arc<OnPayload>>,
    pub(crate) malformed: Option<Arc<OnMalformed>>,
}

type Decode = fn(&[u8]) -> Result<Decoded, DecodeError>;

/// A receiving path.
pub(crate) struct Ingest {
    pub(crate) path: &'static str,
    /// What may be posted there.
    media: &'static [Media],
    /// Whether a body may be packed by gzip.
    gzip: bool,
}

/// A media type and what it is.
struct Media {
    name: &'static str,
    format: Format,
    decode: Decode,
    reply: Reply,
}

/// How an answer looks.
#[derive(Clone, Copy)]
enum Reply {
    /// 202 without a body; the reason of a refusal as plain text.
    Plain,
    /// 200 with an `ExportTraceServiceResponse` that has nothing to say; the reason of a refusal as the
    /// message of a `google.rpc.Status`. In Protocol Buffers.
    Protobuf,
    /// The same in JSON.
    Json,
}

/// A Jaeger collector: the media type that its documentation names, and the one that every client
/// of Apache Thrift sends.
pub(crate) static JAEGER: Ingest = Ingest {
    path: "/api/traces",
    media: &[
        Media {
            name: "application/vnd.apache.thrift.binary",
            format: Format::JaegerBinary,
            decode: decode::jaeger_binary,
            reply: Reply::Plain,
        },
        Media {
            name: "application/x-thrift",
            format: Format::JaegerBinary,
            decode: decode::jaeger_binary,
            reply: Reply::Plain,
        },
    ],
    gzip: false,
};

/// A Zipkin server.
pub(crate) static ZIPKIN: Ingest = Ingest {
    path: "/api/v2/spans",
    media: &[Media {
        name: "application/json",
        format: Format::ZipkinJson,
        decode: decode::zipkin_json,
        reply: Reply::Plain,
    }],
    gzip: true,
};

/// A receiver of OTLP by HTTP.
pub(crate) static OTLP: Ingest = Ingest {
    path: "/v1/traces",
    media: &[
        Media {
            name: "application/x-protobuf",
            format: Format::OtlpProtobuf,
            decode: decode::otlp_protobuf,
            reply: Reply::Protobuf,
        },
        Media {
            name: "application/json",
            format: Format::OtlpJson,
            decode: decode::otlp_json,
            reply: Reply::Json,
        },
    ],
    gzip: true,
};

/// What a Jaeger agent's datagrams are, by their port.
#[derive(Clone, Copy)]
pub(crate) struct Datagrams {
    format: Format,
    decode: Decode,
}

/// The port of the Thrift compact protocol.
pub(crate) const COMPACT: Datagrams = Datagrams {
    format: Format::JaegerUdpCompact,
    decode: decode::jaeger_udp_compact,
};

/// The port of the Thrift binary protocol.
pub(crate) const BINARY: Datagrams = Datagrams {
    format: Format::JaegerUdpBinary,
    decode: decode::jaeger_udp_binary,
};

/// Where all that is received goes.
#[derive(Clone)]
pub(crate) struct Inbox {
    pub(crate) store: Arc<Store>,
    pub(crate) callbacks: Callbacks,
}

impl Inbox {
    /// Takes one payload, or says why not.
    fn receive(&self, format: Format, decode: Decode, body: &[u8]) -> Result<(), DecodeError> {
        let mut decoded = decode(body)?;
        self.store.number(&mut decoded.spans);
        // The callback comes first: who waited for a span finds that it has been told of it.
        if let Some(on_payload) = &self.callbacks.payload {
            on_payload(&Payload {
                format,
                bytes: body.len(),
                received_at: SystemTime::now(),
                spans: &decoded.spans,
                seq_no: decoded.seq_no,
                client_stats: decoded.client_stats,
            });
        }
        self.store.take(decoded, body.len());
        Ok(())
    }

    /// Counts a refusal and tells of it, once.
    fn refuse(&self, format: Format, status: u16, reason: String) {
        let malformed = Malformed {
            format,
            status,
            reason,
        };
        if let Some(on_malformed) = &self.callbacks.malformed {
            on_malformed(&malformed);
        }
        self.store.refuse(malformed);
    }
}

/// The datagrams of one port; nobody is answered.
pub(crate) struct Datagram {
    pub(crate) datagrams: Datagrams,
    pub(crate) inbox: Inbox,
}

impl Receiver for Datagram {
    fn receive(&self, datagram: &[u8]) {
        let Datagrams { format, decode } = self.datagrams;
        if let Err(error) = self.inbox.receive(format, decode, datagram) {
            self.inbox.refuse(format, 0, error.to_string());
        }
    }
}

/// The answers of one port.
pub(crate) struct Routes {
    pub(crate) ingest: &'static Ingest,
    pub(crate) inbox: Inbox,
}

impl Service for Routes {
    fn check(&self, head: &Head) -> Result<(), Response> {
        match (head.path.as_str(), head.method) {
            (path, Method::Post) if path == self.ingest.path => self.check_content(head),
            (path, _) if path == self.ingest.path => Err(Response::not_allowed("POST")),
            ("/health" | "/traces", Method::Get | Method::Head) => Ok(()),
            ("/health" | "/traces", _) => Err(Response::not_allowed("GET")),
            _ => {
                let ingest = self.ingest.path;
                let paths = format!("here are POST {ingest}, GET /health and GET /traces");
                Err(Response::text(404, &paths))
            }
        }
    }

    fn answer(&self, head: &Head, body: Vec<u8>) -> Response {
        let store = &self.inbox.store;
        match head.path.as_str() {
            "/health" => Response::json(200, json::line(&store.stats())),
            "/traces" => Response::json(200, json::line(&store.traces())),
            _ => match self.media(head) {
                Some(media) => self.receive(media, &body),
                // Not reached: `check` let no such head pass.
                None => Response::empty(400),
            },
        }
    }

    fn unread(&self, head: &Head, refusal: &Refusal) -> Response {
        match self.media(head) {
            Some(media) if head.path == self.ingest.path => {
                self.refuse(media, refusal.status, refusal.reason.clone())
            }
            _ => refusal.response(),
        }
    }
}

impl Routes {
    fn media(&self, head: &Head) -> Option<&'static Media> {
        let found = head.content_type.as_deref()?;
        self.ingest.media.iter().find(|media| media.name == found)
    }

    fn check_content(&self, head: &Head) -> Result<(), Response> {
        let Some(media) = self.media(head) else {
            return Err(self.refuse_type(head));
        };
        match head.content_encoding.as_deref() {
            None => Ok(()),
            Some("gzip" | "x-gzip") if self.ingest.gzip => Ok(()),
            Some(coding) => {
                let reason = format!("Content-Encoding {} is not taken", excerpt(coding, 60));
                Err(self.refuse(media, 415, reason))
            }
        }
    }

    /// Refuses what has no media type that is taken here, in the name of the first one that is.
    fn refuse_type(&self, head: &Head) -> Response {
        let names: Vec<_> = self.ingest.media.iter().map(|media| media.name).collect();
        let wanted = names.join(" or ");
        let found = match &head.content_type {
            Some(found) => format!("is {}", excerpt(found, 60)),
            None => "is missing".to_owned(),
        };
        let reason = format!("Content-Type {found}; {wanted} is taken");
        let response = Response::text(400, &reason);
        if let Some(media) = self.ingest.media.first() {
            self.inbox.refuse(media.format, 400, reason);
        }
        response
    }

    fn receive(&self, media: &Media, body: &[u8]) -> Response {
        match self.inbox.receive(media.format, media.decode, body) {
            Ok(()) => media.reply.taken(),
            Err(error) => self.refuse(media, 400, error.to_string()),
        }
    }

    /// Counts a refusal and answers it.
    fn refuse(&self, media: &Media, status: u16, reason: String) -> Response {
        let response = media.reply.refused(status, &reason);
        self.inbox.refuse(media.format, status, reason);
        response
    }
}

impl Reply {
    fn taken(self) -> Response {
        match self {
            Self::Plain => Response::empty(202),
            // A message without a field is no byte long.
            Self::Protobuf => Response::bytes(200, "application/x-protobuf", Vec::new()),
            Self::Json => Response::json(200, "{}".to_owned()),
        }
    }

    /// OTLP/HTTP: a failure is told in a `google.rpc.Status`; its code is for the sender to ignore.
    fn refused(self, status: u16, reason: &str) -> Response {
        match self {
            Self::Plain => Response::text(status, reason),
            Self::Protobuf => {
                let mut body = Vec::new();
                // 2: string message
                prost::encoding::string::encode(2, &reason.to_owned(), &mut body);
                Response::bytes(status, "application/x-protobuf", body)
            }
            Self::Json => {
                let message = std::collections::BTreeMap::from([("message", reason)]);
                Response::json(status, json::line(&message))
            }
        }
    }
}

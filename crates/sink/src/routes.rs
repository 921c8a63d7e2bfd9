//! What each path answers: spans in by POST, health and traces out by GET.
//!
//! Between HTTP and the decoders: it picks the decoder, hands its spans to the callbacks and the
//! store, and turns a refusal into status 400 with the reason as the body. Nothing sent to a
//! receiving path goes uncounted: it ends as a payload or as malformed.

use std::sync::Arc;
use std::time::SystemTime;

use crate::decode::{self, DecodeError, Decoded};
use crate::http::{Head, Method, Refusal, Response, Service};
use crate::json;
use crate::model::Format;
use crate::store::{Malformed, Payload, Store};
use crate::text::excerpt;

type OnPayload = dyn Fn(&Payload<'_>) + Send + Sync;
type OnMalformed = dyn Fn(&Malformed) + Send + Sync;

/// What the embedding program wants to be told, on the thread of the connection.
#[derive(Clone, Default)]
pub(crate) struct Callbacks {
    pub(crate) payload: Option<Arc<OnPayload>>,
    pub(crate) malformed: Option<Arc<OnMalformed>>,
}

/// A format's receiving path.
pub(crate) struct Ingest {
    format: Format,
    pub(crate) path: &'static str,
    content_types: &'static [&'static str],
    decode: fn(&[u8]) -> Result<Decoded, DecodeError>,
}

/// A Jaeger collector: the media type that its documentation names, and the one that every client
/// of Apache Thrift sends.
pub(crate) static JAEGER: Ingest = Ingest {
    format: Format::JaegerBinary,
    path: "/api/traces",
    content_types: &[
        "application/vnd.apache.thrift.binary",
        "application/x-thrift",
    ],
    decode: decode::jaeger_binary,
};

/// A Zipkin server.
pub(crate) static ZIPKIN: Ingest = Ingest {
    format: Format::ZipkinJson,
    path: "/api/v2/spans",
    content_types: &["application/json"],
    decode: decode::zipkin_json,
};

/// The answers of one port.
pub(crate) struct Routes {
    pub(crate) ingest: &'static Ingest,
    pub(crate) store: Arc<Store>,
    pub(crate) callbacks: Callbacks,
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
        match head.path.as_str() {
            "/health" => Response::json(200, json::line(&self.store.stats())),
            "/traces" => Response::json(200, json::line(&self.store.traces())),
            _ => self.receive(&body),
        }
    }

    fn unread(&self, head: &Head, refusal: &Refusal) {
        if head.path == self.ingest.path {
            self.refuse(refusal.status, refusal.reason.clone());
        }
    }
}

impl Routes {
    fn check_content(&self, head: &Head) -> Result<(), Response> {
        let wanted = self.ingest.content_types.join(" or ");
        let found = match (&head.content_type, &head.content_encoding) {
            (_, Some(encoding)) => {
                let shown = excerpt(encoding, 60);
                return Err(self.refuse(415, format!("Content-Encoding {shown} is not taken")));
            }
            (Some(found), None) if self.ingest.content_types.contains(&found.as_str()) => {
                return Ok(());
            }
            (Some(found), None) => format!("is {}", excerpt(found, 60)),
            (None, None) => "is missing".to_owned(),
        };
        Err(self.refuse(400, format!("Content-Type {found}; {wanted} is taken")))
    }

    /// Takes one payload, or says why not.
    fn receive(&self, body: &[u8]) -> Response {
        let mut decoded = match (self.ingest.decode)(body) {
            Ok(decoded) => decoded,
            Err(error) => return self.refuse(400, error.to_string()),
        };
        self.store.number(&mut decoded.spans);
        // The callback comes first: who waited for a span finds that it has been told of it.
        if let Some(on_payload) = &self.callbacks.payload {
            on_payload(&Payload {
                format: self.ingest.format,
                bytes: body.len(),
                received_at: SystemTime::now(),
                spans: &decoded.spans,
                seq_no: decoded.seq_no,
                client_stats: decoded.client_stats,
            });
        }
        self.store.take(decoded, body.len());
        Response::empty(202)
    }

    /// Counts a refusal and answers it.
    fn refuse(&self, status: u16, reason: String) -> Response {
        let malformed = Malformed {
            format: self.ingest.format,
            status,
            reason,
        };
        let response = Response::text(status, &malformed.reason);
        if let Some(on_malformed) = &self.callbacks.malformed {
            on_malformed(&malformed);
        }
        self.store.refuse(malformed);
        response
    }
}

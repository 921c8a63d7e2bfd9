//! A gRPC server that does what servers do on a bad day: one behaviour for each call.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use h2::server::SendResponse;
use h2::{Reason, SendStream};
use http::{HeaderMap, HeaderValue, Request, Response};
use tokio::runtime::Builder;

/// Names and values.
type Pairs = Vec<(&'static str, String)>;

/// What the server does with one call. Where nothing else is said, it reads the request first.
#[derive(Clone, Debug)]
pub(crate) enum Does {
    /// Reads a little, writes these bytes, which are no HTTP/2, and closes the connection.
    Writes(&'static [u8]),
    /// Accepts the connection and goes silent.
    Hangs,
    /// Ends the call with these trailers.
    Ends(Pairs),
    /// Ends it with this code, and the headers of the request as the message.
    Echoes(&'static str),
    /// Answers with this and ends the call with status 0.
    Answers(Vec<u8>),
    /// Answers without end.
    Floods,
    /// Answers with a byte every few milliseconds.
    Drips,
    /// Answers with this HTTP status and these headers alone.
    Refuses(u16, Pairs),
    /// Resets the stream.
    Resets,
    /// Gives the connection up before the call is answered.
    GoesAway,
    /// The same, with the headers of the request as the reason.
    GoesAwayAndEchoes,
    /// Says nothing.
    ReadsAndHangs,
    /// Begins an answer and goes silent.
    SaysAndHangs,
}

/// The server. Its threads end with the process.
pub(crate) struct Peer {
    address: SocketAddr,
    attempts: Arc<AtomicUsize>,
}

/// What all connections share.
#[derive(Clone)]
struct Script {
    does: Arc<Mutex<VecDeque<Does>>>,
    attempts: Arc<AtomicUsize>,
}

impl Script {
    /// The last one again and again.
    fn next(&self) -> Does {
        self.attempts.fetch_add(1, Ordering::SeqCst);
        let mut does = self.does.lock().unwrap();
        match does.len() {
            1 => does[0].clone(),
            _ => does.pop_front().unwrap(),
        }
    }

    /// What does not even begin with HTTP/2.
    fn next_if_raw(&self) -> Option<Does> {
        let first = self.does.lock().unwrap().front().cloned();
        matches!(first, Some(Does::Writes(_) | Does::Hangs)).then(|| self.next())
    }
}

impl Peer {
    pub(crate) fn new(does: Vec<Does>) -> Peer {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let attempts = Arc::new(AtomicUsize::new(0));
        let script = Script {
            does: Arc::new(Mutex::new(does.into())),
            attempts: Arc::clone(&attempts),
        };
        thread::spawn(move || {
            for stream in listener.incoming() {
                let script = script.clone();
                thread::spawn(move || connection(stream.unwrap(), &script));
            }
        });
        Peer { address, attempts }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many calls came, or connections that were not fit for one.
    pub(crate) fn attempts(&self) -> usize {
        self.attempts.load(Ordering::SeqCst)
    }
}

fn connection(mut stream: TcpStream, script: &Script) {
    match script.next_if_raw() {
        Some(Does::Writes(bytes)) => {
            let _ = stream.read(&mut [0; 4096]);
            // Whatever becomes of a connection is seen at its other end.
            let _ = stream.write_all(bytes);
        }
        Some(_) => loop {
            thread::park();
        },
        None => {
            stream.set_nonblocking(true).unwrap();
            let runtime = Builder::new_current_thread().enable_all().build().unwrap();
            // A peer that has gone is the end of a connection, whatever was meant to come.
            let _ = runtime.block_on(serve(stream, script));
        }
    }
}

async fn serve(stream: TcpStream, script: &Script) -> Result<(), h2::Error> {
    let mut raw = stream.try_clone().unwrap();
    let stream = tokio::net::TcpStream::from_std(stream).unwrap();
    stream.set_nodelay(true).unwrap();
    let mut server = h2::server::handshake(stream).await?;
    while let Some(call) = server.accept().await {
        let (request, respond) = call?;
        match script.next() {
            Does::GoesAway => server.abrupt_shutdown(Reason::NO_ERROR),
            // h2 itself gives no reasons.
            Does::GoesAwayAndEchoes => raw.write_all(&goaway(&echo(request.headers()))).unwrap(),
            does => drop(tokio::spawn(answer(request, respond, does))),
        }
    }
    Ok(())
}

async fn answer(
    request: Request<h2::RecvStream>,
    mut respond: SendResponse<Bytes>,
    does: Does,
) -> Result<(), h2::Error> {
    let (head, mut body) = request.into_parts();
    while let Some(piece) = body.data().await {
        body.flow_control().release_capacity(piece?.len())?;
    }
    let mut begin = || respond.send_response(Response::new(()), false);
    match does {
        Does::Ends(trailers) => begin()?.send_trailers(map(&trailers)),
        Does::Echoes(code) => {
            let mut trailers = map(&[("grpc-status", code.to_owned())]);
            let text = echo(&head.headers);
            trailers.insert("grpc-message", text.parse().unwrap());
            begin()?.send_trailers(trailers)
        }
        Does::Answers(bytes) => {
            let mut stream = begin()?;
            stream.send_data(bytes.into(), false)?;
            stream.send_trailers(map(&[("grpc-status", "0".to_owned())]))
        }
        Does::Floods => flood(begin()?).await,
        Does::Drips => {
            let mut stream = begin()?;
            let mut ticks = tokio::time::interval(Duration::from_millis(5));
            loop {
                ticks.tick().await;
                stream.send_data(Bytes::from_static(&[0]), false)?;
            }
        }
        Does::Refuses(status, headers) => {
            let mut response = Response::new(());
            *response.status_mut() = status.try_into().unwrap();
            *response.headers_mut() = map(&headers);
            respond.send_response(response, true)?;
            Ok(())
        }
        Does::Resets => {
            respond.send_reset(Reason::INTERNAL_ERROR);
            Ok(())
        }
        Does::SaysAndHangs => {
            let _stream = begin()?;
            std::future::pending().await
        }
        _ => std::future::pending().await,
    }
}

/// As much as the peer takes, again and again.
async fn flood(mut stream: SendStream<Bytes>) -> Result<(), h2::Error> {
    loop {
        stream.reserve_capacity(1 << 16);
        let room = std::future::poll_fn(|context| stream.poll_capacity(context)).await;
        let Some(room) = room else { return Ok(()) };
        stream.send_data(Bytes::from(vec![0; room?]), false)?;
    }
}

/// All headers as a text, values included.
fn echo(headers: &HeaderMap) -> String {
    let text = format!("{headers:?}").replace("Sensitive", "");
    let values = headers.values().map(|value| value.to_str().unwrap());
    values.fold(text, |text, value| text + " " + value)
}

/// A frame GOAWAY (RFC 9113, section 6.8): no call is taken, an error of the server's own, and the reason.
fn goaway(reason: &str) -> Vec<u8> {
    let length = u32::try_from(8 + reason.len()).unwrap().to_be_bytes();
    let head = [&length[1..], &[7, 0, 0, 0, 0, 0]].concat();
    let codes = [0_u32, Reason::INTERNAL_ERROR.into()].map(u32::to_be_bytes);
    [&head, codes.as_flattened(), reason.as_bytes()].concat()
}

fn map(pairs: &[(&'static str, String)]) -> HeaderMap {
    let pairs = pairs.iter().map(|(name, value)| {
        let value = HeaderValue::from_str(value).unwrap();
        (name.parse().unwrap(), value)
    });
    pairs.collect()
}

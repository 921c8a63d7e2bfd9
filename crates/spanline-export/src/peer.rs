//! A misbehaving HTTP server for tests: it answers each request with the next line of a script.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What to do with one request.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// Read it and write this.
    Say(Vec<u8>),
    /// Read it, write this, close.
    SayAndClose(Vec<u8>),
    /// Read it and write this, then one more byte of it again and again.
    Drip(Vec<u8>),
    /// Read it and write this, then this again and again as fast as it goes.
    Flood(Vec<u8>, Vec<u8>),
    /// Read it and say nothing.
    Hang,
    /// Do not even read it.
    Ignore,
    /// Close the connection without reading.
    Close,
}

/// A response of this status, with headers and a body.
pub(crate) fn say(status: &str, headers: &[&str], body: &str) -> Act {
    let mut text = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n", body.len());
    for header in headers {
        text.push_str(header);
        text.push_str("\r\n");
    }
    Act::Say(format!("{text}\r\n{body}").into_bytes())
}

/// A request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Got {
    /// Request line and headers.
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
    /// Which connection it came on, from 0.
    pub(crate) connection: usize,
}

/// The server. Its threads end with the process.
pub(crate) struct Peer {
    port: u16,
    got: Receiver<Got>,
}

impl Peer {
    /// Listens on a free port and acts once per request; after the script's end it hangs.
    pub(crate) fn new(script: impl IntoIterator<Item = Act>) -> Peer {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut script: Vec<Act> = script.into_iter().collect();
        script.reverse();
        let script = Arc::new(Mutex::new(script));
        let (tell, got) = channel();
        thread::spawn(move || {
            for (connection, stream) in listener.incoming().enumerate() {
                let (script, tell) = (Arc::clone(&script), tell.clone());
                thread::spawn(move || serve(stream.unwrap(), connection, &script, &tell));
            }
        });
        Peer { port, got }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// The requests so far.
    pub(crate) fn got(&self) -> Vec<Got> {
        self.got.try_iter().collect()
    }
}

fn serve(stream: TcpStream, connection: usize, script: &Mutex<Vec<Act>>, tell: &Sender<Got>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut writer = stream;
    // A script line is taken when a request begins to arrive, or else when the connection opens.
    let next = || script.lock().unwrap().pop().unwrap_or(Act::Hang);
    let ignores = matches!(
        script.lock().unwrap().last(),
        Some(Act::Ignore | Act::Close)
    );
    if ignores {
        if let Act::Ignore = next() {
            let _open = writer;
            return forever();
        }
        return;
    }
    while let Some(got) = read(&mut reader, connection) {
        let _ = tell.send(got);
        match next() {
            Act::Say(text) => {
                if writer.write_all(&text).is_err() {
                    return;
                }
            }
            Act::SayAndClose(text) => {
                let _ = writer.write_all(&text);
                return;
            }
            Act::Drip(text) => {
                let _ = writer.write_all(&text);
                while writer.write_all(b"x").is_ok() {
                    thread::park_timeout(Duration::from_millis(5));
                }
                return;
            }
            Act::Flood(text, again) => {
                let _ = writer.write_all(&text);
                while writer.write_all(&again).is_ok() {}
                return;
            }
            Act::Hang | Act::Ignore => return forever(),
            Act::Close => return,
        }
    }
}

fn forever() {
    loop {
        thread::park();
    }
}

fn read(reader: &mut BufReader<TcpStream>, connection: usize) -> Option<Got> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let length = head
        .lines()
        .filter_map(|line| line.split_once(": "))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .map_or(0, |(_, value)| value.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Got {
        head,
        body,
        connection,
    })
}

//! A collector that does what collectors do on a bad day: one behaviour for each attempt to reach it.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What the collector does with one attempt. Where nothing else is said, it reads the request first.
#[derive(Clone, Debug)]
pub(crate) enum Does {
    /// Answers and waits for the next request.
    Says(Vec<u8>),
    /// Answers and closes.
    SaysAndCloses(Vec<u8>),
    /// Answers with this status line, and the head of the request as the body.
    Echoes(&'static str),
    /// Answers and goes silent.
    SaysAndHangs(Vec<u8>),
    /// Answers, and then with these few bytes again and again, every few milliseconds.
    SaysAndDrips(Vec<u8>, &'static [u8]),
    /// Answers, and then with these bytes for ever, as fast as it goes.
    SaysAndFloods(Vec<u8>, Vec<u8>),
    /// Reads nothing and goes silent.
    Hangs,
    /// Resets the connection as soon as it is there. That it was made is the attempt.
    ResetsOnAccept,
    /// Waits for the first byte, reads so many, writes this and resets the connection: bytes not read
    /// are a reset.
    Resets(usize, &'static [u8]),
}

/// The collector. Its threads end with the process.
pub(crate) struct Collector {
    address: SocketAddr,
    attempts: Arc<AtomicUsize>,
}

impl Collector {
    /// Does the first of these at the first attempt, and the last of them again and again.
    pub(crate) fn new(script: Vec<Does>) -> Collector {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let attempts = Arc::new(AtomicUsize::new(0));
        let script = Arc::new(Mutex::new(script));
        let counter = Arc::clone(&attempts);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (script, counter) = (Arc::clone(&script), Arc::clone(&counter));
                thread::spawn(move || {
                    // A peer that has gone is the end of a connection, whatever was meant to come.
                    let _ = serve(stream.unwrap(), &script, &counter);
                });
            }
        });
        Collector { address, attempts }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// How often somebody tried to have a request answered.
    pub(crate) fn attempts(&self) -> usize {
        self.attempts.load(Ordering::SeqCst)
    }
}

fn serve(
    mut stream: TcpStream,
    script: &Mutex<Vec<Does>>,
    attempts: &AtomicUsize,
) -> std::io::Result<()> {
    if matches!(script.lock().unwrap()[0], Does::ResetsOnAccept) {
        next(script, attempts);
        // A connection that is closed so has no time to say goodbye.
        return socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO));
    }
    loop {
        // Nothing is an attempt before its first byte.
        if stream.peek(&mut [0])? == 0 {
            return Ok(());
        }
        match next(script, attempts) {
            Does::ResetsOnAccept => unreachable!("said only of a connection that is new"),
            Does::Hangs => hang(),
            Does::Resets(bytes, says) => {
                stream.read_exact(&mut vec![0; bytes])?;
                return stream.write_all(says);
            }
            Does::Says(text) => {
                read_request(&mut stream)?;
                stream.write_all(&text)?;
            }
            Does::SaysAndCloses(text) => {
                read_request(&mut stream)?;
                return stream.write_all(&text);
            }
            Does::Echoes(status) => {
                let head = read_request(&mut stream)?;
                let length = head.len();
                let text = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n{head}");
                stream.write_all(text.as_bytes())?;
            }
            Does::SaysAndHangs(text) => {
                read_request(&mut stream)?;
                stream.write_all(&text)?;
                hang();
            }
            Does::SaysAndDrips(text, drop) => {
                read_request(&mut stream)?;
                stream.set_nodelay(true)?;
                stream.write_all(&text)?;
                loop {
                    stream.write_all(drop)?;
                    thread::park_timeout(Duration::from_millis(5));
                }
            }
            Does::SaysAndFloods(text, again) => {
                read_request(&mut stream)?;
                stream.write_all(&text)?;
                loop {
                    stream.write_all(&again)?;
                }
            }
        }
    }
}

/// Counts an attempt; what is done at it.
fn next(script: &Mutex<Vec<Does>>, attempts: &AtomicUsize) -> Does {
    attempts.fetch_add(1, Ordering::SeqCst);
    let mut script = script.lock().unwrap();
    match script.len() {
        1 => script[0].clone(),
        _ => script.remove(0),
    }
}

/// Reads a request with a `Content-Length`; gives its head.
fn read_request(stream: &mut TcpStream) -> std::io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        head.extend(byte);
    }
    let head = String::from_utf8(head).unwrap();
    let named = |line: &&str| line.to_ascii_lowercase().starts_with("content-length: ");
    let length = head.lines().find(named).map_or(0, |line| {
        let digits = line.split(' ').nth(1).unwrap_or_default();
        digits.parse().unwrap()
    });
    let body = std::io::copy(&mut stream.take(length), &mut std::io::sink())?;
    assert_eq!(body, length);
    Ok(head)
}

fn hang() -> ! {
    loop {
        thread::park();
    }
}

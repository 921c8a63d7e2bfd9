//! A collector that can be taken away and brought back to the same address, for tests of what happens
//! meanwhile.

use std::collections::HashMap;
use std::io::{self, Read};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

/// Answers one request that has been read; an error ends the connection.
pub(crate) type Answer = dyn Fn(&mut TcpStream) -> io::Result<()> + Send + Sync;

/// Numbers connections, so that none is taken for another one.
static COUNT: AtomicU64 = AtomicU64::new(0);

pub(crate) struct Collector {
    address: SocketAddr,
    answer: Arc<Answer>,
    running: Option<(Arc<AtomicBool>, JoinHandle<()>)>,
    /// Those that are open, by number.
    connections: Arc<Mutex<HashMap<u64, TcpStream>>>,
}

impl Collector {
    pub(crate) fn new(
        answer: impl Fn(&mut TcpStream) -> io::Result<()> + Send + Sync + 'static,
    ) -> Collector {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut collector = Collector {
            address: listener.local_addr().unwrap(),
            answer: Arc::new(answer),
            running: None,
            connections: Arc::default(),
        };
        collector.serve(listener);
        collector
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn serve(&mut self, listener: TcpListener) {
        let stopping = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&stopping);
        let (answer, connections) = (Arc::clone(&self.answer), Arc::clone(&self.connections));
        let thread = thread::spawn(move || {
            for stream in listener.incoming() {
                if flag.load(Ordering::SeqCst) {
                    return;
                }
                let stream = stream.unwrap();
                let (answer, connections) = (Arc::clone(&answer), Arc::clone(&connections));
                let number = COUNT.fetch_add(1, Ordering::SeqCst);
                let handle = stream.try_clone().unwrap();
                connections.lock().unwrap().insert(number, handle);
                thread::spawn(move || {
                    // A peer that has gone is the end of a connection, whatever was meant to come.
                    let _ = answer_all(stream, &*answer);
                    connections.lock().unwrap().remove(&number);
                });
            }
        });
        self.running = Some((stopping, thread));
    }

    /// Nobody listens any more, and whoever was connected is cut off.
    pub(crate) fn goes_away(&mut self) {
        let (stopping, thread) = self.running.take().unwrap();
        stopping.store(true, Ordering::SeqCst);
        // The thread waits for a connection.
        drop(TcpStream::connect(self.address).unwrap());
        thread.join().unwrap();
        for stream in self.connections.lock().unwrap().values() {
            // It may be closed already.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    pub(crate) fn comes_back(&mut self) {
        self.serve(TcpListener::bind(self.address).unwrap());
    }
}

/// Reads requests with a `Content-Length` and has each answered, until the peer or the collector goes.
fn answer_all(mut stream: TcpStream, answer: &Answer) -> io::Result<()> {
    loop {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte)?;
            head.extend(byte);
        }
        let text = String::from_utf8(head).unwrap().to_lowercase();
        let (_, rest) = text.split_once("content-length: ").unwrap();
        let length: u64 = rest.split("\r\n").next().unwrap().parse().unwrap();
        let read = io::copy(&mut (&mut stream).take(length), &mut io::sink())?;
        if read < length {
            return Ok(());
        }
        answer(&mut stream)?;
    }
}

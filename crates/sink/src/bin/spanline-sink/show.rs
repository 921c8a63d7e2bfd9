//! Prints what arrives: traces when they have settled, or spans at once as JSON.

use std::io::{self, IsTerminal, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use spanline_sink::{Builder, DrawOptions, Sink, Trace};

use crate::options::Options;

/// A trace is drawn when nothing has been added to it for this long.
const QUIET: Duration = Duration::from_millis(300);

/// How often to look for traces that have settled, at most.
const LOOK: Duration = Duration::from_millis(150);

/// The standard output and how to use it.
pub(crate) struct Output {
    drawing: DrawOptions,
    json: bool,
    once: Option<usize>,
    /// Set when the standard output cannot be written to: whoever read it has left.
    closed: Arc<AtomicBool>,
}

impl Output {
    pub(crate) fn new(options: &Options) -> Self {
        Self {
            drawing: DrawOptions {
                width: options.width.or_else(columns).unwrap_or(100),
                colour: io::stdout().is_terminal() && colour_is_welcome(),
                attributes: options.attributes,
            },
            json: options.json,
            once: options.once,
            closed: Arc::new(AtomicBool::new(false)),
        }
    }

    /// Lets the sink print the spans of each payload as they come.
    pub(crate) fn print_json_of(&self, builder: Builder) -> Builder {
        let closed = Arc::clone(&self.closed);
        builder.on_payload(move |payload| {
            let lines: String = payload
                .spans
                .iter()
                .map(|span| span.to_json() + "\n")
                .collect();
            print(&lines, &closed);
        })
    }

    /// Prints until enough was received, or the output is closed.
    pub(crate) fn follow(&self, sink: &Sink) {
        let mut seen = 0;
        // Relaxed: the flag orders nothing else, and a look later is soon enough.
        while !self.closed.load(Ordering::Relaxed) {
            let enough = self.once.is_some_and(|once| seen >= once);
            if !self.json {
                let quiet = if enough { Duration::ZERO } else { QUIET };
                let drawings: Vec<String> = sink
                    .settled(quiet)
                    .iter()
                    .map(|trace| self.drawn(trace))
                    .collect();
                print(&drawings.concat(), &self.closed);
            }
            if enough {
                return;
            }
            seen = self.next(sink, seen);
        }
    }

    /// Waits for more spans, or until it is time to look again; how many there are.
    fn next(&self, sink: &Sink, seen: usize) -> usize {
        let wanted = self.once.unwrap_or(usize::MAX).max(seen + 1);
        sink.wait_for_spans(wanted, LOOK)
            .unwrap_or_else(|timeout| timeout.received)
    }

    fn drawn(&self, trace: &Trace) -> String {
        trace.draw_with(self.drawing) + "\n"
    }
}

/// What is open, and where.
pub(crate) fn greeting(sink: &Sink, options: &Options) -> String {
    let mut text = String::new();
    let datagrams = |address: Option<SocketAddr>| address.map(|address| format!("udp://{address}"));
    for (format, endpoint) in [
        ("OTLP", sink.otlp_endpoint()),
        ("Jaeger Thrift", sink.jaeger_endpoint()),
        ("  compact", datagrams(sink.jaeger_udp_compact_address())),
        ("  binary", datagrams(sink.jaeger_udp_binary_address())),
        ("Zipkin JSON", sink.zipkin_endpoint()),
    ] {
        if let Some(url) = endpoint {
            text.push_str(&format!("{format:<13}  {url}\n"));
        }
    }
    let addresses = [
        sink.otlp_address(),
        sink.jaeger_address(),
        sink.jaeger_udp_compact_address(),
        sink.jaeger_udp_binary_address(),
        sink.zipkin_address(),
    ];
    let local = addresses
        .iter()
        .flatten()
        .all(|address| address.ip().is_loopback());
    let everywhere = matches!(options.host.as_str(), "0.0.0.0" | "::" | "[::]");
    if !local || everywhere {
        text.push_str("other machines can reach this, and anyone who does may send\n");
    }
    text.push_str("waiting for spans\n\n");
    text
}

/// Writes to the standard output at once, or notes that it is closed.
fn print(text: &str, closed: &AtomicBool) {
    if text.is_empty() {
        return;
    }
    let mut output = io::stdout().lock();
    if output
        .write_all(text.as_bytes())
        .and_then(|()| output.flush())
        .is_err()
    {
        closed.store(true, Ordering::Relaxed);
    }
}

/// The terminal's width, where the shell tells it.
fn columns() -> Option<usize> {
    std::env::var("COLUMNS")
        .ok()?
        .parse()
        .ok()
        .filter(|columns| *columns > 0)
}

/// Colour unless NO_COLOR is set to anything (no-color.org), or the terminal cannot.
fn colour_is_welcome() -> bool {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    set("NO_COLOR").is_none() && set("TERM").is_none_or(|terminal| terminal != "dumb")
}

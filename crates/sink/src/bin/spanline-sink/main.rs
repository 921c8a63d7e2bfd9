//! `spanline-sink`: receives spans on this machine and prints the traces.
//!
//! The command around the library: it reads its options, starts a sink, and draws each trace when
//! nothing has been added to it for a moment. Traces and JSON go to the standard output, all else
//! to the standard error, so the output can be piped.

#![forbid(unsafe_code)]

mod options;
mod show;

use std::io::{self, Write};
use std::process::ExitCode;

use options::{Command, HELP, Options, USAGE};
use spanline_sink::{Builder, Sink};

fn main() -> ExitCode {
    // Arguments that are not UTF-8 cannot be any of ours; lossily they are at least named.
    let arguments = std::env::args_os()
        .skip(1)
        .map(|word| word.to_string_lossy().into_owned());
    match options::parse(arguments) {
        Ok(Command::Help) => {
            say(&mut io::stdout(), HELP);
            ExitCode::SUCCESS
        }
        Ok(Command::Run(options)) => run(&options),
        Err(complaint) => {
            say(
                &mut io::stderr(),
                &format!("spanline-sink: {complaint}\n{USAGE}"),
            );
            ExitCode::from(2)
        }
    }
}

fn run(options: &Options) -> ExitCode {
    let mut builder = Sink::builder().host(&options.host).keep(options.keep);
    type Listen = fn(Builder, u16) -> Builder;
    let ports: [(Option<u16>, Listen); 5] = [
        (options.ports.otlp, Builder::otlp),
        (options.ports.jaeger, Builder::jaeger),
        (options.ports.jaeger_compact, Builder::jaeger_udp_compact),
        (options.ports.jaeger_binary, Builder::jaeger_udp_binary),
        (options.ports.zipkin, Builder::zipkin),
    ];
    for (port, listen) in ports {
        if let Some(port) = port {
            builder = listen(builder, port);
        }
    }
    builder = builder.on_malformed(|malformed| {
        let (format, reason) = (malformed.format, &malformed.reason);
        say(&mut io::stderr(), &format!("refused {format}: {reason}\n"));
    });
    let output = show::Output::new(options);
    if options.json {
        builder = output.print_json_of(builder);
    }
    match builder.start() {
        Ok(sink) => {
            say(&mut io::stderr(), &show::greeting(&sink, options));
            output.follow(&sink);
            ExitCode::SUCCESS
        }
        Err(error) => {
            say(
                &mut io::stderr(),
                &format!("spanline-sink: {error}\n{}", options::PORT_HINT),
            );
            ExitCode::FAILURE
        }
    }
}

/// Writes a message. Where nobody reads messages there is nobody to tell.
fn say(stream: &mut impl Write, message: &str) {
    let _ = stream.write_all(message.as_bytes());
}

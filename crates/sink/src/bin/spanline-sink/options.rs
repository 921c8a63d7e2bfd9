//! The command line: words in, options or a complaint out. Reads nothing else and prints nothing.

/// One line of usage, for complaints.
pub(crate) const USAGE: &str = "\
usage: spanline-sink [--host HOST] [--otlp-port PORT|off] [--jaeger-port PORT|off]
                     [--jaeger-compact-port PORT|off] [--jaeger-binary-port PORT|off]
                     [--zipkin-port PORT|off]
                     [--keep N] [--once N] [--json] [--attributes] [--width N]
       spanline-sink --help
";

/// What to do about a port that is taken.
pub(crate) const PORT_HINT: &str =
    "another port: its option with a number, 0 for a free one, off for none; see --help\n";

/// The text of `--help`.
pub(crate) const HELP: &str = "\
Receives spans on this machine and draws the traces.

usage: spanline-sink [options]

  --host HOST           address to listen on (default 127.0.0.1, this machine only)
  --otlp-port PORT      OTLP by HTTP, POST /v1/traces, protobuf or JSON (default 4318)
  --jaeger-port PORT    Jaeger collector, POST /api/traces (default 14268)
  --jaeger-compact-port PORT
                        Jaeger agent, datagrams, Thrift compact protocol (default 6831)
  --jaeger-binary-port PORT
                        Jaeger agent, datagrams, Thrift binary protocol (default 6832)
  --zipkin-port PORT    Zipkin server, POST /api/v2/spans (default 9411)
                        0 takes a free port, off opens none
  --keep N              keep the last N traces (default 100)
  --once N              exit with status 0 when N spans have been received
  --json                print each span as a line of JSON instead of drawing traces
  --attributes          draw the attributes of each span, too
  --width N             characters in a line (default: COLUMNS, else 100)
  --help                print this

The ports of HTTP also answer GET /health and GET /traces (the kept traces as JSON).
Colour is used on a terminal, unless NO_COLOR is set.
";

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Help,
    Run(Options),
}

/// The settings of a run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) host: String,
    pub(crate) ports: Ports,
    pub(crate) keep: usize,
    pub(crate) once: Option<usize>,
    pub(crate) json: bool,
    pub(crate) attributes: bool,
    pub(crate) width: Option<usize>,
}

/// The ports to open; `None` is off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ports {
    pub(crate) otlp: Option<u16>,
    pub(crate) jaeger: Option<u16>,
    pub(crate) jaeger_compact: Option<u16>,
    pub(crate) jaeger_binary: Option<u16>,
    pub(crate) zipkin: Option<u16>,
}

impl Ports {
    const NONE: Self = Self {
        otlp: None,
        jaeger: None,
        jaeger_compact: None,
        jaeger_binary: None,
        zipkin: None,
    };
}

impl Default for Options {
    fn default() -> Self {
        Self {
            host: "127.0.0.1".to_owned(),
            ports: Ports {
                otlp: Some(4318),
                jaeger: Some(14268),
                jaeger_compact: Some(6831),
                jaeger_binary: Some(6832),
                zipkin: Some(9411),
            },
            keep: 100,
            once: None,
            json: false,
            attributes: false,
            width: None,
        }
    }
}

/// Understands the words after the program's name; `--flag value` and `--flag=value` are the same.
pub(crate) fn parse(words: impl IntoIterator<Item = String>) -> Result<Command, String> {
    let mut options = Options::default();
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        let (flag, attached) = match word.split_once('=') {
            Some((flag, value)) => (flag.to_owned(), Some(value.to_owned())),
            None => (word, None),
        };
        let takes_value = !matches!(flag.as_str(), "--help" | "-h" | "--json" | "--attributes");
        if !takes_value && attached.is_some() {
            return Err(format!("{flag} takes no value"));
        }
        let mut value = || {
            attached
                .clone()
                .or_else(|| words.next())
                .ok_or_else(|| format!("{flag} needs a value"))
        };
        match flag.as_str() {
            "--help" | "-h" => return Ok(Command::Help),
            "--json" => options.json = true,
            "--attributes" => options.attributes = true,
            "--host" => options.host = value()?,
            "--otlp-port" => options.ports.otlp = port(&flag, &value()?)?,
            "--jaeger-port" => options.ports.jaeger = port(&flag, &value()?)?,
            "--jaeger-compact-port" => options.ports.jaeger_compact = port(&flag, &value()?)?,
            "--jaeger-binary-port" => options.ports.jaeger_binary = port(&flag, &value()?)?,
            "--zipkin-port" => options.ports.zipkin = port(&flag, &value()?)?,
            "--keep" => options.keep = at_least_one(&flag, &value()?)?,
            "--once" => options.once = Some(at_least_one(&flag, &value()?)?),
            "--width" => options.width = Some(at_least_one(&flag, &value()?)?),
            _ => return Err(format!("unknown argument {flag:?}")),
        }
    }
    if options.ports == Ports::NONE {
        return Err("all ports are off, nothing could be received".to_owned());
    }
    Ok(Command::Run(options))
}

fn port(flag: &str, value: &str) -> Result<Option<u16>, String> {
    if value == "off" {
        return Ok(None);
    }
    let wrong = |_| format!("{flag} takes a port (0 to 65535) or off, not {value:?}");
    value.parse().map(Some).map_err(wrong)
}

fn at_least_one(flag: &str, value: &str) -> Result<usize, String> {
    match value.parse() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err(format!("{flag} takes a number from 1, not {value:?}")),
    }
}

#[cfg(test)]
mod tests;

//! Settings that are names: one of a few known words each.

use crate::sampler::{AlwaysOff, AlwaysOn, ParentBased, Sampler, TraceIdRatioBased};

/// An exporter that the environment can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ExporterChoice {
    /// `otlp`: the OpenTelemetry protocol.
    Otlp,
    /// `otlp/stdout`: its JSON, line by line, on standard output.
    OtlpStdout,
    /// `jaeger`: Thrift over HTTP or UDP; see [`JaegerProtocol`].
    Jaeger,
    /// `zipkin`: JSON over HTTP.
    Zipkin,
    /// `console`: text on standard output.
    Console,
}

/// How the Jaeger exporter sends, as the environment can ask for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum JaegerProtocol {
    /// `http/thrift.binary`: to a collector.
    HttpThriftBinary,
    /// `udp/thrift.compact`: to an agent.
    UdpThriftCompact,
    /// `udp/thrift.binary`: to an agent.
    UdpThriftBinary,
}

/// How requests of the OTLP exporter can be compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CompressionChoice {
    /// `none`
    None,
    /// `gzip`
    Gzip,
}

/// What the OTLP exporter can speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OtlpProtocol {
    /// `http/protobuf`
    HttpProtobuf,
    /// `http/json`
    HttpJson,
    /// `grpc`
    Grpc,
}

/// A propagator that the environment can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PropagatorChoice {
    /// `tracecontext`: W3C Trace Context.
    TraceContext,
    /// `baggage`: W3C Baggage.
    Baggage,
    /// `b3`: the single header.
    B3,
    /// `b3multi`: a header per part.
    B3Multi,
    /// `jaeger`: `uber-trace-id`.
    Jaeger,
    /// `ottrace`: the OpenTracing basic tracer's headers.
    OtTrace,
}

/// A sampler that the environment can ask for; fractions are between 0 and 1.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum SamplerChoice {
    /// `always_on`
    AlwaysOn,
    /// `always_off`
    AlwaysOff,
    /// `traceidratio`
    TraceIdRatio(f64),
    /// `parentbased_always_on`
    ParentBasedAlwaysOn,
    /// `parentbased_always_off`
    ParentBasedAlwaysOff,
    /// `parentbased_traceidratio`
    ParentBasedTraceIdRatio(f64),
}

impl SamplerChoice {
    /// The sampler itself.
    #[must_use]
    pub fn build(self) -> Box<dyn Sampler> {
        match self {
            Self::AlwaysOn => Box::new(AlwaysOn),
            Self::AlwaysOff => Box::new(AlwaysOff),
            Self::TraceIdRatio(fraction) => Box::new(TraceIdRatioBased::new(fraction)),
            Self::ParentBasedAlwaysOn => Box::new(ParentBased::new(AlwaysOn)),
            Self::ParentBasedAlwaysOff => Box::new(ParentBased::new(AlwaysOff)),
            Self::ParentBasedTraceIdRatio(fraction) => {
                Box::new(ParentBased::new(TraceIdRatioBased::new(fraction)))
            }
        }
    }
}

/// What a word in a variable turned out to be.
pub(super) enum Word<T> {
    /// A choice.
    Is(T),
    /// The choice of nothing at all, `none`.
    Nothing,
    /// A word of the specification that this version cannot follow.
    NotBuilt,
    /// Not a word that anybody knows.
    Unknown,
}

/// The words of one variable.
pub(super) struct Words<T> {
    /// What a word in lower case means.
    pub(super) read: fn(&str) -> Word<T>,
    /// All that can be followed, for people.
    pub(super) known: &'static str,
}

pub(super) const EXPORTERS: Words<ExporterChoice> = Words {
    read: |word| match word {
        "otlp" => Word::Is(ExporterChoice::Otlp),
        "otlp/stdout" => Word::Is(ExporterChoice::OtlpStdout),
        "jaeger" => Word::Is(ExporterChoice::Jaeger),
        "zipkin" => Word::Is(ExporterChoice::Zipkin),
        "console" => Word::Is(ExporterChoice::Console),
        "none" => Word::Nothing,
        _ => Word::Unknown,
    },
    known: "otlp, otlp/stdout, jaeger, zipkin, console, none",
};

pub(super) const COMPRESSIONS: Words<CompressionChoice> = Words {
    read: |word| match word {
        "none" => Word::Is(CompressionChoice::None),
        "gzip" => Word::Is(CompressionChoice::Gzip),
        _ => Word::Unknown,
    },
    known: "gzip, none",
};

pub(super) const OTLP_PROTOCOLS: Words<OtlpProtocol> = Words {
    read: |word| match word {
        "http/protobuf" => Word::Is(OtlpProtocol::HttpProtobuf),
        "http/json" => Word::Is(OtlpProtocol::HttpJson),
        "grpc" => Word::Is(OtlpProtocol::Grpc),
        _ => Word::Unknown,
    },
    known: "http/protobuf, http/json, grpc",
};

pub(super) const JAEGER_PROTOCOLS: Words<JaegerProtocol> = Words {
    read: |word| match word {
        "http/thrift.binary" => Word::Is(JaegerProtocol::HttpThriftBinary),
        "udp/thrift.compact" => Word::Is(JaegerProtocol::UdpThriftCompact),
        "udp/thrift.binary" => Word::Is(JaegerProtocol::UdpThriftBinary),
        "grpc" => Word::NotBuilt,
        _ => Word::Unknown,
    },
    known: "http/thrift.binary, udp/thrift.compact, udp/thrift.binary",
};

pub(super) const PROPAGATORS: Words<PropagatorChoice> = Words {
    read: |word| match word {
        "tracecontext" => Word::Is(PropagatorChoice::TraceContext),
        "baggage" => Word::Is(PropagatorChoice::Baggage),
        "b3" => Word::Is(PropagatorChoice::B3),
        "b3multi" => Word::Is(PropagatorChoice::B3Multi),
        "jaeger" => Word::Is(PropagatorChoice::Jaeger),
        "ottrace" => Word::Is(PropagatorChoice::OtTrace),
        "none" => Word::Nothing,
        "xray" => Word::NotBuilt,
        _ => Word::Unknown,
    },
    known: "tracecontext, baggage, b3, b3multi, jaeger, ottrace, none",
};

/// The fraction of ratio samplers is 1 here; it stands in a variable of its own.
pub(super) const SAMPLERS: Words<SamplerChoice> = Words {
    read: |word| match word {
        "always_on" => Word::Is(SamplerChoice::AlwaysOn),
        "always_off" => Word::Is(SamplerChoice::AlwaysOff),
        "traceidratio" => Word::Is(SamplerChoice::TraceIdRatio(1.0)),
        "parentbased_always_on" => Word::Is(SamplerChoice::ParentBasedAlwaysOn),
        "parentbased_always_off" => Word::Is(SamplerChoice::ParentBasedAlwaysOff),
        "parentbased_traceidratio" => Word::Is(SamplerChoice::ParentBasedTraceIdRatio(1.0)),
        "jaeger_remote" | "parentbased_jaeger_remote" | "xray" => Word::NotBuilt,
        _ => Word::Unknown,
    },
    known: "always_on, always_off, traceidratio, parentbased_always_on, \
            parentbased_always_off, parentbased_traceidratio",
};

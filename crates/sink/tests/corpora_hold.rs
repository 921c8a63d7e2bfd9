//! The committed fuzz corpora keep the laws of the decoders.

#[macro_use]
#[path = "../../../fuzz/replay.rs"]
mod replay;

use spanline_sink::decode::{
    check_jaeger_binary, check_jaeger_udp, check_otlp_json, check_otlp_protobuf, check_zipkin_json,
};

hold! {
    sink_jaeger check_jaeger_binary;
    sink_otlp check_otlp_protobuf;
    sink_otlp_json check_otlp_json;
    sink_udp check_jaeger_udp;
    sink_zipkin check_zipkin_json;
}

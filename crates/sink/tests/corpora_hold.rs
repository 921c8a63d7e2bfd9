//! The committed fuzz corpora keep the laws of the decoders.

#[macro_use]
#[path = "../../../fuzz/replay.rs"]
mod replay;

use spanline_sink::decode::{check_jaeger_binary, check_zipkin_json};

hold! {
    sink_jaeger check_jaeger_binary;
    sink_zipkin check_zipkin_json;
}

//! The committed fuzz corpora keep the laws of this crate's parsers.

#[macro_use]
#[path = "../../../fuzz/replay.rs"]
mod replay;

#[cfg(feature = "otlp")]
use spanline_export::check_otlp_response;
#[cfg(feature = "jaeger")]
use spanline_export::split::check_packets;
use spanline_export::split::check_split;
#[cfg(feature = "http")]
use spanline_export::{check_excerpt, check_retry_after};

hold! {
    split check_split;
}

#[cfg(feature = "otlp")]
hold! {
    otlp_response check_otlp_response;
}

#[cfg(feature = "http")]
hold! {
    reply_excerpt check_excerpt;
    retry_after check_retry_after;
}

#[cfg(feature = "jaeger")]
hold! {
    packets check_packets;
}

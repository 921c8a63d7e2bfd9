//! The committed fuzz corpora keep the laws of this crate's parsers.

#[macro_use]
#[path = "../../../fuzz/replay.rs"]
mod replay;

use spanline_core::propagation::{
    check_b3_multi, check_b3_single, check_baggage, check_ot_trace, check_trace_context,
    check_traceparent, check_uber_trace_id, check_uberctx,
};
use spanline_core::record::{check_record, check_truncation};
use spanline_core::trace_state::check_tracestate;

hold! {
    traceparent check_traceparent;
    tracestate check_tracestate;
    trace_context check_trace_context;
    baggage check_baggage;
    b3_single check_b3_single;
    b3_multi check_b3_multi;
    uber_trace_id check_uber_trace_id;
    uberctx check_uberctx;
    ot_trace check_ot_trace;
    truncation check_truncation;
    record check_record;
}

//! Values as text: numbers and JSON, written as bytes.
//!
//! Both wires need it: Zipkin is JSON throughout, and Jaeger has no lists, so lists and maps travel
//! there as JSON text. The form of every value is that of the OpenTelemetry specification, "AnyValue
//! representation for non-OTLP protocols". What a value means is not looked at here.

mod json;
mod number;

pub use json::{
    Level, Quoted, Text, is_plain, push_base64, push_number, write_json, write_object, write_text,
};
pub use number::{DECIMAL, push_f64, push_i64, push_u64, put_u64};

#[cfg(test)]
mod tests;

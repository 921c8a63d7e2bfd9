//! Values as text: numbers and JSON, written as bytes.
//!
//! Both wires need it: Zipkin is JSON throughout, and Jaeger has no lists, so lists and maps travel
//! there as JSON text. The form of every value is that of the OpenTelemetry specification, "AnyValue
//! representation for non-OTLP protocols". What a value means is not looked at here.

mod hex;
mod json;
mod number;

pub use hex::put_hex;
pub use json::{Level, Quoted, Text, put_base64, put_json, put_members, put_number, put_text};
pub use number::{put_f64, put_i64, put_u64};

#[cfg(test)]
mod tests;

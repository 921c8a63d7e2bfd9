//! Received spans as JSON: for `--json`, for `GET /traces`, for tests.
//!
//! An attribute is an object of key, type and value in a list, because keys may repeat and types
//! must survive. Text from outside may end on a terminal, so characters that steer one are written
//! as `\u` escapes, beyond the few that JSON itself demands.

use std::fmt::Write;

use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

use crate::model::{Attribute, Value};
use crate::text::steers_a_terminal;

impl Serialize for Attribute {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Attribute", 3)?;
        object.serialize_field("key", &self.key)?;
        match &self.value {
            Value::String(text) => typed(&mut object, "string", text)?,
            Value::Bool(truth) => typed(&mut object, "bool", truth)?,
            Value::Int(number) => typed(&mut object, "int", number)?,
            Value::Double(number) if number.is_finite() => typed(&mut object, "double", number)?,
            // JSON has no NaN and no infinities; the Protocol Buffers JSON mapping writes them so.
            Value::Double(number) if number.is_nan() => typed(&mut object, "double", "NaN")?,
            Value::Double(number) if *number > 0.0 => typed(&mut object, "double", "Infinity")?,
            Value::Double(_) => typed(&mut object, "double", "-Infinity")?,
            Value::Bytes(_) => typed(&mut object, "bytes", &self.value.to_string())?,
        }
        object.end()
    }
}

fn typed<O: SerializeStruct, V: Serialize + ?Sized>(
    object: &mut O,
    kind: &'static str,
    value: &V,
) -> Result<(), O::Error> {
    object.serialize_field("type", kind)?;
    object.serialize_field("value", value)
}

/// `value` as one line of JSON that is safe to print.
pub(crate) fn line<V: Serialize>(value: &V) -> String {
    // Serializing to a string fails only for maps with keys that are not strings; the model has
    // no maps.
    let json = serde_json::to_string(value).unwrap_or_else(|_| String::from("null"));
    if !json.contains(steers_a_terminal) {
        return json;
    }
    // Such characters stand only inside strings, where an escape means the same.
    let mut safe = String::with_capacity(json.len() + 16);
    for character in json.chars() {
        if steers_a_terminal(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                // Writing to a string cannot fail.
                let _ = write!(safe, "\\u{unit:04x}");
            }
        } else {
            safe.push(character);
        }
    }
    safe
}

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
        typed(&mut object, &self.value)?;
        object.end()
    }
}

/// A value without a key, as it stands in an array.
impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Value", 2)?;
        typed(&mut object, self)?;
        object.end()
    }
}

fn typed<O: SerializeStruct>(object: &mut O, value: &Value) -> Result<(), O::Error> {
    let kind = match value {
        Value::String(_) => "string",
        Value::Bool(_) => "bool",
        Value::Int(_) => "int",
        Value::Double(_) => "double",
        Value::Bytes(_) => "bytes",
        Value::Array(_) => "array",
        Value::Map(_) => "map",
        Value::Empty => "empty",
    };
    object.serialize_field("type", kind)?;
    let key = "value";
    match value {
        Value::String(text) => object.serialize_field(key, text),
        Value::Bool(truth) => object.serialize_field(key, truth),
        Value::Int(number) => object.serialize_field(key, number),
        Value::Double(number) if number.is_finite() => object.serialize_field(key, number),
        // JSON has no NaN and no infinities; the Protocol Buffers JSON mapping writes them so.
        Value::Double(number) if number.is_nan() => object.serialize_field(key, "NaN"),
        Value::Double(number) if *number > 0.0 => object.serialize_field(key, "Infinity"),
        Value::Double(_) => object.serialize_field(key, "-Infinity"),
        Value::Bytes(_) => object.serialize_field(key, &value.to_string()),
        Value::Array(values) => object.serialize_field(key, values),
        Value::Map(members) => object.serialize_field(key, members),
        Value::Empty => object.serialize_field(key, &()),
    }
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

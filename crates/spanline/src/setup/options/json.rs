//! Options read from JSON: which fields there are, and of which type.

use super::{Batcher, Options, OptionsError};
use serde_json::{Map, Value};

impl Options {
    /// Reads options from JSON with the fields `name`, `endpoint`, `sampler` and `batcher`. Needs the
    /// feature `json`.
    ///
    /// ```
    /// # use spanline::{Batcher, Options};
    /// let options = Options::from_json(
    ///     r#"{"name": "order", "endpoint": "http://localhost:9411/api/v2/spans", "batcher": "zipkin"}"#,
    /// )?;
    /// assert_eq!((options.sampler, options.batcher), (1.0, Batcher::Zipkin));
    /// let error = Options::from_json(r#"{"name": "order", "endpoint": "http://h", "batcher": "kafka"}"#);
    /// assert_eq!(
    ///     error.unwrap_err().to_string(),
    ///     r#"option "batcher": "kafka" is none of "jaeger", "otlp", "zipkin""#,
    /// );
    /// # Ok::<(), spanline::OptionsError>(())
    /// ```
    ///
    /// # Errors
    /// [`OptionsError`] names the field and shows what it held. Unknown fields are refused, since
    /// they are mostly misspelt ones.
    pub fn from_json(json: &str) -> Result<Options, OptionsError> {
        let object: Map<String, Value> =
            serde_json::from_str(json).map_err(|error| OptionsError::Json(error.to_string()))?;
        let mut options = Options::new("", "");
        for (field, value) in &object {
            match field.as_str() {
                "name" => options.name = text("name", value)?,
                "endpoint" => options.endpoint = text("endpoint", value)?,
                "sampler" => options.sampler = number("sampler", value)?,
                "batcher" => options.batcher = batcher(&text("batcher", value)?)?,
                other => return Err(OptionsError::UnknownField(other.to_owned())),
            }
        }
        for field in ["name", "endpoint"] {
            if !object.contains_key(field) {
                return Err(OptionsError::MissingField(field));
            }
        }
        options.check()?;
        Ok(options)
    }
}

fn text(field: &'static str, value: &Value) -> Result<String, OptionsError> {
    let text = value.as_str().map(str::to_owned);
    text.ok_or_else(|| OptionsError::wrong_type(field, "text", value))
}

fn number(field: &'static str, value: &Value) -> Result<f64, OptionsError> {
    value
        .as_f64()
        .ok_or_else(|| OptionsError::wrong_type(field, "a number", value))
}

fn batcher(text: &str) -> Result<Batcher, OptionsError> {
    match text {
        "jaeger" => Ok(Batcher::Jaeger),
        "otlp" => Ok(Batcher::Otlp),
        "zipkin" => Ok(Batcher::Zipkin),
        other => Err(OptionsError::Batcher(other.to_owned())),
    }
}

impl OptionsError {
    fn wrong_type(field: &'static str, must: &'static str, value: &Value) -> Self {
        // A value can be as long as the file: its beginning will do.
        let found = value.to_string().chars().take(80).collect();
        OptionsError::WrongType { field, must, found }
    }
}

//! JSON Lines in and out: one row a line, one answer a row, in order.
//!
//! Every answer is written before the next row is read, so that a driver may wait for it. A line
//! that is no row ends the run, with its number: an answer that is missing in the middle would
//! shift all others.

use crate::failure::Failure;
use serde::de::{DeserializeOwned, Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;
use std::io::{self, BufRead, Read, Write};
use std::marker::PhantomData;
use std::str::FromStr;

/// The most bytes of a line. Spans of the largest size fit, as JSON, many times over.
const MAX_LINE: u64 = 64 * 1024 * 1024;

/// Calls `work` with each row of the standard input and the number of bytes it had.
pub(crate) fn each<R: DeserializeOwned>(
    mut work: impl FnMut(R, usize) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut input = io::stdin().lock();
    let mut line = Vec::new();
    for number in 1_u64.. {
        line.clear();
        let read = input.by_ref().take(MAX_LINE).read_until(b'\n', &mut line)?;
        if read == 0 {
            break;
        }
        if read as u64 == MAX_LINE && !line.ends_with(b"\n") {
            return Err(Failure::unusable(format_args!("line {number}: too long")));
        }
        serde_json::from_slice(&line)
            .map_err(Failure::unusable)
            .and_then(|row| work(row, read))
            .map_err(|failure| match failure {
                Failure::Unusable(text) => Failure::Unusable(format!("line {number}: {text}")),
                other => other,
            })?;
    }
    Ok(())
}

/// Writes one answer.
pub(crate) fn answer(row: &impl Serialize) -> Result<(), Failure> {
    let mut line = serde_json::to_vec(row).map_err(Failure::failed)?;
    line.push(b'\n');
    let mut output = io::stdout().lock();
    output.write_all(&line)?;
    Ok(output.flush()?)
}

/// A value that is a text in JSON and has a form of its own here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Text<T>(pub(crate) T);

impl<'de, T: FromStr<Err: fmt::Display>> Deserialize<'de> for Text<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Text).map_err(D::Error::custom)
    }
}

/// A JSON object in the order in which it was written: order is part of what is exported.
#[derive(Clone, Debug)]
pub(crate) struct Pairs<T>(pub(crate) Vec<(String, T)>);

impl<T> Default for Pairs<T> {
    fn default() -> Self {
        Pairs(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Pairs<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Reader<T> {
            type Value = Pairs<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Pairs<T>, M::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }

        deserializer.deserialize_map(Reader(PhantomData))
    }
}

/// A number that may be none: JSON has no word for NaN and the infinities, so they are texts.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Double {
    Number(f64),
    Text(NotANumber),
}

#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) enum NotANumber {
    NaN,
    Infinity,
    #[serde(rename = "-Infinity")]
    MinusInfinity,
}

impl Double {
    pub(crate) fn get(self) -> f64 {
        match self {
            Double::Number(number) => number,
            Double::Text(NotANumber::NaN) => f64::NAN,
            Double::Text(NotANumber::Infinity) => f64::INFINITY,
            Double::Text(NotANumber::MinusInfinity) => f64::NEG_INFINITY,
        }
    }
}

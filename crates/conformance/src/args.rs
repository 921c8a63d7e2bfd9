//! Options of a subcommand: `--name value`, `--name=value`, and switches without a value.
//!
//! Strict, because a driver that misspells an option must not get figures for something else:
//! unknown, repeated and incomplete options are refused.

use crate::failure::Failure;
use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

/// The options that were given.
#[derive(Debug, Default)]
pub(crate) struct Args {
    /// Name without dashes, and value; switches have an empty one.
    given: Vec<(String, String)>,
}

impl Args {
    /// Reads options; only those named here are known.
    pub(crate) fn parse(
        words: impl IntoIterator<Item = String>,
        options: &[&str],
        switches: &[&str],
    ) -> Result<Args, Failure> {
        let mut words = words.into_iter();
        let mut args = Args::default();
        while let Some(word) = words.next() {
            let Some(text) = word.strip_prefix("--") else {
                return Err(Failure::unusable(format_args!("`{word}` is no option")));
            };
            let (name, attached) = match text.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (text, None),
            };
            let value = match attached {
                None if switches.contains(&name) => String::new(),
                Some(value) if options.contains(&name) => value,
                None if options.contains(&name) => words
                    .next()
                    .ok_or_else(|| Failure::unusable(format_args!("--{name} needs a value")))?,
                _ => return Err(Failure::unusable(format_args!("no option `{word}` here"))),
            };
            if args.has(name) {
                return Err(Failure::unusable(format_args!("--{name} is given twice")));
            }
            args.given.push((name.to_owned(), value));
        }
        Ok(args)
    }

    /// Whether the option or switch was given.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.text(name).is_some()
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        let mut given = self.given.iter();
        given
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn required(&self, name: &str) -> Result<&str, Failure> {
        self.text(name)
            .ok_or_else(|| Failure::unusable(format_args!("--{name} is missing")))
    }

    /// A number between two others, both included.
    pub(crate) fn number<N>(&self, name: &str, least: N, most: N) -> Result<Option<N>, Failure>
    where
        N: FromStr + PartialOrd + Display,
    {
        let Some(text) = self.text(name) else {
            return Ok(None);
        };
        match text.parse::<N>() {
            Ok(number) if number >= least && number <= most => Ok(Some(number)),
            _ => Err(Failure::unusable(format_args!(
                "--{name} {text}: not a number from {least} to {most}"
            ))),
        }
    }

    /// A time in milliseconds, at most a day.
    pub(crate) fn millis(&self, name: &str) -> Result<Option<Duration>, Failure> {
        const DAY: u64 = 24 * 60 * 60 * 1000;
        Ok(self.number(name, 0, DAY)?.map(Duration::from_millis))
    }
}

#[cfg(test)]
mod tests;

//! The rules that all variables share: from text to a type, or a warning.

use super::MOST;
use crate::config::choice::{Word, Words};
use crate::config::warning::{EnvWarning, EnvWarningReason};
use std::ffi::OsString;
use std::time::Duration;

/// The most of a text that a warning shows, in bytes.
const SHOWN: usize = 200;

/// The most milliseconds that can be set: what a signed 64-bit number holds.
const MOST_MILLISECONDS: u64 = i64::MAX as u64;

/// Looks variables up and gathers what is wrong with them.
pub(super) struct Reader<'e> {
    lookup: &'e dyn Fn(&str) -> Option<OsString>,
    warnings: Vec<EnvWarning>,
}

impl<'e> Reader<'e> {
    pub(super) fn new(lookup: &'e dyn Fn(&str) -> Option<OsString>) -> Self {
        let warnings = Vec::new();
        Self { lookup, warnings }
    }

    pub(super) fn into_warnings(self) -> Vec<EnvWarning> {
        self.warnings
    }

    pub(super) fn warn(&mut self, variable: &'static str, text: &str, reason: EnvWarningReason) {
        let end = (0..=text.len().min(SHOWN))
            .rev()
            .find(|at| text.is_char_boundary(*at));
        let text = text.get(..end.unwrap_or(0)).unwrap_or_default().to_owned();
        self.warnings.push(EnvWarning {
            variable,
            text,
            reason,
        });
    }

    /// The text without blanks at its ends; `None` if nothing is left.
    pub(super) fn text(&mut self, variable: &'static str) -> Option<String> {
        Some(self.untrimmed(variable)?.trim().to_owned())
    }

    /// The text as it is, unless there are only blanks.
    pub(super) fn untrimmed(&mut self, variable: &'static str) -> Option<String> {
        match (self.lookup)(variable)?.into_string() {
            Ok(text) => Some(text).filter(|text| !text.trim().is_empty()),
            Err(_) => {
                // Not shown: it may be a password, or an address or a header with one.
                self.warn(variable, "", EnvWarningReason::NotUnicode);
                None
            }
        }
    }

    /// Whether there is a text of more than blanks, whatever it is.
    pub(super) fn is_set(&self, variable: &'static str) -> bool {
        let text = (self.lookup)(variable);
        text.is_some_and(|text| !text.to_string_lossy().trim().is_empty())
    }

    /// True for `true` alone, in any case.
    pub(super) fn flag(&mut self, variable: &'static str) -> bool {
        self.flag_if_set(variable).unwrap_or(false)
    }

    /// The same, where it matters whether it is set.
    pub(super) fn flag_if_set(&mut self, variable: &'static str) -> Option<bool> {
        let text = self.text(variable)?;
        let is_true = text.eq_ignore_ascii_case("true");
        if !is_true && !text.eq_ignore_ascii_case("false") {
            self.warn(variable, &text, EnvWarningReason::NotBoolean);
        }
        Some(is_true)
    }

    /// A number of things.
    pub(super) fn count(&mut self, variable: &'static str, at_least: u64) -> Option<usize> {
        let count = self.whole(variable, at_least, MOST)?;
        Some(usize::try_from(count).unwrap_or(usize::MAX))
    }

    /// A port, which is never 0.
    pub(super) fn port(&mut self, variable: &'static str) -> Option<u16> {
        let port = self.whole(variable, 1, u16::MAX.into())?;
        u16::try_from(port).ok()
    }

    /// A length of time in whole milliseconds.
    pub(super) fn milliseconds(&mut self, variable: &'static str) -> Option<Duration> {
        self.whole(variable, 0, MOST_MILLISECONDS)
            .map(Duration::from_millis)
    }

    /// Digits and nothing else, so that `+5`, `2e3` and `1_000` are refused like `-1`.
    fn whole(&mut self, variable: &'static str, at_least: u64, at_most: u64) -> Option<u64> {
        let text = self.text(variable)?;
        let digits = Some(&text).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
        let number = digits.and_then(|text| text.parse().ok());
        let number = number.filter(|number| (at_least..=at_most).contains(number));
        if number.is_none() {
            self.warn(
                variable,
                &text,
                EnvWarningReason::NotWhole { at_least, at_most },
            );
        }
        number
    }

    /// A number from 0 to 1.
    pub(super) fn ratio(&mut self, variable: &'static str) -> Option<f64> {
        let text = self.text(variable)?;
        let number = text
            .parse()
            .ok()
            .filter(|number| (0.0..=1.0).contains(number));
        if number.is_none() {
            self.warn(variable, &text, EnvWarningReason::NotRatio);
        }
        number
    }

    /// One word, in any case.
    pub(super) fn word<T>(&mut self, variable: &'static str, words: &Words<T>) -> Option<T> {
        let text = self.text(variable)?;
        match self.read_word(variable, &text, words) {
            Word::Is(choice) => Some(choice),
            _ => None,
        }
    }

    /// Words between commas, in any case; each counts once. The word for nothing alone makes an
    /// empty list; if no word can be followed, there is no list.
    pub(super) fn list<T: PartialEq>(
        &mut self,
        variable: &'static str,
        words: &Words<T>,
    ) -> Option<Vec<T>> {
        let text = self.text(variable)?;
        let mut choices = Vec::new();
        let mut nothing = false;
        for word in text
            .split(',')
            .map(str::trim)
            .filter(|word| !word.is_empty())
        {
            match self.read_word(variable, word, words) {
                Word::Is(choice) if !choices.contains(&choice) => choices.push(choice),
                Word::Nothing => nothing = true,
                _ => {}
            }
        }
        if nothing && !choices.is_empty() {
            self.warn(variable, &text, EnvWarningReason::NoneAmongOthers);
        }
        (nothing || !choices.is_empty()).then_some(choices)
    }

    fn read_word<T>(&mut self, variable: &'static str, text: &str, words: &Words<T>) -> Word<T> {
        let known = words.known;
        let word = (words.read)(&text.to_ascii_lowercase());
        match &word {
            Word::Is(_) | Word::Nothing => {}
            Word::NotBuilt => self.warn(variable, text, EnvWarningReason::NotBuilt { known }),
            Word::Unknown => self.warn(variable, text, EnvWarningReason::Unknown { known }),
        }
        word
    }
}

//! Environment variables as a carrier: context for the processes one starts.
//!
//! A parent injects into an [`EnvCarrier`] and hands its variables to the child; the child reads
//! its own environment once, at start. Values are not interpreted, cut or checked here. Source:
//! OpenTelemetry specification, "Environment Variables as Context Propagation Carriers".
//!
//! Whoever can list processes can often read their environment: no secrets in baggage.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::btree_map;
use std::ops::ControlFlow;

use super::{Extractor, Injector};

/// Environment variables by their normal names: upper-case letters, digits and `_`.
///
/// Header names are turned into variable names on the way in and out: `x-b3-traceid` is
/// `X_B3_TRACEID`. A variable literally called `x-b3-traceid` is never looked at.
///
/// ```no_run
/// # use spanline_core as spanline;
/// use std::process::Command;
/// use spanline::Context;
/// use spanline::propagation::{EnvCarrier, Propagator, TraceContextPropagator};
///
/// // The parent: the child's environment, not its own.
/// let mut carrier = EnvCarrier::new();
/// TraceContextPropagator.inject(&Context::current(), &mut carrier);
/// Command::new("child").envs(&carrier).status()?;
///
/// // The child, once and early.
/// let parent = TraceContextPropagator.extract(&Context::root(), &EnvCarrier::from_process());
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EnvCarrier {
    /// Every name is normal.
    variables: BTreeMap<String, String>,
}

impl EnvCarrier {
    /// A carrier without variables.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            variables: BTreeMap::new(),
        }
    }

    /// The variables that this process has now. Those with other names or with values that are not
    /// UTF-8 are left out.
    #[must_use]
    pub fn from_process() -> Self {
        let readable = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        readable.collect()
    }

    /// The variables, sorted by name.
    pub fn iter(&self) -> Variables<'_> {
        Variables {
            variables: self.variables.iter(),
        }
    }
}

/// The variables with normal names; others are left out.
impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for EnvCarrier {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(variables: I) -> Self {
        let variables = variables
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()));
        Self {
            variables: variables
                .filter(|(name, _)| *normal(name) == **name)
                .collect(),
        }
    }
}

impl<'a> IntoIterator for &'a EnvCarrier {
    type Item = (&'a str, &'a str);
    type IntoIter = Variables<'a>;

    fn into_iter(self) -> Variables<'a> {
        self.iter()
    }
}

/// Iterator over the variables of an [`EnvCarrier`].
#[derive(Clone, Debug)]
pub struct Variables<'a> {
    variables: btree_map::Iter<'a, String, String>,
}

impl<'a> Iterator for Variables<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        self.variables
            .next()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl Injector for EnvCarrier {
    fn set(&mut self, key: &str, value: &str) {
        self.variables
            .insert(normal(key).into_owned(), value.to_owned());
    }
}

impl Extractor for EnvCarrier {
    fn get(&self, key: &str) -> Option<&str> {
        self.variables.get(&*normal(key)).map(String::as_str)
    }

    fn keys(&self, visit: &mut dyn FnMut(&str)) {
        self.variables.keys().for_each(|name| visit(name));
    }

    fn get_prefixed(&self, prefix: &str, visit: &mut dyn FnMut(&str, &str) -> ControlFlow<()>) {
        // All of them, or those before the one at which `visit` breaks off.
        let prefix = normal(prefix);
        let _ = self.iter().try_for_each(|(name, value)| {
            name.strip_prefix(&*prefix)
                .map_or(ControlFlow::Continue(()), |rest| visit(rest, value))
        });
    }
}

/// The variable name for a header name: upper case, `_` for all but letters and digits, `_` in
/// front of a leading digit, `_` for nothing.
fn normal(name: &str) -> Cow<'_, str> {
    let allowed = |c: char| matches!(c, 'A'..='Z' | '0'..='9' | '_');
    let starts_well = !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit());
    if starts_well && name.chars().all(allowed) {
        return Cow::Borrowed(name);
    }
    let mut normal = String::with_capacity(name.len() + 1);
    if !starts_well {
        normal.push('_');
    }
    let upper = name.chars().map(|c| c.to_ascii_uppercase());
    normal.extend(upper.map(|c| if allowed(c) { c } else { '_' }));
    Cow::Owned(normal)
}

#[cfg(test)]
mod tests;

//! Carriers of the standard library: maps of strings, lists of pairs, and closures.
//!
//! Maps and lists compare names without regard to case, as HTTP does, and keep the name they are
//! given. In a list a name may occur more than once, as header lines do. A closure compares and
//! keeps as it likes.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::hash::BuildHasher;
use std::marker::PhantomData;
use std::ops::ControlFlow;

use super::text::after_prefix;
use super::{Extractor, Injector};

impl<T: Injector + ?Sized> Injector for &mut T {
    fn set(&mut self, key: &str, value: &str) {
        (**self).set(key, value);
    }
}

impl<T: Extractor + ?Sized> Extractor for &T {
    fn get(&self, key: &str) -> Option<&str> {
        (**self).get(key)
    }

    fn get_all(&self, key: &str, visit: &mut dyn FnMut(&str)) {
        (**self).get_all(key, visit);
    }

    fn keys(&self, visit: &mut dyn FnMut(&str)) {
        (**self).keys(visit);
    }

    fn get_prefixed(&self, prefix: &str, visit: &mut dyn FnMut(&str, &str) -> ControlFlow<()>) {
        (**self).get_prefixed(prefix, visit);
    }
}

/// Maps of strings: other spellings of a name that is set are removed; who asks for a name gets it as
/// asked for, if it is there, else every other spelling of it, sorted.
macro_rules! maps {
    ($({$($generics:tt)*} $map:ty;)*) => {$(
        impl<$($generics)*> Injector for $map {
            fn set(&mut self, key: &str, value: &str) {
                let other = |name: &String| name != key && name.eq_ignore_ascii_case(key);
                if self.keys().any(other) {
                    self.retain(|name, _| !other(name));
                }
                match self.get_mut(key) {
                    Some(old) => {
                        old.clear();
                        old.push_str(value);
                    }
                    None => {
                        self.insert(key.to_owned(), value.to_owned());
                    }
                }
            }
        }

        impl<$($generics)*> Extractor for $map {
            fn get(&self, key: &str) -> Option<&str> {
                if let Some(value) = self.get(key) {
                    return Some(value);
                }
                let spellings = self
                    .iter()
                    .filter(|(name, _)| name.eq_ignore_ascii_case(key));
                spellings.min().map(|(_, value)| value.as_str())
            }

            fn get_all(&self, key: &str, visit: &mut dyn FnMut(&str)) {
                if let Some(value) = self.get(key) {
                    return visit(value);
                }
                let mut spellings: Vec<_> = self
                    .iter()
                    .filter(|(name, _)| name.eq_ignore_ascii_case(key))
                    .collect();
                spellings.sort_unstable();
                spellings.into_iter().for_each(|(_, value)| visit(value));
            }

            fn keys(&self, visit: &mut dyn FnMut(&str)) {
                self.keys().for_each(|name| visit(name));
            }

            fn get_prefixed(
                &self,
                prefix: &str,
                visit: &mut dyn FnMut(&str, &str) -> ControlFlow<()>,
            ) {
                visit_prefixed(self, prefix, visit);
            }
        }
    )*};
}

maps! {
    {S: BuildHasher} HashMap<String, String, S>;
    {} BTreeMap<String, String>;
}

/// The first pair of this name gets the value, others go; a new name is added at the end.
impl Injector for Vec<(String, String)> {
    fn set(&mut self, key: &str, value: &str) {
        let mut done = false;
        self.retain_mut(|(name, old)| {
            if !name.eq_ignore_ascii_case(key) {
                return true;
            }
            if !done {
                value.clone_into(old);
            }
            !std::mem::replace(&mut done, true)
        });
        if !done {
            self.push((key.to_owned(), value.to_owned()));
        }
    }
}

impl<K: AsRef<str>, V: AsRef<str>> Extractor for [(K, V)] {
    fn get(&self, key: &str) -> Option<&str> {
        let found = self
            .iter()
            .find(|(name, _)| is_same_name(name.as_ref(), key));
        found.map(|(_, value)| value.as_ref())
    }

    fn get_all(&self, key: &str, visit: &mut dyn FnMut(&str)) {
        let lines = self
            .iter()
            .filter(|(name, _)| is_same_name(name.as_ref(), key));
        lines.for_each(|(_, value)| visit(value.as_ref()));
    }

    fn keys(&self, visit: &mut dyn FnMut(&str)) {
        self.iter().for_each(|(name, _)| visit(name.as_ref()));
    }

    fn get_prefixed(&self, prefix: &str, visit: &mut dyn FnMut(&str, &str) -> ControlFlow<()>) {
        let lines = self
            .iter()
            .map(|(name, value)| (name.as_ref(), value.as_ref()));
        visit_prefixed(lines, prefix, visit);
    }
}

/// [`Extractor::get_prefixed`] of a carrier whose lines can be gone through.
fn visit_prefixed<N: AsRef<str>, V: AsRef<str>>(
    lines: impl IntoIterator<Item = (N, V)>,
    prefix: &str,
    visit: &mut dyn FnMut(&str, &str) -> ControlFlow<()>,
) {
    // All of them, or those before the one at which `visit` breaks off.
    let _ = lines.into_iter().try_for_each(|(name, value)| {
        after_prefix(name.as_ref(), prefix).map_or(ControlFlow::Continue(()), |rest| {
            visit(rest, value.as_ref())
        })
    });
}

/// Whether two spellings are of one name. Mostly they are the same to the letter, or of different
/// lengths: both are seen at once.
#[inline]
fn is_same_name(one: &str, other: &str) -> bool {
    one == other || one.eq_ignore_ascii_case(other)
}

/// As a slice of pairs.
macro_rules! as_slice {
    ($({$($generics:tt)*} $list:ty;)*) => {$(
        impl<K: AsRef<str>, V: AsRef<str>, $($generics)*> Extractor for $list {
            fn get(&self, key: &str) -> Option<&str> {
                Extractor::get(self.as_slice(), key)
            }

            fn get_all(&self, key: &str, visit: &mut dyn FnMut(&str)) {
                Extractor::get_all(self.as_slice(), key, visit);
            }

            fn keys(&self, visit: &mut dyn FnMut(&str)) {
                Extractor::keys(self.as_slice(), visit);
            }

            fn get_prefixed(
                &self,
                prefix: &str,
                visit: &mut dyn FnMut(&str, &str) -> ControlFlow<()>,
            ) {
                Extractor::get_prefixed(self.as_slice(), prefix, visit);
            }
        }
    )*};
}

as_slice! {
    {} Vec<(K, V)>;
    {const N: usize} [(K, V); N];
}

/// A carrier that hands each header to a closure; see [`inject_with`].
pub struct InjectWith<F>(F);

/// Makes a carrier of a closure that takes the name and the value of a header, for headers of a
/// type that nobody here knows.
///
/// ```
/// # use spanline_core as spanline;
/// use spanline::propagation::inject_with;
///
/// let mut request = String::new();
/// spanline::inject(&mut inject_with(|name, value| {
///     request.push_str(&format!("{name}: {value}\r\n"));
/// }));
/// ```
pub const fn inject_with<F: FnMut(&str, &str)>(set: F) -> InjectWith<F> {
    InjectWith(set)
}

impl<F: FnMut(&str, &str)> Injector for InjectWith<F> {
    fn set(&mut self, key: &str, value: &str) {
        (self.0)(key, value);
    }
}

/// A carrier that asks a closure for each header; see [`extract_with`].
pub struct ExtractWith<'c, F>(F, PhantomData<&'c str>);

/// Makes a carrier of a closure that finds a header by its name.
///
/// It has one line for each name and cannot list its names, so that baggage in headers of its own
/// (`uberctx-`, `ot-baggage-`) is not found. Carriers with more to tell implement [`Extractor`].
///
/// ```
/// # use spanline_core as spanline;
/// use spanline::propagation::{Propagator, TraceContextPropagator, extract_with};
/// use spanline::Context;
///
/// let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
/// let carrier = extract_with(|name| (name == "traceparent").then_some(parent));
/// let context = TraceContextPropagator.extract(&Context::root(), &carrier);
/// assert!(context.span_context().is_remote());
/// ```
pub const fn extract_with<'c, F: Fn(&str) -> Option<&'c str>>(get: F) -> ExtractWith<'c, F> {
    ExtractWith(get, PhantomData)
}

impl<'c, F: Fn(&str) -> Option<&'c str>> Extractor for ExtractWith<'c, F> {
    fn get(&self, key: &str) -> Option<&str> {
        (self.0)(key)
    }

    fn keys(&self, _: &mut dyn FnMut(&str)) {}
}

impl<F> fmt::Debug for InjectWith<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InjectWith").finish_non_exhaustive()
    }
}

impl<F> fmt::Debug for ExtractWith<'_, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExtractWith").finish_non_exhaustive()
    }
}

#[cfg(feature = "http")]
mod header_map;

#[cfg(test)]
mod tests;

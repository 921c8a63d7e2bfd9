//! `http::HeaderMap` as a carrier: for hyper, axum, reqwest, tonic and whatever else uses that crate.
//!
//! Only with the feature `http`. The map compares names without regard to case and keeps repeated
//! lines apart; both go on to the propagators, which decide what a repeated line means.

use std::ops::ControlFlow;
use std::str;

use http::header::{HeaderMap, HeaderName, HeaderValue};

use super::super::{Extractor, Injector};
use super::visit_prefixed;
use crate::diagnostics::{self, DiagnosticKind};

/// What stands for a value that is no text: no format accepts it, and it must not look absent.
const NO_TEXT: &str = "\u{fffd}";

/// All lines that the name had are replaced by one. A name or a value that HTTP does not allow, which
/// no propagator of this library makes, is left out and told to diagnostics.
impl Injector for HeaderMap {
    fn set(&mut self, key: &str, value: &str) {
        let name = HeaderName::from_bytes(key.as_bytes());
        let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(value)) else {
            return diagnostics::report(
                DiagnosticKind::Propagation,
                "http",
                format_args!("header not sent: not allowed in HTTP"),
            );
        };
        if self.try_insert(name, value).is_err() {
            diagnostics::report(
                DiagnosticKind::Propagation,
                "http",
                format_args!("header not sent: the map is full"),
            );
        }
    }
}

/// Lines that are no UTF-8 are there, and read as U+FFFD.
impl Extractor for HeaderMap {
    fn get(&self, key: &str) -> Option<&str> {
        HeaderMap::get(self, key).map(text)
    }

    fn get_all(&self, key: &str, visit: &mut dyn FnMut(&str)) {
        HeaderMap::get_all(self, key)
            .iter()
            .for_each(|line| visit(text(line)));
    }

    fn keys(&self, visit: &mut dyn FnMut(&str)) {
        HeaderMap::keys(self).for_each(|name| visit(name.as_str()));
    }

    fn get_prefixed(&self, prefix: &str, visit: &mut dyn FnMut(&str, &str) -> ControlFlow<()>) {
        let lines = self.iter().map(|(name, line)| (name.as_str(), text(line)));
        visit_prefixed(lines, prefix, visit);
    }
}

fn text(value: &HeaderValue) -> &str {
    str::from_utf8(value.as_bytes()).unwrap_or(NO_TEXT)
}

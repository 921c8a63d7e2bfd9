//! Where requests go: a URL, taken apart and checked without any I/O.

use crate::error::BuildError;
use crate::secret::Secret;
use std::net::IpAddr;
use ureq::http::Uri;

/// A checked address.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    /// Complete, but for user and password.
    url: String,
    /// From `user:password@` in the URL.
    credentials: Option<(Secret, Secret)>,
}

impl Endpoint {
    /// Checks an address.
    ///
    /// # Errors
    ///
    /// If it is no URL, its scheme is neither `http` nor `https`, or it has no host.
    pub(crate) fn parse(text: &str) -> Result<Endpoint, BuildError> {
        let text = text.trim();
        let invalid = |problem: &str| BuildError::InvalidUrl {
            url: redacted(text),
            problem: problem.to_owned(),
        };
        // A `://` further on, in a query, makes no scheme of what may be a password.
        let parts = text.split_once("://").filter(|(it, _)| is_scheme(it));
        let Some((scheme, rest)) = parts else {
            return Err(without_scheme(text));
        };
        check_scheme(scheme, text)?;
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, tail) = rest.split_at_checked(end).unwrap_or((rest, ""));
        let (user_info, host) = match authority.rsplit_once('@') {
            Some((user_info, host)) => (Some(user_info), host),
            None => (None, authority),
        };
        if host.is_empty() || host.starts_with(':') {
            return Err(BuildError::MissingHost {
                url: redacted(text),
            });
        }
        if !has_usable_port(host) {
            return Err(invalid("its port is not a number from 1 to 65535"));
        }
        let tail = tail.split('#').next().unwrap_or_default();
        let slash = if tail.starts_with('/') { "" } else { "/" };
        let url = format!("{}://{host}{slash}{tail}", scheme.to_ascii_lowercase());
        // The parser's words are fixed, and quote nothing.
        if let Err(error) = url.parse::<Uri>() {
            return Err(invalid(&error.to_string()));
        }
        let credentials = user_info
            .map(|text| {
                credentials(text)
                    .ok_or_else(|| invalid("its user or password is not percent-encoded UTF-8"))
            })
            .transpose()?;
        Ok(Endpoint { url, credentials })
    }

    /// The address without user and password.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The address for messages: without user, password and query, any of which may be a secret.
    pub(crate) fn shown(&self) -> &str {
        self.url.split('?').next().unwrap_or_default()
    }

    /// Whether requests are to be sent over TLS. Which transport can do that is its own affair.
    pub(crate) fn is_secure(&self) -> bool {
        self.url.starts_with("https:")
    }

    /// Whether requests cross a network readable: plain HTTP to another machine.
    pub(crate) fn is_exposed(&self) -> bool {
        let Some(rest) = self.url.strip_prefix("http://") else {
            return false;
        };
        let authority = rest.split(['/', '?']).next().unwrap_or_default();
        let host = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => host,
            _ => authority,
        };
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let loopback = bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
        !loopback && !bare.eq_ignore_ascii_case("localhost")
    }

    /// User and password from the URL.
    pub(crate) fn credentials(&self) -> Option<&(Secret, Secret)> {
        self.credentials.as_ref()
    }

    /// The query, if there is one.
    pub(crate) fn query(&self) -> Option<&str> {
        self.url.split_once('?').map(|(_, query)| query)
    }
}

/// What to say of an address without `://`.
fn without_scheme(text: &str) -> BuildError {
    let url = redacted(text);
    let invalid = |url, problem: &str| BuildError::InvalidUrl {
        url,
        problem: problem.to_owned(),
    };
    let begins_with = |scheme: &str| {
        let beginning = text.get(..scheme.len());
        beginning.is_some_and(|beginning| beginning.eq_ignore_ascii_case(scheme))
    };
    if url.is_empty() {
        return invalid(url, "it is empty");
    }
    if begins_with("http:") || begins_with("https:") {
        return invalid(url, "its scheme is not followed by `://`");
    }
    match url.starts_with(['/', ':']) {
        true => BuildError::MissingHost { url },
        false => BuildError::MissingScheme { url },
    }
}

/// Whether the port is left out or one that can be sent to. The colons of an IPv6 address stand in
/// brackets.
fn has_usable_port(host: &str) -> bool {
    match host.rsplit_once(':') {
        Some((_, port)) if !port.ends_with(']') => {
            let digits = port.bytes().all(|byte| byte.is_ascii_digit());
            digits && port.parse::<u16>().is_ok_and(|port| port != 0)
        }
        _ => true,
    }
}

/// Whether a text has the form of a scheme (RFC 3986, section 3.1).
fn is_scheme(text: &str) -> bool {
    let rest = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    text.starts_with(|first: char| first.is_ascii_alphabetic()) && text.bytes().all(rest)
}

fn check_scheme(scheme: &str, text: &str) -> Result<(), BuildError> {
    if scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https") {
        return Ok(());
    }
    Err(BuildError::UnsupportedScheme {
        url: redacted(text),
        scheme: scheme.escape_debug().to_string(),
    })
}

/// An address for error messages. It may be anything, so everything up to the last `@` goes, should
/// a password hold characters that ought to have been escaped.
fn redacted(text: &str) -> String {
    let shown = match text.rsplit_once('@') {
        None => text.to_owned(),
        Some((before, after)) => match before.split_once("://") {
            Some((scheme, _)) => format!("{scheme}://{after}"),
            None => after.to_owned(),
        },
    };
    // A query may hold a token.
    let shown = shown.split(['?', '#']).next().unwrap_or_default();
    crate::transport::escape(shown)
}

/// `user:password`, both percent-encoded (RFC 3986, section 3.2.1). `None` if that is no text.
fn credentials(text: &str) -> Option<(Secret, Secret)> {
    let (user, password) = text.split_once(':').unwrap_or((text, ""));
    let decoded = |part| percent_decode(part).map(Secret::new);
    Some((decoded(user)?, decoded(password)?))
}

/// `None` if a `%` is not followed by two hexadecimal digits, or what comes out is no UTF-8.
pub(super) fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let (digits, after) = rest.split_at_checked(2)?;
        bytes.push(spanline_core::hex::decode_any(digits)? as u8);
        rest = after;
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests;

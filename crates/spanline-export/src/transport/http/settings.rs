//! What the user sets of a request: headers and credentials, checked when the exporter is built.

use super::Compression;
use super::endpoint::{Endpoint, percent_decode};
use crate::base64::base64;
use crate::error::BuildError;
use crate::secret::Secret;
use crate::transport::escape;
use ureq::http::{HeaderName, HeaderValue, header};

/// Headers and credentials as they were given.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    /// Name and value; a later one of the same name replaces an earlier one.
    pub(crate) headers: Vec<(String, Secret)>,
    /// User and password.
    pub(crate) basic_auth: Option<(Secret, Secret)>,
    /// What becomes of a request before it is sent.
    pub(crate) compression: Compression,
    /// Whether the answer to a request that was taken is kept for whoever reads it. One that is longer
    /// than what is read has then failed for good ("OTLP/HTTP", "Response").
    pub(crate) expects_reply: bool,
    /// Whom to believe, and how to prove who we are.
    #[cfg(feature = "tls")]
    pub(crate) tls: super::tls::Tls,
}

/// Headers that the transport sets itself; other values would break the request.
const OWN: [HeaderName; 8] = [
    header::ACCEPT_ENCODING,
    header::HOST,
    header::CONTENT_ENCODING,
    header::CONTENT_LENGTH,
    header::CONTENT_TYPE,
    header::CONNECTION,
    header::TRANSFER_ENCODING,
    header::EXPECT,
];

impl Settings {
    /// All headers of a request, ready to send.
    ///
    /// Basic authentication given in code goes before that of the URL, and either before a header
    /// `authorization`.
    pub(in crate::transport) fn headers(
        &self,
        endpoint: &Endpoint,
        content_type: &'static str,
    ) -> Result<Vec<(HeaderName, HeaderValue)>, BuildError> {
        let mut headers = vec![(header::CONTENT_TYPE, HeaderValue::from_static(content_type))];
        if self.compression == Compression::Gzip {
            headers.push((header::CONTENT_ENCODING, HeaderValue::from_static("gzip")));
        }
        for (name, value) in &self.headers {
            let name = header_name(name)?;
            let invalid = || BuildError::InvalidHeader {
                name: name.to_string(),
            };
            if OWN.contains(&name) {
                return Err(invalid());
            }
            let mut value = HeaderValue::from_str(trimmed(value)).map_err(|_| invalid())?;
            value.set_sensitive(true);
            replace(&mut headers, name, value);
        }
        if let Some(token) = self.basic_token(endpoint) {
            let text = format!("Basic {}", token?.expose());
            let mut value =
                HeaderValue::from_str(&text).map_err(|_| BuildError::InvalidCredentials)?;
            value.set_sensitive(true);
            replace(&mut headers, header::AUTHORIZATION, value);
        }
        Ok(headers)
    }

    /// Everything that must not be quoted from a response.
    pub(in crate::transport) fn secrets(&self, endpoint: &Endpoint) -> Vec<Secret> {
        let mut secrets = Vec::new();
        for (_, value) in &self.headers {
            let value = trimmed(value);
            secrets.push(Secret::new(value));
            // `Authorization: Bearer x` is as much a secret as the x in it.
            secrets.extend(value.split_once(' ').map(|(_, token)| Secret::new(token)));
        }
        if let Some((user, password)) = self.credentials(endpoint) {
            secrets.extend([user.clone(), password.clone()]);
        }
        secrets.extend(self.basic_token(endpoint).and_then(Result::ok));
        // Keys stand in queries as well: whole, and each value of it, as it is sent and as it is meant.
        if let Some(query) = endpoint.query() {
            let values = query.split('&').filter_map(|pair| pair.split_once('='));
            secrets.push(Secret::new(query));
            for (_, value) in values {
                secrets.push(Secret::new(value));
                secrets.extend(percent_decode(value).map(Secret::new));
            }
        }
        secrets
    }

    /// What of a request may be a secret, by name; `None` if nothing is.
    ///
    /// The same that is kept out of logs, since a name does not tell what its value is worth: any header
    /// that was set, user and password, and the query of the address.
    pub(crate) fn secret_parts(&self, endpoint: &Endpoint) -> Option<String> {
        let names = self
            .headers
            .iter()
            .map(|(name, _)| format!("header `{name}`"));
        let mut parts: Vec<_> = names.collect();
        if self.credentials(endpoint).is_some() {
            parts.push("user and password".to_owned());
        }
        if endpoint.query().is_some() {
            parts.push("query of the address".to_owned());
        }
        (!parts.is_empty()).then(|| parts.join(", "))
    }

    fn credentials<'a>(&'a self, endpoint: &'a Endpoint) -> Option<&'a (Secret, Secret)> {
        self.basic_auth.as_ref().or(endpoint.credentials())
    }

    /// `user:password` in Base64 (RFC 7617).
    fn basic_token(&self, endpoint: &Endpoint) -> Option<Result<Secret, BuildError>> {
        let (user, password) = self.credentials(endpoint)?;
        let user = user.expose();
        let pair = format!("{user}:{}", password.expose());
        if user.contains(':') || pair.chars().any(char::is_control) {
            return Some(Err(BuildError::InvalidCredentials));
        }
        let token = base64(pair.as_bytes()).flatten().map(char::from);
        Some(Ok(Secret::new(token.collect::<String>())))
    }
}

/// What of a header's value is its content (RFC 9110, section 5.5): blanks around it are not, and do not
/// come back from a peer that repeats it.
fn trimmed(value: &Secret) -> &str {
    value.expose().trim_matches([' ', '\t'])
}

/// A header's name, if it is one: a token (RFC 9110, sections 5.1 and 5.6.2).
///
/// Whoever mistakes the form of a header puts its value into the name, as in `api-key: 12345`. So no more
/// of it is shown than what stands before its first byte that no name has.
fn header_name(name: &str) -> Result<HeaderName, BuildError> {
    HeaderName::from_bytes(name.as_bytes()).map_err(|_| {
        let at = name.bytes().position(|byte| !is_of_token(byte));
        let at = at.unwrap_or(name.len());
        BuildError::InvalidHeaderName {
            beginning: escape(name.get(..at).unwrap_or_default()),
            at,
        }
    })
}

fn is_of_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

fn replace(headers: &mut Vec<(HeaderName, HeaderValue)>, name: HeaderName, value: HeaderValue) {
    headers.retain(|(known, _)| *known != name);
    headers.push((name, value));
}

#[cfg(test)]
mod tests;

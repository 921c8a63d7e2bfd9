//! Why an exporter could not be built.
//!
//! What goes wrong later, while exporting, is `spanline_core::export::ExportError`. Nothing in here
//! ever holds a credential: addresses are kept without what stands before an `@`, headers by name.

use std::fmt;

/// A setting that no exporter can be built from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BuildError {
    /// The address is no URL.
    InvalidUrl {
        /// The address, without user and password.
        url: String,
        /// What is wrong with it. Nothing of its text is quoted.
        problem: String,
    },
    /// The address does not say `http://` or `https://`.
    MissingScheme {
        /// The address, without user and password.
        url: String,
    },
    /// The address is neither a host nor a host and a port.
    InvalidAddress {
        /// The address, without user and password.
        address: String,
    },
    /// The address has no host.
    MissingHost {
        /// The address, without user and password.
        url: String,
    },
    /// The address has a scheme other than `http` and `https`.
    UnsupportedScheme {
        /// The address, without user and password.
        url: String,
        /// The scheme.
        scheme: String,
    },
    /// A part of this crate is needed that was not compiled in.
    NeedsFeature {
        /// What needs it: the address, without user and password, or a setting.
        wanted: String,
        /// The feature to turn on.
        feature: &'static str,
    },
    /// The address is `https`, and there is no TLS over gRPC here.
    NoTls {
        /// The address, without user and password.
        url: String,
    },
    /// A header has a value that HTTP forbids, or it is one that the exporter sets itself.
    InvalidHeader {
        /// The header's name.
        name: String,
    },
    /// A header has a name that HTTP forbids. The rest of it is not kept, since it may be the value.
    InvalidHeaderName {
        /// The name up to its first byte that no name has.
        beginning: String,
        /// The place of that byte, counted from 0; the length if the name is empty or too long.
        at: usize,
    },
    /// User and password were given with a character that HTTP Basic forbids.
    InvalidCredentials,
    /// Certificates or a key that TLS cannot use.
    InvalidPem {
        /// The setting: `root_certificates`, `client_certificate` or `client_key`.
        setting: &'static str,
        /// What is wrong with it. Nothing of its text is quoted.
        problem: &'static str,
    },
    /// A number that makes no sense.
    InvalidSetting {
        /// The setting.
        setting: &'static str,
        /// What it must be.
        must: &'static str,
    },
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BuildError::InvalidUrl { url, problem } => {
                write!(f, "`{url}` is no URL: {problem}")
            }
            BuildError::MissingScheme { url } => {
                write!(f, "`{url}` has no scheme: write `http://{url}`")
            }
            BuildError::InvalidAddress { address } => {
                write!(f, "`{}` is no host or host:port", address.escape_debug())
            }
            BuildError::MissingHost { url } => write!(f, "`{url}` names no host"),
            BuildError::UnsupportedScheme { url, scheme } => {
                write!(
                    f,
                    "`{url}` has the scheme `{scheme}`, which is neither http nor https"
                )
            }
            BuildError::NeedsFeature { wanted, feature } => {
                write!(
                    f,
                    "`{wanted}` needs the feature `{feature}` of spanline, which is not on"
                )
            }
            BuildError::NoTls { url } => {
                write!(
                    f,
                    "`{url}` is https, which OTLP over gRPC cannot do here; send it over HTTP"
                )
            }
            BuildError::InvalidHeader { name } => {
                write!(
                    f,
                    "the header `{name}` is not allowed, or its value is invalid"
                )
            }
            BuildError::InvalidHeaderName { beginning, at } => {
                write!(
                    f,
                    "the name of the header `{beginning}…` is invalid from byte {at} on"
                )
            }
            BuildError::InvalidCredentials => {
                f.write_str("a user name with a colon, or a control character in user or password")
            }
            BuildError::InvalidPem { setting, problem } => write!(f, "{setting} {problem}"),
            BuildError::InvalidSetting { setting, must } => write!(f, "{setting} must be {must}"),
        }
    }
}

impl std::error::Error for BuildError {}

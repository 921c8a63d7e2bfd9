//! Whom the transport believes to be its peer, and how it proves who it is itself: certificates as
//! PEM, checked when the exporter is built.
//!
//! rustls verifies, always: there is no switch that turns it off. What ureq would pass over in silence
//! (a root that cannot be read) or panic on (a key that does not fit) is an error here, so both are
//! tried with the provider of cryptography that the connections will use.

use crate::error::BuildError;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::{Error as PemError, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use std::fmt;
use std::sync::Arc;
use ureq::tls::{Certificate, ClientCert, PrivateKey, TlsConfig};

/// Certificates as they were given.
#[derive(Clone, Default)]
pub(crate) struct Tls {
    /// The authorities to trust, in place of the built-in ones.
    pub(crate) roots: Option<Vec<u8>>,
    /// A certificate with those between it and its authority, and its private key.
    pub(crate) client: Option<(Vec<u8>, Vec<u8>)>,
}

/// Names of settings, for errors.
const ROOTS: &str = "root_certificates";
const CLIENT_CERTIFICATE: &str = "client_certificate";
const CLIENT_KEY: &str = "client_key";

impl Tls {
    /// What ureq needs to know; `None` if its own settings are right.
    pub(super) fn config(&self) -> Result<Option<TlsConfig>, BuildError> {
        if self.roots.is_none() && self.client.is_none() {
            return Ok(None);
        }
        let provider = provider();
        let mut config = TlsConfig::builder().unversioned_rustls_crypto_provider(provider.clone());
        if let Some(pem) = &self.roots {
            let roots = certificates(pem, ROOTS)?;
            check_roots(&roots)?;
            config = config.root_certs(roots.iter().map(owned).into());
        }
        if let Some((chain, key)) = &self.client {
            let chain = certificates(chain, CLIENT_CERTIFICATE)?;
            check_client(provider, &chain, private_key(key)?)?;
            let chain: Vec<_> = chain.iter().map(owned).collect();
            let key = PrivateKey::from_pem(key);
            let key = key.map_err(|_| invalid(CLIENT_KEY, "is no valid PEM"))?;
            config = config.client_cert(Some(ClientCert::new_with_certs(&chain, key)));
        }
        Ok(Some(config.build()))
    }
}

/// The one that the program chose, else ring; as ureq does.
fn provider() -> Arc<CryptoProvider> {
    CryptoProvider::get_default()
        .cloned()
        .unwrap_or_else(|| Arc::new(rustls::crypto::ring::default_provider()))
}

/// All certificates of a text, which has at least one.
fn certificates(
    pem: &[u8],
    setting: &'static str,
) -> Result<Vec<CertificateDer<'static>>, BuildError> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let found = found.map_err(|error| invalid(setting, unreadable(&error)))?;
    if found.is_empty() {
        return Err(invalid(setting, "holds no certificate in PEM"));
    }
    Ok(found)
}

fn private_key(pem: &[u8]) -> Result<PrivateKeyDer<'static>, BuildError> {
    PrivateKeyDer::from_pem_slice(pem).map_err(|error| match error {
        PemError::NoItemsFound => invalid(CLIENT_KEY, "holds no private key in PEM"),
        error => invalid(CLIENT_KEY, unreadable(&error)),
    })
}

/// The error's own text could repeat a line of a key.
fn unreadable(error: &PemError) -> &'static str {
    match error {
        PemError::MissingSectionEnd { .. } => "is cut off: a PEM section has no end",
        _ => "is no valid PEM",
    }
}

fn check_roots(roots: &[CertificateDer<'_>]) -> Result<(), BuildError> {
    let mut store = RootCertStore::empty();
    for root in roots {
        let added = store.add(root.clone());
        added.map_err(|_| invalid(ROOTS, "holds a certificate that cannot be read"))?;
    }
    Ok(())
}

fn check_client(
    provider: Arc<CryptoProvider>,
    chain: &[CertificateDer<'static>],
    key: PrivateKeyDer<'static>,
) -> Result<(), BuildError> {
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(rustls::ALL_VERSIONS)
        .map_err(|_| invalid(CLIENT_CERTIFICATE, "needs TLS 1.2 or 1.3"))?
        .with_root_certificates(RootCertStore::empty())
        .with_client_auth_cert(chain.to_vec(), key);
    match config {
        Ok(_) => Ok(()),
        Err(rustls::Error::InvalidCertificate(_)) => Err(invalid(
            CLIENT_CERTIFICATE,
            "holds a certificate that cannot be read",
        )),
        Err(rustls::Error::InconsistentKeys(_)) => {
            Err(invalid(CLIENT_KEY, "is not the key of the certificate"))
        }
        Err(_) => Err(invalid(CLIENT_KEY, "holds a key that cannot be used")),
    }
}

fn owned(certificate: &CertificateDer<'_>) -> Certificate<'static> {
    Certificate::from_der(certificate).to_owned()
}

fn invalid(setting: &'static str, problem: &'static str) -> BuildError {
    BuildError::InvalidPem { setting, problem }
}

/// Certificates are long and keys are secret.
impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("roots", &self.roots.as_ref().map(Vec::len))
            .field("client", &self.client.as_ref().map(|_| "***"))
            .finish()
    }
}

#[cfg(test)]
mod tests;

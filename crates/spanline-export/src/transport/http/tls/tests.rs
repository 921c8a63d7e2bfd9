//! Certificates and keys that can be used, and those that are refused by the setting's name.

use super::*;
use rcgen::{CertificateParams, KeyPair};

/// A certificate and its key.
fn identity() -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["collector".to_owned()]).unwrap();
    let certificate = params.self_signed(&key).unwrap();
    (certificate.pem(), key.serialize_pem())
}

fn roots(pem: &str) -> Tls {
    Tls {
        roots: Some(pem.as_bytes().to_vec()),
        client: None,
    }
}

fn client(chain: &str, key: &str) -> Tls {
    Tls {
        roots: None,
        client: Some((chain.as_bytes().to_vec(), key.as_bytes().to_vec())),
    }
}

#[test]
fn tls_as_ureq_has_it_unless_something_is_said() {
    assert!(Tls::default().config().unwrap().is_none());
}

#[test]
fn tls_takes_certificates_among_other_text_and_all_of_them() {
    let ((one, key), (two, _)) = (identity(), identity());
    let text = format!("a bundle\n{one}\n{key}# and\r\n{two}");
    let config = roots(&text).config().unwrap().unwrap();
    let ureq::tls::RootCerts::Specific(found) = config.root_certs() else {
        panic!("other roots: {config:?}")
    };
    assert_eq!(found.len(), 2);
    assert!(config.client_cert().is_none());
    assert!(!config.disable_verification());

    let config = client(&format!("{one}{two}"), &key).config();
    let config = config.unwrap().unwrap();
    assert_eq!(config.client_cert().unwrap().certs().len(), 2);
    assert!(matches!(config.root_certs(), ureq::tls::RootCerts::WebPki));
}

#[test]
fn tls_settings_that_cannot_be_used_are_refused_by_name_only() {
    let ((chain, key), (_, other)) = (identity(), identity());
    let cut = &chain[..chain.len() / 2];
    let broken = "-----BEGIN CERTIFICATE-----\n\u{1}canary\n-----END CERTIFICATE-----\n";
    // Base64 of "canary", which is no certificate and no key.
    let odd = |what| format!("-----BEGIN {what}-----\nY2FuYXJ5\n-----END {what}-----\n");
    let (odd_certificate, odd_key) = (odd("CERTIFICATE"), odd("PRIVATE KEY"));
    for (tls, setting, problem) in [
        (roots(""), ROOTS, "holds no certificate in PEM"),
        (roots("canary"), ROOTS, "holds no certificate in PEM"),
        (roots(&key), ROOTS, "holds no certificate in PEM"),
        (roots(cut), ROOTS, "is cut off: a PEM section has no end"),
        (roots(broken), ROOTS, "is no valid PEM"),
        (
            roots(&odd_certificate),
            ROOTS,
            "holds a certificate that cannot be read",
        ),
        (
            roots(&format!("{chain}{odd_certificate}")),
            ROOTS,
            "holds a certificate that cannot be read",
        ),
        (
            client("", &key),
            CLIENT_CERTIFICATE,
            "holds no certificate in PEM",
        ),
        (
            client(&odd_certificate, &key),
            CLIENT_CERTIFICATE,
            "holds a certificate that cannot be read",
        ),
        (
            client(&chain, ""),
            CLIENT_KEY,
            "holds no private key in PEM",
        ),
        (
            client(&chain, &chain),
            CLIENT_KEY,
            "holds no private key in PEM",
        ),
        (
            client(&chain, &odd_key),
            CLIENT_KEY,
            "holds a key that cannot be used",
        ),
        (
            client(&chain, &other),
            CLIENT_KEY,
            "is not the key of the certificate",
        ),
    ] {
        let error = tls.config().unwrap_err();
        assert_eq!(error, BuildError::InvalidPem { setting, problem });
        let texts = format!("{error} {error:?} {tls:?}");
        assert!(texts.starts_with(setting), "{texts}");
        assert!(
            !texts.contains("canary") && !texts.contains("Y2Fu"),
            "{texts}"
        );
    }
    let shown = format!("{:?}", client(&chain, &key));
    assert_eq!(shown, "Tls { roots: None, client: Some(\"***\") }");
}

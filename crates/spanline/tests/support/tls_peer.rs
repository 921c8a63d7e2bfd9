//! A peer that speaks TLS well, badly or not at all, and the authorities that vouch for it.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};

/// One who vouches for others.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    pub(crate) fn new(name: &str) -> Authority {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params
            .distinguished_name
            .push(rcgen::DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = params.self_signed(&key).unwrap().pem();
        Authority {
            issuer: Issuer::new(params, key),
            pem,
        }
    }

    pub(crate) fn pem(&self) -> String {
        self.pem.clone()
    }

    pub(crate) fn vouches_for(&self, params: CertificateParams) -> Identity {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Identity {
            certificate: certificate.pem(),
            key: key.serialize_pem(),
        }
    }
}

/// A certificate and its key.
pub(crate) struct Identity {
    certificate: String,
    key: String,
}

impl Identity {
    /// One that nobody vouches for.
    pub(crate) fn alone(params: CertificateParams) -> Identity {
        let key = KeyPair::generate().unwrap();
        Identity {
            certificate: params.self_signed(&key).unwrap().pem(),
            key: key.serialize_pem(),
        }
    }

    pub(crate) fn pem(&self) -> String {
        self.certificate.clone()
    }

    pub(crate) fn key(&self) -> String {
        self.key.clone()
    }

    /// Serves whoever comes with a certificate of this authority.
    pub(crate) fn asks(&self, authority: &Authority) -> Does {
        Does::Serves(self.config(Some(authority)))
    }

    /// Goes silent after the handshake.
    pub(crate) fn then_hangs(&self) -> Does {
        Does::ShakesHandsAndHangs(self.config(None))
    }

    fn config(&self, clients: Option<&Authority>) -> Arc<ServerConfig> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(rustls::ALL_VERSIONS)
            .unwrap();
        let config = match clients {
            None => config.with_no_client_auth(),
            Some(authority) => {
                let mut roots = RootCertStore::empty();
                roots.add(der(&authority.pem)).unwrap();
                let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider);
                config.with_client_cert_verifier(verifier.build().unwrap())
            }
        };
        let key = PrivateKeyDer::from_pem_slice(self.key.as_bytes()).unwrap();
        let config = config.with_single_cert(vec![der(&self.certificate)], key);
        Arc::new(config.unwrap())
    }
}

fn der(pem: &str) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()
}

/// What the peer does with each connection.
#[derive(Clone)]
pub(crate) enum Does {
    /// Answers each request with `200`.
    Serves(Arc<ServerConfig>),
    /// Nothing, once the handshake is done.
    ShakesHandsAndHangs(Arc<ServerConfig>),
    /// Reads some of the first message, writes this and closes.
    Says(&'static [u8]),
    /// Nothing at all.
    Hangs,
}

impl Does {
    pub(crate) fn serves(identity: &Identity) -> Does {
        Does::Serves(identity.config(None))
    }
}

/// The peer. Its threads end with the process.
pub(crate) struct Peer {
    address: SocketAddr,
    attempts: Arc<AtomicUsize>,
}

impl Peer {
    pub(crate) fn new(does: Does) -> Peer {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let attempts = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&attempts);
        thread::spawn(move || {
            for stream in listener.incoming() {
                counter.fetch_add(1, Ordering::SeqCst);
                let does = does.clone();
                // Whatever becomes of a connection is seen at its other end.
                thread::spawn(move || serve(stream.unwrap(), does));
            }
        });
        Peer { address, attempts }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many connections came.
    pub(crate) fn attempts(&self) -> usize {
        self.attempts.load(Ordering::SeqCst)
    }
}

fn serve(mut stream: TcpStream, does: Does) -> std::io::Result<()> {
    match does {
        Does::Serves(config) => {
            let tls = ServerConnection::new(config).unwrap();
            let mut stream = StreamOwned::new(tls, stream);
            // In TLS 1.3 a client sends on before it learns that it was refused. Bytes not read would
            // reset the connection, and with it the word that says why.
            if let Err(error) = shake_hands(&mut stream.conn, &mut stream.sock) {
                stream.sock.shutdown(std::net::Shutdown::Write)?;
                std::io::copy(&mut stream.sock, &mut std::io::sink())?;
                return Err(error);
            }
            loop {
                read_request(&mut stream)?;
                stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")?;
                stream.flush()?;
            }
        }
        Does::ShakesHandsAndHangs(config) => {
            let mut tls = ServerConnection::new(config).unwrap();
            shake_hands(&mut tls, &mut stream)?;
            hang()
        }
        Does::Says(text) => {
            // All that came is read, so that closing is an end and no reset.
            let mut hello = [0; 4096];
            let _ = stream.read(&mut hello)?;
            stream.write_all(text)
        }
        Does::Hangs => hang(),
    }
}

fn shake_hands(tls: &mut ServerConnection, stream: &mut TcpStream) -> std::io::Result<()> {
    while tls.is_handshaking() {
        tls.complete_io(stream)?;
    }
    Ok(())
}

/// Reads a request with a `Content-Length`.
fn read_request(stream: &mut impl Read) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        head.extend(byte);
    }
    let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    let length = length.map_or(0, |digits| digits.parse().unwrap());
    std::io::copy(&mut stream.take(length), &mut std::io::sink())?;
    Ok(())
}

fn hang() -> ! {
    loop {
        thread::park();
    }
}

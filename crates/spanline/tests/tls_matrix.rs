//! Whatever a peer does in place of a good TLS handshake, each span ends as exactly one of exported and
//! failed: the table of certificates and handshakes, for each exporter over HTTP.
//!
//! A certificate that is not believed is final: one attempt. Authorities, certificates and keys are made
//! here, anew in each run; the peer is rustls' own server. What is said over a good connection is the
//! business of the other matrix.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

#[path = "support/matrix.rs"]
mod matrix;
#[path = "support/tls_peer.rs"]
mod tls_peer;

use std::thread;

use matrix::End::{Exported as Arrives, Failed as Fails};
use matrix::{
    Build, Row, SHORT, SOME, build, check, check_flush, row, run, told, told_no_secret, within,
};
use rcgen::CertificateParams;
use rcgen::date_time_ymd as day;
use spanline::export::{HttpBuilder, JaegerExporter, OtlpExporter, ZipkinExporter};
use tls_peer::{Authority, Does, Identity, Peer};

/// What an exporter is told of certificates: the authorities that it trusts, and who it is.
#[derive(Clone)]
struct Told {
    roots: Option<String>,
    client: Option<(String, String)>,
}

impl Told {
    fn apply<E>(&self, mut builder: HttpBuilder<E>) -> HttpBuilder<E> {
        if let Some(roots) = &self.roots {
            builder = builder.root_certificates(roots.as_str());
        }
        if let Some((chain, key)) = &self.client {
            builder = builder.client_certificate(chain.as_str(), key.as_str());
        }
        builder
    }
}

fn named(names: &[&str]) -> CertificateParams {
    CertificateParams::new(
        names
            .iter()
            .map(|name| (*name).to_owned())
            .collect::<Vec<_>>(),
    )
    .unwrap()
}

fn here() -> CertificateParams {
    named(&["127.0.0.1"])
}

/// The table: what the exporter is told, beside what the peer does.
fn table() -> Vec<(Row<Does>, Told)> {
    let (ours, theirs) = (Authority::new("ours"), Authority::new("theirs"));
    let trusting = |roots: &str| Told {
        roots: Some(roots.to_owned()),
        client: None,
    };
    let known = trusting(&ours.pem());
    let built_in = Told {
        roots: None,
        client: None,
    };
    let who = |identity: &Identity| Told {
        client: Some((identity.pem(), identity.key())),
        ..known.clone()
    };
    let good = ours.vouches_for(here());
    let mut expired = here();
    (expired.not_before, expired.not_after) = (day(2001, 1, 1), day(2002, 1, 1));
    let mut early = here();
    (early.not_before, early.not_after) = (day(3000, 1, 1), day(3001, 1, 1));
    let alone = Identity::alone(here());
    let both = format!("{}{}", theirs.pem(), ours.pem());
    let refused = |name, identity: &Identity, told: &Told| {
        (
            row(name, Does::serves(identity), Fails, 1..=1),
            told.clone(),
        )
    };
    let taken = |name, identity: &Identity, told: &Told| {
        (
            row(name, Does::serves(identity), Arrives, 1..=1),
            told.clone(),
        )
    };
    vec![
        // The peer proves who it is.
        taken("the right authority", &good, &known),
        taken("one of two authorities", &good, &trusting(&both)),
        taken("self-signed and given", &alone, &trusting(&alone.pem())),
        // It does not: final, since no time heals it.
        refused("self-signed", &alone, &known),
        refused("an unknown authority", &theirs.vouches_for(here()), &known),
        refused("not among the built-in authorities", &good, &built_in),
        refused("expired", &ours.vouches_for(expired), &known),
        refused("not valid yet", &ours.vouches_for(early), &known),
        refused(
            "another host's",
            &ours.vouches_for(named(&["collector.example", "127.0.0.2"])),
            &known,
        ),
        // The peer wants to know who we are.
        (
            row("knows us", good.asks(&ours), Arrives, 1..=1),
            who(&ours.vouches_for(named(&["shop"]))),
        ),
        (
            row("is not told who we are", good.asks(&ours), Fails, 1..=1),
            known.clone(),
        ),
        (
            row("does not believe us", good.asks(&ours), Fails, 1..=1),
            who(&theirs.vouches_for(named(&["shop"]))),
        ),
        // It speaks something else: final.
        (
            row(
                "plain HTTP",
                Does::Says(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"),
                Fails,
                1..=1,
            ),
            known.clone(),
        ),
        (
            row("garbage", Does::Says(&[0xFF; 64]), Fails, 1..=1),
            known.clone(),
        ),
        (
            // 21: alert, of level 2: fatal, 40: handshake_failure
            row(
                "an alert",
                Does::Says(&[21, 3, 3, 0, 2, 2, 40]),
                Fails,
                1..=1,
            ),
            known.clone(),
        ),
        // It is silent, or gone: the deadline, and another attempt.
        (
            within(
                SHORT,
                row("hangs in the handshake", Does::Hangs, Fails, 1..=1),
            ),
            known.clone(),
        ),
        (
            within(
                SHORT,
                row("hangs after the handshake", good.then_hangs(), Fails, 1..=1),
            ),
            known.clone(),
        ),
        (
            within(
                SOME,
                row("closes in the handshake", Does::Says(b""), Fails, 2..=4),
            ),
            known,
        ),
    ]
}

/// Every row of the table, with exporters that send to this path.
fn holds<E: spanline::export::SpanExporter + std::fmt::Debug + 'static>(
    wire: &str,
    path: &str,
    exporter: fn(String) -> HttpBuilder<E>,
) {
    told();
    thread::scope(|scope| {
        for (row, certificates) in table() {
            scope.spawn(move || {
                let peer = Peer::new(row.does.clone());
                let url = format!("https://{}{path}", peer.address());
                let build: &Build =
                    &move |url, time, said| build(certificates.apply(exporter(url)), time, said);
                let ran = run(&row, url, build);
                check(wire, &row, peer.attempts(), &ran);
                let peer = Peer::new(row.does.clone());
                check_flush(
                    wire,
                    &row,
                    format!("https://{}{path}", peer.address()),
                    build,
                );
            });
        }
    });
    told_no_secret("invalid peer certificate");
}

#[test]
fn over_jaeger() {
    holds("Jaeger", "/api/traces", JaegerExporter::http);
}

#[test]
fn over_zipkin() {
    holds("Zipkin", "/api/v2/spans", ZipkinExporter::http);
}

#[test]
fn over_otlp() {
    holds("OTLP", "/v1/traces", OtlpExporter::http);
}

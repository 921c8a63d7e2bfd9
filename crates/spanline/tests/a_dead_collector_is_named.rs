//! A program that ends while its exporter still tries has heard why nothing arrived: the first attempt
//! that fails names the collector and the reason ("Error handling": errors are not silent). Of several
//! such collectors each is named.
#![cfg(feature = "jaeger")]
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

#[path = "support/nobody.rs"]
mod nobody;

use nobody::Nobody;
use spanline::ShutdownError;
use spanline::diagnostics::{self, Diagnostic, DiagnosticKind};
use spanline::sdk::BatchConfig;
use std::sync::mpsc::channel;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn before_the_export_has_ended() {
    let (tell, told) = channel();
    diagnostics::set_handler(move |diagnostic: &Diagnostic<'_>| {
        if diagnostic.kind == DiagnosticKind::ExportFailed {
            let Diagnostic {
                component, message, ..
            } = diagnostic;
            let _ = tell.send(((*component).to_owned(), (*message).to_owned()));
        }
    });
    let nobodies = [Nobody::new(), Nobody::new()];
    let mut urls = nobodies
        .each_ref()
        .map(|nobody| format!("http://{}/api/traces", nobody.address()));
    urls.sort();
    let at_once = BatchConfig::default().schedule_delay(Duration::from_millis(1));
    let setup = spanline::setup().without_env();
    let setup = setup.jaeger(urls[0].as_str()).jaeger(urls[1].as_str());
    let provider = setup.batch(at_once).build().unwrap();
    provider.tracer("shop").start("order").end();

    let mut reports = [(); 2].map(|()| told.recv_timeout(PATIENCE).unwrap());
    reports.sort();
    for ((component, message), url) in reports.iter().zip(&urls) {
        assert_eq!(*component, format!("POST {url}"));
        assert!(message.starts_with("unreachable: "), "{message}");
        let (_, wait) = message.rsplit_once("; next attempt in ").unwrap();
        let wait: u64 = wait.strip_suffix(" ms").unwrap().parse().unwrap();
        assert!((800..=1200).contains(&wait), "{message}");
    }

    // All attempts take seconds: the program does not wait for the last one.
    let ended = provider.shutdown(Duration::from_millis(20));
    assert!(
        matches!(ended, Err(ShutdownError::DeadlinePassed(_))),
        "{ended:?}"
    );
    assert_eq!(told.try_iter().count(), 0, "each attempt would be a line");
}

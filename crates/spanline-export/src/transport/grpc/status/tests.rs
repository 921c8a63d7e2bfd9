//! Codes and details as peers send them.

use super::*;
use crate::base64::base64;
use ureq::http::HeaderValue;

fn trailers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    let pairs = pairs.iter();
    pairs
        .map(|(name, value)| {
            (
                (*name).parse().unwrap(),
                HeaderValue::from_str(value).unwrap(),
            )
        })
        .collect()
}

#[test]
fn what_may_be_tried_again_is_what_otlp_says() {
    let delay = Some(Duration::from_secs(1));
    for code in 0..=16 {
        let outcome = |delay| GrpcStatus::new(code, "").outcome(delay);
        let (without, with) = match code {
            1 | 4 | 10 | 11 | 14 | 15 => (
                Outcome::Again { after: None },
                Outcome::Again { after: delay },
            ),
            8 => (Outcome::Final, Outcome::Again { after: delay }),
            _ => (Outcome::Final, Outcome::Final),
        };
        assert_eq!((outcome(None), outcome(delay)), (without, with), "{code}");
    }
}

#[test]
fn statuses_are_read_from_trailers() {
    assert_eq!(GrpcStatus::read(&trailers(&[])), None);
    for (pairs, code, message) in [
        (&[("grpc-status", "0")][..], 0, ""),
        (
            &[("grpc-status", "14"), ("grpc-message", "try%20later%2")],
            14,
            "try later%2",
        ),
        (
            &[("grpc-status", "3"), ("grpc-message", "%C3%A9%FF")],
            3,
            "é\u{FFFD}",
        ),
        (&[("grpc-status", "17")], 2, ""),
        (&[("grpc-status", "many")], 2, ""),
    ] {
        let status = GrpcStatus::read(&trailers(pairs)).unwrap();
        assert_eq!((status.code, status.message.as_str()), (code, message));
    }
}

#[test]
fn the_delay_is_that_of_the_retry_info() {
    // Duration 1 s 500 ms, RetryInfo, Any, and Status with a code and another detail in front.
    let duration = b"\x08\x01\x10\x80\xCA\xB5\xEE\x01";
    let info = [&[0x0A, duration.len() as u8], &duration[..]].concat();
    let url = b"type.googleapis.com/google.rpc.RetryInfo";
    let any = [
        &[0x0A, url.len() as u8],
        &url[..],
        &[0x12, info.len() as u8],
        &info,
    ]
    .concat();
    let other = b"\x1A\x05\x0A\x03a/b";
    let status = [b"\x08\x08", &other[..], &[0x1A, any.len() as u8], &any].concat();
    let text: Vec<u8> = base64(&status).flatten().collect();
    let text = String::from_utf8(text).unwrap();
    for text in [text.as_str(), text.trim_end_matches('=')] {
        let trailers = trailers(&[("grpc-status-details-bin", text)]);
        assert_eq!(
            GrpcStatus::retry_delay(&trailers),
            Some(Duration::from_millis(1500))
        );
    }
    for text in ["", "?", "AAAA", "GgUKA2EvYg=="] {
        let trailers = trailers(&[("grpc-status-details-bin", text)]);
        assert_eq!(GrpcStatus::retry_delay(&trailers), None, "{text}");
    }
    for cut in 0..status.len() {
        // Nothing that is cut short is read as a delay of its own.
        let delay = retry_delay(&status[..cut]);
        assert!(delay.is_none(), "{cut}: {delay:?}");
    }
}

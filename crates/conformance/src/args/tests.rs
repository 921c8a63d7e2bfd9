//! What is an option and what is refused.

use super::*;

fn parse(words: &[&str]) -> Result<Args, Failure> {
    let words = words.iter().map(|word| (*word).to_owned());
    Args::parse(words, &["port", "delay"], &["gzip"])
}

#[test]
fn values_stand_behind_or_beside() {
    for words in [&["--port", "80", "--gzip"][..], &["--gzip", "--port=80"]] {
        let args = parse(words).unwrap();
        assert_eq!(args.required("port").unwrap(), "80");
        assert!(args.has("gzip"));
        assert_eq!(args.number("port", 1, 99).unwrap(), Some(80));
        assert!(args.number("port", 1, 79).is_err());
        assert_eq!(args.millis("delay").unwrap(), None);
    }
}

#[test]
fn what_is_no_option_is_refused() {
    for words in [
        &["port"][..],
        &["--prot", "80"],
        &["--port"],
        &["--port", "1", "--port", "1"],
        &["--gzip=1"],
        &["--"],
        &["-p"],
    ] {
        assert_eq!(parse(words).unwrap_err().status(), 2, "{words:?}");
    }
    assert!(parse(&[]).unwrap().required("port").is_err());
    let nan = parse(&["--delay", "NaN"]).unwrap();
    assert!(nan.number("delay", 0.0, 1.0).is_err());
}

//! Options that make no sense are refused with the field and what it held.
//!
//! The four fields are those of a service framework's options; see `Options`.

use spanline::{Batcher, Options, OptionsError, SetupError};

fn options(fields: &str) -> Result<Options, OptionsError> {
    Options::from_json(&format!("{{{fields}}}"))
}

#[test]
fn all_fields_are_read_and_two_have_defaults() {
    let all = options(
        r#""name":"order","endpoint":"http://h:9411/api/v2/spans","sampler":0.25,"batcher":"zipkin""#,
    );
    let all = all.expect("these options are fine");
    assert_eq!(all.name, "order");
    assert_eq!(all.endpoint, "http://h:9411/api/v2/spans");
    assert_eq!((all.sampler, all.batcher), (0.25, Batcher::Zipkin));

    let least = options(r#""name":"order","endpoint":"http://h""#).expect("two fields will do");
    assert_eq!((least.sampler, least.batcher), (1.0, Batcher::Jaeger));
}

#[test]
fn errors_name_the_field_and_show_its_text() {
    let endpoint = r#""name":"n","endpoint":"http://h""#;
    let rows = [
        (
            format!(r#"{endpoint},"batcher":"kafka""#),
            r#"option "batcher": "kafka" is none of "jaeger", "otlp", "zipkin""#,
        ),
        (
            format!(r#"{endpoint},"sampler":1.5"#),
            r#"option "sampler": 1.5 is not between 0.0 and 1.0"#,
        ),
        (
            format!(r#"{endpoint},"sampler":-0.1"#),
            r#"option "sampler": -0.1 is not between 0.0 and 1.0"#,
        ),
        (
            r#""name":" ","endpoint":"http://h""#.into(),
            r#"option "name": is empty"#,
        ),
        (
            r#""name":"n","endpoint":"localhost:14268""#.into(),
            r#"option "endpoint": "localhost:14268" is no URL of http, https or, for jaeger, udp"#,
        ),
        (
            r#""name":"n","endpoint":"ftp://user:secret@h""#.into(),
            r#"option "endpoint": "h" is no URL of http, https or, for jaeger, udp"#,
        ),
    ];
    for (fields, message) in rows {
        let error = options(&fields).expect_err(&fields);
        assert_eq!(error.to_string(), message);
    }
}

#[test]
fn json_errors_say_which_field() {
    for (fields, part) in [
        (r#""name":"n""#, r#"option "endpoint": is missing"#),
        (r#""endpoint":"http://h""#, r#"option "name": is missing"#),
        (
            r#""name":"n","endpoint":"http://h","samplr":1.0"#,
            r#"option "samplr": there is no such option"#,
        ),
        (
            r#""name":1,"endpoint":"http://h""#,
            r#"option "name": 1 is not text"#,
        ),
        (
            r#""name":"n","endpoint":"http://h","sampler":"1""#,
            r#"option "sampler": "1" is not a number"#,
        ),
        (
            r#""name":"n","endpoint":"http://h x/""#,
            r#"option "endpoint": "http://h x/" is no URL"#,
        ),
        (
            r#""name":"n","endpoint":["http://h"]"#,
            r#"option "endpoint": ["http://h"] is not text"#,
        ),
        (
            r#""name":"n","endpoint":"http://h","batcher":7"#,
            r#"option "batcher": 7 is not text"#,
        ),
        (r#""name":"n""extra"#, "options: expected"),
    ] {
        let message = options(fields).expect_err(fields).to_string();
        assert!(message.contains(part), "{message} should say {part}");
    }
}

#[test]
fn a_set_up_checks_options_that_were_made_by_hand() {
    let mut bad = Options::new("order", "http://h");
    bad.sampler = f64::NAN;
    let refused = spanline::setup().without_env().options(bad).build();
    assert!(
        matches!(refused, Err(SetupError::Options(OptionsError::Sampler(_)))),
        "{refused:?}"
    );
    for (batcher, url) in [
        (Batcher::Jaeger, "http://h:port/x"),
        (Batcher::Jaeger, "udp://h:1x"),
        (Batcher::Otlp, "http://h:99999"),
        (Batcher::Zipkin, "http://[::1"),
    ] {
        let mut bad = Options::new("order", url);
        bad.batcher = batcher;
        let refused = spanline::setup().without_env().options(bad).build();
        let message = refused.expect_err(url).to_string();
        let expected = format!("{batcher} exporter: option \"endpoint\": `{url}");
        assert!(message.starts_with(&expected), "{message}");
    }
    let bad = spanline::setup().without_env().jaeger("http://").build();
    let message = bad.expect_err("no host").to_string();
    assert!(message.starts_with("jaeger exporter: "), "{message}");
}

#[test]
fn https_without_tls_names_the_feature() {
    if cfg!(feature = "tls") {
        return;
    }
    let refused = spanline::setup()
        .without_env()
        .zipkin("https://h/api/v2/spans")
        .build();
    let message = refused.expect_err("no TLS was compiled in").to_string();
    assert!(message.contains("tls"), "{message}");
}

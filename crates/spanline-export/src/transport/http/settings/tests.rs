//! Headers and credentials that may be sent, and those that may not.

use super::*;

fn settings(headers: &[(&str, &str)], basic_auth: Option<(&str, &str)>) -> Settings {
    let headers = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), Secret::new(*value)));
    Settings {
        headers: headers.collect(),
        basic_auth: basic_auth.map(|(user, password)| (Secret::new(user), Secret::new(password))),
        ..Settings::default()
    }
}

fn headers(settings: &Settings, url: &str) -> Result<Vec<(String, String)>, BuildError> {
    let headers = settings.headers(&Endpoint::parse(url)?, "text/plain")?;
    let text = |(name, value): (HeaderName, HeaderValue)| {
        (name.to_string(), value.to_str().unwrap().to_owned())
    };
    Ok(headers.into_iter().map(text).skip(1).collect())
}

#[test]
fn what_http_forbids_is_refused_by_name_only() {
    for (name, value) in [
        ("x", "a\r\nInjected: canary"),
        ("x", "a\nb canary"),
        ("x", "a\0b canary"),
        ("Content-Type", "text/canary"),
        ("content-length", "7"),
        ("Host", "other"),
        ("Transfer-Encoding", "chunked"),
    ] {
        let error = headers(&settings(&[(name, value)], None), "http://c/").unwrap_err();
        let name = name.to_ascii_lowercase();
        assert!(!error.to_string().contains("canary"));
        assert_eq!(error, BuildError::InvalidHeader { name });
    }
}

/// A value that got into the name is not shown, nor is what stands behind it.
#[test]
fn of_a_name_that_is_none_its_beginning_is_shown() {
    for (name, beginning, at) in [
        ("", "", 0),
        (" api-key", "", 0),
        ("api-key: canary", "api-key", 7),
        ("authorization canary", "authorization", 13),
        ("x\r\nInjected", "x", 1),
        ("x/canary", "x", 1),
        ("xün", "x", 1),
        ("!#$%&'*+-.^_`|~09azAZ\"", "!#$%&'*+-.^_`|~09azAZ", 21),
    ] {
        let error = headers(&settings(&[(name, "v")], None), "http://c/").unwrap_err();
        let text = error.to_string();
        assert!(
            !text.contains("canary") && !text.contains(['\r', '\n']),
            "{text}"
        );
        let beginning = beginning.to_owned();
        assert_eq!(
            error,
            BuildError::InvalidHeaderName { beginning, at },
            "{name}"
        );
    }
}

/// They are no part of it, and a peer that repeats the value would do so without them.
#[test]
fn blanks_around_a_value_do_not_count() {
    let settings = settings(&[("x-pin", " \t4711 ")], None);
    let expected = [("x-pin".to_owned(), "4711".to_owned())];
    assert_eq!(headers(&settings, "http://c/").unwrap(), expected);
    let secrets = settings.secrets(&Endpoint::parse("http://c/").unwrap());
    assert!(secrets.iter().any(|secret| secret.is_in(b"no pin 4711.")));
}

#[test]
fn the_last_header_of_a_name_stays() {
    let found = headers(
        &settings(&[("X-A", "1"), ("x-b", "2"), ("x-a", "3")], None),
        "http://c/",
    );
    let expected = [("x-b", "2"), ("x-a", "3")].map(|(n, v)| (n.to_owned(), v.to_owned()));
    assert_eq!(found.unwrap(), expected);
}

#[test]
fn basic_authentication_goes_before_url_and_header() {
    let header = [("Authorization", "Bearer token")];
    for (settings, url, expected) in [
        (settings(&header, None), "http://c/", "Bearer token"),
        (settings(&header, None), "http://u:p@c/", "Basic dTpw"),
        (
            settings(&header, Some(("a", "b"))),
            "http://u:p@c/",
            "Basic YTpi",
        ),
        (settings(&[], Some(("a", ""))), "http://c/", "Basic YTo="),
    ] {
        let found = headers(&settings, url).unwrap();
        assert_eq!(found, [("authorization".to_owned(), expected.to_owned())]);
    }
}

#[test]
fn whatever_may_be_a_secret_is_named_without_it() {
    for (headers, basic_auth, url, expected) in [
        (&[][..], None, "http://c/v1/traces", None),
        (
            &[("Authorization", "canary")],
            None,
            "http://c/",
            Some("header `Authorization`"),
        ),
        (
            &[("x-honeycomb-team", "canary"), ("Cookie", "canary")],
            None,
            "http://c/",
            Some("header `x-honeycomb-team`, header `Cookie`"),
        ),
        (
            &[("x-tenant", "canary")],
            None,
            "http://c/",
            Some("header `x-tenant`"),
        ),
        (
            &[],
            Some(("canary", "canary")),
            "http://c/",
            Some("user and password"),
        ),
        (
            &[],
            None,
            "http://canary:canary@c/",
            Some("user and password"),
        ),
        (
            &[],
            None,
            "http://c/?api_key=canary",
            Some("query of the address"),
        ),
        (
            &[("api-key", "canary")],
            Some(("canary", "canary")),
            "http://c/?canary",
            Some("header `api-key`, user and password, query of the address"),
        ),
    ] {
        let endpoint = Endpoint::parse(url).unwrap();
        let named = settings(headers, basic_auth).secret_parts(&endpoint);
        assert_eq!(named.as_deref(), expected);
    }
}

#[test]
fn credentials_that_basic_forbids_are_refused() {
    for (user, password) in [("a:b", "c"), ("a\n", "c"), ("a", "c\u{0}")] {
        let error = headers(&settings(&[], Some((user, password))), "http://c/").unwrap_err();
        assert_eq!(error, BuildError::InvalidCredentials);
    }
}

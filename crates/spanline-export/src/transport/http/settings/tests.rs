//! Headers and credentials that may be sent, and those that may not.

use super::*;

fn settings(headers: &[(&str, &str)], basic_auth: Option<(&str, &str)>) -> Settings {
    let headers = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), Secret::new(*value)));
    Settings {
        headers: headers.collect(),
        basic_auth: basic_auth.map(|(user, password)| (user.to_owned(), Secret::new(password))),
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
        ("", "v"),
        ("two words", "v"),
        ("x\r\nInjected", "v"),
        ("ünï", "v"),
        ("x:y", "v"),
        ("x", "a\r\nInjected: b"),
        ("x", "a\nb"),
        ("x", "a\0b"),
        ("Content-Type", "text/html"),
        ("content-length", "7"),
        ("Host", "other"),
        ("Transfer-Encoding", "chunked"),
    ] {
        let error = headers(&settings(&[(name, value)], None), "http://c/").unwrap_err();
        assert!(
            matches!(error, BuildError::InvalidHeader { .. }),
            "{name}: {error:?}"
        );
        assert!(!error.to_string().contains(['\r', '\n']));
    }
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

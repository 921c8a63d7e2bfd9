//! URLs that are endpoints, and URLs that are not.

use super::*;

fn parse(text: &str) -> (String, String) {
    let endpoint = Endpoint::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    (endpoint.url().to_owned(), endpoint.shown().to_owned())
}

#[test]
fn addresses_are_taken_as_they_are() {
    for (text, url, shown) in [
        (
            "http://localhost:14268/api/traces",
            "http://localhost:14268/api/traces",
            "http://localhost:14268/api/traces",
        ),
        (" http://c/x?y=z#part ", "http://c/x?y=z", "http://c/x"),
        ("HTTP://c", "http://c/", "http://c/"),
        ("http://c:4318", "http://c:4318/", "http://c:4318/"),
        ("http://c?y=z", "http://c/?y=z", "http://c/"),
        (
            "http://[::1]:80/x",
            "http://[::1]:80/x",
            "http://[::1]:80/x",
        ),
        ("http://[::1]", "http://[::1]/", "http://[::1]/"),
        ("http://me:pw@c:1/x", "http://c:1/x", "http://c:1/x"),
    ] {
        assert_eq!(parse(text), (url.to_owned(), shown.to_owned()), "{text}");
    }
}

#[test]
fn user_and_password_are_decoded() {
    for (text, user, password) in [
        ("http://me:secret@c/", "me", "secret"),
        ("http://me@c/", "me", ""),
        ("http://m%65:p%40ss%3A@c/", "me", "p@ss:"),
        ("http://me:p@ss@c/", "me", "p@ss"),
    ] {
        let endpoint = Endpoint::parse(text).unwrap();
        let (found, secret) = endpoint.credentials().unwrap();
        assert_eq!(
            (found.expose(), secret.expose()),
            (user, password),
            "{text}"
        );
        let debug = format!("{endpoint:?}");
        assert!(debug.ends_with("Some((***, ***)) }"), "{debug}");
    }
}

#[test]
fn what_is_wrong_with_an_address_is_said_without_its_password() {
    for (text, words) in [
        ("", "`` is no URL: it is empty"),
        ("?key=canary", "`` is no URL: it is empty"),
        (
            "localhost:14268",
            "`localhost:14268` has no scheme: write `http://localhost:14268`",
        ),
        (
            "me:canary@c:1/x?key=canary",
            "`c:1/x` has no scheme: write `http://c:1/x`",
        ),
        (
            "me:canary@c/?u=http://x",
            "`c/` has no scheme: write `http://c/`",
        ),
        ("/v1/traces", "`/v1/traces` names no host"),
        (":4318", "`:4318` names no host"),
        (
            "http:/c",
            "`http:/c` is no URL: its scheme is not followed by `://`",
        ),
        (
            "HTTPS:c",
            "`HTTPS:c` is no URL: its scheme is not followed by `://`",
        ),
        ("http://", "`http://` names no host"),
        ("http:///path", "`http:///path` names no host"),
        ("http://:80/", "`http://:80/` names no host"),
        ("http://me:canary@/x", "`http:///x` names no host"),
        (
            "http://a b/",
            "`http://a b/` is no URL: invalid uri character",
        ),
        (
            "http://[::1/",
            "`http://[::1/` is no URL: invalid authority",
        ),
        (
            "http://c:0/",
            "`http://c:0/` is no URL: its port is not a number from 1 to 65535",
        ),
        (
            "http://c:65536/",
            "`http://c:65536/` is no URL: its port is not a number from 1 to 65535",
        ),
        (
            "http://c:99999/",
            "`http://c:99999/` is no URL: its port is not a number from 1 to 65535",
        ),
        (
            "http://[::1]:99999/",
            "`http://[::1]:99999/` is no URL: its port is not a number from 1 to 65535",
        ),
        (
            "http://c:http/",
            "`http://c:http/` is no URL: its port is not a number from 1 to 65535",
        ),
        (
            "http://c:+80/",
            "`http://c:+80/` is no URL: its port is not a number from 1 to 65535",
        ),
        (
            "http://c:/",
            "`http://c:/` is no URL: its port is not a number from 1 to 65535",
        ),
        (
            "http://me:p/w@c:x/",
            "`http://c:x/` is no URL: its port is not a number from 1 to 65535",
        ),
        (
            "http://me:%zzcanary@c/",
            "`http://c/` is no URL: its user or password is not percent-encoded UTF-8",
        ),
        (
            "http://a b/?token=canary",
            "`http://a b/` is no URL: invalid uri character",
        ),
        (
            "ftp://me:canary@c/",
            "`ftp://c/` has the scheme `ftp`, which is neither http nor https",
        ),
    ] {
        let error = Endpoint::parse(text).unwrap_err();
        assert_eq!(error.to_string(), words, "{text}");
        assert!(!format!("{error:?}").contains("canary"), "{error:?}");
    }
}

#[test]
fn https_is_an_address_like_another() {
    for (text, url, secure) in [
        ("https://me:pw@c/", "https://c/", true),
        ("HTTPS://c/?http:", "https://c/?http:", true),
        ("http://c/?https:", "http://c/?https:", false),
    ] {
        let endpoint = Endpoint::parse(text).unwrap();
        assert_eq!((endpoint.url(), endpoint.is_secure()), (url, secure));
    }
}

#[test]
fn plain_http_to_another_machine_is_exposed() {
    for (text, exposed) in [
        ("http://localhost:1/", false),
        ("http://LOCALHOST", false),
        ("http://127.0.0.2/", false),
        ("http://[::1]:80/", false),
        ("http://[::1]/", false),
        ("http://collector/", true),
        ("http://10.0.0.1:80/", true),
        ("http://[2001:db8::1]/", true),
        ("http://localhost.example.com/", true),
    ] {
        assert_eq!(
            Endpoint::parse(text).unwrap().is_exposed(),
            exposed,
            "{text}"
        );
    }
}

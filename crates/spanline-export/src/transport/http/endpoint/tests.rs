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
    let url = |url: &str| url.to_owned();
    for (text, error) in [
        ("", BuildError::InvalidUrl { url: url("") }),
        (
            "localhost:14268",
            BuildError::InvalidUrl {
                url: url("localhost:14268"),
            },
        ),
        (
            "http://",
            BuildError::MissingHost {
                url: url("http://"),
            },
        ),
        (
            "http:///path",
            BuildError::MissingHost {
                url: url("http:///path"),
            },
        ),
        (
            "http://:80/",
            BuildError::MissingHost {
                url: url("http://:80/"),
            },
        ),
        (
            "http://me:pw@/x",
            BuildError::MissingHost {
                url: url("http:///x"),
            },
        ),
        (
            "http://a b/",
            BuildError::InvalidUrl {
                url: url("http://a b/"),
            },
        ),
        (
            "http://c:0/",
            BuildError::InvalidUrl {
                url: url("http://c:0/"),
            },
        ),
        (
            "http://c:99999/",
            BuildError::InvalidUrl {
                url: url("http://c:99999/"),
            },
        ),
        (
            "http://c:http/",
            BuildError::InvalidUrl {
                url: url("http://c:http/"),
            },
        ),
        (
            "http://c:/",
            BuildError::InvalidUrl {
                url: url("http://c:/"),
            },
        ),
        (
            "http://me:p/w@c:x/",
            BuildError::InvalidUrl {
                url: url("http://c:x/"),
            },
        ),
        (
            "http://me:%zz@c/",
            BuildError::InvalidUrl {
                url: url("http://c/"),
            },
        ),
        (
            "http://a b/?token=t",
            BuildError::InvalidUrl {
                url: url("http://a b/"),
            },
        ),
        (
            "ftp://me:pw@c/",
            BuildError::UnsupportedScheme {
                url: url("ftp://c/"),
                scheme: url("ftp"),
            },
        ),
    ] {
        assert_eq!(Endpoint::parse(text).unwrap_err(), error, "{text}");
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

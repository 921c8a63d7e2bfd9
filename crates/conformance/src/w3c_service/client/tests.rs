//! Where the service may call.

use super::*;

#[test]
fn only_this_machine_is_called() {
    for url in [
        "http://127.0.0.1.example.com/",
        "http://127.0.0.1@example.com/",
        "http://192.0.2.1/",
        "https://127.0.0.1/",
        "file:///etc/passwd",
        "127.0.0.1:80",
        "",
        "http://",
        "\u{0}",
    ] {
        let refused = Client::new().post(url, &[], b"");
        assert!(matches!(refused, Err(CallError::Url)), "{url}");
    }
    for host in ["localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "[::1]"] {
        assert!(is_here(host), "{host}");
    }
}

//! Secrets do not show.

use super::*;

#[test]
fn a_secret_is_sent_but_never_printed() {
    let secret = Secret::new("hunter2");
    assert_eq!(secret.expose(), "hunter2");
    assert_eq!(format!("{secret:?}"), "***");
    assert_eq!(format!("{:?}", Some(&secret)), "Some(***)");
}

#[test]
fn a_text_that_repeats_a_secret_is_found_out() {
    let secret = Secret::new("Bearer abcdef");
    for (text, found) in [
        ("denied: Bearer abcdef.", true),
        ("Bearer abcdef", true),
        ("cut off: Bearer ab", true),
        ("cut off: Bear", true),
        ("cut off: Bea", false),
        ("Bearer xyz", false),
        ("", false),
    ] {
        assert_eq!(secret.is_in(text.as_bytes()), found, "{text}");
    }
    assert!(
        !Secret::new("eu").is_in(b"europe"),
        "too short to be a secret"
    );
}

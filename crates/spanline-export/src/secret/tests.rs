//! Secrets do not show.

use super::*;

#[test]
fn a_secret_is_sent_but_never_printed() {
    let secret = Secret::new("hunter2");
    assert_eq!(secret.expose(), "hunter2");
    assert_eq!(format!("{secret:?}"), "***");
    assert_eq!(format!("{:?}", Some(&secret)), "Some(***)");
}

/// Whatever the letters, the same as looking at every place.
#[test]
fn searching_in_one_pass_finds_what_looking_everywhere_finds() {
    let mut state = 1u64;
    let mut word = |longest: u64| {
        let mut draw = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            state >> 33
        };
        let length = draw() % longest;
        // Few letters, so that beginnings come again.
        (0..length)
            .map(|_| (b'a' + (draw() % 2) as u8) as char)
            .collect::<String>()
    };
    let mut found = 0;
    for _ in 0..20_000 {
        let (secret, text) = (word(16), word(32));
        let everywhere = secret.len() >= 4
            && (0..text.len()).any(|at| {
                let rest = &text[at..];
                let part = rest.get(..8).is_some_and(|part| secret.contains(part));
                part || rest.starts_with(&secret) || rest.len() >= 4 && secret.starts_with(rest)
            });
        let one_pass = Secret::new(secret.as_str()).is_in(text.as_bytes());
        assert_eq!(one_pass, everywhere, "{secret} in {text}");
        found += u32::from(everywhere);
    }
    assert!((1_000..19_000).contains(&found), "{found}");
}

/// As JSON writes it, as URLs do, and with its beginning cut off.
#[test]
fn a_secret_in_another_spelling_is_found_out() {
    let secret = Secret::new(r#"c2VjcmV0"tokenful/of+it"#);
    for text in [
        r#"{"header":"c2VjcmV0\"tokenful\/of+it"}"#,
        "c2VjcmV0%22tokenful%2Fof%2Bit",
        "…tokenful/of",
    ] {
        assert!(secret.is_in(text.as_bytes()), "{text}");
    }
    assert!(!secret.is_in(b"a tokenfu of it"), "seven bytes in a row");
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

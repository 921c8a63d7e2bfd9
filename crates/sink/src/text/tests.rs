//! Escapes, cuts and durations, as tables.

use super::*;

#[test]
fn characters_that_steer_a_terminal_are_written_out() {
    for (raw, shown) in [
        ("plain — é 漢 🙂", "plain — é 漢 🙂"),
        ("a\nb\tc\rd", "a\\nb\\tc\\rd"),
        ("\u{0}\u{7}\u{8}", "\\u{0}\\u{7}\\u{8}"),
        ("\u{1b}[31mred", "\\u{1b}[31mred"),
        ("\u{7f}\u{85}\u{9b}31m", "\\u{7f}\\u{85}\\u{9b}31m"),
        ("\u{202e}gpj.exe", "\\u{202e}gpj.exe"),
        ("\u{2066}x\u{2069}\u{200f}", "\\u{2066}x\\u{2069}\\u{200f}"),
        ("\u{2028}\u{2029}\u{feff}", "\\u{2028}\\u{2029}\\u{feff}"),
    ] {
        assert_eq!(escape(raw), shown);
    }
}

#[test]
fn text_is_cut_at_characters() {
    for (text, limit, cut) in [
        ("order", 5, "order"),
        ("order", 4, "ord…"),
        ("äöüß", 3, "äö…"),
        ("x", 0, ""),
        ("ab", 1, "…"),
        ("", 0, ""),
    ] {
        assert_eq!(fit(text, limit), cut, "{text:?} in {limit}");
    }
    assert_eq!(excerpt("a\nb and a lot more", 6), "a\\nb …");
}

#[test]
fn durations_are_written_in_the_unit_one_reads() {
    for (microseconds, shown) in [
        (0, "0 µs"),
        (1, "1 µs"),
        (999, "999 µs"),
        (1_000, "1.0 ms"),
        (9_949, "9.9 ms"),
        (50_320, "50.3 ms"),
        (250_000, "250.0 ms"),
        (999_949, "999.9 ms"),
        (999_950, "1.00 s"),
        (1_254_000, "1.25 s"),
        (59_994_999, "59.99 s"),
        (59_995_000, "1 m 00 s"),
        (125_000_000, "2 m 05 s"),
        (7_260_000_000, "2 h 01 m"),
        (u64::MAX, "5124095576 h 01 m"),
    ] {
        assert_eq!(duration(microseconds), shown);
    }
}

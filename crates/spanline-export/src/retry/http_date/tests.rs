//! The three date forms of HTTP (RFC 9110).

use super::*;

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

#[test]
fn the_three_forms_of_one_time_read_alike() {
    let now = at(1_700_000_000);
    for text in [
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        "Sun Nov 06 08:49:37 1994",
        "Mon, 06 Nov 1994 08:49:37 GMT", // the name of another day
    ] {
        assert_eq!(parse_http_date(text, now), Some(at(784_111_777)), "{text}");
    }
}

#[test]
fn dates_around_leap_days() {
    let now = at(1_700_000_000);
    for (text, seconds) in [
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
        ("Mon, 28 Feb 2000 00:00:00 GMT", 951_696_000),
        ("Tue, 29 Feb 2000 00:00:00 GMT", 951_782_400),
        ("Wed, 01 Mar 2000 00:00:00 GMT", 951_868_800),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 253_402_300_799),
        ("Sat, 31 Dec 2016 23:59:60 GMT", 1_483_228_800),
    ] {
        assert_eq!(parse_http_date(text, now), Some(at(seconds)), "{text}");
    }
}

#[test]
fn a_short_year_is_the_near_one() {
    let now = at(1_700_000_000); // 2023
    let year_of = |text| {
        let since = parse_http_date(text, now)
            .unwrap()
            .duration_since(SystemTime::UNIX_EPOCH);
        1970 + since.unwrap().as_secs() / 31_556_952
    };
    assert_eq!(year_of("Friday, 02-Jun-73 00:00:00 GMT"), 2073);
    assert_eq!(year_of("Friday, 02-Jun-74 00:00:00 GMT"), 1974);
}

#[test]
fn anything_else_is_no_date() {
    let now = at(1_700_000_000);
    for text in [
        "",
        "soon",
        // the name of the day
        "06 Nov 1994 08:49:37 GMT",
        "sun, 06 Nov 1994 08:49:37 GMT",
        "Xyz, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06-Nov-94 08:49:37 GMT",
        "Sunday Nov  6 08:49:37 1994",
        // spaces and hyphens
        "Sun,06 Nov 1994 08:49:37 GMT",
        "Sun,  06 Nov 1994 08:49:37 GMT",
        "Sun, 06  Nov 1994 08:49:37 GMT",
        "Sun, 06-Nov-1994 08:49:37 GMT",
        "Sunday, 06 Nov 94 08:49:37 GMT",
        "Sunday, 06-Nov 94-08:49:37 GMT",
        "Sunday, 06-Nov-94-08:49:37-GMT",
        "Sun Nov 6 08:49:37 1994",
        "Sun Nov   6 08:49:37 1994",
        "Sun, 06 Nov 1994 08:49:37 GMT ",
        // the zone
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 gmt",
        "Sun Nov  6 08:49:37 1994 GMT",
        // days that there are not
        "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 31 Nov 1994 08:49:37 GMT",
        "Sun, 29 Feb 1994 08:49:37 GMT",
        "Sun, 29 Feb 2100 08:49:37 GMT",
        "Sun, 32 Jan 1994 08:49:37 GMT",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun Nov 00 08:49:37 1994",
        // months and years
        "Sun, 06 Foo 1994 08:49:37 GMT",
        "Sun, 06 nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1969 08:49:37 GMT",
        "Sun, 06 Nov 94 08:49:37 GMT",
        "Sun, 06 Nov 19944 08:49:37 GMT",
        "Sunday, 06-Nov-1994 08:49:37 GMT",
        // times
        "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 06 Nov 1994 08:60:00 GMT",
        "Sun, 06 Nov 1994 08:49:61 GMT",
        "Sun, 06 Nov 1994 8:49:37 GMT",
        "Sun, 06 Nov 1994 08:49 GMT",
        "Sun, 06 Nov 1994 08:49:+7 GMT",
    ] {
        assert_eq!(parse_http_date(text, now), None, "{text}");
    }
}

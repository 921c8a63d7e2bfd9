//! The `baggage` header: what is read, what is written, and the limits of both.

use spanline_core::propagation::{BaggagePropagator, ExtractReason, Propagator};
use spanline_core::{Baggage, Context};

/// Name, value and metadata of everything read from these lines.
fn read(lines: &[&str]) -> String {
    let carrier: Vec<_> = lines.iter().map(|line| ("baggage", *line)).collect();
    show(
        BaggagePropagator
            .extract(&Context::root(), &carrier)
            .baggage(),
    )
}

fn show(baggage: &Baggage) -> String {
    let entries = baggage.iter().map(|entry| match entry.metadata {
        "" => format!("{}={}", entry.name, entry.value),
        metadata => format!("{}={} [{metadata}]", entry.name, entry.value),
    });
    entries.collect::<Vec<_>>().join(" | ")
}

fn write(baggage: Baggage) -> Option<String> {
    let mut headers: Vec<(String, String)> = Vec::new();
    BaggagePropagator.inject(&Context::root().with_baggage(baggage), &mut headers);
    headers.pop().map(|(_, value)| value)
}

#[test]
fn members_that_are_read() {
    for (line, expected) in [
        ("k1=v1,k2=v2", "k1=v1 | k2=v2"),
        ("k1 = v1 , k2\t=\tv2", "k1=v1 | k2=v2"),
        (
            "key1=value1;property1;property2, key2 = value2, key3=value3; propertyKey=propertyValue",
            "key1=value1 [property1;property2] | key2=value2 | key3=value3 [propertyKey=propertyValue]",
        ),
        ("k=v ; p1 ; p2 = x , m=n", "k=v [p1;p2=x] | m=n"),
        ("k=v;", "k=v"),
        ("k=v;p=%20", "k=v [p=%20]"),
        (",k=v,,", "k=v"),
        ("k=", "k="),
        ("k=1,k=2", "k=2"),
        ("K=v,k=w", "K=v | k=w"),
        ("k=a=b", "k=a=b"),
        ("k=Am%C3%A9lie", "k=Amélie"),
        ("k=DF%2028+x", "k=DF 28+x"),
        ("k=%FF", "k=\u{fffd}"),
        ("k=%zz%2", "k=%zz%2"),
        ("k%20x=v", "k%20x=v"),
        ("k=a%0D%0Ab", "k=a\r\nb"),
    ] {
        assert_eq!(read(&[line]), expected, "{line:?}");
    }
}

#[test]
fn a_malformed_member_goes_alone() {
    for bad in [
        "bad", "=v", "k(=v", "k=\"v\"", "k=a\\b", "k=v w", "k=é", "k=v\u{1}", "k=v;=x", "k=v;p q",
    ] {
        assert_eq!(read(&[&format!("a=1,{bad},b=2")]), "a=1 | b=2", "{bad:?}");
        assert_eq!(read(&[bad]), "");
        let error = BaggagePropagator.try_extract(&Context::root(), &[("baggage", bad)]);
        assert_eq!(error.unwrap_err().reason(), ExtractReason::Member);
    }
    assert!(
        BaggagePropagator
            .try_extract(&Context::root(), &[("baggage", " , ,")])
            .is_ok()
    );
}

#[test]
fn lines_are_one_list() {
    assert_eq!(read(&["a=1", "b=2"]), "a=1 | b=2");
    assert_eq!(read(&["a=1", "a=2"]), "a=2");
    assert_eq!(read(&["bad", "b=2"]), "b=2");
}

#[test]
fn what_is_read_is_added_to_what_is_there() {
    let before = Baggage::new().with("kept", "1").with("replaced", "1");
    let context = Context::root().with_baggage(before);
    let after = BaggagePropagator.extract(&context, &[("baggage", "replaced=2,new=3")]);
    assert_eq!(show(after.baggage()), "kept=1 | replaced=2 | new=3");
    let after = BaggagePropagator.extract(&context, &[("baggage", "bad")]);
    assert_eq!(after.baggage(), context.baggage());
}

#[test]
fn at_most_64_members_and_8192_bytes_are_read() {
    let members = |count: usize| (0..count).map(|n| format!("k{n}=v")).collect::<Vec<_>>();
    assert_eq!(read(&[&members(64).join(",")]).split(" | ").count(), 64);
    assert_eq!(read(&[&members(65).join(",")]).split(" | ").count(), 64);
    let lines = members(100);
    let lines: Vec<_> = lines.iter().map(String::as_str).collect();
    assert_eq!(read(&lines).split(" | ").count(), 64);

    let exact = format!("k={}", "v".repeat(8190));
    assert_eq!(read(&[&exact]).len(), 8192);
    assert_eq!(read(&[&format!("{exact}v")]), "");
    assert_eq!(
        read(&[&format!("a=1,{exact}")]),
        "a=1",
        "never a part of a member"
    );
    assert_eq!(read(&[&exact, "a=1"]).len(), 8192, "over all lines");
    assert_eq!(
        read(&["a=1", &exact, "b=2"]),
        "a=1",
        "the budget is spent in order"
    );
    let fits = format!("{},b=2,", "k=".to_owned() + &"v".repeat(8186));
    assert_eq!(fits.len(), 8193);
    assert!(read(&[&fits]).ends_with(" | b=2"), "cut exactly at a comma");
}

#[test]
fn values_are_encoded_and_names_are_not() {
    let baggage = Baggage::new().with("k", "Amélie, DF 28; \"x\" \\ 100% a=b\r\n");
    assert_eq!(
        write(baggage).unwrap(),
        "k=Am%C3%A9lie%2C%20DF%2028%3B%20%22x%22%20%5C%20100%25%20a=b%0D%0A"
    );
    let every = "!#$%&'()*+-./:<=>?@[]^_`{|}~";
    assert_eq!(
        write(Baggage::new().with("!#$%&'*+-.^_`|~09", every)).unwrap(),
        "!#$%&'*+-.^_`|~09=!#$%25&'()*+-./:<=>?@[]^_`{|}~"
    );
    assert_eq!(write(Baggage::new()), None);
}

#[test]
fn names_that_are_no_tokens_are_not_sent() {
    let baggage = Baggage::new()
        .with("ключ", "1")
        .with("a b", "2")
        .with("a\r\nx: y", "3");
    assert_eq!(write(baggage.clone()), None);
    assert_eq!(write(baggage.with("ok", "4")).unwrap(), "ok=4");
}

#[test]
fn metadata_cannot_break_the_header() {
    for (metadata, sent) in [
        ("p1;p2=x", "k=v;p1;p2=x"),
        (" p1 ; p2 = %20 ", "k=v;p1;p2=%20"),
        ("p=a,b", "k=v;p=a%2Cb"),
        ("p=a\r\nx-evil: 1", "k=v;p=a%0D%0Ax-evil:%201"),
        ("a b;ok;=x;;\r\n", "k=v;ok"),
        ("p=é", "k=v;p=%C3%A9"),
    ] {
        let baggage = Baggage::new().with_metadata("k", "v", metadata);
        assert_eq!(write(baggage).unwrap(), sent, "{metadata:?}");
    }
}

#[test]
fn at_most_64_members_and_8192_bytes_are_written() {
    let many: Baggage = (0..70).map(|n| (format!("k{n}"), "v")).collect();
    let sent = write(many).unwrap();
    assert_eq!(sent.split(',').count(), 64);
    assert!(sent.ends_with("k63=v"));

    let huge = "v".repeat(8191);
    let baggage = Baggage::new()
        .with("a", "1")
        .with("huge", &huge)
        .with("b", "2");
    assert_eq!(
        write(baggage).unwrap(),
        "a=1,b=2",
        "one that does not fit is passed over"
    );
    assert_eq!(
        write(Baggage::new().with("k", &huge[1..])).unwrap().len(),
        8192
    );
    assert_eq!(write(Baggage::new().with("k", &huge)), None);
    let spaces = " ".repeat(4000);
    assert_eq!(
        write(Baggage::new().with("k", &spaces)),
        None,
        "12,002 bytes when encoded"
    );
}

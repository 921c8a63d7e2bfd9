//! Names of variables, and that only normal ones are seen.

use super::*;

#[test]
fn names_become_normal() {
    for (name, variable) in [
        ("", "_"),
        ("traceparent", "TRACEPARENT"),
        ("x-b3-traceid", "X_B3_TRACEID"),
        ("1a", "_1A"),
        ("é", "_"),
        ("a.b c", "A_B_C"),
        ("_X9", "_X9"),
        ("-", "_"),
    ] {
        assert_eq!(normal(name), variable, "{name:?}");
        assert_eq!(normal(variable), variable);
    }
}

#[test]
fn setting_and_getting_use_the_normal_name() {
    let mut carrier = EnvCarrier::new();
    carrier.set("x-b3-traceid", "1");
    carrier.set("X_B3_TraceId", "2");
    assert_eq!(carrier.iter().collect::<Vec<_>>(), [("X_B3_TRACEID", "2")]);
    assert_eq!(carrier.get("x-b3-traceid"), Some("2"));
}

#[test]
fn other_names_do_not_exist() {
    let carrier: EnvCarrier = [
        ("x-b3-traceid", "1"),
        ("Path", "2"),
        ("1A", "3"),
        ("", "4"),
        ("BAGGAGE", "a=1"),
    ]
    .into_iter()
    .collect();
    let mut names = Vec::new();
    carrier.keys(&mut |name| names.push(name.to_owned()));
    assert_eq!(names, ["BAGGAGE"]);
    assert_eq!(carrier.get("x-b3-traceid"), None);
    assert_eq!(carrier.get("baggage"), Some("a=1"));
}

#[test]
fn prefixes_are_normal_too() {
    let mut carrier = EnvCarrier::new();
    carrier.set("uberctx-user", "4711");
    carrier.set("uberctx", "no prefix");
    let mut found = Vec::new();
    carrier.get_prefixed("uberctx-", &mut |name, value| {
        found.push(format!("{name}: {value}"));
        ControlFlow::Continue(())
    });
    assert_eq!(found, ["USER: 4711"]);
}

#[test]
fn the_process_has_normal_names_only() {
    EnvCarrier::from_process().keys(&mut |name| assert_eq!(normal(name), name));
}

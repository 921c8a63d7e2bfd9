//! Names in any case, repeated lines, replaced values.

use super::*;

fn all(carrier: &dyn Extractor, key: &str) -> Vec<String> {
    let mut values = Vec::new();
    carrier.get_all(key, &mut |value| values.push(value.to_owned()));
    values
}

/// The same for every kind of map.
macro_rules! on_each_map {
    ($($map:ident => $names:ident;)*) => {$(
        mod $names {
            use super::*;

            #[test]
            fn is_read_in_any_case() {
                let map = $map::from([("TraceParent".to_owned(), "1".to_owned())]);
                assert_eq!(Extractor::get(&map, "traceparent"), Some("1"));
                assert_eq!(all(&map, "TRACEPARENT"), ["1"]);
                assert_eq!(Extractor::get(&map, "trace-parent"), None);
                let mut names = Vec::new();
                Extractor::keys(&map, &mut |name| names.push(name.to_owned()));
                assert_eq!(names, ["TraceParent"]);
            }

            #[test]
            fn with_two_spellings_shows_both_unless_one_is_exact() {
                let mut map: $map<String, String> = [("B", "2"), ("A", "1")]
                    .map(|(k, v)| (k.repeat(2), v.to_owned()))
                    .into();
                map.insert("aA".to_owned(), "3".to_owned());
                assert_eq!(all(&map, "aa"), ["1", "3"]);
                assert_eq!(Extractor::get(&map, "aa"), Some("1"));
                assert_eq!(all(&map, "aA"), ["3"]);
            }

            #[test]
            fn holds_one_spelling_after_setting() {
                let mut map = $map::from([("Key".to_owned(), "old".to_owned())]);
                map.set("key", "new");
                map.set("key", "newer");
                assert_eq!(map, $map::from([("key".to_owned(), "newer".to_owned())]));
            }
        }
    )*};
}

on_each_map! {
    HashMap => a_hash_map;
    BTreeMap => a_sorted_map;
}

#[test]
fn a_list_keeps_lines_apart_and_in_order() {
    let list = [("Baggage", "a=1"), ("other", "x"), ("baggage", "b=2")];
    assert_eq!(all(&list, "baggage"), ["a=1", "b=2"]);
    assert_eq!(list.get("BAGGAGE"), Some("a=1"));
    assert_eq!(all(&list.to_vec(), "baggage"), ["a=1", "b=2"]);
    assert_eq!(all(&&list[..], "none"), [""; 0]);
}

#[test]
fn setting_in_a_list_replaces_all_lines_of_the_name() {
    let mut list: Vec<(String, String)> = [("A", "1"), ("b", "2"), ("a", "3")]
        .map(|(k, v)| (k.into(), v.into()))
        .into();
    list.set("a", "4");
    list.set("c", "5");
    let list: Vec<_> = list.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    assert_eq!(list, [("A", "4"), ("b", "2"), ("c", "5")]);
}

#[test]
fn closures_are_carriers() {
    let mut sent = Vec::new();
    let mut carrier = inject_with(|name, value| sent.push(format!("{name}: {value}")));
    carrier.set("a", "1");
    carrier.set("b", "2");
    assert_eq!(sent, ["a: 1", "b: 2"]);

    let text = String::from("1");
    let carrier = extract_with(|name| (name == "a").then_some(text.as_str()));
    assert_eq!(carrier.get("a"), Some("1"));
    assert_eq!(carrier.get("b"), None);
    let mut lines = Vec::new();
    carrier.get_all("a", &mut |line| lines.push(line.to_owned()));
    assert_eq!(lines, ["1"]);
    carrier.keys(&mut |name| panic!("{name} was not asked for"));
}

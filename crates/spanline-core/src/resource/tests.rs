//! Building and merging resources.

use super::*;

fn text(resource: &Resource) -> String {
    resource
        .iter()
        .map(|a| format!("{}={};", a.key, a.value))
        .collect()
}

#[test]
fn attributes_are_sorted_and_unique() {
    let resource = Resource::builder()
        .attribute("b", 1)
        .service_name("shop")
        .attributes([("a", "x"), ("", "ignored"), ("b", "y")])
        .build();
    assert_eq!(text(&resource), "a=x;b=y;service.name=shop;");
    assert_eq!(resource.get("b"), Some(&Value::from("y")));
    assert_eq!(resource.get("c"), None);
    assert_eq!((resource.len(), resource.is_empty()), (3, false));
}

#[test]
fn empty_resources_are_one() {
    assert_eq!(Resource::builder().build(), Resource::empty());
    assert_eq!(
        Resource::from_iter::<[(&str, &str); 0]>([]),
        Resource::default()
    );
    assert!(
        Resource::builder()
            .schema_url("")
            .build()
            .schema_url()
            .is_none()
    );
    assert!(Resource::empty().is_empty());
}

#[test]
fn the_updating_resource_wins_even_with_an_empty_value() {
    let old: Resource = [("a", "1"), ("b", "2")].into_iter().collect();
    let new: Resource = [("b", ""), ("c", "3")].into_iter().collect();
    assert_eq!(text(&old.merge(&new)), "a=1;b=;c=3;");
    assert_eq!(text(&new.merge(&old)), "a=1;b=2;c=3;");
    assert_eq!(old.merge(&Resource::empty()), old);
    assert_eq!(Resource::empty().merge(&old), old);
}

#[test]
fn schema_urls_of_a_merge() {
    for (old, new, merged, conflict) in [
        ("", "", None, false),
        ("u", "", Some("u"), false),
        ("", "u", Some("u"), false),
        ("u", "u", Some("u"), false),
        ("u", "v", None, true),
    ] {
        let old = Resource::builder()
            .attribute("a", 1)
            .schema_url(old)
            .build();
        let new = Resource::builder()
            .attribute("b", 2)
            .schema_url(new)
            .build();
        assert_eq!(old.merge(&new).schema_url(), merged);
        assert_eq!(old.conflicts_with(&new), conflict);
        assert_eq!(text(&old.merge(&new)), "a=1;b=2;");
    }
}

#[test]
fn resources_cross_threads() {
    fn check<T: Send + Sync + Clone + 'static>() {}
    check::<Resource>();
}

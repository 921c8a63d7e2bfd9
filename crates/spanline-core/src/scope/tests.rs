//! Interning: one number per distinct scope, read back whole, from any thread.

use std::thread;

use super::table::ScopeTable;
use super::*;

fn leaked() -> &'static ScopeTable {
    Box::leak(Box::new(ScopeTable::new()))
}

#[test]
fn identity_is_all_four_parts() {
    let table = leaked();
    let attributes = [Attribute::new("k", 1)];
    let other = [Attribute::new("k", "1")];
    let scopes = [
        Scope::new("a"),
        Scope::new("b"),
        Scope::new("a").with_version("1"),
        Scope::new("a").with_version(""),
        Scope::new("a").with_schema_url("1"),
        Scope::new("a").with_attributes(&attributes),
        Scope::new("a").with_attributes(&other),
    ];
    let ids: Vec<_> = scopes
        .iter()
        .map(|scope| table.intern(scope).unwrap())
        .collect();
    for (n, (id, scope)) in ids.iter().zip(&scopes).enumerate() {
        assert_eq!(usize::from(id.to_u16()), n + 1);
        assert_eq!(table.get(*id), *scope);
        assert_eq!(table.intern(scope), Ok(*id));
    }
}

#[test]
fn the_order_of_attributes_does_not_count_and_the_last_of_a_key_stays() {
    let table = leaked();
    let one = [Attribute::new("a", f64::NAN), Attribute::new("b", 2)];
    let other = [
        Attribute::new("b", 1),
        Attribute::new("", 0),
        Attribute::new("b", 2),
        Attribute::new("a", f64::NAN),
    ];
    let id = table
        .intern(&Scope::new("x").with_attributes(&one))
        .unwrap();
    assert_eq!(
        table.intern(&Scope::new("x").with_attributes(&other)),
        Ok(id)
    );
    let keys: Vec<_> = table
        .get(id)
        .attributes()
        .iter()
        .map(|a| a.key.as_ref())
        .collect();
    assert_eq!(keys, ["a", "b"]);
}

#[test]
fn the_unnamed_scope_has_number_zero() {
    let table = leaked();
    assert_eq!(table.intern(&Scope::new("")), Ok(ScopeId::UNNAMED));
    assert_eq!(table.get(ScopeId::UNNAMED), Scope::new(""));
    assert_eq!(table.get(ScopeId::from_u16(77)), Scope::new(""));
    assert_ne!(
        table.intern(&Scope::new("").with_version("1")),
        Ok(ScopeId::UNNAMED)
    );
}

#[test]
fn a_full_table_says_so_and_keeps_what_it_has() {
    let table = leaked();
    let names: Vec<_> = (1..=u16::MAX).map(|n| format!("scope-{n}")).collect();
    for (name, number) in names.iter().zip(1..=u16::MAX) {
        assert_eq!(
            table.intern(&Scope::new(name)),
            Ok(ScopeId::from_u16(number))
        );
    }
    assert_eq!(table.intern(&Scope::new("one more")), Err(TableFull));
    assert_eq!(
        table.intern(&Scope::new("scope-9")),
        Ok(ScopeId::from_u16(9))
    );
    for number in [1, 2, 3, 255, 256, 32_768, u16::MAX] {
        assert_eq!(
            table.get(ScopeId::from_u16(number)).name(),
            format!("scope-{number}")
        );
    }
}

#[test]
fn threads_agree_on_numbers() {
    let table = leaked();
    let all: Vec<Vec<ScopeId>> = thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let intern = |n: u32| {
                        let name = format!("s{n}");
                        let id = table.intern(&Scope::new(&name)).unwrap();
                        assert_eq!(table.get(id).name(), name);
                        id
                    };
                    (0..300).map(intern).collect()
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    assert!(all.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn the_process_wide_table_is_one() {
    let id = ScopeId::intern(&Scope::new("tests of scope")).unwrap();
    assert_eq!(ScopeId::intern(&"tests of scope".into()), Ok(id));
    assert_eq!(id.get().name(), "tests of scope");
}

#[test]
fn a_name_in_a_string_is_a_scope() {
    let name = String::from("shop");
    assert_eq!(Scope::from(&name), Scope::new("shop"));
}

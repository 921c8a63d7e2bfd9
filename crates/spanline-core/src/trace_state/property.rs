//! The law of `tracestate`: a list is accepted exactly if the standard's grammar accepts it, kept in
//! canonical form, and stays a list whatever edit it gets.
//!
//! Called by the fuzz target and the replay of its corpus, never by programs.

use super::{ListReader, MAX_MEMBERS, TraceState};

/// Members in their order.
pub(crate) type Members<'a> = Vec<(&'a str, &'a str)>;

/// The list that header lines hold together; `None` if there is a fault in any of them.
///
/// W3C Trace Context Level 2, "tracestate Header Field Values":
///
/// ```text
/// list        = list-member 0*31( OWS "," OWS list-member )
/// list-member = (key "=" value) / OWS
/// key         = ( lcalpha / DIGIT ) 0*255 ( lcalpha / DIGIT / "_" / "-" / "*" / "/" / "@" )
/// value       = 0*255(chr) nblk-chr
/// nblk-chr    = %x21-2B / %x2D-3C / %x3E-7E
/// chr         = %x20 / nblk-chr
/// ```
///
/// Ours beyond the grammar: of a key that comes again the first stays, as the most recent; text
/// longer than the longest list, which only white space can make it, is refused.
pub(crate) fn defined<'a>(lines: &[&'a str]) -> Option<Members<'a>> {
    let longest = 32 * (256 + 1 + 256) + 31;
    if lines.join(",").len() > longest {
        return None;
    }
    let ows = |c: char| c == ' ' || c == '\t';
    let members: Vec<_> = lines
        .iter()
        .flat_map(|line| line.split(','))
        .map(|member| member.trim_matches(ows))
        .filter(|member| !member.is_empty())
        .map(|member| member.split_once('='))
        .collect::<Option<_>>()?;
    let valid = |(key, value): &(&str, &str)| is_key(key) && is_value(value);
    if members.len() > 32 || !members.iter().all(valid) {
        return None;
    }
    let mut list = Members::new();
    for (key, value) in members {
        if list.iter().all(|(known, _)| *known != key) {
            list.push((key, value));
        }
    }
    Some(list)
}

fn is_key(key: &str) -> bool {
    let alphanumeric = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    key.starts_with(alphanumeric)
        && key.chars().all(|c| alphanumeric(c) || "_-*/@".contains(c))
        && key.chars().count() <= 256
}

fn is_value(value: &str) -> bool {
    let nblk = |c: char| c.is_ascii_graphic() && c != ',' && c != '=';
    value.ends_with(nblk)
        && value.chars().all(|c| c == ' ' || nblk(c))
        && value.chars().count() <= 256
}

/// The text of a list: members joined by commas, no spaces around them.
pub(crate) fn canonical(members: &[(&str, &str)]) -> String {
    let members: Vec<_> = members
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    members.join(",")
}

/// Panics if reading, writing or editing a `tracestate` breaks its law for these header lines.
pub fn check_tracestate(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let lines: Vec<&str> = text.split('\n').collect();
    let mut reader = ListReader::new();
    let outcome = lines.iter().try_for_each(|line| reader.push_line(line));
    let expected = defined(&lines);
    assert_eq!(
        outcome.is_ok(),
        expected.is_some(),
        "{lines:?}: {outcome:?}"
    );
    if let (Ok(()), Some(expected)) = (outcome, expected) {
        let state = reader.finish();
        check_list(&state, &expected);
        for (key, value) in pairs(&lines) {
            check_edits(&state, &expected, key, value);
        }
    }
}

/// Candidates for an edit: whatever stands around the first `=` of each line.
fn pairs<'a>(lines: &[&'a str]) -> impl Iterator<Item = (&'a str, &'a str)> {
    lines.iter().take(3).filter_map(|line| line.split_once('='))
}

fn check_list(state: &TraceState, expected: &[(&str, &str)]) {
    assert_eq!(state.iter().collect::<Vec<_>>(), expected);
    assert_eq!(state.as_str(), canonical(expected));
    assert_eq!(
        (state.len(), state.is_empty()),
        (expected.len(), expected.is_empty())
    );
    assert!(state.len() <= MAX_MEMBERS);
    assert_eq!(
        state.as_str().parse().as_ref(),
        Ok(state),
        "what is sent is read again"
    );
    assert_eq!(TraceState::from_pairs(state).as_ref(), Ok(state));
}

/// W3C Trace Context Level 2, "Mutating the tracestate Field": what is set moves to the front, the
/// rest keeps its order, and the right-most member gives way.
fn check_edits(state: &TraceState, members: &[(&str, &str)], key: &str, value: &str) {
    let others: Vec<_> = members
        .iter()
        .copied()
        .filter(|(known, _)| *known != key)
        .collect();
    check_list(&state.without(key), &others);
    let edited = state.with(key, value);
    assert_eq!(
        edited.is_ok(),
        is_key(key) && is_value(value),
        "{key:?}={value:?}"
    );
    if let Ok(edited) = edited {
        let expected: Vec<_> = std::iter::once((key, value))
            .chain(others)
            .take(32)
            .collect();
        check_list(&edited, &expected);
        assert_eq!(edited.get(key), Some(value));
    }
}

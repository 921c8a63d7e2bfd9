//! The law of lists in environment variables: pairs and names are read exactly as the specification
//! says, and no text in any variable does more than be warned of.
//!
//! Called by the fuzz target and the replay of its corpus, never by programs.

use crate::config::{EnvSettings, EnvWarningReason, PropagatorChoice};
use std::time::Duration;

/// OpenTelemetry specification, "Specifying resource information via an environment variable":
/// `key1=value1,key2=value2` with `,`, `=` and `%` percent-encoded; a text with a mistake is
/// discarded as a whole. Of a key that comes again the last value counts.
fn defined_pairs(text: &str) -> Option<Vec<(String, String)>> {
    let mut pairs = Vec::<(String, String)>::new();
    for part in text
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
    {
        let equals = part.find('=')?;
        let key = decoded(part.get(..equals)?.trim())?;
        let value = decoded(part.get(equals + 1..)?.trim())?;
        if key.is_empty() {
            return None;
        }
        pairs.retain(|(known, _)| *known != key);
        pairs.push((key, value));
    }
    Some(pairs)
}

fn decoded(text: &str) -> Option<String> {
    let mut parts = text.split('%');
    let mut bytes = parts.next()?.as_bytes().to_vec();
    for part in parts {
        let digits = part.get(..2)?;
        let hex = digits.chars().all(|c| c.is_ascii_hexdigit());
        bytes.push(u8::from_str_radix(digits, 16).ok().filter(|_| hex)?);
        bytes.extend_from_slice(part.get(2..)?.as_bytes());
    }
    String::from_utf8(bytes).ok()
}

/// "General SDK Configuration", `OTEL_PROPAGATORS`: names separated by commas, each once. `none`
/// alone is an empty list; with nothing that can be followed there is no list.
fn defined_names(text: &str) -> Option<Vec<PropagatorChoice>> {
    let names: Vec<String> = text
        .split(',')
        .map(|name| name.trim().to_ascii_lowercase())
        .collect();
    let mut choices = Vec::new();
    for name in &names {
        let choice = match name.as_str() {
            "tracecontext" => PropagatorChoice::TraceContext,
            "baggage" => PropagatorChoice::Baggage,
            "b3" => PropagatorChoice::B3,
            "b3multi" => PropagatorChoice::B3Multi,
            "jaeger" => PropagatorChoice::Jaeger,
            "ottrace" => PropagatorChoice::OtTrace,
            _ => continue,
        };
        if !choices.contains(&choice) {
            choices.push(choice);
        }
    }
    let nothing = names.iter().any(|name| name == "none");
    (nothing || !choices.is_empty()).then_some(choices)
}

/// "Configuration types", an integer without sign; `None` where a warning is due.
fn defined_number(text: &str) -> Option<u64> {
    let digits = text.chars().all(|c| c.is_ascii_digit());
    text.parse()
        .ok()
        .filter(|number| digits && *number <= i64::MAX as u64)
}

/// Panics if reading this text as the value of every variable breaks the law.
pub fn check_environment_lists(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (settings, warnings) = EnvSettings::read(|name| match name {
        "OTEL_SERVICE_NAME" => None,
        _ => Some(text.as_ref().into()),
    });
    for warning in &warnings {
        assert!(warning.text.len() <= 200 && text.contains(&warning.text));
        assert!(!warning.variable.contains("PASSWORD"));
    }
    let warned = |variable: &str| warnings.iter().any(|warning| warning.variable == variable);
    let trimmed = text.trim();

    let pairs = defined_pairs(trimmed);
    let refused = EnvWarningReason::NotPairs { problem: "" };
    let same = |reason: &EnvWarningReason| {
        std::mem::discriminant(reason) == std::mem::discriminant(&refused)
    };
    assert_eq!(
        warnings.iter().any(|warning| same(&warning.reason)),
        pairs.is_none()
    );
    let pairs = pairs.unwrap_or_default();
    assert_eq!(settings.resource.len(), pairs.len());
    for (key, value) in &pairs {
        assert_eq!(
            settings.resource.get(key),
            Some(&value.as_str().into()),
            "{key}"
        );
    }

    assert_eq!(
        settings.propagators,
        defined_names(trimmed).filter(|_| !trimmed.is_empty())
    );
    let delay = defined_number(trimmed);
    assert_eq!(
        settings.batch.schedule_delay,
        delay.map(Duration::from_millis)
    );
    assert_eq!(
        warned("OTEL_BSP_SCHEDULE_DELAY"),
        delay.is_none() && !trimmed.is_empty()
    );
    assert_eq!(settings.disabled, trimmed.eq_ignore_ascii_case("true"));
    check_again(&pairs);
}

/// Pairs written with everything encoded that has to be are read as the same pairs.
fn check_again(pairs: &[(String, String)]) {
    let encoded = |text: &str| {
        let byte = |byte: u8| match byte {
            b'%' | b',' | b'=' | 0..=b' ' | 0x7f.. => format!("%{byte:02X}"),
            plain => char::from(plain).to_string(),
        };
        text.bytes().map(byte).collect::<String>()
    };
    let parts: Vec<_> = pairs
        .iter()
        .map(|(key, value)| format!("{}={}", encoded(key), encoded(value)))
        .collect();
    let again = super::pairs::parse(&parts.join(","));
    assert_eq!(again.as_deref(), Ok(pairs));
}

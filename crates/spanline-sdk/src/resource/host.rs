//! What machine this is.

use super::{DetectError, ResourceDetector, SCHEMA_URL};
use spanline_core::resource::Resource;
use std::env::consts;
use std::fs;

/// Finds `host.arch`, `os.type`, and where the system tells them by files, as Linux does,
/// `host.name`, `host.id`, `os.name`, `os.version` and `os.description` (OpenTelemetry semantic
/// conventions, "Host" and "Operating system").
#[derive(Clone, Copy, Debug, Default)]
pub struct HostDetector;

impl ResourceDetector for HostDetector {
    fn name(&self) -> &str {
        "host"
    }

    fn detect(&self) -> Result<Resource, DetectError> {
        let mut resource = Resource::builder()
            .attribute("host.arch", architecture(consts::ARCH))
            .attribute("os.type", system(consts::OS))
            .schema_url(SCHEMA_URL);
        let host_name = first_line(&["/proc/sys/kernel/hostname", "/etc/hostname"]);
        if let Some(name) = host_name {
            resource = resource.attribute("host.name", name);
        }
        if let Some(id) = first_line(&["/etc/machine-id", "/var/lib/dbus/machine-id"]) {
            resource = resource.attribute("host.id", id);
        }
        let release = ["/etc/os-release", "/usr/lib/os-release"];
        let release = release
            .iter()
            .find_map(|path| fs::read_to_string(path).ok());
        for (key, value) in release.iter().flat_map(|text| os_attributes(text)) {
            resource = resource.attribute(key, value);
        }
        Ok(resource.build())
    }
}

/// The convention's word for an architecture.
pub(super) fn architecture(rust: &str) -> &str {
    match rust {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "arm" => "arm32",
        "powerpc" => "ppc32",
        "powerpc64" => "ppc64",
        other => other,
    }
}

/// The convention's word for an operating system.
pub(super) fn system(rust: &str) -> &str {
    match rust {
        "macos" | "ios" => "darwin",
        "dragonfly" => "dragonflybsd",
        other => other,
    }
}

/// The first line of the first of these files that has one.
fn first_line(paths: &[&str]) -> Option<String> {
    paths.iter().find_map(|path| {
        let text = fs::read_to_string(path).ok()?;
        let line = text.lines().next()?.trim();
        (!line.is_empty()).then(|| line.to_owned())
    })
}

/// What an os-release file says: lines of `NAME=value`, the value perhaps in quotes
/// (os-release(5)). Escapes within quotes are rare in these three and kept as they are.
pub(super) fn os_attributes(release: &str) -> impl Iterator<Item = (&'static str, &str)> {
    release.lines().filter_map(|line| {
        let (name, value) = line.split_once('=')?;
        let key = match name.trim() {
            "NAME" => "os.name",
            "VERSION_ID" => "os.version",
            "PRETTY_NAME" => "os.description",
            _ => return None,
        };
        let value = value.trim().trim_matches(['"', '\'']);
        (!value.is_empty()).then_some((key, value))
    })
}

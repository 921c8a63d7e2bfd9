//! Detectors on this machine, and what failing ones cost.
//!
//! Parts that depend on files are tested on texts.

use super::host::{architecture, os_attributes, system};
use super::service::uuid;
use super::*;

fn text(resource: &Resource, key: &str) -> String {
    resource.get(key).unwrap().to_string()
}

#[test]
fn default_says_who_we_are() {
    let resource = default_resource();
    let name = text(&resource, "service.name");
    let executable = name.strip_prefix("unknown_service:").unwrap();
    assert!(executable.starts_with("spanline_sdk"), "{name}");
    assert_eq!(text(&resource, "telemetry.sdk.name"), "spanline");
    assert_eq!(text(&resource, "telemetry.sdk.language"), "rust");
    assert_eq!(
        text(&resource, "telemetry.sdk.version"),
        env!("CARGO_PKG_VERSION")
    );
    assert_eq!(resource.len(), 4);
}

#[test]
fn layers() {
    let resource = |value: &str, own: &str| {
        Resource::builder()
            .attribute("layer", value)
            .attribute(own, true)
            .build()
    };
    let [one, two, three] = [("d", "a"), ("e", "b"), ("c", "")].map(|(v, o)| resource(v, o));
    let all = assemble(&one, &two, &three);
    assert_eq!(text(&all, "layer"), "c");
    assert_eq!(
        text(&assemble(&one, &two, &Resource::empty()), "layer"),
        "e"
    );
    assert!(all.get("a").is_some() && all.get("b").is_some());
    assert!(text(&all, "service.name").starts_with("unknown_service"));
    let named = Resource::builder().service_name("shop").build();
    assert_eq!(
        text(&assemble(&one, &named, &three), "service.name"),
        "shop"
    );
}

/// Finds what it was given.
struct Told(&'static str, fn() -> Result<Resource, DetectError>);

impl ResourceDetector for Told {
    fn name(&self) -> &str {
        self.0
    }

    fn detect(&self) -> Result<Resource, DetectError> {
        (self.1)()
    }
}

#[test]
fn failing_detectors_cost_only_themselves() {
    let detectors: [Box<dyn ResourceDetector>; 5] = [
        Box::new(Told("one", || {
            Ok(Resource::builder()
                .attribute("a", 1)
                .attribute("b", 1)
                .build())
        })),
        Box::new(Told("broken", || Err(DetectError::new("no answer")))),
        Box::new(Told("wild", || panic!("a detector of the program's"))),
        Box::new(Told("one", || {
            Ok(Resource::builder().attribute("b", 2).build())
        })),
        Box::new(Told("nothing", || Ok(Resource::empty()))),
    ];
    let resource = detect(&detectors);
    assert_eq!(
        (text(&resource, "a"), text(&resource, "b")),
        ("1".into(), "2".into())
    );
    assert_eq!(
        DetectError::new("no answer").to_string(),
        "resource detection failed: no answer"
    );
}

#[test]
fn contradicting_schemas_leave_the_attributes() {
    let with = |key: &str, url: &str| {
        Resource::builder()
            .attribute(key, 1)
            .schema_url(url)
            .build()
    };
    let merged = merge(&with("a", "https://one"), &with("b", "https://two"), "test");
    assert_eq!((merged.len(), merged.schema_url()), (2, None));
}

#[test]
fn the_service_detector_draws_a_uuid() {
    let ids: Vec<String> = (0..2)
        .map(|_| text(&ServiceDetector.detect().unwrap(), "service.instance.id"))
        .collect();
    assert_ne!(ids[0], ids[1]);
    for id in ids {
        let lengths: Vec<usize> = id.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12]);
        assert!(
            id.bytes()
                .all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
        );
        assert_eq!(id.as_bytes()[14], b'4');
        assert!(b"89ab".contains(&id.as_bytes()[19]));
    }
    assert_eq!(uuid(0), "00000000-0000-4000-8000-000000000000");
    assert_eq!(uuid(u128::MAX), "ffffffff-ffff-4fff-bfff-ffffffffffff");
}

#[test]
fn the_process_detector_knows_itself() {
    let resource = ProcessDetector::new().detect().unwrap();
    assert_eq!(
        resource.get("process.pid"),
        Some(&std::process::id().into())
    );
    let path = text(&resource, "process.executable.path");
    assert!(path.ends_with(&text(&resource, "process.executable.name")));
    assert!(resource.get("process.command_args").is_none());
    assert_eq!(resource.schema_url(), Some(SCHEMA_URL));
    let more = ProcessDetector::new().with_command_line().detect().unwrap();
    assert!(more.get("process.command_args").is_some());
}

#[test]
fn the_host_detector_knows_the_machine() {
    let resource = HostDetector.detect().unwrap();
    assert_eq!(text(&resource, "os.type"), system(std::env::consts::OS));
    assert!(resource.get("host.arch").is_some());
    assert_eq!(
        ["x86_64", "aarch64", "riscv64"].map(architecture),
        ["amd64", "arm64", "riscv64"]
    );
    assert_eq!(["linux", "macos"].map(system), ["linux", "darwin"]);
}

#[test]
fn os_release_files() {
    let release = "# a comment\nNAME=\"Debian GNU/Linux\"\nVERSION_ID='13'\nID=debian\n\
                   PRETTY_NAME=Debian\nVERSION=\nbroken\n";
    let found: Vec<_> = os_attributes(release).collect();
    assert_eq!(
        found,
        [
            ("os.name", "Debian GNU/Linux"),
            ("os.version", "13"),
            ("os.description", "Debian")
        ]
    );
}

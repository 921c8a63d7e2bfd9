//! Which instance of the service this is.

use super::{DetectError, ResourceDetector, SCHEMA_URL};
use spanline_core::resource::Resource;

/// Finds `service.instance.id`: a random UUID, new each time a program starts, so that instances
/// of one service can be told apart (OpenTelemetry semantic conventions, "Service").
#[derive(Clone, Copy, Debug, Default)]
pub struct ServiceDetector;

impl ResourceDetector for ServiceDetector {
    fn name(&self) -> &str {
        "service"
    }

    fn detect(&self) -> Result<Resource, DetectError> {
        let mut random = [0; 16];
        getrandom::fill(&mut random).map_err(DetectError::new)?;
        let id = uuid(u128::from_be_bytes(random));
        let resource = Resource::builder().attribute("service.instance.id", id);
        Ok(resource.schema_url(SCHEMA_URL).build())
    }
}

/// The UUID of version 4 with these random bits (RFC 9562, sections 4 and 5.4).
pub(super) fn uuid(random: u128) -> String {
    const VERSION: u128 = 0xf << 76;
    const VARIANT: u128 = 0b11 << 62;
    let bits = random & !VERSION & !VARIANT | 4 << 76 | 0b10 << 62;
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        bits >> 96,
        bits >> 80 & 0xffff,
        bits >> 64 & 0xffff,
        bits >> 48 & 0xffff,
        bits & 0xffff_ffff_ffff,
    )
}

//! `Process`: the resource, once per request.

use super::protocol::{Protocol, STOP, field, put_optional_list};
use super::tags::put_value;
use crate::encoder::UNKNOWN_SERVICE;
use crate::encoder::buffer::{Buffer, Cursor};
use spanline_core::attribute::Value;
use spanline_core::resource::Resource;

/// The encoded `Process` of the resource seen last.
#[derive(Debug, Default)]
pub(super) struct Process {
    of: Option<Resource>,
    encoded: Buffer,
}

impl Process {
    /// The `Process` of this resource, encoded anew only if it is another than last time.
    pub(super) fn encoded<P: Protocol>(&mut self, resource: &Resource) -> &[u8] {
        if self.of.as_ref() != Some(resource) {
            self.encoded.truncate(0);
            self.encoded.write(256, |to| put_process::<P>(resource, to));
            self.of = Some(resource.clone());
        }
        self.encoded.as_bytes()
    }
}

fn put_process<P: Protocol>(resource: &Resource, to: &mut Cursor<'_>) {
    let name = match resource.get("service.name") {
        Some(Value::String(name)) if !name.is_empty() => name,
        _ => UNKNOWN_SERVICE,
    };
    // Process.1: serviceName; the attribute is not repeated as a tag
    P::put_string(to, field(1, 0), name.len());
    to.put_bytes(name.as_bytes());
    // Process.2: tags
    let tags = resource
        .iter()
        .filter(|attribute| attribute.key != "service.name");
    let count = tags.clone().count() as u32;
    put_optional_list::<P>(to, field(2, 1), count, |to| {
        tags.for_each(|attribute| put_value::<P>(to, &attribute.key, &attribute.value));
        count
    });
    to.put([STOP]);
}

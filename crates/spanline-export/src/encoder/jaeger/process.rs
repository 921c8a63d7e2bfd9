//! `Process`: the resource, once per request.

use super::protocol::{FIELD, List, Protocol, STOP, field};
use super::tags::push_value;
use crate::encoder::UNKNOWN_SERVICE;
use crate::encoder::buffer::Buffer;
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
            push_process::<P>(resource, &mut self.encoded);
            self.of = Some(resource.clone());
        }
        self.encoded.as_bytes()
    }
}

fn push_process<P: Protocol>(resource: &Resource, out: &mut Buffer) {
    let name = match resource.get("service.name") {
        Some(Value::String(name)) if !name.is_empty() => name,
        _ => UNKNOWN_SERVICE,
    };
    // Process.1: serviceName; the attribute is not repeated as a tag
    {
        let mut to = out.room(FIELD + name.len());
        P::put_string(&mut to, field(1, 0), name.len());
        to.put_bytes(name.as_bytes());
    }
    // Process.2: tags
    let tags = resource
        .iter()
        .filter(|attribute| attribute.key != "service.name");
    let count = tags.clone().count() as u32;
    let list = List::begin::<P>(out, field(2, 1), count);
    tags.for_each(|attribute| push_value::<P>(out, &attribute.key, &attribute.value));
    list.end_optional::<P>(out, count);
    out.push_array([STOP]);
}

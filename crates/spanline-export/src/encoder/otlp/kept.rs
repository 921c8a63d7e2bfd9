//! What is encoded once and kept: the resource, and each instrumentation scope.
//!
//! Their attributes are values, not items of a record. They are written through a record of their
//! own, so that the encoders know one form of values only.

use crate::encoder::buffer::{Buffer, Cursor};
use spanline_core::attribute::Attribute;
use spanline_core::record::{Item, Record, SpanLimits};
use spanline_core::resource::Resource;
use spanline_core::scope::{Scope, ScopeId};

/// Encodes a resource's part of a request.
pub(super) type WriteResource = fn(&Resource, &mut Cursor<'_>);

/// Encodes what begins a group: all of a scope but its spans.
pub(super) type WriteScope = fn(&Scope<'_>, &mut Cursor<'_>);

/// The encoded form of the resource seen last, and of every scope seen so far. Grows with the
/// number of scopes of the program, of which there are at most 65,535.
#[derive(Debug, Default)]
pub(super) struct Kept {
    resource: Option<Resource>,
    encoded: Buffer,
    scopes: Vec<Option<Box<Buffer>>>,
}

impl Kept {
    /// The form of this resource, written anew only if it is another than last time.
    pub(super) fn resource(&mut self, resource: &Resource, write: WriteResource) -> &[u8] {
        if self.resource.as_ref() != Some(resource) {
            self.encoded.truncate(0);
            self.encoded.write(256, |to| write(resource, to));
            self.resource = Some(resource.clone());
        }
        self.encoded.as_bytes()
    }

    /// The form of the scope with this number.
    pub(super) fn scope(&mut self, scope: u16, write: WriteScope) -> &[u8] {
        let at = usize::from(scope);
        if at >= self.scopes.len() {
            self.scopes.resize_with(at + 1, || None);
        }
        let make = || {
            let mut encoded = Buffer::new();
            let scope = ScopeId::from_u16(scope).get();
            encoded.write(256, |to| write(&scope, to));
            Box::new(encoded)
        };
        // `resize_with` made the place.
        let place = self.scopes.get_mut(at);
        place.map_or(&[], |place| place.get_or_insert_with(make).as_bytes())
    }
}

/// Calls `each` with every attribute as an item of a record.
pub(super) fn for_each_item<'i, 'v: 'i>(
    attributes: impl IntoIterator<Item = &'i Attribute<'v>>,
    mut each: impl FnMut(&Item<'_>),
) {
    let limits = SpanLimits::DEFAULT
        .attribute_count_limit(usize::MAX)
        .attribute_value_depth_limit(usize::MAX)
        .span_byte_limit(usize::MAX);
    let mut record = Record::default();
    record.begin("", &limits);
    for attribute in attributes {
        record.set(&attribute.key, &attribute.value, &limits);
    }
    record
        .items()
        .filter(|item| item.tag.is_attribute())
        .for_each(|item| each(&item));
}

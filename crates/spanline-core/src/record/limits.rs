//! What a span may grow to. Enforced when something is inserted, never afterwards.

/// Limits of one span's data, with the defaults of the OpenTelemetry specification
/// ("Span Limits" and "Attribute Limits").
///
/// What exceeds a limit is discarded at insertion and counted on the span; an update of a key that
/// is already there is not an excess of a count. An update that no longer fits into the bytes of the
/// whole span, [`SpanLimits::span_byte_limit`], is discarded and counted, and the old value stays.
///
/// Every count is at most 65,535, because that is what a record can count; a higher limit, from code
/// or from the environment, is 65,535 without a word.
///
/// ```
/// # use spanline_core::record::SpanLimits;
/// let limits = SpanLimits::default().attribute_count_limit(32).attribute_value_length_limit(Some(4096));
/// assert_eq!(limits.attribute_count(), 32);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpanLimits {
    attributes: u16,
    events: u16,
    links: u16,
    attributes_per_event: u16,
    attributes_per_link: u16,
    value_depth: u16,
    value_length: u32,
    span_bytes: u32,
}

/// No limit on the length of values.
const UNLIMITED: u32 = u32::MAX;

/// The greatest depth of nested values.
const DEEPEST: usize = 256;

impl SpanLimits {
    /// The least limit of a whole span.
    pub(super) const LEAST_SPAN_BYTES: usize = 4096;

    /// The defaults of the specification: 128 of everything, values of any length, depth 64; and
    /// 512 KiB for a whole span, which is ours.
    pub const DEFAULT: SpanLimits = SpanLimits {
        attributes: 128,
        events: 128,
        links: 128,
        attributes_per_event: 128,
        attributes_per_link: 128,
        value_depth: 64,
        value_length: UNLIMITED,
        span_bytes: 512 * 1024,
    };

    /// How many attributes a span keeps (default 128, at most 65,535).
    #[must_use]
    pub fn attribute_count_limit(self, limit: usize) -> Self {
        SpanLimits {
            attributes: count(limit),
            ..self
        }
    }

    /// How many characters a string value keeps, and how many bytes a byte value (default: all).
    #[must_use]
    pub fn attribute_value_length_limit(self, limit: Option<usize>) -> Self {
        let length = limit.map_or(UNLIMITED, |limit| u32::try_from(limit).unwrap_or(UNLIMITED));
        SpanLimits {
            value_length: length,
            ..self
        }
    }

    /// How deep arrays and maps may nest; deeper ones become the empty value (default 64, at most
    /// 256: whoever reads a value walks down it by recursion, on a stack of unknown size).
    #[must_use]
    pub fn attribute_value_depth_limit(self, limit: usize) -> Self {
        SpanLimits {
            value_depth: count(limit.min(DEEPEST)),
            ..self
        }
    }

    /// How many events a span keeps; the newest are discarded (default 128, at most 65,535).
    #[must_use]
    pub fn event_count_limit(self, limit: usize) -> Self {
        SpanLimits {
            events: count(limit),
            ..self
        }
    }

    /// How many links a span keeps; the newest are discarded (default 128, at most 65,535).
    #[must_use]
    pub fn link_count_limit(self, limit: usize) -> Self {
        SpanLimits {
            links: count(limit),
            ..self
        }
    }

    /// How many attributes an event keeps (default 128, at most 65,535).
    #[must_use]
    pub fn attribute_per_event_count_limit(self, limit: usize) -> Self {
        SpanLimits {
            attributes_per_event: count(limit),
            ..self
        }
    }

    /// How many attributes a link keeps (default 128, at most 65,535).
    #[must_use]
    pub fn attribute_per_link_count_limit(self, limit: usize) -> Self {
        SpanLimits {
            attributes_per_link: count(limit),
            ..self
        }
    }

    /// How many bytes a whole span may take; what no longer fits is discarded and counted, texts of
    /// the name and the status are cut (default 512 KiB, at least 4 KiB). What replaces something in
    /// the span fits if it is no longer than that. Trace state comes on top: it is part of who the
    /// span is.
    #[must_use]
    pub fn span_byte_limit(self, limit: usize) -> Self {
        let bytes = u32::try_from(limit)
            .unwrap_or(u32::MAX / 2)
            .clamp(Self::LEAST_SPAN_BYTES as u32, u32::MAX / 2);
        SpanLimits {
            span_bytes: bytes,
            ..self
        }
    }

    /// The number of attributes a span keeps.
    #[inline]
    pub fn attribute_count(&self) -> usize {
        self.attributes.into()
    }

    /// The length that values are cut to, if any.
    #[inline]
    pub fn attribute_value_length(&self) -> Option<usize> {
        (self.value_length != UNLIMITED).then_some(self.value_length as usize)
    }

    /// The depth that values are cut to.
    #[inline]
    pub fn attribute_value_depth(&self) -> usize {
        self.value_depth.into()
    }

    /// The number of events a span keeps.
    #[inline]
    pub fn event_count(&self) -> usize {
        self.events.into()
    }

    /// The number of links a span keeps.
    #[inline]
    pub fn link_count(&self) -> usize {
        self.links.into()
    }

    /// The number of attributes an event keeps.
    #[inline]
    pub fn attribute_per_event_count(&self) -> usize {
        self.attributes_per_event.into()
    }

    /// The number of attributes a link keeps.
    #[inline]
    pub fn attribute_per_link_count(&self) -> usize {
        self.attributes_per_link.into()
    }

    /// The number of bytes a span may take.
    #[inline]
    pub fn span_bytes(&self) -> usize {
        self.span_bytes as usize
    }
}

impl Default for SpanLimits {
    fn default() -> Self {
        SpanLimits::DEFAULT
    }
}

fn count(limit: usize) -> u16 {
    u16::try_from(limit).unwrap_or(u16::MAX)
}

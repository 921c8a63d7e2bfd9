//! The one shape of everything behind the header, and the walk over it.

/// What an item is. Tags below 16 are attribute values, the others belong to the span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Tag {
    /// The span's name, in the value; always the first item.
    Name = 1,
    /// UTF-8 text.
    String = 2,
    /// Eight little-endian bytes.
    I64 = 3,
    /// Eight little-endian bytes, IEEE 754.
    F64 = 4,
    /// One byte, 0 or 1.
    Bool = 5,
    /// Any bytes.
    Bytes = 6,
    /// One byte each.
    Bools = 7,
    /// Eight bytes each.
    I64s = 8,
    /// Eight bytes each.
    F64s = 9,
    /// Nested [`Tag::String`] items without keys.
    Strings = 10,
    /// Nested items without keys.
    Array = 11,
    /// Nested items with keys.
    Map = 12,
    /// The empty value.
    Empty = 13,
    /// Key: the event's name. Value: clock ticks and counts, then attribute items.
    Event = 16,
    /// The same with Unix nanoseconds in place of ticks.
    EventAt = 17,
    /// Value: the linked context and counts, then attribute items.
    Link = 18,
    /// The span's trace state as header text.
    TraceState = 19,
    /// The parent's trace state, where a sampler gave the span another one.
    ParentTraceState = 20,
    /// The description of an error status.
    StatusText = 21,
    /// How many links were dropped, four bytes.
    DroppedLinks = 22,
}

impl Tag {
    /// Whether items with this tag are attributes.
    #[inline]
    pub fn is_attribute(self) -> bool {
        matches!(self as u8, FIRST_ATTRIBUTE..FIRST_NOTE)
    }

    #[inline]
    fn from_byte(byte: u8) -> Option<Tag> {
        Some(match byte {
            1 => Tag::Name,
            2 => Tag::String,
            3 => Tag::I64,
            4 => Tag::F64,
            5 => Tag::Bool,
            6 => Tag::Bytes,
            7 => Tag::Bools,
            8 => Tag::I64s,
            9 => Tag::F64s,
            10 => Tag::Strings,
            11 => Tag::Array,
            12 => Tag::Map,
            13 => Tag::Empty,
            16 => Tag::Event,
            17 => Tag::EventAt,
            18 => Tag::Link,
            19 => Tag::TraceState,
            20 => Tag::ParentTraceState,
            21 => Tag::StatusText,
            22 => Tag::DroppedLinks,
            _ => return None,
        })
    }
}

/// The least tag of an attribute.
const FIRST_ATTRIBUTE: u8 = Tag::String as u8;

/// The greatest tag of an attribute.
const LAST_ATTRIBUTE: u8 = Tag::Empty as u8;

/// The least tag of an item that is neither name nor attribute.
const FIRST_NOTE: u8 = 16;

/// Bytes in front of an item's key.
pub(super) const ITEM_HEAD: usize = 8;

/// The eight bytes in front of an item's key, as one word.
#[inline]
pub(super) fn head_word(tag: Tag, key: u16, value: u32) -> u64 {
    tag as u64 | u64::from(key) << 16 | u64::from(value) << 32
}

/// Bytes that an item with this key and value takes in the record.
#[inline]
pub(super) fn item_size(key: &[u8], value: &[u8]) -> usize {
    ITEM_HEAD + key.len() + value.len()
}

/// What stands in front of an item's key.
struct Head {
    tag: u8,
    /// The length of the key.
    key: usize,
    /// The length of the value.
    value: usize,
}

impl Head {
    /// Part by part: three loads cost less than one load that is taken apart.
    #[inline]
    fn read(bytes: &[u8; ITEM_HEAD]) -> Option<Head> {
        let (front, value) = bytes.split_first_chunk::<4>()?;
        Some(Head {
            tag: *front.first()?,
            key: u16::from_le_bytes(*front.last_chunk()?).into(),
            value: u32::from_le_bytes(*value.first_chunk()?) as usize,
        })
    }
}

/// One item, borrowed from the record.
#[derive(Clone, Copy, Debug)]
pub struct Item<'a> {
    /// What it is.
    pub tag: Tag,
    /// Its key; text, because it was written from text.
    pub key: &'a [u8],
    /// Its value in the form that the tag names.
    pub value: &'a [u8],
}

impl Item<'_> {
    /// Bytes that the item takes in the record.
    #[inline]
    pub(super) fn size(&self) -> usize {
        item_size(self.key, self.value)
    }
}

/// Walks items in order. Bytes that are no item end the walk; nothing panics.
#[derive(Clone, Copy, Debug, Default)]
pub struct Items<'a> {
    rest: &'a [u8],
}

impl<'a> Items<'a> {
    /// The items of `bytes`.
    #[inline]
    pub fn new(bytes: &'a [u8]) -> Self {
        Items { rest: bytes }
    }

    /// The items from the first one on that is neither name nor attribute, none if there is none.
    /// Looks at no more than tags and lengths: half the work of asking each item.
    #[inline]
    #[must_use]
    pub fn behind_attributes(self) -> Self {
        let mut rest = self.rest;
        while let Some((head, body)) = rest.split_first_chunk() {
            match Head::read(head) {
                Some(head) if head.tag < FIRST_NOTE => match body.get(head.key + head.value..) {
                    Some(behind) => rest = behind,
                    None => break,
                },
                _ => return Items { rest },
            }
        }
        Items::default()
    }

    /// The next item if it is an attribute; otherwise stays in front of it. One look at the tag
    /// where walking and asking takes two.
    #[inline]
    pub fn next_attribute(&mut self) -> Option<Item<'a>> {
        let head = Head::read(self.rest.first_chunk()?)?;
        if !(FIRST_ATTRIBUTE..=LAST_ATTRIBUTE).contains(&head.tag) {
            return None;
        }
        self.next()
    }
}

impl<'a> Iterator for Items<'a> {
    type Item = Item<'a>;

    #[inline]
    fn next(&mut self) -> Option<Item<'a>> {
        let (head, rest) = self.rest.split_first_chunk()?;
        let head = Head::read(head)?;
        let tag = Tag::from_byte(head.tag)?;
        let (body, rest) = rest.split_at_checked(head.key + head.value)?;
        let (key, value) = body.split_at_checked(head.key)?;
        self.rest = rest;
        Some(Item { tag, key, value })
    }
}

//! The table of all scopes that this process has used.
//!
//! Read far more often than written: every exported span looks its scope up, while a scope is added
//! once per tracer name. Entries never move and never go, so reading takes no lock: an index leads
//! to its bucket and its place there, both write-once cells. Adding takes a lock, off the hot path.
//!
//! Bounded: a program that invents scope names without end fills the table, and its further scopes
//! become [`ScopeId::UNNAMED`]; whoever interns learns of it and tells diagnostics.

use std::collections::HashMap;
use std::error::Error;
use std::fmt;
use std::sync::{Mutex, OnceLock, PoisonError};

use super::Scope;
use crate::attribute::Attribute;

/// The number of an instrumentation scope in this process.
///
/// Two bytes in every span record. Numbers mean nothing outside the process and are not kept from
/// one run to the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ScopeId(u16);

impl ScopeId {
    /// The scope without name, version, schema URL and attributes.
    pub const UNNAMED: Self = Self(0);

    /// The number of this scope; a new one if it was never seen before.
    ///
    /// Takes a lock and allocates; a tracer does it once and keeps the number.
    ///
    /// # Errors
    ///
    /// If the table is full with 65,535 other scopes. Then use [`ScopeId::UNNAMED`].
    pub fn intern(scope: &Scope<'_>) -> Result<Self, TableFull> {
        TABLE.intern(scope)
    }

    /// The scope with this number: no lock, two loads.
    #[inline]
    #[must_use]
    pub fn get(self) -> Scope<'static> {
        TABLE.get(self)
    }

    /// The number as records hold it.
    #[inline]
    #[must_use]
    pub const fn to_u16(self) -> u16 {
        self.0
    }

    /// The id with this number. One that was never given out reads as the unnamed scope.
    #[inline]
    #[must_use]
    pub const fn from_u16(number: u16) -> Self {
        Self(number)
    }
}

/// The table has no room for another scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableFull;

impl fmt::Display for TableFull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "this process already uses {} instrumentation scopes",
            ScopeTable::MAX
        )
    }
}

impl Error for TableFull {}

static TABLE: ScopeTable = ScopeTable::new();

/// Bucket `b` has `2^b` places and holds the numbers from `2^b` on; number 0 is not stored.
pub(super) struct ScopeTable {
    buckets: [OnceLock<Bucket>; 16],
    /// The numbers by content; its length is the last number given out. Only `intern` locks it.
    numbers: Mutex<Option<HashMap<Identity, u16>>>,
}

type Bucket = Box<[OnceLock<Stored>]>;

impl ScopeTable {
    const MAX: usize = u16::MAX as usize;

    pub(super) const fn new() -> Self {
        Self {
            buckets: [const { OnceLock::new() }; 16],
            numbers: Mutex::new(None),
        }
    }

    pub(super) fn intern(&self, scope: &Scope<'_>) -> Result<ScopeId, TableFull> {
        if *scope == Scope::default() {
            return Ok(ScopeId::UNNAMED);
        }
        let attributes = unique_by_key(scope.attributes);
        let identity = Identity::new(scope, &attributes);
        let mut numbers = self.numbers.lock().unwrap_or_else(PoisonError::into_inner);
        let numbers = numbers.get_or_insert_default();
        if let Some(&known) = numbers.get(&identity) {
            return Ok(ScopeId(known));
        }
        let number = u16::try_from(numbers.len() + 1).map_err(|_| TableFull)?;
        let (bucket, place) = Self::position(number).ok_or(TableFull)?;
        let cells = self
            .buckets
            .get(bucket)
            .ok_or(TableFull)?
            .get_or_init(|| (0..1_usize << bucket).map(|_| OnceLock::new()).collect());
        // The cell is filled before the number is known to anyone, so no reader finds it empty.
        cells
            .get(place)
            .ok_or(TableFull)?
            .get_or_init(|| Stored::new(scope, attributes));
        numbers.insert(identity, number);
        Ok(ScopeId(number))
    }

    #[inline]
    pub(super) fn get(&'static self, id: ScopeId) -> Scope<'static> {
        let stored = Self::position(id.0)
            .and_then(|(bucket, place)| self.buckets.get(bucket)?.get()?.get(place)?.get());
        stored.map_or(Scope::new(""), Stored::as_scope)
    }

    /// Bucket and place in it.
    #[inline]
    fn position(number: u16) -> Option<(usize, usize)> {
        let bucket = number.checked_ilog2()?;
        Some((bucket as usize, usize::from(number) - (1_usize << bucket)))
    }
}

/// A scope that owns its parts.
struct Stored {
    name: Box<str>,
    version: Option<Box<str>>,
    schema_url: Option<Box<str>>,
    attributes: Box<[Attribute<'static>]>,
}

impl Stored {
    fn new(scope: &Scope<'_>, attributes: Vec<Attribute<'_>>) -> Self {
        Self {
            name: scope.name.into(),
            version: scope.version.map(Into::into),
            schema_url: scope.schema_url.map(Into::into),
            attributes: attributes.into_iter().map(Attribute::into_owned).collect(),
        }
    }

    #[inline]
    fn as_scope(&self) -> Scope<'_> {
        Scope {
            name: &self.name,
            version: self.version.as_deref(),
            schema_url: self.schema_url.as_deref(),
            attributes: &self.attributes,
        }
    }
}

/// What makes two scopes the same one.
#[derive(PartialEq, Eq, Hash)]
struct Identity {
    name: Box<str>,
    version: Option<Box<str>>,
    schema_url: Option<Box<str>>,
    /// The debug form of the sorted attributes: unlike the values themselves it can be hashed, and
    /// a NaN equals itself in it. Empty for none.
    attributes: String,
}

impl Identity {
    fn new(scope: &Scope<'_>, attributes: &[Attribute<'_>]) -> Self {
        let attributes = if attributes.is_empty() {
            String::new()
        } else {
            format!("{attributes:?}")
        };
        Self {
            name: scope.name.into(),
            version: scope.version.map(Into::into),
            schema_url: scope.schema_url.map(Into::into),
            attributes,
        }
    }
}

/// Sorted by key, the last of each key, none with an empty key.
fn unique_by_key<'a>(attributes: &'a [Attribute<'a>]) -> Vec<Attribute<'a>> {
    let mut sorted: Vec<Attribute<'a>> = attributes
        .iter()
        .rev()
        .filter(|a| !a.key.is_empty())
        .map(Attribute::from)
        .collect();
    sorted.sort_by(|one, other| one.key.cmp(&other.key)); // stable: the last given comes first
    sorted.dedup_by(|later, earlier| later.key == earlier.key);
    sorted
}

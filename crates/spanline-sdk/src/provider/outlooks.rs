//! What a provider makes of spans by their parents alone: one byte for each kind of parent.
//!
//! Worked out when the provider is built, from the sampler's rule, so that a start that needs no more
//! is one load. It says "open" where the sampler has to be asked or somebody else names the spans,
//! and everywhere once the provider is shut down: the long way then finds out.

use crate::sampler::Rule;
use spanline_core::backend::Outlook;
use spanline_core::span_context::Marks;
use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

/// See the module. Written once, by the shutdown.
pub(super) struct Outlooks([AtomicU8; Marks::COUNT]);

impl Outlooks {
    /// All that the rule can tell.
    pub(super) fn of(rule: &Rule) -> Outlooks {
        let mut outlooks = Marks::all().map(|parent| rule.outlook(Some(parent)));
        outlooks[Marks::index_of(None)] = rule.outlook(None);
        Outlooks(outlooks.map(|outlook| AtomicU8::new(outlook.to_u8())))
    }

    /// Nothing is known.
    pub(super) fn open() -> Outlooks {
        Self::of(&Rule::ASK)
    }

    /// What is known about a span under such a parent, or without one.
    #[inline]
    pub(super) fn get(&self, parent: Option<Marks>) -> Outlook {
        // Relaxed: a start that has not heard of the shutdown yet is one from before it.
        Outlook::from_u8(self.0[Marks::index_of(parent)].load(Relaxed))
    }

    /// From now on nothing is known.
    pub(super) fn forget(&self) {
        for outlook in &self.0 {
            // Relaxed: as in `get`.
            outlook.store(Outlook::OPEN.to_u8(), Relaxed);
        }
    }
}

//! What the samplers that come with the runtime amount to: a table by the parent.
//!
//! They look at nothing but the parent and the trace id, so a provider works their table out once
//! and spares every span the making of a [`SamplingInput`](super::SamplingInput) and a call through
//! a pointer. However they are nested, one table comes out. Samplers of the program's own appear in
//! it as "ask", and are asked.

use super::{SamplingDecision, TraceIdRatioBased};
use spanline_core::backend::Outlook;
use spanline_core::span_context::Marks;

/// A decision for each kind of parent: none; remote or local, not sampled or sampled.
#[derive(Clone, Copy, Debug)]
pub struct Rule([Answer; KINDS]);

/// No parent, and the four kinds of parents.
const KINDS: usize = 5;

/// What a sampler says about a span with a parent of one kind.
#[derive(Clone, Copy, Debug)]
enum Answer {
    /// Nothing that could be known before: it has to be asked.
    Ask,
    Always(SamplingDecision),
    /// It depends on the trace id; what is not kept meets the second fate.
    Share(TraceIdRatioBased, SamplingDecision),
}

impl Rule {
    /// That of a sampler which is not ours.
    pub const ASK: Rule = Rule([Answer::Ask; KINDS]);

    /// The same decision about every span.
    pub(super) const fn always(decision: SamplingDecision) -> Rule {
        Rule([Answer::Always(decision); KINDS])
    }

    /// A share of the traces, whatever the parent.
    pub(super) const fn share(sampler: TraceIdRatioBased) -> Rule {
        Rule([Answer::Share(sampler, SamplingDecision::Drop); KINDS])
    }

    /// For each kind of parent, the answer of the rule that `of` names for it.
    pub(super) fn by_parent(of: impl Fn(ParentKind) -> Rule) -> Rule {
        let kinds = ParentKind::ALL;
        Rule(kinds.map(|kind| of(kind).0[kind as usize]))
    }

    /// The rule that records what this one drops.
    pub(super) fn recording(self) -> Rule {
        Rule(self.0.map(|answer| match answer {
            Answer::Ask => Answer::Ask,
            Answer::Always(decision) => Answer::Always(decision.or_record()),
            Answer::Share(sampler, otherwise) => Answer::Share(sampler, otherwise.or_record()),
        }))
    }

    /// What is known about a span under such a parent, or without one, before its trace is. Nothing
    /// under one that is invalid or has a trace state: there the context has to be looked at.
    pub(crate) fn outlook(&self, parent: Option<Marks>) -> Outlook {
        let kind = match parent {
            None => ParentKind::None,
            Some(parent) if parent.is_valid() && !parent.has_state() => ParentKind::of(parent),
            Some(_) => return Outlook::OPEN,
        };
        match &self.0[kind as usize] {
            Answer::Always(SamplingDecision::Drop) => Outlook::DROP,
            Answer::Always(SamplingDecision::RecordAndSample) => Outlook::KEEP,
            Answer::Always(SamplingDecision::RecordOnly) | Answer::Share(..) | Answer::Ask => {
                Outlook::OPEN
            }
        }
    }

    /// The decision about a span of the trace that ends in `trace_low`; `None`: ask the sampler.
    #[inline]
    pub(crate) fn decide(&self, parent: ParentKind, trace_low: u64) -> Option<SamplingDecision> {
        match &self.0[parent as usize] {
            Answer::Always(decision) => Some(*decision),
            Answer::Share(sampler, otherwise) => {
                Some(sampler.decide(!parent.is_none(), trace_low, *otherwise))
            }
            Answer::Ask => None,
        }
    }
}

/// What parent a span has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ParentKind {
    None = 0,
    LocalNotSampled = 1,
    LocalSampled = 2,
    RemoteNotSampled = 3,
    RemoteSampled = 4,
}

impl ParentKind {
    const ALL: [ParentKind; KINDS] = [
        ParentKind::None,
        ParentKind::LocalNotSampled,
        ParentKind::LocalSampled,
        ParentKind::RemoteNotSampled,
        ParentKind::RemoteSampled,
    ];

    #[inline]
    pub(crate) fn is_none(self) -> bool {
        self == ParentKind::None
    }

    /// An invalid context is no parent.
    #[inline]
    pub(crate) fn of(parent: Marks) -> ParentKind {
        let sampled = parent.flags().is_sampled();
        match (parent.is_valid(), parent.is_remote(), sampled) {
            (false, _, _) => ParentKind::None,
            (true, false, false) => ParentKind::LocalNotSampled,
            (true, false, true) => ParentKind::LocalSampled,
            (true, true, false) => ParentKind::RemoteNotSampled,
            (true, true, true) => ParentKind::RemoteSampled,
        }
    }
}

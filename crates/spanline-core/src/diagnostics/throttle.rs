//! Which reports are told: loud once, then quiet, and the recovery is announced.
//!
//! A pure value: it is told the time and answers, and neither prints nor waits. Reports are
//! grouped by kind and component. In each group the first is told at once, then at most one in 30
//! seconds, with the number left out in between. Settings are an exception: they are read once and
//! each has a message of its own, so a group of those may speak 64 times.
//!
//! A recovery that is told wipes the component's memory of failure, so that the next outage is
//! loud again; recoveries are throttled like all else, so something that flaps cannot flood.

use std::time::{Duration, Instant};

use super::DiagnosticKind;

/// How long a group that has spoken stays quiet.
pub(super) const QUIET: Duration = Duration::from_secs(30);

/// How many groups are remembered; more share one. Component names do not come from peers, so this
/// bound is not reached in good order.
pub(super) const MAX_GROUPS: usize = 128;

/// How often a group may speak within one quiet period.
const fn burst(kind: DiagnosticKind) -> u32 {
    match kind {
        DiagnosticKind::Config => 64,
        _ => 1,
    }
}

pub(super) struct Throttle {
    groups: Vec<Group>,
}

struct Group {
    kind: DiagnosticKind,
    component: Box<str>,
    /// When the current quiet period began.
    since: Instant,
    /// Reports told in it.
    told: u32,
    /// Reports left out since the last one told.
    suppressed: u64,
}

impl Throttle {
    pub(super) const fn new() -> Self {
        Self { groups: Vec::new() }
    }

    /// Whether to tell a report that comes in `now`; if so, how many were left out before it.
    pub(super) fn offer(
        &mut self,
        kind: DiagnosticKind,
        component: &str,
        now: Instant,
    ) -> Option<u64> {
        let verdict = self.group(kind, component, now)?.offer(now);
        if verdict.is_some() && kind == DiagnosticKind::Recovered {
            self.groups.retain(|group| {
                group.kind == DiagnosticKind::Recovered || *group.component != *component
            });
        }
        verdict
    }

    /// The group of a report, a new one if need be.
    fn group(&mut self, kind: DiagnosticKind, component: &str, now: Instant) -> Option<&mut Group> {
        let known = |group: &Group| group.kind == kind && *group.component == *component;
        if let Some(at) = self.groups.iter().position(known) {
            return self.groups.get_mut(at);
        }
        if self.groups.len() == MAX_GROUPS {
            self.groups.retain(|group| !group.is_over(now));
        }
        if self.groups.len() < MAX_GROUPS {
            self.groups.push(Group::new(kind, component, now));
        }
        self.groups.last_mut() // the new one, or a shared one
    }
}

impl Group {
    fn new(kind: DiagnosticKind, component: &str, now: Instant) -> Self {
        Self {
            kind,
            component: component.into(),
            since: now,
            told: 0,
            suppressed: 0,
        }
    }

    fn is_over(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.since) >= QUIET
    }

    fn offer(&mut self, now: Instant) -> Option<u64> {
        if self.is_over(now) {
            self.since = now;
            self.told = 0;
        }
        if self.told == burst(self.kind) {
            self.suppressed = self.suppressed.saturating_add(1);
            return None;
        }
        self.told += 1;
        Some(std::mem::take(&mut self.suppressed))
    }
}

#[cfg(test)]
mod tests;

//! Following the parent.

use super::rule::{ParentKind, Rule};
use super::{AlwaysOff, AlwaysOn, Sampler, SamplingInput, SamplingResult};
use std::borrow::Cow;
use std::fmt;

/// Decides as the parent did, so that traces stay whole, and asks another sampler where a trace
/// begins (OpenTelemetry specification, "ParentBased").
///
/// | parent | asked | unless set |
/// |---|---|---|
/// | none, or an invalid one | `root` | |
/// | from another process, sampled | `remote_parent_sampled` | [`AlwaysOn`] |
/// | from another process, not sampled | `remote_parent_not_sampled` | [`AlwaysOff`] |
/// | from this process, sampled | `local_parent_sampled` | [`AlwaysOn`] |
/// | from this process, not sampled | `local_parent_not_sampled` | [`AlwaysOff`] |
///
/// ```
/// # mod spanline { pub use spanline_sdk::sampler as sdk; }
/// use spanline::sdk::{ParentBased, TraceIdRatioBased};
///
/// // A tenth of our own traces; of those begun elsewhere, what their beginners chose, but at most
/// // half of it.
/// let sampler = ParentBased::new(TraceIdRatioBased::new(0.1))
///     .remote_parent_sampled(TraceIdRatioBased::new(0.5));
/// # let _ = sampler;
/// ```
pub struct ParentBased<R> {
    root: R,
    remote: Delegates,
    local: Delegates,
}

/// Whom to ask by what the parent says; nobody: do as the parent did.
#[derive(Default)]
struct Delegates {
    sampled: Option<Box<dyn Sampler>>,
    not_sampled: Option<Box<dyn Sampler>>,
}

impl<R: Sampler> ParentBased<R> {
    /// Follows the parent, and asks `root` where there is none.
    #[must_use]
    pub fn new(root: R) -> Self {
        Self {
            root,
            remote: Delegates::default(),
            local: Delegates::default(),
        }
    }

    /// Asks `sampler` about children of sampled spans of other processes.
    #[must_use]
    pub fn remote_parent_sampled(mut self, sampler: impl Sampler + 'static) -> Self {
        self.remote.sampled = Some(Box::new(sampler));
        self
    }

    /// Asks `sampler` about children of spans of other processes that are not sampled.
    #[must_use]
    pub fn remote_parent_not_sampled(mut self, sampler: impl Sampler + 'static) -> Self {
        self.remote.not_sampled = Some(Box::new(sampler));
        self
    }

    /// Asks `sampler` about children of sampled spans of this process.
    #[must_use]
    pub fn local_parent_sampled(mut self, sampler: impl Sampler + 'static) -> Self {
        self.local.sampled = Some(Box::new(sampler));
        self
    }

    /// Asks `sampler` about children of spans of this process that are not sampled.
    #[must_use]
    pub fn local_parent_not_sampled(mut self, sampler: impl Sampler + 'static) -> Self {
        self.local.not_sampled = Some(Box::new(sampler));
        self
    }
}

impl<R: Sampler> Sampler for ParentBased<R> {
    #[inline]
    fn should_sample(&self, input: &SamplingInput<'_>) -> SamplingResult {
        let parent = input.parent();
        if !parent.is_valid() {
            return self.root.should_sample(input);
        }
        let delegates = if parent.is_remote() {
            &self.remote
        } else {
            &self.local
        };
        delegates.of(parent.is_sampled()).should_sample(input)
    }

    fn description(&self) -> Cow<'_, str> {
        let text = format!(
            "ParentBased{{root:{},remoteParentSampled:{},remoteParentNotSampled:{},\
             localParentSampled:{},localParentNotSampled:{}}}",
            self.root.description(),
            self.remote.of(true).description(),
            self.remote.of(false).description(),
            self.local.of(true).description(),
            self.local.of(false).description(),
        );
        text.into()
    }

    fn rule(&self) -> Rule {
        Rule::by_parent(|kind| match kind {
            ParentKind::None => self.root.rule(),
            ParentKind::LocalNotSampled => self.local.of(false).rule(),
            ParentKind::LocalSampled => self.local.of(true).rule(),
            ParentKind::RemoteNotSampled => self.remote.of(false).rule(),
            ParentKind::RemoteSampled => self.remote.of(true).rule(),
        })
    }
}

impl Delegates {
    #[inline]
    fn of(&self, sampled: bool) -> &dyn Sampler {
        if sampled {
            self.sampled.as_deref().unwrap_or(&AlwaysOn)
        } else {
            self.not_sampled.as_deref().unwrap_or(&AlwaysOff)
        }
    }
}

impl<R: Sampler> fmt::Debug for ParentBased<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.description())
    }
}

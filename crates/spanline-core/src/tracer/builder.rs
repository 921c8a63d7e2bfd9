//! A span in preparation.

use crate::attribute::{Attribute, Value};
use crate::kind::SpanKind;
use crate::scope::ScopeId;
use crate::span::live::{Birth, Live};
use crate::span::slot::Found;
use crate::span::{ActiveSpan, Context, Span, birth, stack};
use crate::span_context::SpanContext;
use crate::timestamp::Timestamp;
use std::fmt;
use std::marker::PhantomData;

/// A span in preparation: what is given here is there from the start, and samplers see it.
///
/// Everything is written straight into the recycled buffer of the span to be, so building costs
/// no allocation. Nothing happens before [`SpanBuilder::start`] or [`SpanBuilder::start_active`].
#[must_use = "a span is started by `start` or `start_active`"]
pub struct SpanBuilder<'t> {
    /// The backend to ask; nothing if none is installed.
    target: Option<(Found<'t>, ScopeId)>,
    /// The box with the draft; there as long as `target` is and nothing was started.
    draft: Option<Box<Live>>,
    kind: SpanKind,
    parent: Parent,
    start_time: Option<Timestamp>,
    /// Prepared and started on one thread, because the parent is what is current on it.
    not_send: PhantomData<*const ()>,
}

enum Parent {
    Current,
    Given(Context),
}

impl<'t> SpanBuilder<'t> {
    pub(super) fn new(target: Option<(Found<'t>, ScopeId)>, name: &str) -> Self {
        let draft = target.as_ref().map(|(found, _)| {
            let mut live = stack::fresh();
            live.adopt(found);
            live.draft(name);
            live
        });
        SpanBuilder {
            target,
            draft,
            kind: SpanKind::Internal,
            parent: Parent::Current,
            start_time: None,
            not_send: PhantomData,
        }
    }

    /// What part the span plays between client and server (default: internal).
    #[inline]
    pub fn kind(mut self, kind: SpanKind) -> Self {
        self.kind = kind;
        self
    }

    /// Hangs the span under this context's span instead of the current one. A parent is a whole
    /// context: a span is turned into one by [`Span::to_context`].
    pub fn parent(mut self, context: &Context) -> Self {
        self.parent = Parent::Given(context.clone());
        self
    }

    /// Starts a new trace, whatever is current.
    pub fn root(self) -> Self {
        self.parent(&Context::root())
    }

    /// Gives the span an attribute; the last value of a key wins.
    #[inline]
    pub fn attribute<'v>(mut self, key: &str, value: impl Into<Value<'v>>) -> Self {
        if let Some(live) = &mut self.draft {
            let (record, limits) = live.drafted();
            record.set_value(key, value.into(), limits);
        }
        self
    }

    /// Gives the span several attributes.
    pub fn attributes<'v, A: Into<Attribute<'v>>>(
        mut self,
        attributes: impl IntoIterator<Item = A>,
    ) -> Self {
        if let Some(live) = &mut self.draft {
            for attribute in attributes {
                let attribute = attribute.into();
                let (record, limits) = live.drafted();
                record.set(&attribute.key, &attribute.value, limits);
            }
        }
        self
    }

    /// Relates the span to another one.
    pub fn link(self, context: SpanContext) -> Self {
        self.link_with(context, [] as [Attribute<'_>; 0])
    }

    /// Relates the span to another one, with attributes of the relation.
    pub fn link_with<'v, A: Into<Attribute<'v>>>(
        mut self,
        context: SpanContext,
        attributes: impl IntoIterator<Item = A>,
    ) -> Self {
        let Some(live) = &mut self.draft else {
            return self;
        };
        let (record, limits) = live.drafted();
        // A link without ids counts only if it carries something.
        let mut linked = context.is_valid() || !context.trace_state().is_empty();
        let mut place = if linked {
            record.link(&context, limits)
        } else {
            None
        };
        for attribute in attributes {
            let attribute = attribute.into();
            if !linked {
                linked = true;
                place = record.link(&context, limits);
            }
            if let Some(place) = place {
                record.set_nested(place, &attribute.key, &attribute.value, limits);
            }
        }
        self
    }

    /// Starts the span at a time of the caller's.
    pub fn start_time(mut self, time: impl Into<Timestamp>) -> Self {
        self.start_time = Some(time.into());
        self
    }

    /// Starts the span. It is not made current.
    pub fn start(mut self) -> Span {
        let parent = match std::mem::replace(&mut self.parent, Parent::Current) {
            Parent::Current => None,
            Parent::Given(context) => Some(context),
        };
        match (&self.target, self.draft.take()) {
            (Some((found, scope)), Some(live)) => {
                let birth = Birth {
                    scope: *scope,
                    kind: self.kind,
                    start_time: self.start_time,
                };
                birth::start_draft(found, live, &birth, parent)
            }
            _ => birth::unborn(parent.as_ref()),
        }
    }

    /// Starts the span and makes it current until the guard is dropped.
    pub fn start_active(self) -> ActiveSpan {
        self.start().attach()
    }
}

impl Drop for SpanBuilder<'_> {
    fn drop(&mut self) {
        if let Some(mut live) = self.draft.take() {
            live.forget_draft();
            stack::recycle(live);
        }
    }
}

impl fmt::Debug for SpanBuilder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpanBuilder")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

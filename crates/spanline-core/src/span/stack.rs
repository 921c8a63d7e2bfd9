//! The thread's own state: what is current here, and boxes for the spans to come.
//!
//! Both are lists linked through the boxes themselves, in `Cell`s: an operation takes a list out,
//! works, and puts it back. There is no borrow to trip over, and no user code runs in between, so
//! nobody ever finds a list missing. In thread teardown, when the state is gone, every function
//! here does the next best thing and nothing panics.

use super::context::Context;
use super::live::{Live, Role};
use super::owned::Span;
use super::shared::SharedSpan;
use crate::span_context::SpanContext;
use crate::timestamp::Timestamp;
use std::cell::Cell;
use std::sync::Arc;

/// Free boxes that a thread keeps. More are alive only while more spans are.
const KEPT_BOXES: u32 = 64;

/// See the module.
pub(crate) struct Thread {
    /// The current place; the places it covers hang below it.
    top: Cell<Option<Box<Live>>>,
    /// Free boxes, last used first.
    free: Cell<Option<Box<Live>>>,
    kept: Cell<u32>,
    /// The number of the last place that was pushed.
    keys: Cell<u64>,
}

thread_local! {
    static THREAD: Thread = const {
        Thread {
            top: Cell::new(None),
            free: Cell::new(None),
            kept: Cell::new(0),
            keys: Cell::new(0),
        }
    };
}

/// Works with the thread's state; `None` in thread teardown, when it is gone.
#[inline(always)]
pub(crate) fn with<R>(work: impl FnOnce(&Thread) -> R) -> Option<R> {
    THREAD.try_with(work).ok()
}

/// Fills a cell whose list was taken out. What is there is nothing, so nothing has to be dropped.
#[inline]
fn put(list: &Cell<Option<Box<Live>>>, live: Box<Live>) {
    std::mem::forget(list.replace(Some(live)));
}

/// A box for a child of what is current here, with the parent's context in it.
#[inline]
pub(crate) fn child() -> Box<Live> {
    with(Thread::child).unwrap_or_default()
}

/// A box for a new span.
#[inline]
pub(crate) fn fresh() -> Box<Live> {
    with(Thread::fresh).unwrap_or_default()
}

/// Takes a box back whose span is over. Runs destructors of values that a context held.
#[inline]
pub(crate) fn recycle(mut live: Box<Live>) {
    if live.has_scene() {
        return recycle_with_scene(live);
    }
    live.wipe();
    let mut live = Some(live);
    with(|thread| thread.keep(&mut live));
    // One too many, or the thread is being torn down: it is freed here.
}

#[cold]
fn recycle_with_scene(mut live: Box<Live>) {
    let scene = live.scene.take();
    recycle(live);
    drop(scene);
}

/// Ends what a box holds or stands for and takes it back.
#[inline(never)]
pub(crate) fn close(mut live: Box<Live>, at: Option<Timestamp>) {
    live.finish(at);
    recycle(live);
}

/// Takes the place with this number off the stack. A span leaves its surroundings behind: it finds
/// others where it is pushed next. Runs destructors of values that a context held.
#[inline]
pub(crate) fn take_off(key: u64) -> Option<Box<Live>> {
    let mut live = with(|thread| thread.remove(key)).flatten()?;
    if live.role == Role::Own {
        live.scene = None;
    }
    Some(live)
}

/// Takes the place with this number off the stack and puts an end to what it holds.
#[inline]
pub(crate) fn leave(key: u64, at: Option<Timestamp>) {
    if let Some(live) = with(|thread| thread.remove(key)).flatten() {
        close(live, at);
    }
}

impl Thread {
    #[inline]
    pub(crate) fn fresh(&self) -> Box<Live> {
        let Some(mut live) = self.free.take() else {
            return Box::default();
        };
        if let Some(next) = live.below.take() {
            put(&self.free, next);
        }
        self.kept.set(self.kept.get().wrapping_sub(1));
        live
    }

    /// Takes a box, unless there are enough.
    #[inline(always)]
    fn keep(&self, live: &mut Option<Box<Live>>) {
        let kept = self.kept.get();
        if kept >= KEPT_BOXES {
            return;
        }
        if let Some(mut live) = live.take() {
            // Nothing hangs below a box whose span is over, so nothing has to be dropped.
            std::mem::forget(std::mem::replace(&mut live.below, self.free.take()));
            put(&self.free, live);
            self.kept.set(kept + 1);
        }
    }

    /// How many free boxes there are.
    #[cfg(test)]
    pub(super) fn kept(&self) -> u32 {
        self.kept.get()
    }

    /// A box for a child of the current place: it holds the parent's context, and says whether
    /// spans are suppressed here.
    #[inline]
    pub(crate) fn child(&self) -> Box<Live> {
        let mut live = self.fresh();
        match self.top.take() {
            Some(top) => {
                live.context.take_after(&top.context);
                live.suppressed = top.suppressed;
                put(&self.top, top);
            }
            None => live.pass_on_nothing(),
        }
        live
    }

    /// The context of the current span, and whether spans are suppressed here.
    pub(crate) fn current(&self) -> (SpanContext, bool) {
        let Some(top) = self.top.take() else {
            return (SpanContext::INVALID, false);
        };
        let current = (top.context.clone(), top.suppressed);
        put(&self.top, top);
        current
    }

    /// Puts a box on top and returns the number of its place. A captured span takes its new
    /// surroundings; values that only its old ones held are dropped, before anything is taken out.
    #[inline]
    pub(crate) fn push(&self, mut live: Box<Live>) -> u64 {
        if live.role == Role::StandIn {
            live.scene = live.captured_in(self.scene());
        }
        let key = self.keys.get().wrapping_add(1);
        self.keys.set(key);
        live.key = key;
        let below = self.top.take();
        if live.role != Role::Attached {
            live.suppressed = below.as_ref().is_some_and(|below| below.suppressed);
        }
        live.below = below;
        put(&self.top, live);
        key
    }

    /// Takes an attached context off the stack and gives it back. The box needs no end and goes to the
    /// others.
    #[inline]
    pub(crate) fn detach(&self, key: u64) -> Option<Context> {
        let mut live = self.remove(key)?;
        let context = live.scene.take();
        live.leave();
        self.keep(&mut Some(live));
        context
    }

    /// Takes a place off the stack, wherever it is.
    #[inline]
    pub(crate) fn remove(&self, key: u64) -> Option<Box<Live>> {
        let mut top = self.top.take()?;
        if top.key == key {
            self.top.set(top.below.take());
            return Some(top);
        }
        let found = remove_below(&mut top, key);
        put(&self.top, top);
        found
    }

    /// Works on the place with this number; `None` if it is not here. `work` runs no user code.
    #[inline]
    pub(crate) fn at<R>(&self, key: u64, work: impl FnOnce(&mut Live) -> R) -> Option<R> {
        let mut top = self.top.take()?;
        let result = find(&mut top, key).map(|place| work(place));
        put(&self.top, top);
        result
    }

    /// The number of the current place, and the context of what is current.
    #[inline]
    pub(crate) fn top(&self) -> Option<(u64, SpanContext)> {
        let top = self.top.take()?;
        let found = (top.key, top.context.clone());
        put(&self.top, top);
        Some(found)
    }

    /// Takes the span out of a place that stays on the stack: it ends before its guard is dropped.
    pub(crate) fn take_own(&self, key: u64) -> Option<Box<Live>> {
        let mut top = self.top.take()?;
        let taken = self.swap_own(&mut top, key);
        put(&self.top, top);
        taken
    }

    fn swap_own(&self, top: &mut Box<Live>, key: u64) -> Option<Box<Live>> {
        let place = find(top, key).filter(|place| place.role == Role::Own)?;
        let mut empty = self.fresh();
        empty.context = place.context.clone();
        empty.key = place.key;
        empty.suppressed = place.suppressed;
        empty.scene = place.scene.take();
        empty.below = place.below.take();
        Some(std::mem::replace(place, empty))
    }

    /// The current context, captured: an own span that records becomes a shared one.
    pub(crate) fn capture(&self) -> Context {
        let Some(mut top) = self.top.take() else {
            return Context::root();
        };
        let mut left = None;
        let context = match top.role {
            Role::Attached | Role::StandIn => top.scene.clone().unwrap_or_default(),
            Role::Own if top.is_recording() => {
                let context;
                (context, left) = self.capture_own(&mut top);
                context
            }
            Role::Own => scene(&top).with_span_context(top.context.clone()),
        };
        put(&self.top, top);
        // It may be the last holder of a span, which then ends: not while the list is taken out.
        drop(left);
        context
    }

    /// Replaces the span on top by a stand-in and puts the span itself where others can reach it.
    /// Gives the context, and the one that surrounded the span.
    #[cold]
    fn capture_own(&self, top: &mut Box<Live>) -> (Context, Option<Context>) {
        let surroundings = scene(top);
        let mut stand_in = self.fresh();
        stand_in.context = top.context.clone();
        stand_in.role = Role::StandIn;
        stand_in.key = top.key;
        stand_in.suppressed = top.suppressed;
        stand_in.below = top.below.take();
        let mut live = std::mem::replace(top, stand_in);
        let left = live.scene.take();
        let shared = Arc::new(SharedSpan::new(Span::from_live(live)));
        let context = surroundings.with_shared(shared);
        top.scene = Some(context.clone());
        (context, left)
    }

    /// What surrounds the current place, whichever span is current.
    pub(crate) fn scene(&self) -> Context {
        let Some(top) = self.top.take() else {
            return Context::root();
        };
        let context = scene(&top);
        put(&self.top, top);
        context
    }
}

/// The nearest context at or below a place: baggage, values and all that is not the span.
fn scene(place: &Live) -> Context {
    let mut next = Some(place);
    while let Some(place) = next {
        if let Some(scene) = &place.scene {
            return scene.clone();
        }
        next = place.below.as_deref();
    }
    Context::root()
}

#[inline]
fn find(top: &mut Box<Live>, key: u64) -> Option<&mut Box<Live>> {
    let mut next = Some(top);
    while let Some(place) = next {
        if place.key == key {
            return Some(place);
        }
        next = place.below.as_mut();
    }
    None
}

/// Takes out a place that others cover. What surrounded them stays as it was when they came.
#[cold]
fn remove_below(top: &mut Box<Live>, key: u64) -> Option<Box<Live>> {
    let mut above = top;
    while above.below.as_ref().is_some_and(|place| place.key != key) {
        above = above.below.as_mut()?;
    }
    let mut found = above.below.take()?;
    above.below = found.below.take();
    if above.scene.is_none() {
        above.scene = found.scene.clone();
    }
    Some(found)
}

impl Drop for Thread {
    /// A span whose guard was leaked, or whose guard is dropped later in teardown, ends here.
    fn drop(&mut self) {
        let mut next = self.top.take();
        while let Some(mut place) = next {
            next = place.below.take();
            place.finish(None);
        }
        let mut next = self.free.take();
        while let Some(mut free) = next {
            // One by one, so that a long list does not recurse.
            next = free.below.take();
        }
    }
}

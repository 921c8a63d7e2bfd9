//! The thread's own state: what is current here, and boxes for the spans to come.
//!
//! Both are lists linked through the boxes themselves, in `Cell`s: an operation takes a list out,
//! works, and puts it back. There is no borrow to trip over, and no user code runs in between, so
//! nobody ever finds a list missing. A backend is asked for its outlook in between: a look into a
//! table, which must not use spans.
//!
//! The state itself has no destructor, so that reaching it is one instruction and works to the very
//! end of a thread. What is to be done at that end is done by a [`Keeper`] beside it, which the first
//! box that is kept and the first place that is pushed call into life. After that end nothing is kept
//! and nothing pushed, and nothing panics.

use super::backend::Outlook;
use super::context::{Context, Surroundings};
use super::live::{Live, Role};
use super::owned::Span;
use super::shared::SharedSpan;
use crate::baggage::Baggage;
use crate::span_context::{Marks, SpanContext};
use crate::timestamp::Timestamp;
use std::cell::Cell;
use std::mem::ManuallyDrop;
use std::sync::Arc;

/// Free boxes that a thread keeps. More are alive only while more spans are.
const KEPT_BOXES: u32 = 64;

/// See the module.
pub(crate) struct Thread {
    /// The current place; the places it covers hang below it.
    top: Cell<Option<Box<Live>>>,
    /// Free boxes, last used first.
    free: Cell<Option<Box<Live>>>,
    /// How many more boxes may be kept. None before the first one, and at the thread's end.
    room: Cell<u32>,
    /// The number of the last place that was pushed; 0 before the first one, and at the thread's end.
    keys: Cell<u64>,
    phase: Cell<Phase>,
}

/// How far a thread is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Nothing has been kept or pushed yet.
    New,
    /// Whatever is kept and pushed is seen to at the end.
    Kept,
    /// The end has come.
    Over,
}

thread_local! {
    static THREAD: ManuallyDrop<Thread> = const {
        ManuallyDrop::new(Thread {
            top: Cell::new(None),
            free: Cell::new(None),
            room: Cell::new(0),
            keys: Cell::new(0),
            phase: Cell::new(Phase::New),
        })
    };

    static KEEPER: Keeper = const { Keeper };
}

/// Clears the thread's state at the thread's end.
struct Keeper;

impl Drop for Keeper {
    fn drop(&mut self) {
        with(Thread::clear);
    }
}

/// Works with the thread's state.
#[inline(always)]
pub(crate) fn with<R>(work: impl FnOnce(&Thread) -> R) -> R {
    THREAD.with(|thread| work(thread))
}

/// Fills a cell whose list was taken out. What is there is nothing, so nothing has to be dropped.
#[inline]
fn put(list: &Cell<Option<Box<Live>>>, live: Option<Box<Live>>) {
    std::mem::forget(list.replace(live));
}

/// A box for a child of what is current here, with the parent's context in it, and whether spans are
/// suppressed here.
#[inline]
pub(crate) fn child() -> (Box<Live>, bool) {
    with(Thread::child)
}

/// The same, where there is a parent, something is known of its children, and nothing is out of the
/// ordinary.
#[inline(always)]
pub(crate) fn plain_child(
    outlook: impl FnOnce(Option<Marks>) -> Outlook,
) -> Result<PlainChild, NotPlain> {
    with(|thread| thread.plain_child(outlook))
}

/// A box for a child, with the parent's trace in it.
pub(crate) struct PlainChild {
    live: Box<Live>,
    /// What the box does not hold yet: the parent's span id and marks.
    parent_id: u64,
    pub(crate) parent: Marks,
    /// What is known of the parent's children. Not open.
    pub(crate) outlook: Outlook,
}

impl PlainChild {
    /// The box with all of the parent's context.
    #[inline(always)]
    pub(crate) fn under_parent(self) -> Box<Live> {
        let mut live = self.live;
        live.context.become_span(self.parent_id, self.parent);
        live
    }

    /// The box with the parent's trace alone, for a span that records nothing of its parent.
    #[inline(always)]
    pub(crate) fn in_trace(self) -> Box<Live> {
        self.live
    }
}

/// A free box, if there is one, with the context of the span that it held last.
#[inline(always)]
pub(crate) fn used() -> Option<Box<Live>> {
    with(Thread::recycled)
}

/// Why a new span has no plain parent.
pub(crate) enum NotPlain {
    /// Nothing is current.
    Nothing,
    /// Something is out of the ordinary.
    Something,
}

/// A box for a new span.
#[inline]
pub(crate) fn fresh() -> Box<Live> {
    with(Thread::fresh)
}

/// Takes a box back whose span is over. Runs destructors of values that a context held.
#[inline]
pub(crate) fn recycle(mut live: Box<Live>) {
    if live.has_something_on() {
        recycle_stripped(live);
    } else {
        live.role = Role::Bare;
        with(|thread| thread.keep(live));
    }
}

#[cold]
fn recycle_stripped(mut live: Box<Live>) {
    live.strip();
    with(|thread| thread.keep(live));
}

/// Ends what a box holds or stands for and takes it back. For a span that is not recorded, the box is
/// all there is.
#[inline(never)]
pub(crate) fn close(live: Box<Live>) {
    if live.is_bare() {
        with(|thread| thread.keep(live));
    } else {
        close_span(live);
    }
}

#[inline(never)]
fn close_span(mut live: Box<Live>) {
    if !live.is_recording_here() {
        return close_at(live, None);
    }
    live.finish_here(None);
    recycle(live);
}

/// [`close`], with a time of the caller's for the end.
#[inline(never)]
pub(crate) fn close_at(mut live: Box<Live>, at: Option<Timestamp>) {
    live.finish(at);
    recycle(live);
}

/// Takes the place with this number off the stack. A span leaves its surroundings behind: it finds
/// others where it is pushed next. Runs destructors of values that a context held.
#[inline]
pub(crate) fn take_off(key: u64) -> Option<Box<Live>> {
    let mut live = with(|thread| thread.remove(key))?;
    if live.is_own() {
        live.surroundings = None;
    }
    Some(live)
}

/// Takes the place with this number off the stack and puts an end to what it holds.
#[inline]
pub(crate) fn take_off_and_end(key: u64, at: Option<Timestamp>) {
    if let Some(live) = with(|thread| thread.remove(key)) {
        match at {
            None => close(live),
            at => close_at(live, at),
        }
    }
}

impl Thread {
    #[inline]
    pub(crate) fn fresh(&self) -> Box<Live> {
        self.recycled().unwrap_or_default()
    }

    /// A free box, if there is one.
    #[inline(always)]
    fn recycled(&self) -> Option<Box<Live>> {
        let mut live = self.free.take()?;
        put(&self.free, live.below.take());
        self.room.set(self.room.get().wrapping_add(1));
        Some(live)
    }

    /// Takes a box, unless there are enough.
    #[inline]
    fn keep(&self, mut live: Box<Live>) {
        debug_assert!(live.is_blank() && live.below.is_none());
        let Some(room) = self.room.get().checked_sub(1) else {
            return self.keep_first(live);
        };
        // Nothing hangs below a box whose span is over, so nothing has to be dropped.
        std::mem::forget(std::mem::replace(&mut live.below, self.free.take()));
        put(&self.free, Some(live));
        self.room.set(room);
    }

    /// Takes the thread's first box. Any other one is too many here, or too late, and is freed.
    #[cold]
    fn keep_first(&self, live: Box<Live>) {
        if self.phase.get() == Phase::New && self.is_kept() {
            self.keep(live);
        }
    }

    /// Whether somebody sees to it, at the thread's end, that nothing is left here.
    #[cold]
    fn is_kept(&self) -> bool {
        if self.phase.get() == Phase::New && KEEPER.try_with(|_| ()).is_ok() {
            self.phase.set(Phase::Kept);
            self.room.set(KEPT_BOXES);
        }
        self.phase.get() == Phase::Kept
    }

    /// How many free boxes there are.
    #[cfg(test)]
    pub(super) fn kept(&self) -> u32 {
        match self.phase.get() {
            Phase::Kept => KEPT_BOXES - self.room.get(),
            Phase::New | Phase::Over => 0,
        }
    }

    /// The thread's end. A span whose guard was leaked, or whose guard is dropped later, ends here.
    fn clear(&self) {
        self.phase.set(Phase::Over);
        self.room.set(0);
        self.keys.set(0);
        // One by one, so that a long list does not recurse. The free boxes first: while spans end, user
        // code may ask for one, and a box that was taken from here would make room for another.
        let mut next = self.free.take();
        while let Some(mut free) = next {
            next = free.below.take();
        }
        let mut next = self.top.take();
        while let Some(mut place) = next {
            next = place.below.take();
            place.finish(None);
        }
    }

    /// A box for a child of the current place: it holds the parent's context. And whether spans are
    /// suppressed here.
    #[inline]
    fn child(&self) -> (Box<Live>, bool) {
        let mut live = self.fresh();
        let Some(top) = self.top.take() else {
            live.context.take_after(&SpanContext::INVALID);
            return (live, false);
        };
        live.context.take_after(&top.context);
        let suppressed = top.suppressed;
        put(&self.top, Some(top));
        (live, suppressed)
    }

    /// What [`Thread::child`] gives where nothing is out of the ordinary: there is a parent and a free
    /// box, the parent is valid and has no trace state, or else its outlook were open, and nothing is
    /// suppressed.
    #[inline(always)]
    fn plain_child(
        &self,
        outlook: impl FnOnce(Option<Marks>) -> Outlook,
    ) -> Result<PlainChild, NotPlain> {
        let Some(top) = self.top.take() else {
            return Err(NotPlain::Nothing);
        };
        let parent = top.context.marks();
        let outlook = outlook(Some(parent));
        debug_assert!(
            outlook == Outlook::OPEN || parent.is_valid() && !parent.has_state(),
            "nothing is known of a child whose parent's context has to be looked at"
        );
        let mut live = if outlook != Outlook::OPEN && !top.suppressed {
            self.recycled()
        } else {
            None
        };
        if let Some(live) = &mut live {
            live.context.join_trace(&top.context);
        }
        let (_, _, parent_id) = top.context.words();
        put(&self.top, Some(top));
        match live {
            Some(live) => Ok(PlainChild {
                live,
                parent_id,
                parent,
                outlook,
            }),
            None => Err(NotPlain::Something),
        }
    }

    /// The context of the current span, and whether spans are suppressed here.
    pub(crate) fn current(&self) -> (SpanContext, bool) {
        let Some(top) = self.top.take() else {
            return (SpanContext::INVALID, false);
        };
        let current = (top.context.clone(), top.suppressed);
        put(&self.top, Some(top));
        current
    }

    /// Puts a box on top and returns the number of its place; gives it back at the thread's end, when
    /// nothing is current any more.
    #[inline(never)]
    pub(crate) fn push(&self, live: Box<Live>) -> Result<u64, Box<Live>> {
        if self.keys.get() == 0 || live.role == Role::StandIn {
            return self.push_otherwise(live);
        }
        Ok(self.cover(live))
    }

    /// The first place of a thread, that of a captured span, or none, at the thread's end. A captured
    /// span takes its new surroundings; values that only its old ones held are dropped, before anything
    /// is taken out.
    #[cold]
    fn push_otherwise(&self, mut live: Box<Live>) -> Result<u64, Box<Live>> {
        if !self.is_kept() {
            return Err(live);
        }
        if live.role == Role::StandIn {
            live.surroundings = Some(self.surroundings());
        }
        Ok(self.cover(live))
    }

    #[inline(always)]
    fn cover(&self, mut live: Box<Live>) -> u64 {
        let key = self.keys.get().wrapping_add(1);
        self.keys.set(key);
        live.key = key;
        let below = self.top.take();
        if live.role != Role::Attached {
            live.suppressed = below.as_ref().is_some_and(|below| below.suppressed);
        }
        // Nothing hangs below a box that is on no list, so nothing has to be dropped.
        std::mem::forget(std::mem::replace(&mut live.below, below));
        put(&self.top, Some(live));
        key
    }

    /// Puts a context on top and returns the number of its place; 0 at the thread's end, when nothing
    /// is current any more.
    #[inline(never)]
    pub(crate) fn attach_context(&self, context: Context) -> u64 {
        if self.keys.get() == 0 {
            return self.attach_context_otherwise(context);
        }
        let Some(mut live) = self.recycled() else {
            return self.attach_context_otherwise(context);
        };
        live.enter(context);
        self.cover(live)
    }

    /// The first place of a thread, one for which there is no free box, or none, at the thread's end.
    #[cold]
    fn attach_context_otherwise(&self, context: Context) -> u64 {
        let mut live = self.fresh();
        live.enter(context);
        self.push(live).unwrap_or(0)
    }

    /// Takes an attached context off the stack; its box needs no end and goes to the others. Runs
    /// destructors of values that the context held. One that is on top and holds nothing but ids, as
    /// a request's does, calls nobody while there is room for the box.
    #[inline(never)]
    pub(crate) fn detach_context(&self, key: u64) {
        let Some(mut top) = self.top.take() else {
            return;
        };
        if top.key != key || top.holds_something() {
            put(&self.top, Some(top));
            return self.detach_context_otherwise(key);
        }
        put(&self.top, top.below.take());
        top.vacate_ids();
        self.keep(top);
    }

    /// A context that is covered or holds something, or that is not here. Not cold: values are no
    /// exception.
    #[inline(never)]
    fn detach_context_otherwise(&self, key: u64) {
        if let Some(mut live) = self.remove(key) {
            live.vacate();
            self.keep(live);
        }
    }

    /// Takes a place off the stack, wherever it is.
    #[inline]
    pub(crate) fn remove(&self, key: u64) -> Option<Box<Live>> {
        let mut top = self.top.take()?;
        if top.key == key {
            put(&self.top, top.below.take());
            return Some(top);
        }
        let found = remove_below(&mut top, key);
        put(&self.top, Some(top));
        found
    }

    /// Works on the place with this number; `None` if it is not here. `work` runs no user code.
    #[inline]
    pub(crate) fn at<R>(&self, key: u64, work: impl FnOnce(&mut Live) -> R) -> Option<R> {
        let mut top = self.top.take()?;
        let result = find(&mut top, key).map(|place| work(place));
        put(&self.top, Some(top));
        result
    }

    /// The number of the current place, and the context of what is current.
    #[inline]
    pub(crate) fn top(&self) -> Option<(u64, SpanContext)> {
        let top = self.top.take()?;
        let found = (top.key, top.context.clone());
        put(&self.top, Some(top));
        Some(found)
    }

    /// Takes the span out of a place that stays on the stack: it ends before its guard is dropped.
    pub(crate) fn take_own(&self, key: u64) -> Option<Box<Live>> {
        let mut top = self.top.take()?;
        let taken = self.swap_own(&mut top, key);
        put(&self.top, Some(top));
        taken
    }

    fn swap_own(&self, top: &mut Box<Live>, key: u64) -> Option<Box<Live>> {
        let place = find(top, key).filter(|place| place.is_own())?;
        let mut empty = self.fresh();
        empty.context = place.context.clone();
        empty.key = place.key;
        empty.suppressed = place.suppressed;
        empty.surroundings = place.surroundings.take();
        empty.below = place.below.take();
        empty.dress();
        Some(std::mem::replace(place, empty))
    }

    /// Writes the current context, captured, into one that holds nothing, so that nothing is dropped
    /// while a list is taken out: an own span that records becomes a shared one.
    #[inline(never)]
    pub(crate) fn capture(&self, into: &mut Context) {
        debug_assert!(into.holds_nothing());
        let Some(mut top) = self.top.take() else {
            return;
        };
        match top.role {
            Role::Attached | Role::StandIn => top.write_context(into),
            Role::Recording => *into = self.capture_own(&mut top),
            Role::Bare | Role::Dressed => {
                *into = nearest_surroundings(&top)
                    .clone()
                    .around_context(top.context.clone());
            }
        }
        put(&self.top, Some(top));
    }

    /// Replaces the span on top by a stand-in and puts the span itself where others can reach it.
    #[cold]
    fn capture_own(&self, top: &mut Box<Live>) -> Context {
        let surroundings = nearest_surroundings(top).clone();
        let mut stand_in = self.fresh();
        stand_in.key = top.key;
        stand_in.suppressed = top.suppressed;
        stand_in.below = top.below.take();
        let mut live = std::mem::replace(top, stand_in);
        // `surroundings` holds them still, so nothing is dropped here.
        live.surroundings = None;
        let shared = Arc::new(SharedSpan::new(Span::from_live(live)));
        let context = surroundings.around_shared(shared);
        top.stand_in_for(&context);
        context
    }

    /// The current context with the span's ids only.
    pub(crate) fn passing(&self) -> Context {
        self.look(Context::root(), |top| {
            let surroundings = nearest_surroundings(top).clone();
            surroundings.around_context(top.context.clone())
        })
    }

    /// What surrounds the current place, whichever span is current.
    pub(super) fn surroundings(&self) -> Surroundings {
        self.look(Surroundings::NONE, |top| nearest_surroundings(top).clone())
    }

    /// The baggage that surrounds the current place.
    pub(crate) fn baggage(&self) -> Baggage {
        self.look(Baggage::EMPTY, |top| {
            nearest_surroundings(top).baggage().clone()
        })
    }

    /// Looks at the current place, if there is one. `look` runs no user code.
    #[inline]
    fn look<R>(&self, nothing: R, look: impl FnOnce(&Live) -> R) -> R {
        let Some(top) = self.top.take() else {
            return nothing;
        };
        let seen = look(&top);
        put(&self.top, Some(top));
        seen
    }
}

/// The nearest surroundings at or below a place.
fn nearest_surroundings(place: &Live) -> &Surroundings {
    let mut next = Some(place);
    while let Some(place) = next {
        if let Some(surroundings) = &place.surroundings {
            return surroundings;
        }
        next = place.below.as_deref();
    }
    &Surroundings::NONE
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
    if above.surroundings.is_none() {
        above.surroundings = found.surroundings.clone();
        above.dress();
    }
    Some(found)
}

//! What cannot be seen from outside: sizes, the pool, places and their numbers.

use super::context::Context;
use super::live::Live;
use super::owned::Span;
use super::stack;
use super::{ActiveSpan, ContextGuard};
use crate::baggage::Baggage;
use crate::id::{SpanId, TraceId};
use crate::span_context::SpanContext;
use crate::trace_flags::TraceFlags;

fn context() -> SpanContext {
    SpanContext::new(TraceId::MIN, SpanId::MIN, TraceFlags::SAMPLED)
}

/// Runs on a thread of its own, whose pool and stack are empty at first.
fn on_a_fresh_thread(work: impl FnOnce() + Send + 'static) {
    std::thread::spawn(work).join().unwrap();
}

#[test]
fn handles_are_one_word() {
    assert_eq!(size_of::<Span>(), size_of::<usize>());
    assert_eq!(size_of::<ContextGuard>(), size_of::<u64>());
}

#[test]
fn a_context_is_seven_words() {
    assert_eq!(size_of::<Context>(), 7 * size_of::<u64>());
    assert_eq!(size_of::<Option<Context>>(), size_of::<Context>());
}

#[test]
fn a_box_is_used_again_by_the_next_span() {
    on_a_fresh_thread(|| {
        let address = |span: &mut Span| span.live_mut().map(std::ptr::from_mut::<Live>);
        let mut first = Span::non_recording(context());
        let at = address(&mut first);
        drop(first);
        let mut second = Span::non_recording(context());
        assert_eq!(address(&mut second), at);
    });
}

#[test]
fn a_thread_keeps_64_boxes_and_no_more() {
    on_a_fresh_thread(|| {
        let spans: Vec<Span> = (0..200).map(|_| Span::non_recording(context())).collect();
        assert_eq!(stack::with(|thread| thread.kept()), 0);
        drop(spans);
        assert_eq!(stack::with(|thread| thread.kept()), 64);
        let taken: Vec<Span> = (0..10).map(|_| Span::non_recording(context())).collect();
        assert_eq!(stack::with(|thread| thread.kept()), 54);
        drop(taken);
        assert_eq!(stack::with(|thread| thread.kept()), 64);
    });
}

#[test]
fn a_thread_keeps_boxes_of_others_as_well() {
    let spans: Vec<Span> = (0..100).map(|_| Span::non_recording(context())).collect();
    on_a_fresh_thread(move || {
        assert_eq!(stack::with(|thread| thread.kept()), 0);
        drop(spans);
        assert_eq!(stack::with(|thread| thread.kept()), 64);
    });
}

#[test]
fn no_two_places_have_the_same_number() {
    on_a_fresh_thread(|| {
        let mut seen = std::collections::HashSet::new();
        for _ in 0..100 {
            let outer = Span::non_recording(context()).attach();
            let inner = Context::root().attach();
            let top = stack::with(|thread| thread.top());
            assert!(top.is_some_and(|(key, _)| key != 0 && seen.insert(key)));
            drop((outer, inner));
        }
        assert!(stack::with(|thread| thread.top()).is_none());
    });
}

#[test]
fn a_recycled_box_forgets_its_context() {
    on_a_fresh_thread(|| {
        let state = "a=1".parse().unwrap();
        drop(Span::non_recording(context().with_trace_state(state)));
        let live = stack::fresh();
        assert!(live.context.trace_state().is_empty());
        drop(
            Context::root()
                .with_baggage(Baggage::new().with("a", "b"))
                .attach(),
        );
        let live = stack::fresh();
        assert!(live.shared.is_none() && live.surroundings.is_none() && live.below.is_none());
    });
}

/// Neither teardown nor the pool may recurse over a long list.
#[test]
fn a_hundred_thousand_places_are_taken_down_one_by_one() {
    on_a_fresh_thread(|| {
        for _ in 0..100_000 {
            std::mem::forget(Span::non_recording(context()).attach());
        }
    });
    on_a_fresh_thread(|| {
        let guards: Vec<ActiveSpan> = (0..1000)
            .map(|_| Span::non_recording(context()).attach())
            .collect();
        drop(guards); // from the bottom up
        assert!(stack::with(|thread| thread.top()).is_none());
    });
}

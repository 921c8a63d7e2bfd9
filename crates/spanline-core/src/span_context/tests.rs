//! Validity, size and words of a span context.

use super::*;
use proptest::prelude::*;

fn ids() -> (TraceId, SpanId) {
    (
        TraceId::from_u128(7 << 64 | 9).unwrap(),
        SpanId::from_u64(3).unwrap(),
    )
}

#[test]
fn a_context_takes_forty_bytes() {
    assert_eq!(size_of::<SpanContext>(), 40);
    assert_eq!(size_of::<Option<SpanContext>>(), 40);
}

#[test]
fn valid_means_both_ids() {
    let none = TraceState::EMPTY;
    for (high, low, span, valid) in [
        (0, 0, 0, false),
        (0, 0, 1, false),
        (1, 0, 0, false),
        (1, 0, 1, true),
        (0, 1, 1, true),
    ] {
        let context =
            SpanContext::from_words(high, low, span, TraceFlags::NONE, false, none.clone());
        assert_eq!(context.is_valid(), valid);
        assert_eq!(context.trace_id().is_some(), high | low != 0);
        assert_eq!(context.span_id().is_some(), span != 0);
        assert_eq!(context.words(), (high, low, span));
    }
    assert_eq!(SpanContext::default(), SpanContext::INVALID);
    assert!(!SpanContext::INVALID.is_valid());
}

#[test]
fn parts_come_back_out() {
    let (trace_id, span_id) = ids();
    let state: TraceState = "a=1".parse().unwrap();
    let context = SpanContext::new(trace_id, span_id, TraceFlags::SAMPLED)
        .with_trace_state(state.clone())
        .with_remote(true);
    assert_eq!(context.trace_id(), Some(trace_id));
    assert_eq!(context.span_id(), Some(span_id));
    assert_eq!(context.trace_state(), &state);
    assert!(context.is_remote() && context.is_sampled());
    assert_eq!(context.words(), (7, 9, 3));
    assert!(!context.with_remote(false).is_remote());
}

#[test]
fn contexts_cross_threads() {
    fn check<T: Send + Sync + Clone + 'static>() {}
    check::<SpanContext>();
    check::<TraceState>();
}

/// Each kind of context has a place of its own in a table, and the table says which is there.
#[test]
fn marks_are_places_in_a_table() {
    let (trace_id, span_id) = ids();
    let table = Marks::all();
    assert_eq!(table.len(), Marks::COUNT);
    let mut seen = std::collections::HashSet::new();
    for bits in 0..4 {
        for remote in [false, true] {
            let flags = TraceFlags::from_bits(bits);
            let valid = SpanContext::new(trace_id, span_id, flags);
            let words =
                |span| SpanContext::from_words(7, 9, span, flags, remote, TraceState::EMPTY);
            assert_eq!(words(3), valid.with_remote(remote));
            for (context, is_valid) in [(words(3), true), (words(0), false)] {
                let marks = context.marks();
                assert_eq!(table[marks.index()], marks);
                assert!(seen.insert(marks.index()));
                assert_eq!(marks.flags(), flags);
                assert_eq!(marks.is_remote(), remote);
                assert_eq!(marks.is_valid(), is_valid);
                assert!(!marks.has_state());
                let state: TraceState = "a=1".parse().unwrap();
                let marks = context.with_trace_state(state).marks();
                assert!(marks.has_state() && seen.insert(marks.index()));
                assert_eq!((marks.flags(), marks.is_remote()), (flags, remote));
            }
        }
    }
    assert_eq!(table[SpanContext::INVALID.marks().index()], Marks::INVALID);
    assert!(
        seen.insert(Marks::index_of(None)),
        "no parent has a place too"
    );
}

/// What can be done to a context, with a trace state where it takes one.
#[derive(Clone, Debug)]
enum Step {
    FromWords(bool, bool, TraceState),
    With(TraceState),
    Remote(bool),
    TakeAfter(bool, TraceState),
    Set(TraceState),
    Take,
    Descend(bool),
}

fn states() -> impl Strategy<Value = TraceState> {
    prop_oneof![
        Just(TraceState::EMPTY),
        Just("a=1".parse().unwrap()),
        Just("b=2,c=3".parse().unwrap()),
        Just("a=1".parse::<TraceState>().unwrap().without("a")),
    ]
}

fn steps() -> impl Strategy<Value = Step> {
    prop_oneof![
        (any::<bool>(), any::<bool>(), states())
            .prop_map(|(valid, remote, state)| Step::FromWords(valid, remote, state)),
        states().prop_map(Step::With),
        any::<bool>().prop_map(Step::Remote),
        (any::<bool>(), states()).prop_map(|(valid, state)| Step::TakeAfter(valid, state)),
        states().prop_map(Step::Set),
        Just(Step::Take),
        any::<bool>().prop_map(Step::Descend),
    ]
}

/// A context with these words, or without a span.
fn from_words(valid: bool, remote: bool, state: TraceState) -> SpanContext {
    SpanContext::from_words(7, 9, u64::from(valid), TraceFlags::SAMPLED, remote, state)
}

fn take(context: SpanContext, step: Step) -> SpanContext {
    let mut context = context;
    match step {
        Step::FromWords(valid, remote, state) => return from_words(valid, remote, state),
        Step::With(state) => return context.with_trace_state(state),
        Step::Remote(remote) => return context.with_remote(remote),
        Step::TakeAfter(valid, state) => {
            let other = from_words(valid, false, state);
            // Whoever takes after another has no state of its own.
            context.take_trace_state();
            context.take_after(&other);
            assert_eq!(context, other);
        }
        Step::Set(state) => {
            context.set_trace_state(state.clone());
            assert_eq!(*context.trace_state(), state);
        }
        Step::Take => {
            let before = context.trace_state().clone();
            assert_eq!(context.take_trace_state(), before);
            assert!(context.trace_state().is_empty());
        }
        Step::Descend(begins) => {
            let (trace_id, span_id) = ids();
            context.take_trace_state();
            let begins = begins || context.trace_id().is_none();
            context.descend(begins.then_some(trace_id), span_id, TraceFlags::NONE);
        }
    }
    context
}

proptest! {
    /// The mark for a trace state is set exactly where there is one, whatever a context went through:
    /// a box that keeps a mark too few would keep a foreign state for its next span.
    #[test]
    fn the_state_is_marked_where_it_is(steps in prop::collection::vec(steps(), 0..12)) {
        let mut context = SpanContext::INVALID;
        for step in steps {
            let said = format!("{step:?}");
            context = take(context, step);
            prop_assert_eq!(context.marks().has_state(), !context.trace_state().is_empty(), "{}", said);
        }
    }
}

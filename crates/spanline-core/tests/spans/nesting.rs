//! What is current follows the guards, in whatever order they are dropped.

use std::collections::HashMap;

use crate::backend::TestBackend;
use proptest::prelude::*;
use proptest::sample::Index;
use spanline_core::{
    ActiveSpan, Baggage, Context, ContextGuard, Span, SpanContext, SpanId, TraceFlags, TraceId,
    TraceState, Tracer, baggage, current_span, suppress,
};

#[test]
fn guards_nest_like_blocks() {
    let backend = TestBackend::new();
    let tracer = backend.tracer();
    let outer = tracer.start_active("outer");
    {
        let inner = tracer.start_active("inner");
        assert_eq!(current_span().span_id(), inner.span_id());
        tracer.start("leaf").end();
    }
    assert_eq!(current_span().span_id(), outer.span_id());
    tracer.start("sibling").end();
    drop(outer);
    assert!(current_span().span_id().is_none());
    assert_eq!(backend.names(), ["leaf", "inner", "sibling", "outer"]);
    let parents = backend
        .names()
        .into_iter()
        .map(|name| backend.parent_of(&name));
    assert_eq!(parents.collect::<Vec<_>>(), ["inner", "outer", "outer", ""]);
}

#[test]
fn starting_does_not_activate() {
    let backend = TestBackend::new();
    let tracer = backend.tracer();
    let root = tracer.start_active("root");
    let child = tracer.start("child");
    assert_eq!(current_span().span_id(), root.span_id());
    assert_eq!(child.trace_id(), root.trace_id());
    let other = tracer.span("other").root().start();
    assert_ne!(other.trace_id(), root.trace_id());
    drop((child, other, root));
    assert_eq!(backend.parent_of("child"), "root");
    assert_eq!(backend.parent_of("other"), "");
}

/// OpenTelemetry "SpanContext": only a valid one can be a parent.
#[test]
fn an_invalid_context_is_no_parent_whatever_it_holds() {
    let backend = TestBackend::new();
    let tracer = backend.tracer();
    let state: TraceState = "a=1".parse().unwrap();
    let context = Context::root().with_span_context(SpanContext::INVALID.with_trace_state(state));
    let drafted = tracer.span("drafted").parent(&context).start();
    let guard = context.attach();
    let started = tracer.start("started");
    for span in [&drafted, &started] {
        assert!(span.span_context().is_valid());
        assert!(span.span_context().trace_state().is_empty());
    }
    drop((drafted, started, guard));
    for name in ["drafted", "started"] {
        assert!(backend.span(name).view().parent_span_id().is_none());
    }
}

/// A box is used again; what its last span had on is not.
#[test]
fn a_trace_state_ends_with_the_spans_of_its_trace() {
    let backend = TestBackend::with(|backend| backend.records_roots = false);
    let tracer = backend.tracer();
    for flags in [TraceFlags::NONE, TraceFlags::SAMPLED] {
        let parent = SpanContext::new(TraceId::MIN, SpanId::MIN, flags)
            .with_trace_state("a=1".parse().unwrap());
        let guard = Context::root().with_span_context(parent).attach();
        let child = tracer.start("child");
        assert_eq!(child.span_context().trace_state().as_str(), "a=1");
        assert_eq!(child.is_recording(), flags.is_sampled());
        drop((child, guard));
        let after = [tracer.start("after"), tracer.start("and after that")];
        for span in &after {
            assert!(span.span_context().trace_state().is_empty());
        }
    }
}

#[test]
fn a_detached_span_runs_on_and_can_be_attached_again() {
    let backend = TestBackend::new();
    let tracer = backend.tracer();
    let mut span = tracer.start_active("work").detach();
    assert!(current_span().span_id().is_none());
    span.set_attribute("detached", true);
    let active = span.attach();
    active.set_attribute("attached", true);
    tracer.start("child").end();
    drop(active);
    assert_eq!(backend.parent_of("child"), "work");
    let work = backend.span("work");
    assert_eq!(
        (work.text("detached"), work.text("attached")),
        ("true".into(), "true".into())
    );
}

#[test]
fn removing_what_lies_below_changes_nothing_above() {
    let backend = TestBackend::new();
    let tracer = backend.tracer();
    let attached = Context::root()
        .with_baggage(Baggage::new().with("n", "1"))
        .attach();
    let outer = tracer.start_active("outer");
    let inner = tracer.start_active("inner");
    drop(attached);
    drop(outer);
    assert_eq!(baggage().get("n"), Some("1"));
    assert_eq!(current_span().span_id(), inner.span_id());
    assert_eq!(Context::current().baggage().get("n"), Some("1"));
    drop(inner);
    assert!(baggage().is_empty());
}

#[test]
fn a_span_takes_its_surroundings_from_where_it_is_attached() {
    let backend = TestBackend::new();
    let tracer = backend.tracer();
    let with = |n: &str| Context::root().with_baggage(Baggage::new().with("n", n));

    // It was captured where other baggage was current.
    let first = with("1").attach();
    let mut captured = tracer.start("captured");
    let _context = captured.to_context();
    drop(first);
    let second = with("2").attach();
    let active = captured.attach();
    assert_eq!(baggage().get("n"), Some("2"));
    assert_eq!(Context::current().baggage().get("n"), Some("2"));
    let mut captured = active.detach();
    drop(second);
    assert_eq!(captured.to_context().baggage().get("n"), None);

    // It was left behind by a context that was removed below it.
    let first = with("1").attach();
    let active = tracer.start_active("bare");
    drop(first);
    let bare = active.detach();
    let second = with("2").attach();
    let active = bare.attach();
    assert_eq!(baggage().get("n"), Some("2"));
    drop((active, second));
}

/// Also where the nearest context is that of another span (OpenTelemetry Trace API, "Context
/// Interaction": what is set is the span that is given).
#[test]
fn the_context_of_no_span_has_the_surroundings_and_no_span() {
    let backend = TestBackend::new();
    let held = backend.tracer().start("held");
    let baggage = Baggage::new().with("n", "1");
    let _attached = Context::root()
        .with_span(held)
        .with_baggage(baggage)
        .attach();
    let context = Span::none().to_context();
    assert!(!context.span_context().is_valid());
    assert!(!context.span().is_recording());
    assert_eq!(context.baggage().get("n"), Some("1"));
}

#[derive(Clone, Debug)]
enum Op {
    StartActive,
    Start,
    Attach(Index),
    Detach(Index),
    ToContext(Index),
    EndOwned(Index),
    Capture,
    Enter(Index),
    EnterBaggage(u8),
    EnterRoot,
    Suppress,
    Leave(Index),
    EndCurrent,
    Write(u32),
}

fn op() -> impl Strategy<Value = Op> {
    let index = any::<Index>;
    prop_oneof![
        4 => Just(Op::StartActive),
        2 => Just(Op::Start),
        2 => index().prop_map(Op::Attach),
        2 => index().prop_map(Op::Detach),
        1 => index().prop_map(Op::ToContext),
        1 => index().prop_map(Op::EndOwned),
        2 => Just(Op::Capture),
        2 => index().prop_map(Op::Enter),
        2 => any::<u8>().prop_map(Op::EnterBaggage),
        1 => Just(Op::EnterRoot),
        1 => Just(Op::Suppress),
        5 => index().prop_map(Op::Leave),
        1 => Just(Op::EndCurrent),
        3 => any::<u32>().prop_map(Op::Write),
    ]
}

/// What is current, in the model: every place on the stack knows it by itself.
#[derive(Clone)]
struct Scene {
    context: SpanContext,
    /// The span that writing goes to, by its id.
    writes: Option<SpanId>,
    baggage: String,
    suppressed: bool,
}

impl Scene {
    const ROOT: Scene = Scene {
        context: SpanContext::INVALID,
        writes: None,
        baggage: String::new(),
        suppressed: false,
    };
}

struct Known {
    parent: Option<SpanId>,
    ended: bool,
    written: Option<u32>,
}

enum Guard {
    Span(ActiveSpan),
    Context(ContextGuard),
}

struct Model {
    tracer: Tracer,
    /// The stack: the number of the guard, and what is current while it is on top.
    places: Vec<(u32, Scene)>,
    guards: Vec<(u32, Guard)>,
    owned: Vec<(Span, Option<SpanId>)>,
    contexts: Vec<(Context, Scene)>,
    spans: HashMap<SpanId, Known>,
    next: u32,
}

impl Model {
    fn current(&self) -> Scene {
        self.places
            .last()
            .map_or(Scene::ROOT, |(_, scene)| scene.clone())
    }

    fn push(&mut self, guard: Guard, scene: Scene) {
        self.next += 1;
        self.places.push((self.next, scene));
        self.guards.push((self.next, guard));
    }

    /// Starts a span and says where writing to it goes.
    fn start(&mut self) -> (Span, Option<SpanId>) {
        let current = self.current();
        let span = self.tracer.start("span");
        if current.suppressed {
            assert_eq!(*span.span_context(), current.context);
            assert!(!span.is_recording());
            return (span, None);
        }
        let known = Known {
            parent: current.context.span_id(),
            ended: false,
            written: None,
        };
        let id = span.span_id();
        if let Some(id) = id {
            assert!(self.spans.insert(id, known).is_none());
        }
        (span, id)
    }

    fn attach(&mut self, span: Span, writes: Option<SpanId>) {
        let context = span.span_context().clone();
        let guard = Guard::Span(span.attach());
        if context.is_valid() {
            let scene = Scene {
                context,
                writes,
                ..self.current()
            };
            self.push(guard, scene);
        } else {
            // A span without any context takes no place.
            self.next += 1;
            self.guards.push((self.next, guard));
        }
    }

    fn end(&mut self, span: Option<SpanId>) {
        if let Some(known) = span.and_then(|span| self.spans.get_mut(&span)) {
            known.ended = true;
        }
    }

    fn leave(&mut self, at: &Index) {
        let Some(at) = some(at, self.guards.len()) else {
            return;
        };
        let (number, guard) = self.guards.swap_remove(at);
        let writes = self.remove(number);
        match guard {
            Guard::Span(active) => {
                self.end(writes);
                drop(active);
            }
            Guard::Context(attached) => drop(attached),
        }
    }

    /// Takes a place away and says where writing to it went.
    fn remove(&mut self, number: u32) -> Option<SpanId> {
        let at = self.places.iter().position(|(one, _)| *one == number)?;
        self.places.remove(at).1.writes
    }

    fn detach(&mut self, at: &Index) {
        let Some(at) = some(at, self.guards.len()) else {
            return;
        };
        match self.guards.swap_remove(at) {
            (number, Guard::Span(active)) => {
                let span = active.detach();
                let writes = self.remove(number);
                self.owned.push((span, writes));
            }
            other => self.guards.push(other),
        }
    }

    fn capture_owned(&mut self, at: &Index) {
        let current = self.current();
        let Some(at) = some(at, self.owned.len()) else {
            return;
        };
        let (span, writes) = &mut self.owned[at];
        let context = span.span_context().clone();
        let scene = match context.is_valid() {
            true => Scene {
                context,
                writes: *writes,
                ..current
            },
            // It has nothing to add to what is current.
            false => return,
        };
        let context = span.to_context();
        self.contexts.push((context, scene));
    }

    fn enter(&mut self, context: Context, scene: Scene) {
        self.push(Guard::Context(context.attach()), scene);
    }

    fn apply(&mut self, op: &Op) {
        match op {
            Op::StartActive => {
                let (span, writes) = self.start();
                self.attach(span, writes);
            }
            Op::Start => {
                let started = self.start();
                self.owned.push(started);
            }
            Op::Attach(at) => {
                if let Some(at) = some(at, self.owned.len()) {
                    let (span, writes) = self.owned.swap_remove(at);
                    self.attach(span, writes);
                }
            }
            Op::Detach(at) => self.detach(at),
            Op::ToContext(at) => self.capture_owned(at),
            Op::EndOwned(at) => {
                if let Some(at) = some(at, self.owned.len()) {
                    let (span, writes) = self.owned.swap_remove(at);
                    span.end();
                    self.end(writes);
                }
            }
            Op::Capture => self.contexts.push((Context::current(), self.current())),
            Op::Enter(at) => {
                if let Some(at) = some(at, self.contexts.len()) {
                    let (context, scene) = self.contexts[at].clone();
                    self.enter(context, scene);
                }
            }
            Op::EnterBaggage(n) => {
                let scene = Scene {
                    baggage: n.to_string(),
                    ..self.current()
                };
                let pairs = Baggage::new().with("n", &scene.baggage);
                self.enter(Context::current().with_baggage(pairs), scene);
            }
            Op::EnterRoot => self.enter(Context::root(), Scene::ROOT),
            Op::Suppress => {
                let scene = Scene {
                    suppressed: true,
                    ..self.current()
                };
                self.push(Guard::Context(suppress()), scene);
            }
            Op::Leave(at) => self.leave(at),
            Op::EndCurrent => {
                current_span().end();
                self.end(self.current().writes);
            }
            Op::Write(n) => {
                current_span().set_attribute("n", *n);
                let written = self.current().writes.and_then(|id| self.spans.get_mut(&id));
                if let Some(known) = written.filter(|known| !known.ended) {
                    known.written = Some(*n);
                }
            }
        }
    }

    fn agrees(&self) -> Result<(), TestCaseError> {
        let scene = self.current();
        let span = current_span();
        prop_assert_eq!(span.span_context(), &scene.context);
        let recording = scene
            .writes
            .and_then(|id| self.spans.get(&id))
            .is_some_and(|s| !s.ended);
        prop_assert_eq!(span.is_recording(), recording);
        let baggage = baggage();
        prop_assert_eq!(baggage.get("n").unwrap_or_default(), scene.baggage);
        Ok(())
    }
}

fn some(at: &Index, len: usize) -> Option<usize> {
    (len > 0).then(|| at.index(len))
}

proptest! {
    #[test]
    fn any_order_of_guards_agrees_with_the_model(
        ops in prop::collection::vec(op(), 0..60),
        last in any::<Index>(),
    ) {
        let backend = TestBackend::new();
        let mut model = Model {
            tracer: backend.tracer(),
            places: Vec::new(),
            guards: Vec::new(),
            owned: Vec::new(),
            contexts: Vec::new(),
            spans: HashMap::new(),
            next: 0,
        };
        for op in &ops {
            model.apply(op);
            model.agrees()?;
        }
        while !model.guards.is_empty() {
            model.leave(&last);
            model.agrees()?;
        }
        prop_assert!(!current_span().span_context().is_valid(), "back at the root");
        let owned = std::mem::take(&mut model.owned);
        drop(owned);
        let ended = backend.ended();
        prop_assert_eq!(ended.len(), model.spans.len(), "each span ended once");
        for one in &ended {
            let span = one.view();
            let known = &model.spans[&span.span_id()];
            prop_assert_eq!(span.parent_span_id(), known.parent);
            let written = known.written.map_or("-".to_owned(), |n| n.to_string());
            prop_assert_eq!(one.text("n"), written);
        }
    }
}

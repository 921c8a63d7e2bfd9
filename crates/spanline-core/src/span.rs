//! Spans and the context they live in.
//!
//! One knot on purpose: a span is found through the context, a context can hold a span, and both
//! reach the runtime through one seam. In flow order:
//!
//! - `birth`: parent, verdict of the runtime, ids, a recycled box;
//! - `owned`, `active`, `borrowed`, `writing`: the handles that users write with;
//! - [`context`], `guard`, `future`: what is current, and how it moves between threads and tasks;
//! - `stack`: the thread's own state: what is current here, and boxes for the next spans;
//! - `shared`, `live`: the box itself, alone or behind a lock once somebody has captured it;
//! - [`backend`], `slot`: the seam to the runtime, and the one place where it is installed.

pub(crate) mod birth;
mod owned;
mod active;
mod borrowed;
mod writing;
pub mod context;
mod guard;
mod future;
pub(crate) mod stack;
mod shared;
pub(crate) mod live;
pub mod backend;
pub(crate) mod slot;

#[cfg(test)]
mod tests;

pub use active::ActiveSpan;
pub use borrowed::{SpanRef, current_span};
pub use context::{Context, baggage, suppress};
pub use future::{FutureExt, InSpan, WithContext};
pub use guard::ContextGuard;
pub use owned::Span;
pub use writing::{EventMut, LinkMut, SpanMut};

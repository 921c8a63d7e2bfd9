//! The control lane: how flush and shutdown reach the worker, beside the spans and not among them.
//!
//! A request is a ticket. It is sent first, then the bell is rung, so the worker finds it after any
//! sleep. A lane that is full makes a caller wait until its own deadline, and never longer. Spans
//! never come here, so a lock is cheap enough.

use crate::outcome::Outcome;
use crate::sync::{Condvar, Mutex, has_passed};
use spanline_core::{Deadline, FlushError};
use spanline_queue::Producer;
use std::collections::VecDeque;
use std::sync::Arc;

/// Requests that wait while the worker is busy; more callers wait outside.
const WAITING: usize = if cfg!(shuttle) { 1 } else { 64 };

/// The answer to a request over which the worker panicked.
const PANICKED: &str = "the worker panicked";

/// What is asked of the worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Request {
    /// Export what was accepted before this.
    Flush,
    /// The same, then end the exporter and leave.
    Shutdown,
}

/// The worker's answer.
pub(super) type Answer = Result<(), FlushError>;

/// A request on its way. Wherever it ends, whoever waits for it gets an answer.
#[derive(Debug)]
pub(super) struct Ticket {
    pub(super) request: Request,
    pub(super) deadline: Deadline,
    pub(super) outcome: Arc<Outcome<Answer>>,
}

impl Drop for Ticket {
    /// Of several answers the first one counts, so this one is for requests that nobody served: the
    /// worker left, or panicked over it and goes on.
    fn drop(&mut self) {
        self.outcome.settle(Err(if std::thread::panicking() {
            FlushError::Exporter(PANICKED.into())
        } else {
            FlushError::AlreadyShutDown
        }));
    }
}

/// Why a request did not get through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Control {
    /// The lane stayed full until the deadline.
    Full,
    /// The worker has left.
    Gone,
}

/// The sending end.
#[derive(Debug)]
pub(super) struct Lane {
    shared: Arc<Shared>,
    producer: Producer,
}

/// The worker's end. Dropping it closes the lane.
#[derive(Debug)]
pub(super) struct Requests(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    /// A ticket was taken out, or the lane was closed.
    room: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Ticket>,
    /// The worker looks no more.
    closed: bool,
}

impl Lane {
    pub(super) fn new(producer: Producer) -> (Lane, Requests) {
        let shared = Arc::new(Shared::default());
        let requests = Requests(Arc::clone(&shared));
        (Lane { shared, producer }, requests)
    }

    /// Sends a request; the answer comes to the outcome it returns.
    pub(super) fn ask(
        &self,
        request: Request,
        deadline: Deadline,
    ) -> Result<Arc<Outcome<Answer>>, Control> {
        let ticket = Ticket {
            request,
            deadline,
            outcome: Outcome::new(),
        };
        let outcome = Arc::clone(&ticket.outcome);
        self.send(ticket)?;
        self.producer.ring();
        Ok(outcome)
    }

    fn send(&self, ticket: Ticket) -> Result<(), Control> {
        let deadline = ticket.deadline;
        let mut state = self.shared.state.lock();
        while !state.closed {
            if state.waiting.len() < WAITING {
                state.waiting.push_back(ticket);
                return Ok(());
            }
            if has_passed(deadline) {
                return Err(Control::Full);
            }
            state = self.shared.room.wait(state, deadline);
        }
        Err(Control::Gone)
    }
}

impl Requests {
    /// The oldest request that waits.
    pub(super) fn next(&self) -> Option<Ticket> {
        let ticket = self.0.state.lock().waiting.pop_front();
        if ticket.is_some() {
            // All: whoever is woken may be leaving at its deadline.
            self.0.room.notify_all();
        }
        ticket
    }

    /// Lets nobody in any more, and sends those away who wait. Under one lock, so that a request is
    /// among these or finds the lane closed.
    pub(super) fn close(&self) {
        let mut state = self.0.state.lock();
        state.closed = true;
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        self.0.room.notify_all();
        // Each is answered as it is dropped: not under the lock.
        drop(waiting);
    }
}

impl Drop for Requests {
    fn drop(&mut self) {
        self.close();
    }
}

//! The control lane: how flush and shutdown reach the worker, beside the spans and not among them.
//!
//! A request is a ticket. It is sent first, then the bell is rung, so the worker finds it after any
//! sleep. A lane that is full makes a caller wait until its own deadline, and never longer.

use crate::outcome::Outcome;
use crossbeam_channel::{Receiver, SendTimeoutError, Sender};
use spanline_core::{Deadline, FlushError};
use spanline_queue::Producer;
use std::sync::Arc;

/// Requests that wait while the worker is busy; more callers wait outside.
const WAITING: usize = 64;

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
    /// worker left, or panicked over it.
    fn drop(&mut self) {
        self.outcome.settle(Err(FlushError::AlreadyShutDown));
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
    tickets: Sender<Ticket>,
    producer: Producer,
}

impl Lane {
    pub(super) fn new(producer: Producer) -> (Lane, Receiver<Ticket>) {
        let (tickets, requests) = crossbeam_channel::bounded(WAITING);
        (Lane { tickets, producer }, requests)
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
        let sent = match deadline.instant() {
            None => self.tickets.send(ticket).map_err(|_| Control::Gone),
            Some(until) => self
                .tickets
                .send_deadline(ticket, until)
                .map_err(|error| match error {
                    SendTimeoutError::Timeout(_) => Control::Full,
                    SendTimeoutError::Disconnected(_) => Control::Gone,
                }),
        };
        self.producer.ring();
        sent.map(|()| outcome)
    }
}

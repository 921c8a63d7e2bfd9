//! One outcome that any number of threads wait for, and a task.
//!
//! Used for flush tickets and for the shutdown: somebody works, everybody gets the same answer, and
//! whoever waits leaves at a deadline of its own.

use crate::sync::{Condvar, Mutex, has_passed};
use spanline_core::Deadline;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// An answer that comes once.
#[derive(Debug, Default)]
pub(crate) struct Outcome<T> {
    state: Mutex<State<T>>,
    settled: Condvar,
}

#[derive(Debug)]
struct State<T> {
    answer: Option<T>,
    /// Of the one task that waits: who polled last.
    waker: Option<Waker>,
}

impl<T> Default for State<T> {
    fn default() -> Self {
        State {
            answer: None,
            waker: None,
        }
    }
}

impl<T: Clone> Outcome<T> {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Outcome {
            state: Mutex::new(State::default()),
            settled: Condvar::new(),
        })
    }

    /// Gives the answer; the first one counts.
    pub(crate) fn settle(&self, answer: T) {
        let mut state = self.state.lock();
        state.answer.get_or_insert(answer);
        let waker = state.waker.take();
        drop(state);
        self.settled.notify_all();
        // Wakers are foreign code: not under our lock.
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Waits for the answer; `None` if the deadline passes first.
    pub(crate) fn wait(&self, deadline: Deadline) -> Option<T> {
        let mut state = self.state.lock();
        while state.answer.is_none() && !has_passed(deadline) {
            state = self.settled.wait(state, deadline);
        }
        state.answer.clone()
    }

    /// The answer, or a promise to wake this task when it comes.
    pub(crate) fn poll(&self, task: &mut Context<'_>) -> Poll<T> {
        // Wakers are foreign code: made and dropped outside our lock.
        let waker = task.waker().clone();
        let mut state = self.state.lock();
        if let Some(answer) = &state.answer {
            return Poll::Ready(answer.clone());
        }
        let before = state.waker.replace(waker);
        drop(state);
        drop(before);
        Poll::Pending
    }
}

#[cfg(test)]
mod tests;

//! Where the simple processor's exporter sits while nobody calls it.
//!
//! Who takes it may call it and puts it back, so no lock is held while the exporter works, and who
//! waits for it leaves at a deadline. After a shutdown the seat stays empty: the exporter is dropped
//! then, not when the last handle of the provider goes.

use crate::sync::{Condvar, Mutex, has_passed};
use spanline_core::Deadline;
use spanline_core::export::SpanExporter;

/// See the module.
pub(super) struct Seat {
    state: Mutex<State>,
    /// The exporter is back, or will not come back.
    changed: Condvar,
}

struct State {
    exporter: Option<Box<dyn SpanExporter>>,
    /// Why nobody gets it any more.
    over: Option<Absent>,
}

/// Why the exporter could not be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Absent {
    /// Somebody else had it until the deadline.
    Late,
    /// It was shut down.
    Ended,
    /// A shutdown could not wait for it.
    GivenUp,
}

impl Seat {
    pub(super) fn new(exporter: Box<dyn SpanExporter>) -> Self {
        Seat {
            state: Mutex::new(State {
                exporter: Some(exporter),
                over: None,
            }),
            changed: Condvar::new(),
        }
    }

    /// Takes the exporter, waiting for it if need be.
    pub(super) fn take(&self, deadline: Deadline) -> Result<Box<dyn SpanExporter>, Absent> {
        let mut state = self.state.lock();
        loop {
            if let Some(over) = state.over {
                return Err(over);
            }
            if let Some(exporter) = state.exporter.take() {
                return Ok(exporter);
            }
            if has_passed(deadline) {
                return Err(Absent::Late);
            }
            state = self.changed.wait(state, deadline);
        }
    }

    /// Puts the exporter back; or returns it if nobody wants it any more.
    pub(super) fn put_back(
        &self,
        exporter: Box<dyn SpanExporter>,
    ) -> Option<Box<dyn SpanExporter>> {
        let mut state = self.state.lock();
        if state.over.is_some() {
            return Some(exporter);
        }
        state.exporter = Some(exporter);
        drop(state);
        self.changed.notify_one();
        None
    }

    /// The exporter, if nobody has it, although nobody is to get it any more.
    pub(super) fn clear(&self) -> Option<Box<dyn SpanExporter>> {
        self.state.lock().exporter.take()
    }

    /// Whoever has taken the exporter has shut it down.
    pub(super) fn end(&self) {
        self.leave(Absent::Ended);
    }

    /// Whoever has the exporter is to shut it down when done.
    pub(super) fn give_up(&self) {
        self.leave(Absent::GivenUp);
    }

    fn leave(&self, why: Absent) {
        self.state.lock().over = Some(why);
        self.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    //! One taker at a time, and nobody after the end.

    use super::*;
    use spanline_core::export::{Batch, ExportError, Exported};
    use std::time::Duration;

    struct Nothing;

    impl SpanExporter for Nothing {
        fn export(&mut self, _: Batch<'_>, _: Deadline) -> Result<Exported, ExportError> {
            Ok(Exported::ALL)
        }
    }

    fn now() -> Deadline {
        Deadline::after(Duration::ZERO)
    }

    #[test]
    fn who_comes_second_waits_until_its_deadline() {
        let seat = Seat::new(Box::new(Nothing));
        let taken = seat.take(now()).ok();
        assert_eq!(seat.take(now()).err(), Some(Absent::Late));
        assert!(taken.and_then(|taken| seat.put_back(taken)).is_none());
        assert!(seat.take(now()).is_ok());
    }

    #[test]
    fn after_the_end_nobody_gets_it_and_it_stays_with_who_has_it() {
        for (leave, why) in [
            (Seat::end as fn(&Seat), Absent::Ended),
            (Seat::give_up, Absent::GivenUp),
        ] {
            let seat = Seat::new(Box::new(Nothing));
            let taken = seat.take(now()).ok();
            leave(&seat);
            assert_eq!(seat.take(Deadline::NEVER).err(), Some(why));
            assert!(taken.and_then(|taken| seat.put_back(taken)).is_some());
        }
    }
}

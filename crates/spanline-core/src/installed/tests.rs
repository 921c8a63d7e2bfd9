//! What counts when, and what becomes of what no longer does. `tests/model.rs` has the same by several
//! threads.

use super::Installed;
use std::borrow::Cow;
use std::sync::{Arc, Weak};

fn got(installed: &Installed<u8>) -> Option<u8> {
    installed.get().map(Cow::into_owned)
}

#[test]
fn the_first_is_installed_once_and_counts_until_it_is_replaced() {
    let installed = Installed::empty();
    assert_eq!((got(&installed), installed.first()), (None, None));
    assert_eq!(installed.install(1), Ok(()));
    assert_eq!(installed.install(2), Err(2));
    assert!(matches!(installed.get(), Some(Cow::Borrowed(1))));

    for last in [Some(3), None, Some(4)] {
        installed.replace(last);
        assert_eq!(got(&installed), last);
        assert_eq!(installed.install(5), Err(5), "nor after it was taken away");
        assert_eq!(installed.first(), Some(&1));
    }
}

#[test]
fn what_replaces_nothing_is_the_first() {
    let installed = Installed::empty();
    // Nothing to take away: the next one is still the first.
    installed.replace(None);
    installed.replace(Some(1));
    assert!(matches!(installed.get(), Some(Cow::Borrowed(1))));
    assert_eq!(installed.first(), Some(&1));
}

#[test]
fn what_was_replaced_goes_and_may_look_at_what_replaced_it() {
    /// Looks when it is dropped, as a destructor of somebody else's may.
    struct Looks(Weak<Installed<Arc<Looks>>>);
    impl Drop for Looks {
        fn drop(&mut self) {
            if let Some(installed) = self.0.upgrade() {
                assert!(installed.get().is_none(), "what counts now");
                installed.replace(None);
            }
        }
    }
    let installed = Arc::new(Installed::empty());
    installed.replace(Some(Arc::new(Looks(Weak::new()))));
    let looks = Arc::new(Looks(Arc::downgrade(&installed)));
    let gone = Arc::downgrade(&looks);
    installed.replace(Some(looks));
    assert!(gone.upgrade().is_some());
    installed.replace(None);
    assert!(gone.upgrade().is_none());
}

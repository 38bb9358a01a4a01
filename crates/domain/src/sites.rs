//! Source locations that reported something: the fault tests compare them with all locations that can, so that no
//! finding stays without a fault ([`testbed::faults`], `cargo xtask faults`).
//!
//! Constructors of findings call [`seen`]; a text that is selected before its finding is constructed passes through
//! [`reported`]. Debug builds remember the places of each thread; release builds do nothing.
//!
//! [`testbed::faults`]: ../../testbed/faults/index.html

#[cfg(debug_assertions)]
use std::cell::RefCell;
#[cfg(debug_assertions)]
use std::collections::BTreeSet;
#[cfg(debug_assertions)]
use std::panic::Location;

#[cfg(debug_assertions)]
thread_local! {
    static SEEN: RefCell<BTreeSet<&'static Location<'static>>> = const { RefCell::new(BTreeSet::new()) };
}

/// Remembers the place of the caller.
#[track_caller]
pub fn seen() {
    #[cfg(debug_assertions)]
    {
        // In the closure, the caller would be this file.
        let place = Location::caller();
        SEEN.with_borrow_mut(|seen| seen.insert(place));
    }
}

/// The text of one of several findings with a common constructor.
#[track_caller]
pub fn reported(text: impl Into<String>) -> String {
    seen();
    text.into()
}

/// The places that this thread saw since the last call, as `file:line:column`; none in release builds.
#[must_use]
pub fn take() -> Vec<String> {
    #[cfg(debug_assertions)]
    let places = SEEN.with_borrow_mut(std::mem::take).iter().map(ToString::to_string).collect();
    #[cfg(not(debug_assertions))]
    let places = Vec::new();
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_place_is_remembered_once() {
        drop(take());
        for _ in 0..2 {
            drop(reported("one"));
        }
        drop(reported("another"));
        let places = take();
        assert_eq!(places.len(), if cfg!(debug_assertions) { 2 } else { 0 }, "{places:?}");
        assert!(places.iter().all(|place| place.starts_with("crates/domain/src/sites.rs:")), "{places:?}");
        assert!(take().is_empty());
    }
}

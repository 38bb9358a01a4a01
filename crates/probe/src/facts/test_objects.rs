//! What a verification created in the cluster, noted until it is removed.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// What a run created.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ObjectKind {
    User,
    Application,
    IdentityProvider,
}

/// One object of a run.
#[derive(Clone, Debug)]
pub(crate) struct TestObject {
    pub(crate) kind: ObjectKind,
    pub(crate) id: String,
    /// The node at which it was created, by its position.
    pub(crate) node: usize,
}

/// The test objects of one run. Dropping it removes nothing.
pub(crate) struct TestObjects {
    created: Mutex<Vec<TestObject>>,
    /// How many names were given.
    names: AtomicUsize,
}

impl TestObjects {
    pub(crate) const fn new() -> Self {
        Self { created: Mutex::new(Vec::new()), names: AtomicUsize::new(0) }
    }

    /// A number that no other object of the run has.
    pub(crate) fn next_number(&self) -> usize {
        self.names.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn note(&self, kind: ObjectKind, id: &str, node: usize) {
        let mut created = self.created.lock().unwrap_or_else(PoisonError::into_inner);
        created.push(TestObject { kind, id: id.to_owned(), node });
    }

    pub(crate) fn take(&self) -> Vec<TestObject> {
        std::mem::take(&mut *self.created.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

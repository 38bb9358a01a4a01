//! The permission that a route needs.

use domain::rights::Permission;
use domain::step::Step;

/// The permission that an answer requires.
#[derive(Clone, Copy, Debug)]
pub(crate) enum RequiredPermission {
    /// Nothing: documentation, health, and addresses that are proof themselves.
    Nothing,
    /// This.
    Act(Permission),
    /// This, to the step in the address.
    ToStep(fn(Step) -> Permission),
    /// This, for some step. The form or the answer names the step: the handler checks again.
    ToSomeStep(fn(Step) -> Permission),
}

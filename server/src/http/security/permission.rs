//! The permission that a route needs.

use domain::rights::Permission;
use domain::step::Step;

/// What somebody must be allowed to do to get an answer.
#[derive(Clone, Copy, Debug)]
pub(crate) enum RequiredPermission {
    /// Nothing: documentation, health, and addresses that are proof themselves.
    Nothing,
    /// This.
    Act(Permission),
    /// This, to the step in the address.
    ToStep(fn(Step) -> Permission),
    /// This, to some step. Which one, the form or the answer says: the handler asks again.
    ToSomeStep(fn(Step) -> Permission),
}

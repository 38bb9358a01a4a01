//! Decisions about a request before its handler runs: origin, session, actor and permission.

pub(crate) mod access_watch;
pub(crate) mod authorization;
pub(crate) mod cookies;
pub(crate) mod field_permission;
pub mod login_state;
pub mod metrics_token;
pub(crate) mod origin_guard;
pub(crate) mod permission;
pub mod request_context;

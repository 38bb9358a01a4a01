//! Decisions about a request before its handler runs: origin, session, actor and permission.

pub(crate) mod actor_extractor;
pub(crate) mod authorization;
pub(crate) mod cookies;
pub(crate) mod origin_guard;
pub mod request_context;

//! Access to plans: the owner's access token, sessions, and the actor of a request.

pub mod access_token;
pub mod actor;
pub mod rate_limit;
pub mod sessions;

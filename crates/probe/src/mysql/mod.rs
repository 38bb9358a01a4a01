//! MySQL and compatible servers: greeting, products, sessions, certificates, accounts and privileges.

pub(crate) mod account;
mod auth;
pub(crate) mod certificate;
mod client;
pub(crate) mod grants;
pub mod greeting;
pub mod host_pattern;
mod login_error;
pub mod product;
pub(crate) mod quote;
pub(crate) mod session;
mod wire;
mod words;

pub(crate) use login_error::LoginError;

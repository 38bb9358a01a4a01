//! What is known about MySQL and its relatives: the greeting, the products, sessions, and hosts of accounts.

pub mod greeting;
pub mod host_pattern;
mod login_error;
pub mod product;
pub(crate) mod quote;
pub(crate) mod session;

pub(crate) use login_error::LoginError;

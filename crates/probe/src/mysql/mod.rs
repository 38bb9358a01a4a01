//! What is known about MySQL and its relatives: the greeting, the products, sessions, certificates, accounts and rights.

pub(crate) mod account;
pub(crate) mod certificate;
pub(crate) mod grants;
pub mod greeting;
pub mod host_pattern;
mod login_error;
pub mod product;
pub(crate) mod quote;
pub(crate) mod session;
mod words;

pub(crate) use login_error::LoginError;

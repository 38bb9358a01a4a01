//! What the database stores: one file for each kind of object.

pub(crate) mod application;
pub(crate) mod identity_provider;
pub(crate) mod sign_in;
pub(crate) mod token;
pub(crate) mod user;

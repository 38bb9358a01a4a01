//! The answers of a node, one file for each part of IS's interfaces.

pub(crate) mod applications;
pub(crate) mod authorize;
pub(crate) mod discovery;
pub(crate) mod disturbance;
pub(crate) mod errors;
pub(crate) mod health;
pub(crate) mod identity_providers;
pub(crate) mod introspection;
pub(crate) mod logout;
pub(crate) mod pages;
pub(crate) mod registration;
pub(crate) mod scim_users;
pub(crate) mod sessions;
pub(crate) mod sign_in;
pub(crate) mod tokens;

mod application_document;
mod authentication;
mod cached;
mod client_authentication;
mod grants;
mod issue;
mod parameters;
mod scim_document;
mod scim_patch;

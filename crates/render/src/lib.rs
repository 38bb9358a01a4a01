//! render

pub mod certificates;
pub mod keyring;
pub mod keystore;

//! Runs the live checks of the catalogue against real systems: [`engine::run`] is the way in.
//!
//! One file a kind of conversation (names, TCP, MySQL's greeting, MySQL session, TLS, HTTPS), one file a topic of checks.
//! What a check is and how results are folded is said in `domain::check`; nothing here decides what the results mean for
//! the plan. Checks write nothing to the systems that are looked at, but where `domain` says that one does and somebody asked
//! for it; [`prepare`] does, after it was asked.

pub mod address;
mod budget;
mod certificate;
mod checks;
pub mod engine;
mod fault;
mod hello;
mod https;
mod ldap;
mod mysql;
mod old_certificate;
pub mod prepare;
mod service;
mod shared;
mod subject;
pub mod tables;
mod tcp;
mod tls;

pub use certificate::Authorities;
pub use engine::{Clock, Decide, run};
pub use mysql::{greeting, host_pattern, product};
pub use service::Service;
pub use subject::Subject;

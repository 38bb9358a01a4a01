//! Runs the live checks of the catalogue against real systems; [`run`] is the entry point.
//!
//! `facts` observes: names, TCP, MySQL's greeting, MySQL sessions, TLS, HTTPS and LDAP, each fact once in a run. `checks`
//! evaluates: one file for each topic. `domain::check` defines what a check is and how results are folded; nothing here decides
//! what a result means for the plan. Checks do not write to the systems they inspect, except for one that `domain` declares as
//! writing and that a person started. [`prepare`] writes after a confirmation. [`verification`] creates test objects in a deployed
//! cluster and removes them.

pub mod address;
mod budget;
mod certificate;
mod checks;
mod clock;
pub mod engine;
mod facts;
mod fault;
mod https;
mod ldap;
mod legacy_tls;
mod list_text;
mod mysql;
mod origins;
pub mod prepare;
mod service;
mod subject;
pub mod tables;
mod tcp;
mod tls;
pub mod verification;
mod x509_v1;

pub use certificate::TrustAnchors;
pub use engine::run;
pub use mysql::{greeting, host_pattern, product};
pub use service::DetectedService;
pub use subject::RunSubject;

//! The program: the wizard over HTTP, connections and TLS, the configuration, and the command line. It decides nothing about
//! a cluster, and what both the wizard and the command line do is in `service`.

pub mod cli;
pub mod config;
pub mod http;
pub mod net;
pub mod process_hardening;
pub mod report;

//! The live checks against real servers, and against faulty ones. One fault makes exactly one check fail.
//!
//! The attributes mark the helpers as test code for clippy.
#![expect(clippy::disallowed_methods, reason = "a test reads the environment, and dials servers that it started")]

#[cfg(test)]
mod bench;
#[cfg(test)]
mod cancel;
#[cfg(test)]
mod connection_faults;
#[cfg(test)]
mod database_faults;
#[cfg(test)]
mod dead_host;
#[cfg(test)]
mod directory_answers;
#[cfg(test)]
mod directory_faults;
#[cfg(test)]
mod directory_schema_faults;
#[cfg(test)]
mod directory_tls_faults;
#[cfg(test)]
mod fingerprints;
#[cfg(test)]
mod first_start_faults;
#[cfg(test)]
mod front_faults;
#[cfg(test)]
mod healthy;
#[cfg(test)]
mod hostname;
#[cfg(test)]
mod letters;
#[cfg(test)]
mod login_faults;
#[cfg(test)]
mod network_faults;
#[cfg(test)]
mod nodes;
#[cfg(test)]
mod plugin_faults;
#[cfg(test)]
mod prepare;
#[cfg(test)]
mod prepare_faults;
#[cfg(test)]
mod prepare_turns;
#[cfg(test)]
mod proxy;
#[cfg(test)]
mod replication_faults;
#[cfg(test)]
mod rights_faults;
#[cfg(test)]
mod script_faults;
#[cfg(test)]
mod scripts_complete;
#[cfg(test)]
mod server_faults;
#[cfg(test)]
mod services;
#[cfg(test)]
mod storage_faults;
#[cfg(test)]
mod support;
#[cfg(test)]
mod table_cases;
#[cfg(test)]
mod table_faults;
#[cfg(test)]
mod tls_faults;
#[cfg(test)]
mod workflow_faults;

//! The declared failures, one list for each topic. An entry is compared from its deepest cause outwards; within a part, the
//! first rule that matches wins, so special rules precede general ones, and topics with a context precede those without.

mod application;
mod cluster;
mod cluster_start;
mod configuration;
pub(super) mod context;
mod database_account;
mod database_data;
mod database_limits;
mod database_network;
mod database_schema;
mod database_tls;
mod declare;
mod directory;
mod directory_connection;
mod embedded_database;
mod files;
mod java;
mod keystores;
mod load_balancer;
mod machine;
mod requests;
mod startup;
mod tls;

use super::failure::FailureRule;

/// The lists, in the order in which they are compared.
static TOPICS: [&[FailureRule]; 21] = [
    load_balancer::RULES,
    configuration::RULES,
    java::RULES,
    machine::RULES,
    cluster_start::RULES,
    cluster::RULES,
    embedded_database::RULES,
    database_tls::RULES,
    database_account::RULES,
    database_limits::RULES,
    database_schema::RULES,
    database_data::RULES,
    directory::RULES,
    directory_connection::RULES,
    database_network::RULES,
    keystores::RULES,
    tls::RULES,
    requests::RULES,
    application::RULES,
    files::RULES,
    startup::RULES,
];

/// Every rule, in the order in which they are compared.
pub(super) fn all() -> impl Iterator<Item = &'static FailureRule> {
    TOPICS.into_iter().flatten()
}

/// The rule with this code.
pub(super) fn find(code: &str) -> Option<&'static FailureRule> {
    all().find(|rule| rule.code == code)
}

#[cfg(test)]
mod tests;

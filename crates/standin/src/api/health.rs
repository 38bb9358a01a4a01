//! The health API, as IS answers it on the port of a node.

use hyper::StatusCode;
use serde_json::{Value, json};

use crate::http::answer::Answer;
use crate::is_messages::{
    BROKEN_PIPE, CIRCUIT_BREAKER_OPEN, COMMUNICATION_FAILURE, DATA_SOURCE_FAILURE, USER_STORE_FAILURE,
};
use crate::node::NodeState;

/// `GET /api/health-check/v1.0/health`.
pub(crate) fn answer(node: &NodeState) -> Answer {
    let checks = if node.faults().health_disabled { Vec::new() } else { checks(node) };
    Answer::json(StatusCode::OK, &json!({"health": checks}))
}

fn checks(node: &NodeState) -> Vec<Value> {
    let mut data_sources = vec!["jdbc/SHARED_DB", "jdbc/WSO2CarbonDB", "jdbc/WSO2IdentityDB"];
    let mut user_stores = vec!["PRIMARY"];
    if node.version().has_agent_identities() {
        data_sources.push("jdbc/AgentIdentity");
        user_stores.push("AGENT");
    }
    if node.version().is_6() {
        data_sources.push("bpsds");
    }
    let check = |key: String, value: &str| json!({"key": key, "value": value});
    let mut checks: Vec<Value> = Vec::new();
    for name in data_sources {
        checks.push(check(format!("{name}.connectivity.time.ms"), "0"));
        checks.push(check(format!("{name}.active.connection.count"), "1"));
    }
    checks.extend(user_stores.into_iter().map(|name| check(format!("{name}.userstore.health"), "healthy")));
    checks
}

fn unhealthy(errors: &[(&str, &str, &str)]) -> Answer {
    let error = |(code, message, description): &(&str, &str, &str)| json!({"code": code, "message": message, "description": description});
    let errors: Vec<Value> = errors.iter().map(error).collect();
    Answer::json(StatusCode::SERVICE_UNAVAILABLE, &json!({"errors": errors}))
}

/// 503: the database does not answer.
pub(crate) fn without_database() -> Answer {
    unhealthy(&[("HC_00001", DATA_SOURCE_FAILURE, COMMUNICATION_FAILURE)])
}

/// 503: new connections to the database break.
pub(crate) fn with_broken_connections() -> Answer {
    unhealthy(&[("HC_00001", DATA_SOURCE_FAILURE, BROKEN_PIPE), ("HC_00003", USER_STORE_FAILURE, CIRCUIT_BREAKER_OPEN)])
}

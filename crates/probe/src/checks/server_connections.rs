//! DB-28 and DB-29: the server accepts the connections that all nodes may open, in general and at this moment.

use domain::check::CheckId;
use domain::steps::Database;

use super::server_variables::{missing_variable, with_new_value};
use crate::facts::Facts;
use crate::facts::remedy_sql;
use crate::fault::{SharedFault, Verdict};

/// Connections in addition to the pools of all nodes.
const RESERVED: u64 = domain::render_plan::RESERVED_CONNECTIONS as u64;

/// The number of connections that all nodes may open, and the calculation as text.
fn needed(facts: &Facts) -> Result<(u64, String, &Database), SharedFault> {
    let database = facts.database()?;
    let nodes = facts.answers().nodes.as_ref();
    let nodes =
        nodes.ok_or_else(|| SharedFault::incomplete("Clustering", "the node table is missing or cannot be read"))?;
    let (nodes, pools, size) = (nodes.len() as u64, database.list().len() as u64, u64::from(database.pool_size.get()));
    let sum = nodes * pools * size;
    Ok((sum, format!("{nodes} nodes \u{d7} {pools} databases \u{d7} {size} = {sum}"), database))
}

/// The value, or the verdict that reports why it is unknown.
macro_rules! or_report {
    ($work:expr, $id:expr) => {
        match $work {
            Ok(value) => value,
            Err(fault) => {
                return vec![fault.verdict_for($id, "At least as many connections as the pools of all nodes.")]
            }
        }
    };
}

pub(crate) async fn enough(facts: &Facts) -> Vec<Verdict> {
    const ID: CheckId = CheckId::Db28;
    let (sum, calculation, database) = or_report!(needed(facts), ID);
    let required = format!("At least {}: {calculation}, and {RESERVED} in reserve.", sum + RESERVED);
    let variables = or_report!(facts.variables().await, ID);
    let Some(max) = variables.number("max_connections") else {
        return vec![missing_variable("max_connections", &required)];
    };
    let current = format!("max_connections = {max}");
    if max < sum + RESERVED {
        let verdict = Verdict::warned(format!("{current}."), required).remedy(
            "The nodes start, but under load the server refuses connections. Increase it, or choose smaller pools in the Database \
             step. As an administrator, run:",
        );
        return vec![with_new_value(variables, verdict, "max_connections", &(sum + RESERVED).max(1000).to_string())];
    }
    let account = or_report!(facts.account().await, ID);
    let max_of_all_accounts = variables.number("max_user_connections").filter(|max| *max > 0);
    // A limit of the account takes precedence over the limit of all accounts.
    vec![match (account.max_connections.map(u64::from), max_of_all_accounts) {
        (Some(own), _) if own < sum => {
            Verdict::warned(format!("{current}, but {} may open only {own}.", database.username.as_str()), required)
                .remedy("Increase the limit of the account. As an administrator, run:")
                .command(format!("ALTER USER {} WITH MAX_USER_CONNECTIONS 0;", remedy_sql::account(database)))
        }
        (None, Some(limit)) if limit < sum => {
            let verdict = Verdict::warned(format!("{current}, but max_user_connections = {limit}."), required)
                .remedy("Increase the limit of all accounts. As an administrator, run:");
            with_new_value(variables, verdict, "max_user_connections", "0")
        }
        _ => Verdict::passed(format!("{current}."), required),
    }]
}

pub(crate) async fn free(facts: &Facts) -> Vec<Verdict> {
    const ID: CheckId = CheckId::Db29;
    let (sum, calculation, _) = or_report!(needed(facts), ID);
    let required = format!("At least {sum} free connections: {calculation}.");
    let variables = or_report!(facts.variables().await, ID);
    let Some(max) = variables.number("max_connections") else {
        return vec![missing_variable("max_connections", &required)];
    };
    if max < sum + RESERVED {
        let reason = format!("max_connections = {max} is less than the pools may open (DB-28).");
        return vec![Verdict::skipped(reason, required).remedy("See DB-28.")];
    }
    let load = or_report!(facts.load().await, ID);
    let Some(open) = load.open else { return vec![missing_variable("Threads_connected", &required)] };
    // The connections of running nodes and of this check use the same account and are not counted.
    let others = open.saturating_sub(load.own);
    let free = max.saturating_sub(others);
    let current = format!("{free} of {max} connections are free or used by this account.");
    if free >= sum {
        return vec![Verdict::passed(current, required)];
    }
    let verdict = Verdict::warned(format!("{current} Other accounts use {others}."), required)
        .remedy("Find the clients that use them, or increase max_connections. As an administrator, run:")
        .command("SELECT user, host, COUNT(*) FROM information_schema.processlist GROUP BY user, host;");
    vec![with_new_value(variables, verdict, "max_connections", &(sum + others + RESERVED).max(1000).to_string())]
}

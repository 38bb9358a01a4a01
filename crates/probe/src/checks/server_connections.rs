//! DB-28 and DB-29: the server takes the connections that all nodes may open, ever and at this moment.

use domain::check::CheckId;
use domain::steps::Database;

use super::database_version::unanswered;
use super::server_variables::{self, untold};
use super::sql;
use crate::fault::{Fault, Verdict};
use crate::mysql::session::Session;
use crate::shared::Shared;

/// Beside the pools of all nodes.
const RESERVE: u64 = domain::render_plan::RESERVED_CONNECTIONS as u64;

/// How busy the server is.
pub(crate) struct Load {
    /// Open connections, as far as the server tells.
    open: Option<u64>,
    /// Of these, our account's own.
    own: u64,
    /// Whether it takes changes over from another server; `None` where this account is not told: MariaDB tells everybody,
    /// MySQL those with the right REPLICATION CLIENT.
    pub(crate) is_replica: Option<bool>,
}

/// Reads it in two questions that no server refuses.
pub(crate) async fn read(shared: &Shared) -> Result<Load, Fault> {
    let session = shared.session().await?;
    let status = "SHOW GLOBAL STATUS WHERE Variable_name IN ('Threads_connected', 'Slaves_running')";
    let status = server_variables::pairs(session.rows(status.to_owned()).await.map_err(unanswered)?);
    // Without the right PROCESS the list holds the connections of our own account alone, which is what is asked for.
    let own = "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE USER = SUBSTRING_INDEX(USER(), '@', 1)";
    let own = session.rows(own.to_owned()).await.map_err(unanswered)?;
    let own = own.first().and_then(|row| row.first()?.as_ref()?.parse().ok()).unwrap_or(0);
    let number = |name: &str| status.get(name).and_then(|value| value.parse::<u64>().ok());
    let is_replica = match number("slaves_running") {
        Some(running) => Some(running > 0),
        None => has_source(session).await,
    };
    Ok(Load { open: number("threads_connected"), own, is_replica })
}

/// Whether a server of MySQL has another one to take changes from. The first word is that of 8.0.22 and later.
async fn has_source(session: &Session) -> Option<bool> {
    for word in ["REPLICA", "SLAVE"] {
        if let Ok(rows) = session.rows(format!("SHOW {word} STATUS")).await {
            return Some(!rows.is_empty());
        }
    }
    None
}

/// The connections all nodes may hold: the number, and the sum in words.
fn needed(shared: &Shared) -> Result<(u64, String, &Database), Fault> {
    let database = shared.database()?;
    let nodes = shared.answers().nodes.as_ref();
    let nodes = nodes.ok_or_else(|| Fault::incomplete("Clustering", "the node table is missing or cannot be read"))?;
    let (nodes, pools, size) = (nodes.len() as u64, database.list().len() as u64, u64::from(database.pool_size.get()));
    let sum = nodes * pools * size;
    Ok((sum, format!("{nodes} nodes \u{d7} {pools} databases \u{d7} {size} = {sum}"), database))
}

/// What is needed, or the one verdict that says why that is not known.
macro_rules! or_tell {
    ($work:expr, $id:expr) => {
        match $work {
            Ok(value) => value,
            Err(fault) => return vec![fault.told_by($id, "as many as the pools of all nodes")],
        }
    };
}

pub(crate) async fn enough(shared: &Shared) -> Vec<Verdict> {
    const ID: CheckId = CheckId::Db28;
    let (sum, words, database) = or_tell!(needed(shared), ID);
    let required = format!("at least {}: {words}, and {RESERVE} in reserve", sum + RESERVE);
    let variables = or_tell!(shared.variables().await, ID);
    let Some(most) = variables.number("max_connections") else { return vec![untold("max_connections", &required)] };
    let current = format!("max_connections = {most}");
    if most < sum + RESERVE {
        let verdict = Verdict::warned(current, required).remedy(
            "The nodes start, but under load connections are refused. Raise it, or choose smaller pools in the Database \
             step. As an administrator:",
        );
        return vec![variables.set(verdict, "max_connections", &(sum + RESERVE).max(1000).to_string())];
    }
    let account = or_tell!(shared.account().await, ID);
    let of_everyone = variables.number("max_user_connections").filter(|most| *most > 0);
    // A limit of the account's own counts before the one for all accounts.
    vec![match (account.most_connections.map(u64::from), of_everyone) {
        (Some(own), _) if own < sum => {
            Verdict::warned(format!("{current}, but {} may have {own}", database.username.as_str()), required)
                .remedy("Raise the limit of the account. As an administrator:")
                .command(format!("ALTER USER {} WITH MAX_USER_CONNECTIONS 0;", sql::account(database)))
        }
        (None, Some(most)) if most < sum => {
            let verdict = Verdict::warned(format!("{current}, but max_user_connections = {most}"), required)
                .remedy("Raise the limit of all accounts. As an administrator:");
            variables.set(verdict, "max_user_connections", "0")
        }
        _ => Verdict::passed(current, required),
    }]
}

pub(crate) async fn free(shared: &Shared) -> Vec<Verdict> {
    const ID: CheckId = CheckId::Db29;
    let (sum, words, _) = or_tell!(needed(shared), ID);
    let required = format!("at least {sum} free: {words}");
    let variables = or_tell!(shared.variables().await, ID);
    let Some(most) = variables.number("max_connections") else { return vec![untold("max_connections", &required)] };
    if most < sum + RESERVE {
        let because = format!("because max_connections = {most} is less than the pools may open (DB-28)");
        return vec![Verdict::could_not_check(because, required).remedy("See DB-28.")];
    }
    let load = or_tell!(shared.load().await, ID);
    let Some(open) = load.open else { return vec![untold("Threads_connected", &required)] };
    // The nodes' own connections, if they run already, and ours are no obstacle to them.
    let others = open.saturating_sub(load.own);
    let free = most.saturating_sub(others);
    let current = format!("{free} of {most} are free or held by this account");
    if free >= sum {
        return vec![Verdict::passed(current, required)];
    }
    let verdict = Verdict::warned(format!("{current}; others hold {others}"), required)
        .remedy("Find out who holds them, or raise max_connections. As an administrator:")
        .command("SELECT user, host, COUNT(*) FROM information_schema.processlist GROUP BY user, host;");
    vec![variables.set(verdict, "max_connections", &(sum + others + RESERVE).max(1000).to_string())]
}

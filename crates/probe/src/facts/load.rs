//! How busy the server is, and whether it is a replica.

use super::variables::pairs;
use crate::fault::SharedFault;
use crate::mysql::session::MysqlSession;

/// How busy the server is.
pub(crate) struct ServerLoad {
    /// Open connections; `None` if the server does not report them.
    pub(crate) open: Option<u64>,
    /// Those of the plan's account.
    pub(crate) own: u64,
    /// Whether it replicates from another server; `None` if the account may not know: MariaDB reports it to every account, MySQL
    /// to those with REPLICATION CLIENT.
    pub(crate) is_replica: Option<bool>,
}

/// Reads it in two queries that no server refuses.
pub(crate) async fn read(session: &MysqlSession) -> Result<ServerLoad, SharedFault> {
    let status = "SHOW GLOBAL STATUS WHERE Variable_name IN ('Threads_connected', 'Slaves_running')";
    let status = pairs(session.rows(status.to_owned()).await?);
    // Without PROCESS the list holds only the connections of this account, which are the ones that count here.
    let own = "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE USER = SUBSTRING_INDEX(USER(), '@', 1)";
    let own = session.rows(own.to_owned()).await?;
    let own = own.first().and_then(|row| row.first()?.as_ref()?.parse().ok()).unwrap_or(0);
    let number = |name: &str| status.get(name).and_then(|value| value.parse::<u64>().ok());
    let is_replica = match number("slaves_running") {
        Some(running) => Some(running > 0),
        None => has_source(session).await,
    };
    Ok(ServerLoad { open: number("threads_connected"), own, is_replica })
}

/// Whether a MySQL server replicates from another one. The first keyword is that of 8.0.22 and later.
async fn has_source(session: &MysqlSession) -> Option<bool> {
    for keyword in ["REPLICA", "SLAVE"] {
        if let Ok(rows) = session.rows(format!("SHOW {keyword} STATUS")).await {
            return Some(!rows.is_empty());
        }
    }
    None
}

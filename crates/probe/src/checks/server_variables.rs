//! Shared by all checks of server variables: one verdict from the variables, and how a remedy sets one.

use domain::check::CheckId;
use domain::product::DatabaseVendor as Vendor;

use crate::facts::Facts;
use crate::facts::variables::ServerVariables;
use crate::fault::Verdict;
use crate::mysql::greeting;
use crate::mysql::product::ServerVersion;

/// Introduces the line of an option file that keeps the new value after a restart.
pub(crate) const OPTION_FILE: &str = "-- For the next start, in the option file under [mysqld]: ";

/// The name of a variable in an option file: a server that finds an unknown name there does not start.
fn option_name(variable: &str) -> &str {
    match variable {
        "tx_isolation" => "transaction-isolation",
        "tx_read_only" => "transaction-read-only",
        "time_zone" => "default-time-zone",
        same => same,
    }
}

/// The verdict of a check that needs only the variables.
pub(crate) async fn decide(
    facts: &Facts,
    id: CheckId,
    required: &str,
    evaluate: fn(&ServerVariables) -> Verdict,
) -> Vec<Verdict> {
    vec![facts.variables().await.map_or_else(|fault| fault.verdict_for(id, required), evaluate)]
}

/// Adds the commands that set a variable permanently on this product; `value` is SQL.
pub(crate) fn with_new_value(variables: &ServerVariables, verdict: Verdict, name: &str, value: &str) -> Verdict {
    match variables.product() {
        Some(ServerVersion { vendor: Vendor::Aurora, .. }) => {
            verdict.command(format!("-- In the parameter group of the cluster: {name} = {value}"))
        }
        Some(ServerVersion { vendor: Vendor::MySql | Vendor::Percona, series: (8.., _), .. }) => {
            verdict.command(format!("SET PERSIST {name} = {value};"))
        }
        _ => verdict
            .command(format!("SET GLOBAL {name} = {value};"))
            .command(format!("{OPTION_FILE}{} = {value}", option_name(name))),
    }
}

/// Values of a server made safe to display, joined by `separator`.
pub(crate) fn clean_all(values: &[&str], separator: &str) -> String {
    values.iter().map(|value| greeting::clean(value.as_bytes())).collect::<Vec<_>>().join(separator)
}

/// The verdict if the server does not report a variable.
pub(crate) fn missing_variable(name: &str, required: &str) -> Verdict {
    Verdict::skipped(format!("The server does not report {name}."), required)
        .remedy("A proxy may answer instead of the server. Connect to the server directly and run:")
        .command(format!("SHOW GLOBAL VARIABLES LIKE '{name}';"))
}

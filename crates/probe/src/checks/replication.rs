//! DB-33 and DB-34: the server accepts writes, and in a cluster of servers one node reads what another one wrote.

use domain::check::CheckId;

use super::server_variables::{decide, missing_variable, with_new_value};
use crate::facts::Facts;
use crate::facts::variables::ServerVariables;
use crate::fault::Verdict;
use crate::mysql::greeting;

const REQUIRED_WRITABLE: &str = "read_only is off.";
const REQUIRED_CONSISTENT: &str = "One writer, or reads that wait for writes.";

/// Variables that forbid writes: `innodb_read_only` is set on Aurora readers, the last two are defaults of new sessions.
const READ_ONLY_VARIABLES: [&str; 5] =
    ["super_read_only", "read_only", "innodb_read_only", "transaction_read_only", "tx_read_only"];

pub(crate) async fn is_writable(facts: &Facts) -> Vec<Verdict> {
    let variables = match facts.variables().await {
        Ok(variables) => variables,
        Err(fault) => return vec![fault.verdict_for(CheckId::Db33, REQUIRED_WRITABLE)],
    };
    if let Some(verdict) = evaluate_variables(variables) {
        return vec![verdict];
    }
    vec![match facts.load().await {
        Ok(load) if load.is_replica == Some(true) => {
            Verdict::warned("read_only is off, but the server replicates from another one.", REQUIRED_WRITABLE)
                .remedy("Enter the address of the primary server, or make sure that no other application writes to this one. To see its source, run:")
                .command("SHOW REPLICA STATUS;")
        }
        Ok(load) if load.is_replica.is_none() => Verdict::passed(
            "read_only is off. This account may not see whether the server is a replica.",
            REQUIRED_WRITABLE,
        ),
        Ok(_) => Verdict::passed("read_only is off.", REQUIRED_WRITABLE),
        Err(fault) => fault.verdict_for(CheckId::Db33, REQUIRED_WRITABLE),
    }]
}

/// `None` if the variables allow writes.
fn evaluate_variables(variables: &ServerVariables) -> Option<Verdict> {
    if variables.first_of(&["read_only"]).is_none() {
        return Some(missing_variable("read_only", REQUIRED_WRITABLE));
    }
    let is_set = |name: &&str| !matches!(variables.get(name), "" | "OFF" | "0");
    let set: Vec<&str> = READ_ONLY_VARIABLES.into_iter().filter(is_set).collect();
    let first = set.first()?;
    let verdict = Verdict::failed(
        format!("{} on: the server is a replica, or closed for maintenance.", are(&set)),
        REQUIRED_WRITABLE,
    )
    .remedy(
        "Enter the address of the primary server in the Database step. If this is the primary server, allow writes. As an administrator, run:",
    );
    Some(match *first {
        "innodb_read_only" => verdict,
        // Switching read_only off switches super_read_only off too.
        "super_read_only" => with_new_value(variables, verdict, "read_only", "OFF"),
        name => with_new_value(variables, verdict, name, "OFF"),
    })
}

pub(crate) async fn is_consistent(facts: &Facts) -> Vec<Verdict> {
    decide(facts, CheckId::Db34, REQUIRED_CONSISTENT, evaluate_consistency).await
}

/// "a is" or "a and b are".
fn are(names: &[&str]) -> String {
    format!("{} {}", names.join(" and "), if names.len() == 1 { "is" } else { "are" })
}

fn evaluate_consistency(variables: &ServerVariables) -> Verdict {
    let remedy = "Let all nodes use the same server, or let reads wait for writes. As an administrator, run:";
    let provider = variables.get("wsrep_provider");
    if variables.is_on("wsrep_on") && !matches!(provider, "" | "none") {
        let waits = variables.number("wsrep_sync_wait").unwrap_or(0);
        let current = format!("Galera with wsrep_sync_wait = {waits}.");
        // Bit 1 stands for reads.
        return if waits & 1 == 1 {
            Verdict::passed(current, REQUIRED_CONSISTENT)
        } else {
            let verdict = Verdict::warned(current, REQUIRED_CONSISTENT).remedy(remedy);
            with_new_value(variables, verdict, "wsrep_sync_wait", "1")
        };
    }
    if variables.get("group_replication_group_name").is_empty() {
        return Verdict::passed("The server uses neither Galera nor Group Replication.", REQUIRED_CONSISTENT);
    }
    let level = greeting::clean(variables.get("group_replication_consistency").as_bytes());
    if variables.is_on("group_replication_single_primary_mode") {
        return Verdict::passed("Group Replication with a single primary, which is this server.", REQUIRED_CONSISTENT);
    }
    let current = format!("Group Replication with several primaries and consistency {level}.");
    if matches!(level.as_str(), "BEFORE" | "AFTER" | "BEFORE_AND_AFTER") {
        return Verdict::passed(current, REQUIRED_CONSISTENT);
    }
    let verdict = Verdict::warned(current, REQUIRED_CONSISTENT).remedy(remedy);
    with_new_value(variables, verdict, "group_replication_consistency", "'BEFORE'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn galera_is_evaluated_by_its_waits() {
        for (on, provider, waits, outcome) in [
            ("OFF", "none", "0", "Passed"),
            ("ON", "none", "0", "Passed"),
            ("ON", "/usr/lib/galera/libgalera_smm.so", "0", "Warned"),
            ("ON", "/usr/lib/galera/libgalera_smm.so", "6", "Warned"),
            ("ON", "/usr/lib/galera/libgalera_smm.so", "7", "Passed"),
        ] {
            let list = [("wsrep_on", on), ("wsrep_provider", provider), ("wsrep_sync_wait", waits)];
            assert!(format!("{:?}", evaluate_consistency(&ServerVariables::of(&list))).contains(outcome), "{list:?}");
        }
    }

    #[test]
    fn an_aurora_reader_is_found() {
        let list = [("read_only", "OFF"), ("innodb_read_only", "ON")];
        assert!(format!("{:?}", evaluate_variables(&ServerVariables::of(&list))).contains("innodb_read_only is on"));
        assert!(
            evaluate_variables(&ServerVariables::of(&[("read_only", "OFF"), ("innodb_read_only", "OFF")])).is_none()
        );
    }
}

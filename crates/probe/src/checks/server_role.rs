//! DB-33 and DB-34: the server takes writes, and where it is one of several, what one node writes another reads.

use domain::check::CheckId;

use super::server_variables::{self as variables, Variables};
use crate::fault::Verdict;
use crate::mysql::greeting;
use crate::shared::Shared;

const WRITES: &str = "read_only off";
const CONSISTENT: &str = "one writer, or reads that wait for writes";

/// What keeps a server from writing: `innodb_read_only` is Aurora's reader, the last two are the default of new sessions.
const SWITCHES: [&str; 5] =
    ["super_read_only", "read_only", "innodb_read_only", "transaction_read_only", "tx_read_only"];

pub(crate) async fn takes_writes(shared: &Shared) -> Vec<Verdict> {
    let variables = match shared.variables().await {
        Ok(variables) => variables,
        Err(fault) => return vec![fault.told_by(CheckId::Db33, WRITES)],
    };
    if let Some(verdict) = judge_switches(variables) {
        return vec![verdict];
    }
    vec![match shared.load().await {
        Ok(load) if load.is_replica == Some(true) => {
            Verdict::warned("read_only is off, but the server takes changes over from another one", WRITES)
                .remedy("Enter the address of the writer, or make sure that nothing else is written there.")
                .command("SHOW REPLICA STATUS;")
        }
        Ok(load) if load.is_replica.is_none() => Verdict::passed(
            "read_only is off; whether it takes changes over from another server is not told to this account",
            WRITES,
        ),
        Ok(_) => Verdict::passed("read_only is off", WRITES),
        Err(fault) => fault.told_by(CheckId::Db33, WRITES),
    }]
}

/// `None` when the switches let writes through.
fn judge_switches(variables: &Variables) -> Option<Verdict> {
    if variables.first_of(&["read_only"]).is_none() {
        return Some(variables::untold("read_only", WRITES));
    }
    let is_set = |name: &&str| !matches!(variables.get(name), "" | "OFF" | "0");
    let set: Vec<&str> = SWITCHES.into_iter().filter(is_set).collect();
    let first = set.first()?;
    let verdict = Verdict::failed(
        format!("{} on: it is a replica, or closed for maintenance", set.join(" and ")),
        WRITES,
    )
    .remedy(
        "Enter the address of the writer in the Database step. If this is the writer, let an administrator open it:",
    );
    Some(match *first {
        "innodb_read_only" => verdict,
        // Switching read_only off switches super_read_only off too.
        "super_read_only" => variables.set(verdict, "read_only", "OFF"),
        name => variables.set(verdict, name, "OFF"),
    })
}

pub(crate) async fn is_consistent(shared: &Shared) -> Vec<Verdict> {
    variables::decide(shared, CheckId::Db34, CONSISTENT, judge_consistency).await
}

fn judge_consistency(variables: &Variables) -> Verdict {
    let advice = "Let all nodes use one and the same server at a time, or let reads wait. As an administrator:";
    let provider = variables.get("wsrep_provider");
    if variables.is_on("wsrep_on") && !matches!(provider, "" | "none") {
        let waits = variables.number("wsrep_sync_wait").unwrap_or(0);
        let current = format!("Galera with wsrep_sync_wait = {waits}");
        // Bit 1 stands for reads.
        return if waits & 1 == 1 {
            Verdict::passed(current, CONSISTENT)
        } else {
            let verdict = Verdict::warned(current, CONSISTENT).remedy(advice);
            variables.set(verdict, "wsrep_sync_wait", "1")
        };
    }
    if variables.get("group_replication_group_name").is_empty() {
        return Verdict::passed("neither Galera nor Group Replication", CONSISTENT);
    }
    let level = greeting::clean(variables.get("group_replication_consistency").as_bytes());
    if variables.is_on("group_replication_single_primary_mode") {
        return Verdict::passed("Group Replication with one primary, which this is", CONSISTENT);
    }
    let current = format!("Group Replication with several primaries and consistency {level}");
    if matches!(level.as_str(), "BEFORE" | "AFTER" | "BEFORE_AND_AFTER") {
        return Verdict::passed(current, CONSISTENT);
    }
    let verdict = Verdict::warned(current, CONSISTENT).remedy(advice);
    variables.set(verdict, "group_replication_consistency", "'BEFORE'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn galera_is_judged_by_its_waits() {
        for (on, provider, waits, outcome) in [
            ("OFF", "none", "0", "Passed"),
            ("ON", "none", "0", "Passed"),
            ("ON", "/usr/lib/galera/libgalera_smm.so", "0", "Warned"),
            ("ON", "/usr/lib/galera/libgalera_smm.so", "6", "Warned"),
            ("ON", "/usr/lib/galera/libgalera_smm.so", "7", "Passed"),
        ] {
            let list = [("wsrep_on", on), ("wsrep_provider", provider), ("wsrep_sync_wait", waits)];
            assert!(format!("{:?}", judge_consistency(&Variables::of(&list))).contains(outcome), "{list:?}");
        }
    }

    #[test]
    fn auroras_reader_is_told() {
        let list = [("read_only", "OFF"), ("innodb_read_only", "ON")];
        assert!(format!("{:?}", judge_switches(&Variables::of(&list))).contains("innodb_read_only on"));
        assert!(judge_switches(&Variables::of(&[("read_only", "OFF"), ("innodb_read_only", "OFF")])).is_none());
    }
}

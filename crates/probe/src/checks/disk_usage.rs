//! DB-38: the size of the databases, and no limit that stops their growth.

use domain::check::CheckId;
use domain::steps::Database;

use super::server_variables::with_new_value;
use crate::facts::Facts;
use crate::facts::engines::EngineUsage;
use crate::facts::plan_databases;
use crate::facts::variables::ServerVariables;
use crate::fault::{SharedFault, Verdict};
use crate::mysql::greeting;
use domain::sites::reported;

const REQUIRED: &str = "The tablespaces can grow.";

pub(crate) async fn check(facts: &Facts) -> Vec<Verdict> {
    vec![evaluate(facts).await.unwrap_or_else(|fault| fault.verdict_for(CheckId::Db38, REQUIRED))]
}

async fn evaluate(facts: &Facts) -> Result<Verdict, SharedFault> {
    let variables = facts.variables().await?;
    if let Some(verdict) = evaluate_limit(variables) {
        return Ok(verdict);
    }
    Ok(Verdict::passed(sizes(facts.database()?, facts.engines().await?), REQUIRED))
}

/// `None` if only the disk limits the tables, which is not visible from here.
fn evaluate_limit(variables: &ServerVariables) -> Option<Verdict> {
    let path = variables.get("innodb_data_file_path");
    // Aurora and others without data files do not report them.
    if path.is_empty() || variables.get("innodb_file_per_table") != "OFF" {
        return None;
    }
    let last = path.rsplit(';').next().unwrap_or_default().to_ascii_lowercase();
    let limit = match (last.contains(":autoextend"), last.split(":max:").nth(1)) {
        (true, None) => return None,
        (true, Some(most)) => {
            reported(format!("grows to at most {}", greeting::clean(most.to_ascii_uppercase().as_bytes())))
        }
        (false, _) => reported("does not grow"),
    };
    let verdict = Verdict::warned(format!("All tables share one tablespace, which {limit}."), REQUIRED)
        .remedy("Store every table in a separate file, before the scripts run. As an administrator, run:");
    Some(with_new_value(variables, verdict, "innodb_file_per_table", "ON"))
}

fn sizes(database: &Database, engines: &[EngineUsage]) -> String {
    let size = |name: &str| {
        let of = |found: &&EngineUsage| found.database.eq_ignore_ascii_case(name);
        let bytes: u64 = engines.iter().filter(of).map(|found| found.bytes).sum();
        format!("{name} {}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000)
    };
    let all: Vec<String> =
        plan_databases::databases(database).into_iter().map(|(_, name)| size(name.as_str())).collect();
    format!("{}. The free disk space is not visible from here.", all.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tablespaces_with_a_limit_are_found() {
        let path = |path, each| {
            evaluate_limit(&ServerVariables::of(&[("innodb_data_file_path", path), ("innodb_file_per_table", each)]))
        };
        assert!(path("ibdata1:12M:autoextend", "OFF").is_none());
        assert!(path("ibdata1:12M", "ON").is_none());
        assert!(path("", "OFF").is_none());
        let assert_contains =
            |path: Option<Verdict>, text: &str| assert!(format!("{path:?}").contains(text), "{path:?}");
        assert_contains(path("ibdata1:12M:autoextend:max:64M", "OFF"), "grows to at most 64M");
        assert_contains(path("ibdata1:12M;ibdata2:50M", "OFF"), "does not grow");
    }
}

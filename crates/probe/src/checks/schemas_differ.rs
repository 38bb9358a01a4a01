//! DB-12: each database of the plan is separate, also on a server that ignores the case of names.

use domain::check::CheckId;
use domain::product::DatabaseRole;

use crate::facts::Facts;
use crate::facts::plan_databases;
use crate::fault::{SharedFault, Verdict};

const REQUIRED: &str = "Each database is separate.";

pub(crate) async fn check(facts: &Facts) -> Vec<Verdict> {
    vec![evaluate(facts).await.unwrap_or_else(|fault| fault.verdict_for(CheckId::Db12, REQUIRED))]
}

async fn evaluate(facts: &Facts) -> Result<Verdict, SharedFault> {
    let database = facts.database()?;
    let all = plan_databases::databases(database);
    let mut differs_in_case = false;
    for (at, (role, name)) in all.iter().enumerate() {
        for (other_role, other) in &all[at + 1..] {
            if name == other {
                return Ok(same(*role, *other_role, name.as_str()));
            }
            if name.as_str().eq_ignore_ascii_case(other.as_str()) {
                if facts.variables().await?.ignores_case() {
                    let names = format!("{} and {}", name.as_str(), other.as_str());
                    return Ok(same(*role, *other_role, &format!("{names} (lower_case_table_names is on)")));
                }
                differs_in_case = true;
            }
        }
    }
    let names: Vec<&str> = all.iter().map(|(_, name)| name.as_str()).collect();
    let names = names.join(", ");
    Ok(if differs_in_case {
        Verdict::warned(format!("{names}. The names differ only in case."), REQUIRED)
            .remedy("Use names that differ in more than case: a copy of this server may ignore case.")
    } else {
        Verdict::passed(format!("{names}."), REQUIRED)
    })
}

#[track_caller]
fn same(role: DatabaseRole, other: DatabaseRole, name: &str) -> Verdict {
    let (role, other) = (role_name(role), role_name(other));
    Verdict::failed(format!("The {role} and the {other} database are the same: {name}."), REQUIRED)
        .remedy("Enter a different name for each database in the Database step.")
}

const fn role_name(role: DatabaseRole) -> &'static str {
    match role {
        DatabaseRole::Identity => "identity",
        DatabaseRole::Shared => "shared",
        DatabaseRole::Agent => "agent",
    }
}

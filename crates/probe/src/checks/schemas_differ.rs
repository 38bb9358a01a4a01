//! DB-12: the databases of the plan are different ones, also on a server that ignores the case of names.

use domain::check::CheckId;
use domain::product::DatabaseRole;

use super::sql;
use crate::fault::{Fault, Verdict};
use crate::shared::Shared;

const REQUIRED: &str = "a database of its own for each";

pub(crate) async fn check(shared: &Shared) -> Vec<Verdict> {
    vec![look(shared).await.unwrap_or_else(|fault| fault.told_by(CheckId::Db12, REQUIRED))]
}

async fn look(shared: &Shared) -> Result<Verdict, Fault> {
    let database = shared.database()?;
    let all = sql::databases(database);
    let mut differs_in_case = false;
    for (at, (role, name)) in all.iter().enumerate() {
        for (other_role, other) in &all[at + 1..] {
            if name == other {
                return Ok(same(*role, *other_role, name.as_str()));
            }
            if name.as_str().eq_ignore_ascii_case(other.as_str()) {
                if shared.variables().await?.ignores_case() {
                    let names = format!("{} and {}", name.as_str(), other.as_str());
                    return Ok(same(*role, *other_role, &format!("{names} (lower_case_table_names is on)")));
                }
                differs_in_case = true;
            }
        }
    }
    let names: Vec<&str> = all.iter().map(|(_, name)| name.as_str()).collect();
    let current = names.join(", ");
    Ok(if differs_in_case {
        Verdict::warned(format!("{current}: different here by case alone"), REQUIRED)
            .remedy("Give each database a name that differs by more than case: a copy of this server may ignore it.")
    } else {
        Verdict::passed(current, REQUIRED)
    })
}

fn same(role: DatabaseRole, other: DatabaseRole, name: &str) -> Verdict {
    let (role, other) = (role_name(role), role_name(other));
    Verdict::failed(format!("{role} and {other} database are the same: {name}"), REQUIRED)
        .remedy("Give each database its own name in the Database step.")
}

const fn role_name(role: DatabaseRole) -> &'static str {
    match role {
        DatabaseRole::Identity => "identity",
        DatabaseRole::Shared => "shared",
        DatabaseRole::Agent => "agent",
    }
}

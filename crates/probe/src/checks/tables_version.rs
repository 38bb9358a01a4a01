//! DB-15: no other version of IS created the tables. The version that did is named.

use domain::check::CheckId;
use domain::schema::SchemaState;

use super::table_contents::{blocked_by, each};
use crate::facts::Facts;
use crate::fault::{SharedFault, Verdict};
use crate::list_text::versions;
use domain::sites::reported;

pub(crate) async fn check(facts: &Facts) -> Vec<Verdict> {
    look(facts)
        .await
        .unwrap_or_else(|fault| vec![fault.verdict_for(CheckId::Db15, "Tables of the IS version of the plan.")])
}

async fn look(facts: &Facts) -> Result<Vec<Verdict>, SharedFault> {
    let own = facts.version()?;
    let required = format!("Tables of IS {}, or an empty database.", own.value());
    each(facts, &required, |_, found, _| match found.state() {
        SchemaState::Empty => Verdict::passed("The database is empty.", &required),
        SchemaState::MadeBy { versions: creators, exact } => {
            let creators = versions(creators);
            let current = if *exact {
                reported(format!("The schema was created by IS {creators}."))
            } else {
                reported(format!("The schema is closest to that of IS {creators}, with differences."))
            };
            other_version(current, &required)
        }
        SchemaState::HalfMade(half) if half.version != own => {
            other_version(format!("{} of IS {} stopped in it.", half.script, half.version.value()), &required)
        }
        // DB-14 reports which tables differ, and whether another version has them.
        SchemaState::Differs(_) => blocked_by("DB-14", "The tables differ from those of every version.", &required),
        _ => Verdict::passed(format!("All tables are those of IS {}.", own.value()), &required),
    })
    .await
}

#[track_caller]
fn other_version(current: String, required: &str) -> Verdict {
    Verdict::failed(current, required).remedy(
        "Choose that version in the Product step, migrate the database with WSO2's migration client, or enter the name of a new \
         database. Scripts of one version must not run on tables of another.",
    )
}

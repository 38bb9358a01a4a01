//! DB-15: no other version of IS made the tables; the one that did is named.

use domain::check::CheckId;
use domain::schema::State;

use super::contents::{because, each, version, versions};
use crate::fault::{Fault, Verdict};
use crate::shared::Shared;

pub(crate) async fn check(shared: &Shared) -> Vec<Verdict> {
    look(shared).await.unwrap_or_else(|fault| vec![fault.told_by(CheckId::Db15, "tables of the chosen IS")])
}

async fn look(shared: &Shared) -> Result<Vec<Verdict>, Fault> {
    let own = version(shared)?;
    let required = format!("tables of IS {}, or none", own.value());
    each(shared, &required, |_, found, _| match found.state() {
        State::Empty => Verdict::passed("empty", &required),
        State::MadeBy { versions: makers, exact } => {
            let makers = versions(makers);
            let current = if *exact {
                format!("this is IS {makers}")
            } else {
                format!("this is closest to IS {makers}, though not all of it fits")
            };
            other(current, &required)
        }
        State::HalfMade(half) if half.version != own => {
            other(format!("{} of IS {} stopped in it", half.script, half.version.value()), &required)
        }
        // Which tables differ, and whether another version has them, is one finding: DB-14's.
        State::Differs(_) => because("DB-14", "the tables differ from the scripts of every version", &required),
        _ => Verdict::passed(format!("no table of another version than {}", own.value()), &required),
    })
    .await
}

fn other(current: String, required: &str) -> Verdict {
    Verdict::failed(current, required).remedy(
        "Choose the version that made it in the Product step, migrate it with WSO2's migration client, or enter the name of a \
         new database. Scripts of one version on tables of another spoil both.",
    )
}

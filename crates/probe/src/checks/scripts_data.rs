//! DB-26: scripts do not run against existing data. Complete databases need no script; one whose script stopped must not hold
//! data, because the scripts do not run twice, and that of 7.3, if forced, drops four token tables.

use domain::check::CheckId;
use domain::schema::SchemaState;

use super::table_contents::{blocked_by, each};
use crate::facts::Facts;
use crate::fault::Verdict;
use crate::list_text::first_few;

const REQUIRED: &str = "The tables hold only the rows that the scripts insert.";

pub(crate) async fn check(facts: &Facts) -> Vec<Verdict> {
    let verdicts = each(facts, REQUIRED, |contents, found, _| {
        let data = &found.diagnosis.data;
        if matches!(found.state(), SchemaState::MadeBy { .. }) {
            return blocked_by("DB-15", "The schema was created by another IS version.", REQUIRED);
        }
        if found.is_empty() {
            return Verdict::passed("The database is empty.", REQUIRED);
        }
        if data.is_empty() && found.observed.uncounted {
            return Verdict::skipped("The rows of some tables cannot be counted, so they may hold data.", REQUIRED)
                .remedy("Grant SELECT on the whole database to the account (DB-10), or check the tables. As an administrator, run:")
                .command(format!("CHECK TABLE `{}`.UM_TENANT; -- And so on", contents.name));
        }
        if data.is_empty() {
            return Verdict::passed("The tables hold only the rows of the scripts.", REQUIRED);
        }
        let names = first_few(data.iter().map(|(table, _)| table.as_str()));
        let current = format!("{} tables hold data: {names}.", data.len());
        if matches!(found.state(), SchemaState::HalfMade(_)) {
            Verdict::failed(format!("{current} A script stopped in this database."), REQUIRED).remedy(
                "Do not run a script on it: if forced, the scripts drop tables. Make a backup, find out which application uses the \
                 data, and enter the name of a new database, or restore this one from a backup.",
            )
        } else if matches!(found.state(), SchemaState::ScriptsMissing(_)) {
            Verdict::warned(format!("{current} An IS uses or used this database, and a script did not run."), REQUIRED).remedy(
                "Run only the missing script: DB-16 names it with its command. Make sure that the data belongs to this cluster: two \
                 clusters must not share databases.",
            )
        } else {
            Verdict::warned(format!("{current} An IS uses or used this database."), REQUIRED).remedy(
                "Make sure that the data belongs to this cluster: two clusters must not share databases. Do not run the scripts \
                 again. For a new cluster, enter the names of new databases.",
            )
        }
    });
    verdicts.await.unwrap_or_else(|fault| vec![fault.verdict_for(CheckId::Db26, REQUIRED)])
}

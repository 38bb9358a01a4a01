//! DB-13: each database is empty or holds IS's tables alone.

use domain::check::CheckId;

use super::contents::{each, few};
use crate::fault::Verdict;
use crate::shared::Shared;

const REQUIRED: &str = "empty, or tables of IS alone";

pub(crate) async fn check(shared: &Shared) -> Vec<Verdict> {
    let verdicts = each(shared, REQUIRED, |_, found, _| {
        let (all, foreign) = (found.observed.tables.len(), &found.diagnosis.foreign);
        match (all, foreign.len()) {
            (0, _) => Verdict::passed("empty", REQUIRED),
            (all, 0) => Verdict::passed(format!("{all} tables, all of IS"), REQUIRED),
            (all, count) => {
                let names = few(foreign.iter().map(String::as_str));
                // WSO2 API Manager's tables begin with AM_; it comes with IS's tables in the same database.
                if foreign.iter().any(|name| name.to_ascii_uppercase().starts_with("AM_")) {
                    return Verdict::failed(format!("WSO2 API Manager uses this database: {names}"), REQUIRED).remedy(
                        "Give IS databases of its own: enter new names in the Database step. Sharing databases between API \
                         Manager and IS needs the same keys and the same crypto provider in both, which this plan does not set up.",
                    );
                }
                Verdict::failed(format!("{count} of {all} tables are not IS's: {names}"), REQUIRED).remedy(
                    "Another program uses this database. Give IS one of its own: enter a new name in the Database step. If \
                     the tables are left-overs, let whoever owns them take them away.",
                )
            }
        }
    });
    verdicts.await.unwrap_or_else(|fault| vec![fault.told_by(CheckId::Db13, REQUIRED)])
}

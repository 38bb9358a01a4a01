//! DB-13: each database is empty or holds only tables of IS.

use domain::check::CheckId;

use super::table_contents::each;
use crate::facts::Facts;
use crate::fault::Verdict;
use crate::list_text::first_few;

const REQUIRED: &str = "The database is empty or holds only tables of IS.";

pub(crate) async fn check(facts: &Facts) -> Vec<Verdict> {
    let verdicts = each(facts, REQUIRED, |_, found, _| {
        let (all, foreign) = (found.observed.tables.len(), &found.diagnosis.foreign);
        match (all, foreign.len()) {
            (0, _) => Verdict::passed("The database is empty.", REQUIRED),
            (all, 0) => Verdict::passed(format!("All {all} tables are tables of IS."), REQUIRED),
            (all, count) => {
                let names = first_few(foreign.iter().map(String::as_str));
                // WSO2 API Manager's tables begin with AM_; it comes with IS's tables in the same database.
                if foreign.iter().any(|name| name.to_ascii_uppercase().starts_with("AM_")) {
                    return Verdict::failed(format!("WSO2 API Manager uses this database: {names}."), REQUIRED).remedy(
                        "Use separate databases for IS: enter new names in the Database step. Shared databases of API Manager and IS \
                         need the same keys and the same crypto provider in both, which this plan does not configure.",
                    );
                }
                Verdict::failed(format!("{count} of {all} tables are not tables of IS: {names}."), REQUIRED).remedy(
                    "Another application uses this database. Use a separate one for IS: enter a new name in the Database step. If the \
                     tables are no longer used, ask their owner to drop them.",
                )
            }
        }
    });
    verdicts.await.unwrap_or_else(|fault| vec![fault.verdict_for(CheckId::Db13, REQUIRED)])
}

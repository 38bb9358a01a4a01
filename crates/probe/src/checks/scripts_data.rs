//! DB-26: no script meets data. Databases that are complete need none; one whose script stopped must not hold rows of
//! anybody's, for the scripts do not run twice, and forced that of 7.3 drops four token tables.

use domain::check::CheckId;
use domain::schema::State;

use super::contents::{because, each, few};
use crate::fault::Verdict;
use crate::shared::Shared;

const REQUIRED: &str = "no rows but those the scripts bring";

pub(crate) async fn check(shared: &Shared) -> Vec<Verdict> {
    let verdicts = each(shared, REQUIRED, |contents, found, _| {
        let data = &found.diagnosis.data;
        if matches!(found.state(), State::MadeBy { .. }) {
            return because("DB-15", "another version made it", REQUIRED);
        }
        if found.is_empty() {
            return Verdict::passed("empty", REQUIRED);
        }
        if data.is_empty() && found.observed.uncounted {
            return Verdict::could_not_check("rows of some tables cannot be counted, so there may be data", REQUIRED)
                .remedy("Give the account SELECT on the whole database (DB-10), or see what is wrong with the table.")
                .command(format!("CHECK TABLE `{}`.UM_TENANT; -- and so on", contents.name));
        }
        if data.is_empty() {
            return Verdict::passed("no rows but those of the scripts", REQUIRED);
        }
        let names = few(data.iter().map(|(table, _)| table.as_str()));
        let current = format!("{} tables hold data: {names}", data.len());
        if matches!(found.state(), State::HalfMade(_)) {
            Verdict::failed(format!("{current}; and a script stopped in it"), REQUIRED).remedy(
                "Run no script on it: forced, they delete tables. Make a backup, find out whose data it is, and enter the name \
                 of a new database, or restore the database from a backup.",
            )
        } else if matches!(found.state(), State::ScriptsMissing(_)) {
            Verdict::warned(format!("{current}: an IS uses it, or did; and a script is missing"), REQUIRED).remedy(
                "Run the missing script alone: DB-16 names it with its command. Do not run the others again. Make sure that \
                 this is the IS you are setting up: two clusters must not share databases.",
            )
        } else {
            Verdict::warned(format!("{current}: an IS uses it, or did"), REQUIRED).remedy(
                "Make sure that this is the IS you are setting up: two clusters must not share databases. Do not run the \
                 scripts again. For a new cluster enter names of new databases.",
            )
        }
    });
    verdicts.await.unwrap_or_else(|fault| vec![fault.told_by(CheckId::Db26, REQUIRED)])
}

//! DB-09 and DB-10: what the account may do is enough on the plan's databases, and nothing beyond them.

use std::collections::BTreeSet;

use domain::check::CheckId;
use domain::values::DatabaseName;

use super::database_version::unanswered;
use super::schemas;
use super::server_variables::Variables;
use super::sql;
use crate::fault::{Fault, Verdict};
use crate::mysql::grants::{self, Comparison, Grant, Grants};
use crate::shared::Shared;

const OWN: &str = "an account of its own with rights on its databases alone";
const NEEDED: &str = "SELECT, INSERT, UPDATE and DELETE on the whole database";
/// What IS does at run time; the scripts are run by an administrator.
const RUN_TIME: [&str; 4] = ["SELECT", "INSERT", "UPDATE", "DELETE"];
/// With one of these on all databases an account can give itself and others every right.
const OF_ADMINISTRATORS: [&str; 5] = ["ALL", "GRANT OPTION", "CREATE USER", "SUPER", "SYSTEM_USER"];
/// How MariaDB names the holder of the rights of every account.
const EVERYBODY: &str = "`PUBLIC`";
/// How many of a list are shown.
const SHOWN: usize = 4;

/// Asks for the rights that our session has; roles that are switched on count.
pub(crate) async fn read(shared: &Shared) -> Result<Grants, Fault> {
    let rows = shared.session().await?.rows("SHOW GRANTS".to_owned()).await.map_err(unanswered)?;
    Ok(Grants::read(rows.iter().filter_map(|row| row.first()?.as_deref())))
}

fn comparison(variables: &Variables) -> Comparison {
    Comparison { literal: variables.is_on("partial_revokes"), ignores_case: variables.ignores_case() }
}

pub(crate) async fn needed(shared: &Shared) -> Vec<Verdict> {
    look_for_needed(shared).await.unwrap_or_else(|fault| vec![fault.told_by(CheckId::Db10, NEEDED)])
}

async fn look_for_needed(shared: &Shared) -> Result<Vec<Verdict>, Fault> {
    let database = shared.database()?;
    let grants = shared.grants().await?;
    let variables = shared.variables().await?;
    let found = shared.schemas().await?;
    let how = comparison(variables);
    let mut verdicts = Vec::new();
    let mut seen: Vec<&DatabaseName> = Vec::new();
    for name in sql::names(database) {
        // The same name twice is for DB-12 to tell.
        if seen.contains(&name) {
            continue;
        }
        seen.push(name);
        let missing = grants.missing(&RUN_TIME, name.as_str(), how);
        let verdict = if schemas::find(found, name, how.ignores_case).is_none() {
            Verdict::could_not_check("because DB-11 failed: the account does not see it", NEEDED).remedy("See DB-11.")
        } else if missing.is_empty() {
            Verdict::passed(RUN_TIME.join(", "), NEEDED)
        } else {
            let tables = if grants.has_some_tables_of(name.as_str()) {
                "; rights on single tables or columns do not reach tables that come later"
            } else {
                ""
            };
            Verdict::failed(format!("{} missing{tables}", missing.join(", ")), NEEDED)
                .remedy("Grant what is missing. As an administrator, or with database/grants.sql of the download:")
                .command(sql::grant(database, name, how.literal))
        };
        verdicts.push(verdict.of(name.as_str()));
    }
    Ok(verdicts)
}

pub(crate) async fn own(shared: &Shared) -> Vec<Verdict> {
    vec![look_beyond(shared).await.unwrap_or_else(|fault| fault.told_by(CheckId::Db09, OWN))]
}

async fn look_beyond(shared: &Shared) -> Result<Verdict, Fault> {
    let database = shared.database()?;
    let grants = shared.grants().await?;
    let how = comparison(shared.variables().await?);
    let user = database.username.as_str();
    let mut reasons = Vec::new();
    let mut commands: Vec<String> = Vec::new();
    let is_root = user.eq_ignore_ascii_case("root");
    if is_root {
        reasons.push("it is root".to_owned());
    }
    let global: BTreeSet<&str> = grants.global().flat_map(|grant| &grant.rights).map(String::as_str).collect();
    if !global.is_empty() {
        reasons.push(format!("{} on *.*", some(global.iter().copied())));
        commands.extend(grants.global().flat_map(|grant| revoke(grant, "*.*")));
    }
    // MariaDB gives everybody (PUBLIC) rights on `test`: they are not this account's, and are not taken from everybody.
    let of_databases = || grants.on_databases().filter(|(grant, _)| grant.holder != EVERYBODY);
    let plan = sql::names(database);
    let is_foreign = |pattern: &str| !plan.iter().any(|name| grants::fits(pattern, name.as_str(), how));
    let foreign: BTreeSet<String> =
        of_databases().filter(|(_, pattern)| is_foreign(pattern)).filter_map(|(_, pattern)| shown(pattern)).collect();
    let hidden = of_databases().any(|(_, pattern)| is_foreign(pattern) && shown(pattern).is_none());
    if !foreign.is_empty() || hidden {
        reasons.push(format!("rights on {}", some(foreign.iter().map(String::as_str))));
        let of_database = |(grant, pattern): (&Grant, &str)| {
            let pattern = shown(pattern).filter(|_| is_foreign(pattern))?;
            (matches!(grant.on, grants::On::Database(_))).then(|| revoke(grant, &format!("`{pattern}`.*")))
        };
        commands.extend(of_databases().filter_map(of_database).take(SHOWN).flatten());
    }
    let (excess, excess_commands) = excess(of_databases().filter(|(_, pattern)| !is_foreign(pattern)));
    if !excess.is_empty() {
        let patterns: BTreeSet<String> = excess.iter().filter_map(|(_, pattern)| shown(pattern)).collect();
        let rights: BTreeSet<&str> = excess.iter().flat_map(|(rights, _)| rights.iter().copied()).collect();
        let patterns = some(patterns.iter().map(String::as_str));
        reasons.push(format!("{} on {patterns}, more than IS needs", some(rights.iter().copied())));
    }
    if reasons.is_empty() {
        return Ok(Verdict::passed(format!("{user} has rights on its databases alone"), OWN));
    }
    let verdict = Verdict::warned(format!("{user}: {}", reasons.join("; ")), OWN);
    // Whoever took the rights of the only administrator away could not give them back.
    if is_root || global.iter().any(|right| OF_ADMINISTRATORS.contains(right)) {
        let name = if user.eq_ignore_ascii_case("wso2is") { "wso2_cluster" } else { "wso2is" };
        let verdict = verdict.remedy(
            "Make an account for IS alone, enter it in the Database step and run database/grants.sql of the download. As an \
             administrator:",
        );
        return Ok(verdict.command(format!("CREATE USER '{name}'@'%' IDENTIFIED BY '<a new password>';")));
    }
    // Whoever revokes rights that another cluster lives on breaks that cluster.
    let verdict = verdict.remedy(if foreign.is_empty() && !hidden {
        "At run time IS needs only SELECT, INSERT, UPDATE and DELETE on its databases. Revoke the other rights, then grant these. \
         As an administrator:"
    } else {
        "Another application or cluster may use this account for the other databases. If one does, create an account for this \
         cluster alone and enter it in the Database step. If none does, revoke all but SELECT, INSERT, UPDATE and DELETE on this \
         cluster's databases. As an administrator:"
    });
    // What is revoked with ALL is granted again by the last command.
    let verdict = commands.into_iter().chain(excess_commands).fold(verdict, Verdict::command);
    Ok(verdict.command(sql::grants(database, how.literal)))
}

/// Rights on the plan's own databases that IS does not use at run time, by pattern, with the commands that revoke them.
/// WSO2's guideline gives the account the rights of its queries alone; docker-is gives ALL.
fn excess<'g>(own: impl Iterator<Item = (&'g Grant, &'g str)>) -> (Vec<(Vec<&'g str>, &'g str)>, Vec<String>) {
    let (mut found, mut commands) = (Vec::new(), Vec::new());
    for (grant, pattern) in own.filter(|(grant, _)| matches!(grant.on, grants::On::Database(_))) {
        let more: Vec<&str> =
            grant.rights.iter().map(String::as_str).filter(|right| !RUN_TIME.contains(right)).collect();
        if more.is_empty() {
            continue;
        }
        if let Some(name) = shown(pattern) {
            let (all, others): (Vec<&str>, Vec<&str>) = more.iter().copied().partition(|right| *right == "ALL");
            let on = format!("ON `{name}`.* FROM {}", grant.holder);
            commands.extend(all.iter().map(|_| format!("REVOKE ALL PRIVILEGES {on};")));
            commands.extend((!others.is_empty()).then(|| format!("REVOKE {} {on};", others.join(", "))));
        }
        found.push((more, pattern));
    }
    (found, commands)
}

/// What takes the rights of a line away again.
fn revoke(grant: &Grant, on: &str) -> Vec<String> {
    let revoke = |rights: &[&str]| format!("REVOKE {} ON {on} FROM {};", rights.join(", "), grant.holder);
    // REVOKE knows this word with its second half only, and nothing beside it.
    let (all, others): (Vec<&str>, Vec<&str>) =
        grant.rights.iter().map(String::as_str).partition(|right| *right == "ALL");
    let mut statements = Vec::new();
    if !all.is_empty() {
        statements.push(revoke(&["ALL PRIVILEGES"]));
    }
    if !others.is_empty() {
        statements.push(revoke(&others));
    }
    statements
}

/// A pattern of the server's, if it is fit to be shown.
fn shown(pattern: &str) -> Option<String> {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "_%\\.$-".contains(letter);
    (pattern.len() <= 64 && pattern.chars().all(is_plain)).then(|| pattern.to_owned())
}

/// The first of a list, and how many more there are.
fn some<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.collect();
    match names.len() {
        0 => "other databases".to_owned(),
        count if count > SHOWN => format!("{} and {} more", names[..SHOWN].join(", "), count - SHOWN),
        _ => names.join(", "),
    }
}

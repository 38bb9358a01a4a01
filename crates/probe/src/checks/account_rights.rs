//! DB-09 and DB-10: the privileges of the account suffice on the plan's databases and are limited to them.

use std::collections::BTreeSet;

use domain::check::CheckId;
use domain::values::DatabaseName;

use crate::facts::Facts;
use crate::facts::plan_databases;
use crate::facts::remedy_sql;
use crate::facts::schemas;
use crate::facts::variables::ServerVariables;
use crate::fault::{SharedFault, Verdict};
use crate::mysql::grants::{self, Grant, GrantScope, NameComparison};
use domain::sites::reported;

const REQUIRED_DEDICATED: &str = "A dedicated account with privileges only on its databases.";
const REQUIRED_RIGHTS: &str = "SELECT, INSERT, UPDATE and DELETE on the whole database.";
/// Privileges that IS needs at run time. An administrator runs the scripts.
const RUN_TIME_RIGHTS: [&str; 4] = ["SELECT", "INSERT", "UPDATE", "DELETE"];
/// With one of these on all databases an account can grant itself and others every privilege.
const ADMINISTRATOR_RIGHTS: [&str; 5] = ["ALL", "GRANT OPTION", "CREATE USER", "SUPER", "SYSTEM_USER"];
/// The role of MariaDB whose privileges every account has.
const PUBLIC_ROLE: &str = "`PUBLIC`";
/// Number of names that a list shows.
const MAX_SHOWN: usize = 4;

fn comparison_of(variables: &ServerVariables) -> NameComparison {
    NameComparison { literal: variables.is_on("partial_revokes"), ignores_case: variables.ignores_case() }
}

pub(crate) async fn needed(facts: &Facts) -> Vec<Verdict> {
    evaluate_needed(facts).await.unwrap_or_else(|fault| vec![fault.verdict_for(CheckId::Db10, REQUIRED_RIGHTS)])
}

async fn evaluate_needed(facts: &Facts) -> Result<Vec<Verdict>, SharedFault> {
    let database = facts.database()?;
    let grants = facts.grants().await?;
    let variables = facts.variables().await?;
    let found = facts.schemas().await?;
    let comparison = comparison_of(variables);
    let mut verdicts = Vec::new();
    let mut seen: Vec<&DatabaseName> = Vec::new();
    for name in plan_databases::names(database) {
        // DB-12 reports a name that is used twice.
        if seen.contains(&name) {
            continue;
        }
        seen.push(name);
        let missing = grants.missing(&RUN_TIME_RIGHTS, name.as_str(), comparison);
        let verdict = if schemas::find(found, name, comparison.ignores_case).is_none() {
            Verdict::skipped("DB-11 failed: The account does not see the database.", REQUIRED_RIGHTS)
                .remedy("See DB-11.")
        } else if missing.is_empty() {
            Verdict::passed(format!("{}.", RUN_TIME_RIGHTS.join(", ")), REQUIRED_RIGHTS)
        } else {
            let tables = if grants.has_some_tables_of(name.as_str()) {
                reported(" Privileges on single tables or columns do not include later tables.")
            } else {
                String::new()
            };
            Verdict::failed(format!("Missing: {}.{tables}", missing.join(", ")), REQUIRED_RIGHTS)
                .remedy("Grant them with database/grants.sql of the download. Or, as an administrator, run:")
                .command(remedy_sql::grant(database, name, comparison.literal))
        };
        verdicts.push(verdict.subject(name.as_str()));
    }
    Ok(verdicts)
}

pub(crate) async fn dedicated(facts: &Facts) -> Vec<Verdict> {
    vec![evaluate_dedicated(facts).await.unwrap_or_else(|fault| fault.verdict_for(CheckId::Db09, REQUIRED_DEDICATED))]
}

async fn evaluate_dedicated(facts: &Facts) -> Result<Verdict, SharedFault> {
    let database = facts.database()?;
    let grants = facts.grants().await?;
    let comparison = comparison_of(facts.variables().await?);
    let user = database.username.as_str();
    let mut reasons = Vec::new();
    let mut commands: Vec<String> = Vec::new();
    let is_root = user.eq_ignore_ascii_case("root");
    if is_root {
        reasons.push(reported("the account is root"));
    }
    let global: BTreeSet<&str> = grants.global().flat_map(|grant| &grant.rights).map(String::as_str).collect();
    if !global.is_empty() {
        reasons.push(reported(format!("{} on *.*", first_names(global.iter().copied()))));
        commands.extend(grants.global().flat_map(|grant| revoke(grant, "*.*")));
    }
    // MariaDB grants PUBLIC privileges on `test`: they do not belong to this account and are not revoked.
    let of_databases = || grants.on_databases().filter(|(grant, _)| grant.holder != PUBLIC_ROLE);
    let plan = plan_databases::names(database);
    let is_foreign = |pattern: &str| !plan.iter().any(|name| grants::matches(pattern, name.as_str(), comparison));
    let foreign: BTreeSet<String> = of_databases()
        .filter(|(_, pattern)| is_foreign(pattern))
        .filter_map(|(_, pattern)| printable(pattern))
        .collect();
    let has_hidden = of_databases().any(|(_, pattern)| is_foreign(pattern) && printable(pattern).is_none());
    if !foreign.is_empty() || has_hidden {
        reasons.push(reported(format!("privileges on {}", first_names(foreign.iter().map(String::as_str)))));
        let of_database = |(grant, pattern): (&Grant, &str)| {
            let pattern = printable(pattern).filter(|_| is_foreign(pattern))?;
            (matches!(grant.on, GrantScope::Database(_))).then(|| revoke(grant, &format!("`{pattern}`.*")))
        };
        commands.extend(of_databases().filter_map(of_database).take(MAX_SHOWN).flatten());
    }
    let (excess, excess_commands) = excess_rights(of_databases().filter(|(_, pattern)| !is_foreign(pattern)));
    if !excess.is_empty() {
        let patterns: BTreeSet<String> = excess.iter().filter_map(|(_, pattern)| printable(pattern)).collect();
        let rights: BTreeSet<&str> = excess.iter().flat_map(|(rights, _)| rights.iter().copied()).collect();
        let patterns = first_names(patterns.iter().map(String::as_str));
        reasons
            .push(reported(format!("{} on {patterns}, which IS does not need", first_names(rights.iter().copied()))));
    }
    if reasons.is_empty() {
        return Ok(Verdict::passed(format!("{user} has privileges only on its databases."), REQUIRED_DEDICATED));
    }
    let verdict = Verdict::warned(format!("{user}: {}.", reasons.join("; ")), REQUIRED_DEDICATED);
    // Revoking the privileges of the only administrator could not be undone.
    if is_root || global.iter().any(|right| ADMINISTRATOR_RIGHTS.contains(right)) {
        let name = if user.eq_ignore_ascii_case("wso2is") { "wso2_cluster" } else { "wso2is" };
        let verdict = verdict.remedy(
            "Create a dedicated account for IS, enter it in the Database step and run database/grants.sql of the download. As an \
             administrator, run:",
        );
        return Ok(verdict.command(format!("CREATE USER '{name}'@'%' IDENTIFIED BY '<new password>';")));
    }
    // Revoking privileges that another cluster uses breaks that cluster.
    let verdict = verdict.remedy(if foreign.is_empty() && !has_hidden {
        "At run time IS needs only SELECT, INSERT, UPDATE and DELETE on its databases. Revoke all other privileges, then grant \
         these. As an administrator, run:"
    } else {
        "Another application or cluster may use this account for the other databases. If one does, create a dedicated account \
         for this cluster and enter it in the Database step. Otherwise revoke all privileges except SELECT, INSERT, UPDATE and DELETE \
         on the databases of this cluster. As an administrator, run:"
    });
    // The last command grants again what REVOKE ALL removes.
    let verdict = commands.into_iter().chain(excess_commands).fold(verdict, Verdict::command);
    Ok(verdict.command(remedy_sql::grants(database, comparison.literal)))
}

/// Privileges on the plan's databases that IS does not use at run time, by pattern, with the commands that revoke them. WSO2's
/// guideline grants only the privileges of its queries; docker-is grants ALL.
fn excess_rights<'g>(own: impl Iterator<Item = (&'g Grant, &'g str)>) -> (Vec<(Vec<&'g str>, &'g str)>, Vec<String>) {
    let (mut found, mut commands) = (Vec::new(), Vec::new());
    for (grant, pattern) in own.filter(|(grant, _)| matches!(grant.on, GrantScope::Database(_))) {
        let more: Vec<&str> =
            grant.rights.iter().map(String::as_str).filter(|right| !RUN_TIME_RIGHTS.contains(right)).collect();
        if more.is_empty() {
            continue;
        }
        if let Some(name) = printable(pattern) {
            let (all, others): (Vec<&str>, Vec<&str>) = more.iter().copied().partition(|right| *right == "ALL");
            let on = format!("ON `{name}`.* FROM {}", grant.holder);
            commands.extend(all.iter().map(|_| format!("REVOKE ALL PRIVILEGES {on};")));
            commands.extend((!others.is_empty()).then(|| format!("REVOKE {} {on};", others.join(", "))));
        }
        found.push((more, pattern));
    }
    (found, commands)
}

/// The statements that revoke a grant.
fn revoke(grant: &Grant, on: &str) -> Vec<String> {
    let revoke = |rights: &[&str]| format!("REVOKE {} ON {on} FROM {};", rights.join(", "), grant.holder);
    // REVOKE accepts ALL PRIVILEGES only, and no other privilege in the same list.
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

/// A pattern of the server, if it is safe to display.
fn printable(pattern: &str) -> Option<String> {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "_%\\.$-".contains(letter);
    (pattern.len() <= 64 && pattern.chars().all(is_plain)).then(|| pattern.to_owned())
}

/// The first names of a list, and the number of the others.
fn first_names<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.collect();
    match names.len() {
        0 => "other databases".to_owned(),
        count if count > MAX_SHOWN => format!("{} and {} more", names[..MAX_SHOWN].join(", "), count - MAX_SHOWN),
        _ => names.join(", "),
    }
}

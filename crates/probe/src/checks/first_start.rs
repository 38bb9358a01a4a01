//! What the first start of IS stored in the identity database: DB-43, that only one node performed it, and DB-44, that the stored
//! callbacks use the plan's hostname.

use domain::check::CheckId;
use domain::product::DatabaseRole;

use super::table_contents::blocked_by;
use crate::facts::Facts;
use crate::facts::table_contents::{DatabaseContents, VisibleContents};
use crate::fault::{SharedFault, Verdict};
use crate::mysql::quote;
use crate::mysql::session::TextRow;

const REQUIRED_ONCE: &str = "Each API resource is registered once.";
/// IS registers its API resources at the first start, from 7.0 on. Only two first starts insert an identifier twice: the table
/// has no unique key on it.
const RESOURCES_TABLE: &str = "API_RESOURCE";
const APPLICATIONS_TABLE: &str = "IDN_OAUTH_CONSUMER_APPS";
/// The client IDs of Console and My Account, whose callbacks the first start stores.
const CONSOLE_CLIENTS: &str = "'CONSOLE', 'MY_ACCOUNT'";

/// DB-43: the damage of two simultaneous first starts. Observed on IS 7.2: both nodes start, health is 200 on both, 79 identifiers
/// exist twice, and one node answers SCIM requests with 500.
pub(crate) async fn ran_once(facts: &Facts) -> Vec<Verdict> {
    evaluate_resources(facts).await.unwrap_or_else(|fault| vec![fault.verdict_for(CheckId::Db43, REQUIRED_ONCE)])
}

async fn evaluate_resources(facts: &Facts) -> Result<Vec<Verdict>, SharedFault> {
    let Some((contents, found)) = identity(facts).await? else {
        return Ok(vec![blocked_by("DB-11", "The account does not see the identity database.", REQUIRED_ONCE)]);
    };
    let verdict = if found.observed.tables.contains_key(RESOURCES_TABLE) {
        let table = table(contents, RESOURCES_TABLE);
        let question = format!(
            "SELECT COUNT(*), MIN(IDENTIFIER) FROM (SELECT IDENTIFIER FROM {table} GROUP BY IDENTIFIER, TENANT_ID \
             HAVING COUNT(*) > 1) AS twice"
        );
        let rows = facts.session().await?.rows(question).await?;
        resources_verdict(&rows)
    } else {
        Verdict::passed(
            "The table of API resources does not exist: this version leaves no trace, or IS has not started yet.",
            REQUIRED_ONCE,
        )
    };
    Ok(vec![verdict.subject(&contents.name)])
}

fn resources_verdict(rows: &[TextRow]) -> Verdict {
    match rows.first().map(Vec::as_slice) {
        Some([Some(count), _]) if count == "0" => {
            Verdict::passed("Each API resource is registered once.", REQUIRED_ONCE)
        }
        Some([Some(count), example]) => {
            let example: String =
                example.iter().flat_map(|text| text.chars().take(120)).flat_map(char::escape_debug).collect();
            Verdict::failed(format!("{count} API resources are registered twice, for example {example}."), REQUIRED_ONCE).remedy(
                "Two nodes performed their first start on the empty database at the same time, which damages it permanently. Stop all \
                 nodes, ask an administrator to drop and create the databases, load the scripts again, and start one node alone \
                 first. If the databases hold data that you need, restore an earlier backup or contact WSO2 support.",
            )
        }
        _ => Verdict::skipped("The server returned no count.", REQUIRED_ONCE).remedy("Run the check again."),
    }
}

/// DB-44: the consoles' stored callbacks.
pub(crate) async fn callbacks(facts: &Facts) -> Vec<Verdict> {
    evaluate_callbacks(facts).await.unwrap_or_else(|fault| {
        vec![fault.verdict_for(CheckId::Db44, "The stored callbacks use the hostname of the plan.")]
    })
}

async fn evaluate_callbacks(facts: &Facts) -> Result<Vec<Verdict>, SharedFault> {
    let hostname = facts.answers().load_balancer.as_ref().map(|balancer| balancer.hostname.as_str().to_owned());
    let hostname = hostname.ok_or_else(|| SharedFault::incomplete("Load balancer", "the hostname is missing"))?;
    let required = format!("The stored callbacks use {hostname}, or none is stored yet.");
    let Some((contents, found)) = identity(facts).await? else {
        return Ok(vec![blocked_by("DB-11", "The account does not see the identity database.", &required)]);
    };
    let verdict = if found.observed.tables.contains_key(APPLICATIONS_TABLE) {
        let table = table(contents, APPLICATIONS_TABLE);
        let question = format!(
            "SELECT CONSUMER_KEY, CALLBACK_URL FROM {table} WHERE CONSUMER_KEY IN ({CONSOLE_CLIENTS}) LIMIT 10"
        );
        let rows = facts.session().await?.rows(question).await?;
        let stored: Vec<&str> = rows.iter().filter_map(|row| row.get(1)?.as_deref()).collect();
        callbacks_verdict(&stored, &hostname, &required)
    } else {
        Verdict::passed("None is stored yet. The first start stores them.", &required)
    };
    Ok(vec![verdict.subject(&contents.name)])
}

fn callbacks_verdict(stored: &[&str], hostname: &str, required: &str) -> Verdict {
    let others: Vec<String> = stored
        .iter()
        .flat_map(|callback| hosts(callback))
        .filter(|host| !host.eq_ignore_ascii_case(hostname))
        .collect();
    match others.first() {
        None if stored.is_empty() => Verdict::passed("None is stored yet. The first start stores them.", required),
        None => Verdict::passed("All stored callbacks use the hostname.", required),
        Some(other) => {
            let other: String = other.chars().take(120).flat_map(char::escape_debug).collect();
            Verdict::warned(format!("The callbacks of the consoles are stored for {other}."), required).remedy(
                "IS was started with another hostname on this database, so sign-in to Console and My Account fails with \
                 callback.not.match. Keep the hostname of the first start. Or change the callbacks of both applications in the \
                 database or with the applications API before you change the hostname.",
            )
        }
    }
}

/// The hosts of all URLs in a callback, which may be a pattern (`regexp=(https://a/console|https://a/carbon)`).
/// Placeholders that IS resolves at run time (`${…}`, 7.0 and 7.1) are not hosts.
fn hosts(callback: &str) -> Vec<String> {
    let after = callback.split("://").skip(1);
    let host = |rest: &str| rest.split(['/', ':', '|', ')', '(', '?']).next().unwrap_or_default().replace('\\', "");
    after.map(host).filter(|host| !host.is_empty() && !host.contains('$') && !host.contains('{')).collect()
}

async fn identity(facts: &Facts) -> Result<Option<(&DatabaseContents, &VisibleContents)>, SharedFault> {
    let all = facts.contents().await?;
    let own = all.iter().find(|contents| contents.roles.contains(&DatabaseRole::Identity));
    Ok(own.and_then(|contents| Some((contents, contents.schema.as_ref()?))))
}

fn table(contents: &DatabaseContents, name: &str) -> String {
    format!("{}.{name}", quote::name(&contents.name))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use domain::check::Outcome;

    use super::*;

    #[test]
    fn callbacks_of_another_hostname_are_found_in_every_form() {
        let outcome = |stored: &[&str]| {
            callbacks_verdict(stored, "login.example.com", "").into_result(CheckId::Db44, Duration::ZERO).outcome
        };
        for healthy in [
            &["regexp=(https://login.example.com/console|https://login.example.com/console/login)"][..],
            &["https://login.example.com:8443/myaccount", "regexp=https://LOGIN.example.com/t/(.*)/console"],
            &["regexp=(https://${carbon.host}:${mgt.port}/console|https://login\\.example\\.com/console)"],
            &[],
        ] {
            assert_eq!(outcome(healthy), Outcome::Passed, "{healthy:?}");
        }
        for stale in [
            "regexp=(https://old.example.com:9443/console|https://login.example.com/console)",
            "https://10.0.0.1/console",
        ] {
            assert_eq!(outcome(&[stale]), Outcome::Warned, "{stale}");
        }
    }

    #[test]
    fn a_resource_that_is_registered_twice_is_damage() {
        let outcome = |verdict: Verdict| verdict.into_result(CheckId::Db43, Duration::ZERO).outcome;
        let row = |count: &str, example: Option<&str>| vec![vec![Some(count.to_owned()), example.map(str::to_owned)]];
        assert_eq!(outcome(resources_verdict(&row("0", None))), Outcome::Passed);
        assert_eq!(outcome(resources_verdict(&row("79", Some("/api/server/v1/applications")))), Outcome::Failed);
        assert_eq!(outcome(resources_verdict(&[])), Outcome::CouldNotCheck);
    }
}

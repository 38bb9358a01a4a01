//! What IS's first start left in the identity database: DB-43, that one node alone made it, and DB-44, that the addresses it
//! stored are those of the plan's hostname.

use domain::check::CheckId;
use domain::product::DatabaseRole;

use super::contents::{Contents, Found, because};
use super::database_version::unanswered;
use crate::fault::{Fault, Verdict};
use crate::mysql::quote;
use crate::mysql::session::TextRow;
use crate::shared::Shared;

const ONCE: &str = "each API resource is registered once";
/// IS registers its API resources at the first start, from 7.0 on. Nothing else makes the same identifier twice: the table has
/// no unique key on it.
const RESOURCES: &str = "API_RESOURCE";
const APPLICATIONS: &str = "IDN_OAUTH_CONSUMER_APPS";
/// The applications of WSO2's own consoles, whose callbacks the first start stores.
const CONSOLES: &str = "'CONSOLE', 'MY_ACCOUNT'";

/// DB-43: the damage of two first starts at once. Seen on IS 7.2: both nodes come up, health is 200 on both, and 79 identifiers
/// stand twice; one node then answers SCIM with 500.
pub(crate) async fn ran_once(shared: &Shared) -> Vec<Verdict> {
    look_for_damage(shared).await.unwrap_or_else(|fault| vec![fault.told_by(CheckId::Db43, ONCE)])
}

async fn look_for_damage(shared: &Shared) -> Result<Vec<Verdict>, Fault> {
    let Some((contents, found)) = identity(shared).await? else {
        return Ok(vec![because("DB-11", "the account does not see the identity database", ONCE)]);
    };
    let verdict = if found.observed.tables.contains_key(RESOURCES) {
        let table = table(contents, RESOURCES);
        let question = format!(
            "SELECT COUNT(*), MIN(IDENTIFIER) FROM (SELECT IDENTIFIER FROM {table} GROUP BY IDENTIFIER, TENANT_ID \
             HAVING COUNT(*) > 1) AS twice"
        );
        let rows = shared.session().await?.rows(question).await.map_err(unanswered)?;
        damage(&rows)
    } else {
        Verdict::passed("no table of API resources: this version leaves no trace, or did not start yet", ONCE)
    };
    Ok(vec![verdict.of(&contents.name)])
}

fn damage(rows: &[TextRow]) -> Verdict {
    match rows.first().map(Vec::as_slice) {
        Some([Some(count), _]) if count == "0" => Verdict::passed("each one once", ONCE),
        Some([Some(count), example]) => {
            let example: String =
                example.iter().flat_map(|text| text.chars().take(120)).flat_map(char::escape_debug).collect();
            Verdict::failed(format!("{count} API resources stand twice, such as {example}"), ONCE).remedy(
                "Two nodes made their first start on the empty database at the same time, which damages it for good. Stop all nodes, \
                 let an administrator drop and create the databases, load the scripts again, and start one node alone until it is \
                 up. If the databases hold data that you need, restore a backup from before or ask WSO2's support.",
            )
        }
        _ => Verdict::could_not_check("the server gives no count", ONCE).remedy("Run the check again."),
    }
}

/// DB-44: the consoles' stored callbacks.
pub(crate) async fn callbacks(shared: &Shared) -> Vec<Verdict> {
    look_for_callbacks(shared)
        .await
        .unwrap_or_else(|fault| vec![fault.told_by(CheckId::Db44, "callbacks of the hostname")])
}

async fn look_for_callbacks(shared: &Shared) -> Result<Vec<Verdict>, Fault> {
    let hostname = shared.answers().load_balancer.as_ref().map(|balancer| balancer.hostname.as_str().to_owned());
    let hostname = hostname.ok_or_else(|| Fault::incomplete("Load balancer", "the hostname is missing"))?;
    let required = format!("callbacks of {hostname}, or none yet");
    let Some((contents, found)) = identity(shared).await? else {
        return Ok(vec![because("DB-11", "the account does not see the identity database", &required)]);
    };
    let verdict = if found.observed.tables.contains_key(APPLICATIONS) {
        let table = table(contents, APPLICATIONS);
        let question =
            format!("SELECT CONSUMER_KEY, CALLBACK_URL FROM {table} WHERE CONSUMER_KEY IN ({CONSOLES}) LIMIT 10");
        let rows = shared.session().await?.rows(question).await.map_err(unanswered)?;
        let stored: Vec<&str> = rows.iter().filter_map(|row| row.get(1)?.as_deref()).collect();
        stale(&stored, &hostname, &required)
    } else {
        Verdict::passed("none yet: the first start stores them", &required)
    };
    Ok(vec![verdict.of(&contents.name)])
}

fn stale(stored: &[&str], hostname: &str, required: &str) -> Verdict {
    let others: Vec<String> = stored
        .iter()
        .flat_map(|callback| hosts(callback))
        .filter(|host| !host.eq_ignore_ascii_case(hostname))
        .collect();
    match others.first() {
        None if stored.is_empty() => Verdict::passed("none yet: the first start stores them", required),
        None => Verdict::passed("as required", required),
        Some(other) => {
            let other: String = other.chars().take(120).flat_map(char::escape_debug).collect();
            Verdict::warned(format!("the consoles' callbacks are stored for {other}"), required).remedy(
                "IS was started with another hostname on this database, and sign-in to Console and My Account fails with \
                 callback.not.match. Keep the hostname of the first start, or change the callbacks of both applications in the \
                 database or by the applications API before you change the hostname.",
            )
        }
    }
}

/// The hosts of all addresses in a callback, which may be a pattern (`regexp=(https://a/console|https://a/carbon)`).
/// Placeholders that IS resolves at run time (`${…}`, 7.0 and 7.1) are no hosts.
fn hosts(callback: &str) -> Vec<String> {
    let after = callback.split("://").skip(1);
    let host = |rest: &str| rest.split(['/', ':', '|', ')', '(', '?']).next().unwrap_or_default().replace('\\', "");
    after.map(host).filter(|host| !host.is_empty() && !host.contains('$') && !host.contains('{')).collect()
}

async fn identity(shared: &Shared) -> Result<Option<(&Contents, &Found)>, Fault> {
    let all = shared.contents().await?;
    let own = all.iter().find(|contents| contents.roles.contains(&DatabaseRole::Identity));
    Ok(own.and_then(|contents| Some((contents, contents.found.as_ref()?))))
}

fn table(contents: &Contents, name: &str) -> String {
    format!("{}.{name}", quote::name(&contents.name))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use domain::check::Outcome;

    use super::*;

    #[test]
    fn callbacks_of_another_hostname_are_found_in_every_form() {
        let outcome =
            |stored: &[&str]| stale(stored, "login.example.com", "").into_result(CheckId::Db44, Duration::ZERO).outcome;
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
    fn a_resource_that_stands_twice_is_damage() {
        let outcome = |verdict: Verdict| verdict.into_result(CheckId::Db43, Duration::ZERO).outcome;
        let row = |count: &str, example: Option<&str>| vec![vec![Some(count.to_owned()), example.map(str::to_owned)]];
        assert_eq!(outcome(damage(&row("0", None))), Outcome::Passed);
        assert_eq!(outcome(damage(&row("79", Some("/api/server/v1/applications")))), Outcome::Failed);
        assert_eq!(outcome(damage(&[])), Outcome::CouldNotCheck);
    }
}

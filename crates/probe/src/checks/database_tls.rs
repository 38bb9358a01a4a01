//! DB-08: if the plan uses TLS, the server certificate is in date and names the host.
//!
//! A certificate that the nodes reject, for example one of an unknown CA where the plan verifies it, is a failed login: DB-05
//! reports it.

use domain::certificate::{self, MIN_VALID_SECONDS};
use domain::check::CheckId;
use domain::steps::{Database, DatabaseTls};

use crate::facts::Facts;
use crate::facts::greeting::ServerReply;
use crate::facts::time::deadline_from_now;
use crate::fault::{SharedFault, Verdict};
use crate::mysql::certificate::{self as server_certificate, ServerCertificate};
use domain::sites::reported;

const SECONDS_PER_DAY: i64 = 24 * 60 * 60;

const REQUIRED: &str =
    "The server certificate is valid for at least 30 days and, if the plan verifies it, names the host.";

pub(crate) async fn check(facts: &Facts) -> Vec<Verdict> {
    vec![look(facts).await.unwrap_or_else(|fault| fault.verdict_for(CheckId::Db08, REQUIRED))]
}

async fn look(facts: &Facts) -> Result<Verdict, SharedFault> {
    let database = facts.database()?;
    let offers = matches!(facts.greeted().await?, ServerReply::Welcome(greeting) if greeting.tls);
    let is_checked_here = database.tls == DatabaseTls::VerifyCa && database.ca_certificate.is_some();
    if database.tls == DatabaseTls::Disabled {
        // A server that requires TLS refuses the login, and DB-05 reports it.
        facts.session().await?;
        let offer = if offers { "offers" } else { "does not offer" };
        return Ok(Verdict::passed(format!("The server {offer} TLS. The plan does not use it."), REQUIRED));
    }
    if !offers || is_checked_here {
        facts.session().await?;
    }
    let port = facts.port().await?;
    let host = database.host.as_str();
    let Some(seen) = server_certificate::of(port.to, host, deadline_from_now()).await else {
        // A server without usable TLS refuses every login: its error states why.
        facts.session().await?;
        return Ok(Verdict::skipped("The server sent no certificate.", REQUIRED)
            .remedy("Run the check again. If it fails again, look at MySQL's error log."));
    };
    let now = i64::try_from(facts.unix_time_at(std::time::Instant::now()).as_secs()).unwrap_or(i64::MAX);
    Ok(evaluate(&seen, database, now))
}

fn evaluate(seen: &ServerCertificate, database: &Database, now: i64) -> Verdict {
    let name = if seen.name.is_empty() { "(no common name)" } else { &seen.name };
    let certificate = format!("The certificate of {name}");
    let warned = |what: String| Verdict::warned(format!("{certificate} {what}."), REQUIRED);
    let renew = "Renew the server certificate (ssl_cert, ssl_key), then reload it. As an administrator, run:";
    let reload = "ALTER INSTANCE RELOAD TLS; -- MySQL from 8.0.16; MariaDB: FLUSH SSL;";
    if seen.not_after < now {
        return warned(reported(format!("expired {} days ago", (now - seen.not_after) / SECONDS_PER_DAY)))
            .remedy(renew)
            .command(reload);
    }
    if seen.not_before > now {
        return warned(reported("is not valid yet"))
            .remedy("Synchronize the clocks of both hosts, or renew the certificate, then reload it. As an administrator, run:")
            .command(reload);
    }
    if seen.not_after < now + MIN_VALID_SECONDS {
        let days = (seen.not_after - now) / SECONDS_PER_DAY;
        return warned(reported(format!("expires in {days} days"))).remedy(renew).command(reload);
    }
    if database.tls == DatabaseTls::Required {
        return Verdict::passed(
            format!("{certificate} was issued by {}. The plan does not verify it.", seen.issuer),
            REQUIRED,
        );
    }
    if database.ca_certificate.is_none() {
        let reason = format!(
            "{certificate} was issued by {}. Whether the truststores of the nodes contain that CA is not visible from here.",
            seen.issuer
        );
        return Verdict::skipped(reason, REQUIRED).remedy("Enter the CA certificate in the Database step.");
    }
    let host = database.host.as_str();
    if !certificate::covers(&seen.dns_names, &seen.ip_addresses, host) {
        return warned(reported(format!(
            "does not name {host}. Any server with a certificate of the same CA could impersonate it"
        )))
        .remedy(format!("Issue a server certificate with {host} as a subject alternative name, then reload it. As an administrator, run:"))
        .command(reload);
    }
    Verdict::passed(format!("{certificate} was issued by the CA of the plan."), REQUIRED)
}

//! DB-08: where the plan uses TLS, the server's certificate is in date and names the host.
//!
//! A certificate that keeps the nodes out, such as one of an unknown CA where the plan checks it, is a failed login: DB-05
//! tells it.

use domain::certificate;
use domain::check::CheckId;
use domain::steps::{Database, DatabaseTls};

use super::database_protocol::Greeted;
use crate::fault::{Fault, Verdict};
use crate::mysql::certificate::{self as server_certificate, ServerCertificate};
use crate::shared::{Shared, deadline_from_now};

/// How long before its end a certificate is told, in days.
const SOON: i64 = 30;
const DAY: i64 = 24 * 60 * 60;

const REQUIRED: &str = "a certificate that is valid for 30 days more and names the host where the plan checks it";

pub(crate) async fn check(shared: &Shared) -> Vec<Verdict> {
    vec![look(shared).await.unwrap_or_else(|fault| fault.told_by(CheckId::Db08, REQUIRED))]
}

async fn look(shared: &Shared) -> Result<Verdict, Fault> {
    let database = shared.database()?;
    let offers = matches!(shared.greeted().await?, Greeted::Welcome(greeting) if greeting.tls);
    let is_checked_here = database.tls == DatabaseTls::VerifyCa && database.ca_certificate.is_some();
    if database.tls == DatabaseTls::Disabled {
        // A server that takes TLS alone refuses the login, and DB-05 says so.
        shared.session().await?;
        let offer = if offers { "the server offers TLS" } else { "the server offers none" };
        return Ok(Verdict::passed(format!("{offer}; the plan uses none"), REQUIRED));
    }
    if !offers || is_checked_here {
        shared.session().await?;
    }
    let port = shared.port().await?;
    let host = database.host.as_str();
    let Some(seen) = server_certificate::of(port.to, host, deadline_from_now()).await else {
        // A server without a usable TLS lets nobody in: the login says why.
        shared.session().await?;
        return Ok(Verdict::could_not_check("the server showed no certificate", REQUIRED)
            .remedy("Run the check again; if it stays so, look at MySQL's error log."));
    };
    let now = i64::try_from(shared.since_1970(std::time::Instant::now()).as_secs()).unwrap_or(i64::MAX);
    Ok(judge(&seen, database, now))
}

fn judge(seen: &ServerCertificate, database: &Database, now: i64) -> Verdict {
    let who = format!("the certificate of {}", if seen.name.is_empty() { "no name" } else { &seen.name });
    let warned = |what: String| Verdict::warned(format!("{who} {what}"), REQUIRED);
    let renew = "Renew the server's certificate (ssl_cert, ssl_key), then let the server read it. As an administrator:";
    let reload = "ALTER INSTANCE RELOAD TLS; -- MySQL from 8.0.16; MariaDB: FLUSH SSL;";
    if seen.not_after < now {
        return warned(format!("has expired {} days ago", (now - seen.not_after) / DAY)).remedy(renew).command(reload);
    }
    if seen.not_before > now {
        return warned("is not valid yet".to_owned())
            .remedy("Set the clocks of both machines, or renew it.")
            .command(reload);
    }
    if seen.not_after < now + SOON * DAY {
        let days = (seen.not_after - now) / DAY;
        return warned(format!("ends in {days} days")).remedy(renew).command(reload);
    }
    if database.tls == DatabaseTls::Required {
        return Verdict::passed(format!("{who}, signed by {}; the plan does not check it", seen.issuer), REQUIRED);
    }
    if database.ca_certificate.is_none() {
        let because = format!("{who} is signed by {}; the nodes' truststores say whether they know it", seen.issuer);
        return Verdict::could_not_check(because, REQUIRED).remedy("Enter the CA certificate in the Database step.");
    }
    let host = database.host.as_str();
    if !certificate::covers(&seen.dns_names, &seen.ip_addresses, host) {
        return warned(format!(
            "does not name {host}: any server with a certificate of the same CA could stand in for it"
        ))
        .remedy(format!("Make the server a certificate with {host} among its alternative names, then:"))
        .command(reload);
    }
    Verdict::passed(format!("{who}, signed by the plan's CA"), REQUIRED)
}

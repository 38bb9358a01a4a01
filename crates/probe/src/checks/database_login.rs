//! DB-05: the account can log in from this server. Each cause is reported separately.

use domain::check::CheckId;
use domain::steps::{Database, DatabaseTls};

use crate::certificate::{self, UntrustedReason};
use crate::facts::Facts;
use crate::facts::login_fault::{CA_LOCATION, issuer_text, required};
use crate::facts::time::deadline_from_now;
use crate::fault::{SharedFault, Verdict};
use crate::mysql::certificate as server_certificate;

pub(crate) async fn check(facts: &Facts) -> Vec<Verdict> {
    let required = facts.database().map_or_else(|_| String::new(), required);
    vec![look(facts, &required).await.unwrap_or_else(|fault| fault.verdict_for(CheckId::Db05, &required))]
}

async fn look(facts: &Facts, required: &str) -> Result<Verdict, SharedFault> {
    let database = facts.database()?;
    facts.session().await?;
    let how = match (database.tls, &database.ca_certificate) {
        (DatabaseTls::Disabled, _) => "without TLS",
        (DatabaseTls::Required, _) => "over TLS",
        (DatabaseTls::VerifyCa, Some(_)) => "over TLS with a verified certificate",
        (DatabaseTls::VerifyCa, None) => return without_authority(facts, database, required).await,
    };
    // Like the nodes, whose URL has fallbackToSystemKeyStore=false, this login sends no client certificate.
    Ok(Verdict::passed(format!("{} can log in {how}.", database.username.as_str()), required))
}

/// The plan contains no CA certificate: the nodes trust the server if a public CA issued its certificate, or if it was imported.
async fn without_authority(facts: &Facts, database: &Database, required: &str) -> Result<Verdict, SharedFault> {
    let user = database.username.as_str();
    let port = facts.port().await?;
    let Some(chain) = server_certificate::chain(port.to, database.host.as_str(), deadline_from_now()).await else {
        let verdict =
            Verdict::skipped(format!("{user} can log in over TLS, but the server sent no certificate."), required);
        return Ok(verdict.remedy("Run the check again. If it fails again, look at MySQL's error log."));
    };
    // VERIFY_CA does not compare the name.
    match certificate::verify(&chain, facts.public_authorities(), database.host.as_str()) {
        Ok(()) | Err(UntrustedReason::Name) => {
            return Ok(Verdict::passed(
                format!("{user} can log in over TLS. A public CA issued the server certificate."),
                required,
            ));
        }
        Err(
            UntrustedReason::UnknownAuthority
            | UntrustedReason::Expired
            | UntrustedReason::NotYetValid
            | UntrustedReason::Other,
        ) => {}
    }
    let issuer = chain.first().and_then(|server| server_certificate::parse(server)).map(|facts| facts.issuer);
    let what = format!(
        "{user} can log in over TLS. The server certificate was issued by {}, which is not a public CA, and the plan contains no CA \
         certificate.",
        issuer_text(issuer.as_deref()),
    );
    Ok(Verdict::warned(what, required).remedy(format!(
        "Enter the certificate of this CA in the Database step: install.sh imports it on every node. {CA_LOCATION} A node whose \
         client truststore lacks it does not start. Accept this only if the certificate is imported in another way."
    )))
}

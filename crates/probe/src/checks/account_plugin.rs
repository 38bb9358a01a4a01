//! DB-07 and DB-22: the account's authentication plugin works with the chosen connection security, and the server has it.

use domain::check::CheckId;
use domain::steps::DatabaseTls;

use crate::facts::Facts;
use crate::facts::account::{REQUIRED_FOR_TLS, REQUIRED_ON_SERVER, key_of, without_key};
use crate::fault::{SharedFault, Verdict};

pub(crate) async fn fits_security(facts: &Facts) -> Vec<Verdict> {
    vec![look(facts).await.unwrap_or_else(|fault| fault.verdict_for(CheckId::Db07, REQUIRED_FOR_TLS))]
}

async fn look(facts: &Facts) -> Result<Verdict, SharedFault> {
    let database = facts.database()?;
    let session = facts.session().await?;
    let account = facts.account().await?;
    if database.tls != DatabaseTls::Disabled {
        return Ok(Verdict::passed(format!("The account uses {} over TLS.", account.plugin), REQUIRED_FOR_TLS));
    }
    if let Some(fault) = without_key(session, database).await? {
        return Err(fault);
    }
    let how = if key_of(&account.plugin).is_some() {
        ". Connector/J requests the public key of the server (allowPublicKeyRetrieval=true)."
    } else {
        "."
    };
    Ok(Verdict::passed(format!("The account uses {} without TLS{how}", account.plugin), REQUIRED_FOR_TLS))
}

pub(crate) async fn is_on_server(facts: &Facts) -> Vec<Verdict> {
    vec![match facts.account().await {
        Ok(account) if account.plugin == "mysql_native_password" => Verdict::passed(
            "The account uses mysql_native_password. MySQL 9 no longer has it; MariaDB keeps it.",
            REQUIRED_ON_SERVER,
        ),
        Ok(account) => Verdict::passed(format!("The account uses {}.", account.plugin), REQUIRED_ON_SERVER),
        Err(fault) => fault.verdict_for(CheckId::Db22, REQUIRED_ON_SERVER),
    }]
}

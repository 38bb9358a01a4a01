//! DB-03: the service on the port is MySQL. Other services are named.

use domain::check::CheckId;

use crate::facts::Facts;
use crate::facts::greeting::{REQUIRED, ServerReply};
use crate::fault::Verdict;

pub(crate) async fn check(facts: &Facts) -> Vec<Verdict> {
    vec![match facts.greeted().await {
        Ok(ServerReply::Welcome(greeting)) => {
            let tls = if greeting.tls { "with TLS" } else { "without TLS" };
            Verdict::passed(format!("MySQL's protocol, version {}, {tls}.", greeting.version), REQUIRED)
        }
        Ok(ServerReply::Refusal { code, .. }) => {
            Verdict::passed(format!("MySQL's protocol. The server refuses the connection with error {code}."), REQUIRED)
        }
        Err(fault) => fault.verdict_for(CheckId::Db03, REQUIRED),
    }]
}

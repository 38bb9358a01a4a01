//! DB-01: the name of the database host resolves.

use domain::check::CheckId;

use crate::facts::Facts;
use crate::facts::name::REQUIRED;
use crate::fault::Verdict;

pub(crate) async fn check(facts: &Facts) -> Vec<Verdict> {
    vec![match facts.addresses().await {
        Ok(addresses) => {
            let list: Vec<String> = addresses.iter().map(|address| address.socket().ip().to_string()).collect();
            Verdict::passed(format!("{}.", list.join(", ")), REQUIRED)
        }
        Err(fault) => fault.verdict_for(CheckId::Db01, REQUIRED),
    }]
}

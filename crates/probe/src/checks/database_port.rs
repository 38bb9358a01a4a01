//! DB-02: the TCP port of the database accepts connections. Refused, silent and unreachable are reported separately.

use domain::check::CheckId;

use crate::facts::Facts;
use crate::facts::port::REQUIRED;
use crate::fault::Verdict;

pub(crate) async fn check(facts: &Facts) -> Vec<Verdict> {
    vec![match facts.port().await {
        Ok(port) => {
            let milliseconds = port.took.as_secs_f64() * 1000.0;
            Verdict::passed(format!("{} answers in {milliseconds:.1} ms.", port.to), REQUIRED)
        }
        Err(fault) => fault.verdict_for(CheckId::Db02, REQUIRED),
    }]
}

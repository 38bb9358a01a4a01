//! TL-09: when the certificates of a cluster expire.

use super::{CheckId, CheckResult, Outcome, Remedy};
use crate::certificate::{CertificateExpiry, MIN_VALID_SECONDS};
use crate::moment::iso_date;
use crate::sites::reported;

/// The result of TL-09. `expiries` is `None` if the keys are not known; a new cluster has none yet. `now` is in Unix
/// seconds.
#[must_use]
pub fn evaluate_expiry(expiries: Option<&[CertificateExpiry]>, is_running: bool, now: i64) -> Vec<CheckResult> {
    let result = |outcome, current: String, remedy: String| CheckResult {
        id: CheckId::Tl09,
        subject: None,
        outcome,
        current,
        required: "every certificate is valid for 30 more days".to_owned(),
        remedy: Remedy { text: remedy, commands: Vec::new() },
        took_ms: 0,
        from_node: false,
        expires_at: None,
    };
    let day = |expiry: &CertificateExpiry| iso_date(u64::try_from(expiry.not_after).unwrap_or_default());
    let Some(expiries) = expiries else {
        return vec![if is_running {
            let remedy = "Upload the key file or a bundle of the cluster.".to_owned();
            result(Outcome::CouldNotCheck, "The keys of the running cluster are not known.".to_owned(), remedy)
        } else {
            let current = "The certificates are issued with the first download.".to_owned();
            result(Outcome::Passed, current, String::new())
        }];
    };
    let soon: Vec<CheckResult> = (expiries.iter())
        .filter(|expiry| expiry.not_after - now < MIN_VALID_SECONDS)
        .map(|expiry| {
            let verb = if expiry.not_after < now { reported("expired") } else { reported("expires") };
            let current = format!("{} {verb} on {}.", expiry.what, day(expiry));
            result(Outcome::Warned, current, expiry.renewal.advice().to_owned())
        })
        .collect();
    if !soon.is_empty() {
        return soon;
    }
    let all: Vec<String> = expiries.iter().map(|expiry| format!("{}: {}", expiry.what, day(expiry))).collect();
    vec![result(Outcome::Passed, format!("{}.", all.join("; ")), String::new())]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::certificate::Renewal;

    const NOW: i64 = 1_795_421_640;

    fn evaluate(days: i64) -> (Vec<String>, String) {
        let expiries = [
            CertificateExpiry { what: "The nodes".to_owned(), not_after: NOW + days * 86_400, renewal: Renewal::Tls },
            CertificateExpiry { what: "The CA".to_owned(), not_after: NOW + 3_000 * 86_400, renewal: Renewal::Keys },
        ];
        let results = evaluate_expiry(Some(&expiries), true, NOW);
        let found =
            results.iter().filter(|result| result.outcome == Outcome::Warned).map(|_| "warned TL-09".to_owned());
        (found.collect(), results.iter().map(|result| format!("{} {}", result.current, result.remedy.text)).collect())
    }

    #[test]
    fn a_certificate_that_expires_is_reported_with_its_day_and_what_to_do() {
        let (found, words) = evaluate(400);
        testbed::faults::expect_none("all are valid", &found);
        assert!(words.contains("The nodes: 2027-12-28; The CA: 2035-02-09."), "{words}");
        for (days, verb) in [(29, "expires on 2026-12-22"), (-1, "expired on 2026-11-22")] {
            let (found, words) = evaluate(days);
            testbed::faults::expect(verb, "warned TL-09", &found, crate::sites::take());
            assert!(words.contains(verb) && words.contains("Renew the TLS certificates"), "{words}");
        }
    }

    #[test]
    fn unknown_keys_are_reported() {
        let outcome = |is_running| evaluate_expiry(None, is_running, NOW)[0].outcome;
        assert_eq!((outcome(true), outcome(false)), (Outcome::CouldNotCheck, Outcome::Passed));
    }
}

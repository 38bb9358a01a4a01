//! When the certificates of a cluster expire: those that are issued here, and those that were given.

use domain::certificate::{CertificateExpiry, Renewal};
use domain::render_plan::RenderPlan;

use crate::certificates::{expiry_times, inspect};
use crate::keyring::KeyRing;

/// Every certificate of the plan's bundle with its last moment, the earliest first. The nodes' are one row: they are
/// issued together.
#[must_use]
pub fn certificate_expiries(plan: &RenderPlan, ring: &KeyRing) -> Vec<CertificateExpiry> {
    let wanted = &plan.certificates;
    let until = expiry_times(ring);
    let row = |what: &str, not_after, renewal| CertificateExpiry { what: what.to_owned(), not_after, renewal };
    let hostname = &plan.load_balancer.hostname;
    let mut rows = vec![
        row("TLS certificates of the nodes", until.nodes, Renewal::Tls),
        row("Signing certificate of the cluster", until.signing, Renewal::Keys),
    ];
    if wanted.has_ca {
        rows.push(row("CA of the cluster", until.authority, Renewal::Keys));
    }
    match &wanted.provided_chain {
        None => rows.push(row(&format!("TLS certificate of {hostname}"), until.load_balancer, Renewal::Tls)),
        Some(chain) => {
            let what = format!("Provided TLS certificate of {hostname}");
            rows.extend(provided_expiry(chain).map(|not_after| row(&what, not_after, Renewal::Provided)));
        }
    }
    for (file, pem) in &wanted.other_authorities {
        let what = format!("CA certificate {file}.crt");
        rows.extend(provided_expiry(pem).map(|not_after| row(&what, not_after, Renewal::Authority)));
    }
    rows.sort_by_key(|row| row.not_after);
    rows
}

/// The earliest end in a PEM text; `None` where nothing reads, which other checks report.
fn provided_expiry(pem: &str) -> Option<i64> {
    let facts = inspect::inspect_provided(pem, None).ok()?;
    facts.certificates.iter().map(|certificate| certificate.not_after).min()
}

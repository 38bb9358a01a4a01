//! What a verification of the deployed cluster needs: whom to trust, the account, and which checks run. The checks themselves are in
//! `probe::verification`.

use std::sync::Arc;

use domain::check::{CheckEvent, CheckId, Reach};
use domain::cluster::validate;
use domain::draft::Draft;
use domain::inputs::ReadableAnswers;
use domain::render_plan::{RenderPlan, node_table_fingerprint};
use domain::secret::{Secret, Secrets};
use domain::steps::keys;
use domain::verification_report::VerificationReport;
use probe::TrustAnchors;
use probe::verification::{ClusterAccess, ClusterAddress, VerificationAccount};
use render::keyring::KeyRing;

use crate::checks::runs::{PlanRuns, RunStarter, StartRunError};
use crate::{clock, plans, random};

/// An account of IS that creates the test objects.
#[derive(Clone, Debug)]
pub struct VerificationLogin {
    /// The user name.
    pub username: String,
    /// The password. It is used for one verification and never stored.
    pub password: Secret,
}

impl VerificationLogin {
    /// The super admin of the plan; `None` while its password is missing.
    #[must_use]
    pub fn super_admin(draft: &Draft, secrets: &Secrets) -> Option<Self> {
        let password = secrets.get(keys::USER_STORE.admin_password).filter(|password| !password.is_empty())?;
        Some(Self { username: draft.text(keys::USER_STORE.admin_username).to_owned(), password: password.clone() })
    }
}

/// What to trust, beside public CAs, to recognise the endpoints of the cluster.
#[derive(Clone, Copy, Debug)]
pub enum TrustSource<'a> {
    /// The certificates that the keys of the plan issue.
    Keys(&'a KeyRing),
    /// CA certificates, as PEM.
    Authorities(&'a str),
}

/// Why a verification cannot start.
#[derive(Debug, thiserror::Error)]
pub enum VerificationInputError {
    /// Findings block the plan, so the certificates of its endpoints are unknown.
    #[error("the plan has problems: correct them on the Review page first")]
    Blocked,
    /// The certificates cannot be issued.
    #[error("cannot determine the certificates of the cluster")]
    Certificates(#[source] render::RenderError),
    /// The system provides no random numbers.
    #[error("the system provides no random numbers")]
    Random(#[from] getrandom::Error),
}

/// The checks of a verification: all, or those that create nothing.
#[must_use]
pub fn checks(read_only: bool) -> Vec<CheckId> {
    let is_asked = |id: &&CheckId| id.reach() == Reach::Cluster && (!read_only || id.writes().is_none());
    CheckId::ALL.iter().filter(is_asked).copied().collect()
}

/// The addresses that a verification of the plan contacts, the load balancer first; empty while the answers do not state them.
#[must_use]
pub fn addresses(draft: &Draft, secrets: &Secrets) -> Vec<ClusterAddress> {
    let (answers, _) = ReadableAnswers::read(draft, secrets);
    ClusterAddress::list(&answers).unwrap_or_default()
}

/// The fingerprint of the nodes of the plan; `None` while they cannot be read.
#[must_use]
pub fn node_table(draft: &Draft, secrets: &Secrets) -> Option<String> {
    let (answers, _) = ReadableAnswers::read(draft, secrets);
    answers.nodes.as_deref().map(node_table_fingerprint)
}

/// Stores the results that verify.sh reported, as a run of their checks.
///
/// # Errors
/// [`StartRunError::Busy`] while checks run, and those of the store.
pub async fn store_report(
    log: &Arc<PlanRuns>,
    report: VerificationReport,
    starter: &RunStarter,
) -> Result<(), StartRunError> {
    let running = log.begin(report.results.keys().copied().collect(), starter, clock::now()).await?;
    let (sink, run) = (running.event_sink(), running.number);
    // The clock of the other machine may be wrong, and the text may state any time.
    let at = report.at.min(clock::now());
    for (id, results) in report.results {
        sink(CheckEvent::Finished { run, id, at, results });
    }
    sink(CheckEvent::RunFinished { run, at: clock::now(), cancelled: false });
    running.end().await;
    Ok(())
}

/// How the deployed cluster of a plan is reached and verified. `addresses` replace those of the plan.
///
/// # Errors
/// When the certificates that prove its endpoints are unknown.
pub fn cluster_access(
    draft: &Draft,
    secrets: &Secrets,
    trust: TrustSource<'_>,
    login: Option<VerificationLogin>,
    addresses: Vec<ClusterAddress>,
) -> Result<ClusterAccess, VerificationInputError> {
    let (node_authorities, balancer_authorities) = match trust {
        TrustSource::Authorities(pem) => (TrustAnchors::given(pem), TrustAnchors::given(pem)),
        TrustSource::Keys(ring) => {
            let cluster = validate(draft, secrets, &plans::external_facts(draft, secrets)).cluster;
            let plan = RenderPlan::new(&cluster.ok_or(VerificationInputError::Blocked)?);
            let trusted = render::trusted_certificates(&plan, ring, secrets);
            let trusted = trusted.map_err(VerificationInputError::Certificates)?;
            (TrustAnchors::given(&trusted.nodes), TrustAnchors::given(&trusted.load_balancer))
        }
    };
    let account = match login {
        None => None,
        Some(VerificationLogin { username, password }) => Some(VerificationAccount {
            username,
            password,
            run_name: random::hex::<2>()?,
            test_password: test_password()?,
        }),
    };
    Ok(ClusterAccess { addresses, node_authorities, balancer_authorities, account, confirmed: None })
}

/// A random password with letters of both cases, a digit and a special character, as the default policies require, of at most 30
/// characters, which 6.x allows.
fn test_password() -> Result<Secret, getrandom::Error> {
    Ok(Secret::new(format!("Cw1!{}", random::hex::<12>()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verification_that_only_reads_creates_nothing() {
        let read_only = checks(true);
        assert!(!read_only.is_empty() && read_only.iter().all(|id| id.writes().is_none()));
        assert!(checks(false).len() > read_only.len());
        assert!(checks(false).iter().all(|id| id.reach() == Reach::Cluster));
    }
}

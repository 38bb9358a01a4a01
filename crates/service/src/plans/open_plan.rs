//! A plan that was read, with the secrets that could be opened, and what the rules need to validate it.

use domain::certificate::{CertificateFacts, PemProblem};
use domain::cluster::{Validation, validate};
use domain::draft::Draft;
use domain::paste;
use domain::rules::{CA_CERTIFICATE_SETTINGS, ExternalFacts};
use domain::secret::{Secret, Secrets};
use domain::steps::keys;
use domain::value::Value as _;
use domain::values::CertificatePem;
use store::PlanId;

use crate::clock;

/// Secrets that a change sets (`Some`) or deletes (`None`), by setting.
pub type SecretEdits = Vec<(String, Option<Secret>)>;

/// A plan with everything that was entered.
#[derive(Clone, Debug)]
pub struct OpenPlan {
    /// Its id.
    pub id: PlanId,
    /// Counts its saves.
    pub revision: i64,
    /// When it was last saved, in unix seconds.
    pub updated_at: u64,
    /// The answers.
    pub draft: Draft,
    /// The secrets that could be opened.
    pub secrets: Secrets,
    /// Settings whose secret does not open: they count as missing, and it is said.
    pub sealed_elsewhere: Vec<String>,
    /// Those of them whose sealed secret was changed, or moved here from elsewhere.
    pub altered: Vec<String>,
    /// Whether the plan has the keys of its cluster.
    pub has_keys: bool,
}

impl OpenPlan {
    /// What the rules say about it now.
    #[must_use]
    pub fn validate(&self) -> Validation {
        validate(&self.draft, &self.secrets, &external_facts(&self.draft, &self.secrets))
    }
}

/// What the rules need beside the answers: the time, and what the given certificates turn out to be.
#[must_use]
pub fn external_facts(draft: &Draft, secrets: &Secrets) -> ExternalFacts {
    let authorities = CA_CERTIFICATE_SETTINGS.into_iter().filter_map(|setting| {
        // As the nodes will get it: without the NUL that ends MySQL's own ca.pem.
        let certificate = CertificatePem::parse(draft.text(setting)).ok()?;
        Some((setting, render::certificates::inspect::inspect_provided(certificate.as_str(), None)))
    });
    ExternalFacts { now: clock::now(), provided: provided(draft, secrets), authorities: authorities.collect() }
}

fn provided(draft: &Draft, secrets: &Secrets) -> Option<Result<CertificateFacts, Vec<PemProblem>>> {
    let chain = draft.text(keys::LOAD_BALANCER.provided_certificate);
    let wanted = draft.text(keys::LOAD_BALANCER.certificate) == "provided" && !chain.is_empty();
    wanted
        .then(|| render::certificates::inspect::inspect_provided(chain, secrets.get(keys::LOAD_BALANCER.provided_key)))
}

/// The draft of a stored document, without credentials that earlier versions kept.
pub(crate) fn read_document(document: &str) -> Result<Draft, serde_json::Error> {
    let mut draft: Draft = serde_json::from_str(document)?;
    // Earlier versions kept what was typed.
    paste::strip_credentials(&mut draft);
    Ok(draft)
}

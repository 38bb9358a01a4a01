//! Runs checks for the wizard and the command line alike: those the answers decide here, those of a node from its
//! report, the others by `probe`.

use std::sync::Arc;

use domain::audit::{self, ExpectedNode, TrustedAuthority};
use domain::certificate::{CertificateExpiry, CertificateFacts, PemProblem};
use domain::check::{self, CheckEvent, CheckId, CheckResult, Outcome, Reach, Remedy};
use domain::cluster::{Cluster, validate};
use domain::draft::Draft;
use domain::finding::Finding;
use domain::inputs::{PlaceholderSecrets, ReadableAnswers};
use domain::node_report::{self, ReceivedReport};
use domain::render_plan::{NodePlan, RenderPlan};
use domain::rules::CA_CERTIFICATE_SETTINGS;
use domain::secret::Secrets;
use domain::step::Step;
use probe::RunSubject;
use probe::address::AllowedNetworks;
use probe::engine::RunEnvironment;
use probe::verification::ClusterAccess;
use render::keyring::{KeyRing, KeyRingError, RsaBits};
use render::{Bundle, RenderError};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::records::Timestamp;
use crate::{clock, plans};

/// What is asked for beside the checks that read from here.
#[derive(Clone, Copy, Debug, Default)]
pub struct CheckSelection {
    /// Those that need the probes of the nodes.
    pub nodes: bool,
    /// Those that write to what they look at: only where a person said so.
    pub writes: bool,
    /// Those of the deployed cluster.
    pub cluster: bool,
}

/// The checks of a step, or all, as far as they are asked for.
#[must_use]
pub fn checks_of_step(step: Option<Step>, asked: CheckSelection) -> Vec<CheckId> {
    let here = |id: &&CheckId| {
        let is_reached = match id.reach() {
            Reach::Node => asked.nodes,
            Reach::Cluster => asked.cluster,
            Reach::Answers | Reach::Files | Reach::Bundle | Reach::Server => true,
        };
        let may_run = asked.writes || id.writes().is_none();
        step.is_none_or(|step| id.step() == step) && is_reached && may_run
    };
    CheckId::ALL.iter().filter(here).copied().collect()
}

/// Whether any of `checks` needs the keys of the cluster.
#[must_use]
pub fn needs_keys(checks: &[CheckId]) -> bool {
    checks.iter().any(|id| id.reach() == Reach::Bundle)
}

/// What a run is given beside the plan.
#[derive(Default)]
pub struct RunContext<'a> {
    /// What the probes of the nodes said: checks of a node are decided from it.
    pub reports: &'a [ReceivedReport],
    /// The plan's keys, where [`needs_keys`] requires them; without them the run creates its own.
    pub keys: Option<KeyRing>,
    /// Which networks may be dialled.
    pub allowed: AllowedNetworks,
    /// How the deployed cluster is reached, where it is verified.
    pub cluster: Option<ClusterAccess>,
}

/// How many runs of all plans are active at once in this process; further ones wait for their turn. Each may take some 6 MB
/// when the systems that it inspects attack.
const MAX_RUNS_AT_ONCE: usize = 8;

static RUN_SLOTS: Semaphore = Semaphore::const_new(MAX_RUNS_AT_ONCE);

/// Runs `checks` as run number `run` and tells every event, until all are done or `cancel` is cancelled.
pub async fn run(
    draft: &Draft,
    secrets: &Secrets,
    surroundings: RunContext<'_>,
    checks: Vec<CheckId>,
    run: u64,
    on_event: impl Fn(CheckEvent) + Send + Sync,
    cancel: CancellationToken,
) {
    // The semaphore is never closed.
    let turn = tokio::select! {
        turn = RUN_SLOTS.acquire() => turn,
        () = cancel.cancelled() => return,
    };
    let filled = PlaceholderSecrets::fill(draft, secrets);
    let (answers, _) = ReadableAnswers::read(draft, &filled.secrets);
    let expiries = surroundings.keys.as_ref().and_then(|keys| expiries(draft, &filled.secrets, keys));
    let is_running = plans::is_running(draft);
    let bundle = match needs_keys(&checks) {
        true => audit_bundle(draft, &filled.secrets, surroundings.keys).await,
        false => Ok(None),
    };
    let bundle = bundle.unwrap_or_else(|error| {
        tracing::error!(%error, "cannot audit the bundle");
        None
    });
    let evaluate_answers = evaluate_answers(draft, secrets, bundle);
    let decide = |id: CheckId| match id.of_node() {
        Some(check) => node_report::evaluate(check, &answers, surroundings.reports),
        None if id == CheckId::Tl09 => check::evaluate_expiry(expiries.as_deref(), is_running, unix_now()),
        None => evaluate_answers(id),
    };
    let on_event = |mut event: CheckEvent| {
        if let CheckEvent::Finished { id, results, .. } = &mut event {
            results.extend(node_report::supplement(*id, &answers, surroundings.reports));
        }
        on_event(event);
    };
    let tools = RunEnvironment { clock: &clock::unix_time, rules: &decide };
    let mut subject = RunSubject::new(answers.clone(), surroundings.allowed).without_secrets(filled.missing);
    subject.cluster = surroundings.cluster;
    let subject = Arc::new(subject);
    probe::run(run, checks, subject, tools, on_event, cancel.cancelled()).await;
    drop(turn);
}

fn unix_now() -> i64 {
    Timestamp::now().to_stored()
}

/// When the certificates of the plan expire; `None` where something blocks the bundle.
fn expiries(draft: &Draft, secrets: &Secrets, keys: &KeyRing) -> Option<Vec<CertificateExpiry>> {
    let cluster = validate(draft, secrets, &plans::external_facts(draft, secrets)).cluster?;
    Some(render::certificate_expiries(&RenderPlan::new(&cluster), keys))
}

/// Decides the checks that need only the answers and the files generated from them. `bundle` holds the findings of the
/// whole bundle, if it was inspected: the checks of key stores and trust folders need it.
pub fn evaluate_answers(
    draft: &Draft,
    secrets: &Secrets,
    bundle: Option<Vec<Finding>>,
) -> impl Fn(CheckId) -> Vec<CheckResult> + Send + Sync + use<> {
    let PlaceholderSecrets { secrets, missing } = PlaceholderSecrets::fill(draft, secrets);
    let (answers, _) = ReadableAnswers::read(draft, &secrets);
    let judgement = validate(draft, &secrets, &plans::external_facts(draft, &secrets));
    let mut findings = judgement.findings;
    let mut has_files = false;
    if let Some(cluster) = &judgement.cluster {
        match audit_files(cluster) {
            Ok(audited) => {
                has_files = true;
                findings.extend(audited);
            }
            Err(error) => tracing::error!(%error, "cannot audit the files"),
        }
    }
    let has_bundle = bundle.is_some();
    findings.extend(bundle.into_iter().flatten());
    move |id| {
        if let Some(setting) = missing.iter().find(|setting| id == SECRET_STRENGTH_CHECK && id.depends_on(setting)) {
            return vec![without_secret(id, setting)];
        }
        let is_looked_at = if needs_keys(&[id]) { has_bundle } else { has_files };
        check::evaluate_rules(id, &answers, &findings, is_looked_at)
    }
}

/// The check of the answers that judges secrets: it can conclude nothing from a stand-in.
const SECRET_STRENGTH_CHECK: CheckId = CheckId::Cl13;

/// Whether `check` reports nothing while the value of `setting` is missing.
#[must_use]
pub fn requires_secret(check: CheckId, setting: &str) -> bool {
    let is_secret = domain::steps::setting(setting).is_some_and(|setting| setting.control.is_secret());
    let stands_in = is_secret && check.reach().is_of_plan() && check != SECRET_STRENGTH_CHECK;
    check.depends_on(setting) && !stands_in
}

fn without_secret(id: CheckId, setting: &str) -> CheckResult {
    let label = domain::steps::setting(setting).map_or(setting, |setting| setting.label);
    CheckResult {
        id,
        subject: None,
        outcome: Outcome::CouldNotCheck,
        current: format!("{label} is missing."),
        required: id.spec().proves.to_owned(),
        remedy: Remedy { text: "Enter it, on the command line with --secrets FILE.".to_owned(), commands: Vec::new() },
        took_ms: 0,
        from_node: false,
        expires_at: None,
    }
}

/// Audits the files of the nodes and of the load balancer as they will be in the bundle: the last inspection before the
/// download.
///
/// # Errors
/// When cannot create the files.
pub fn audit_files(cluster: &Cluster) -> Result<Vec<Finding>, RenderError> {
    let plan = RenderPlan::new(cluster);
    let inputs = cluster.inputs();
    let suffix = "/repository/conf/deployment.toml";
    let mut files: Vec<(String, String)> = Vec::new();
    let mut balancer = None;
    for artefact in render::preview(&plan)? {
        let Some(text) = artefact.content.0 else { continue };
        let path = artefact.path.as_str();
        if let Some(node) = path.strip_prefix("nodes/").and_then(|rest| rest.strip_suffix(suffix)) {
            files.push((node.to_owned(), text));
        } else if path.starts_with("load-balancer/") && (path.ends_with(".conf") || path.ends_with(".cfg")) {
            balancer = Some(text);
        }
    }
    let node = |node: &NodePlan| ExpectedNode {
        name: node.name.clone(),
        host: node.host.clone(),
        hazelcast_port: node.hazelcast_port,
    };
    let nodes: Vec<ExpectedNode> = plan.nodes.iter().map(node).collect();
    let mut findings = audit::audit(&files, inputs.product.version, &nodes);
    findings.extend(audit::audit_public_url(&files, &inputs.load_balancer));
    // Where the platform assigns addresses, what stands in front of the nodes is the platform's too.
    if !inputs.clustering.scheme.assigns_addresses() {
        findings.extend(audit::audit_load_balancer(
            &balancer.unwrap_or_default(),
            &inputs.load_balancer,
            &inputs.nodes,
        ));
    }
    Ok(findings)
}

/// Makes the bundle and audits its key stores and trust folders; `None` where something blocks the bundle.
async fn audit_bundle(
    draft: &Draft,
    secrets: &Secrets,
    keys: Option<KeyRing>,
) -> Result<Option<Vec<Finding>>, AuditError> {
    let evidence = plans::external_facts(draft, secrets);
    let Some(cluster) = validate(draft, secrets, &evidence).cluster else { return Ok(None) };
    let (plan, secrets) = (RenderPlan::new(&cluster), secrets.clone());
    let mut authorities: Vec<TrustedAuthority> = Vec::new();
    let mut asked = |of, facts: Option<&Result<CertificateFacts, Vec<PemProblem>>>| {
        let Some(Ok(facts)) = facts else { return };
        let fingerprints = facts.certificates.iter().map(|certificate| certificate.fingerprint.clone()).collect();
        authorities.push(TrustedAuthority { of, fingerprints });
    };
    asked("the database", evidence.authorities.get(CA_CERTIFICATE_SETTINGS[0]));
    asked("the directory", evidence.authorities.get(CA_CERTIFICATE_SETTINGS[1]));
    asked("the load balancer", evidence.provided.as_ref());
    // Key stores take some milliseconds of hashing, keys a second: not on the threads that answer others.
    let verified = tokio::task::spawn_blocking(move || {
        let keys = match keys {
            Some(keys) => keys,
            None => KeyRing::generate(unix_now(), RsaBits::default())?,
        };
        Ok::<_, AuditError>(Bundle::build(&plan, &keys, &secrets)?.verify())
    })
    .await
    .map_err(AuditError::Background)??;
    authorities.extend(verified.authorities);
    let mut findings = audit::audit_key_stores(&verified.key_stores);
    findings.extend(audit::audit_trust_folders(&verified.trust, &authorities));
    Ok(Some(findings))
}

/// Why the finished files could not be inspected.
#[derive(Debug, thiserror::Error)]
enum AuditError {
    /// They could not be made.
    #[error("cannot create the files")]
    Render(#[from] RenderError),
    /// The keys for them could not be made.
    #[error("cannot create the keys")]
    Keys(#[from] KeyRingError),
    /// The task ended early.
    #[error("a background task ended unexpectedly")]
    Background(#[source] tokio::task::JoinError),
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn runs_wait_for_their_turn_and_can_be_stopped_meanwhile() {
        let all = u32::try_from(MAX_RUNS_AT_ONCE).unwrap();
        let others = RUN_SLOTS.acquire_many(all).await.unwrap();
        let events = Arc::new(Mutex::new(Vec::new()));
        let start = |cancel: CancellationToken| {
            let events = Arc::clone(&events);
            let on_event = move |event| events.lock().unwrap().push(event);
            tokio::spawn(async move {
                let (draft, secrets) = (Draft::default(), Secrets::new());
                run(&draft, &secrets, RunContext::default(), vec![CheckId::Cl01], 1, on_event, cancel).await;
            })
        };
        let cancel = CancellationToken::new();
        let stopped = start(cancel.clone());
        cancel.cancel();
        stopped.await.unwrap();
        let waiting = start(CancellationToken::new());
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert!(events.lock().unwrap().is_empty());
        drop(others);
        waiting.await.unwrap();
        assert!(matches!(events.lock().unwrap().last(), Some(CheckEvent::RunFinished { cancelled: false, .. })));
    }
}

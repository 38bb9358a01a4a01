//! The verification of the deployed cluster over HTTP: its page, and its start. The results follow as those of other checks.

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};

use app::urls;
use app::view::{VerifyForm, VerifyStage, VerifyView, WizardPage};
use domain::error_text::error_chain;
use domain::history::journal::JournalAction;
use domain::limits::ACCOUNT_NAME;
use domain::rights::Permission;
use domain::secret::Secret;
use domain::step::Step;
use domain::steps::keys;
use domain::verification_report::{self, MAX_REPORT_BYTES};
use probe::verification::{ClusterAccess, ClusterAddress};
use service::access::actor::Actor;
use service::checks::runs::{RunStarter, StartRunError};
use service::plans::OpenPlan;
use service::verification::{self, TrustSource, VerificationLogin};

use crate::http::checks::run;
use crate::http::error::{RequestError, plan};
use crate::http::form::Form;
use crate::http::plan::{page, progress, review};
use crate::http::state::AppState;

/// `GET /plans/{plan}/verify`.
pub(crate) async fn show(
    State(site): State<AppState>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Result<Response, RequestError> {
    let plan = plan(&site.plans, &id).await?;
    page(&site, &actor, &plan, EnteredForm::default()).await
}

/// What a refused form contained, but for its password.
#[derive(Default)]
struct EnteredForm {
    /// `None` before anything was entered.
    username: Option<String>,
    is_read_only: bool,
    report: String,
    problem: Option<(&'static str, String)>,
}

async fn page(site: &AppState, actor: &Actor, plan: &OpenPlan, entered: EnteredForm) -> Result<Response, RequestError> {
    let log = site.log(plan.id).await?;
    let judgement = plan.validate();
    let issues = review::issues(site, plan, &judgement.findings).await?;
    let stage = if !actor.may(Permission::RunChecks(Step::Verify)) {
        VerifyStage::ReadOnly
    } else if judgement.cluster.is_none() {
        VerifyStage::Blocked
    } else if !plan.has_keys {
        VerifyStage::WithoutKeys
    } else {
        VerifyStage::Form(VerifyForm {
            username: (entered.username).unwrap_or_else(|| plan.draft.text(keys::USER_STORE.admin_username).to_owned()),
            is_read_only: entered.is_read_only,
            addresses: printed_addresses(&verification::addresses(&plan.draft, &plan.secrets)),
            report: entered.report,
            problem: entered.problem,
        })
    };
    let is_refused = matches!(&stage, VerifyStage::Form(VerifyForm { problem: Some(_), .. }));
    let view = VerifyView {
        assets: page::assets(),
        plan: page::head(plan, actor),
        progress: progress::progress_of(plan, &issues, WizardPage::Verify, progress::milestones(site, plan.id).await?),
        draft: plan.draft.clone(),
        checks: page::checks(&log, actor),
        stage,
    };
    let status = if is_refused { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, Html(app::pages::verify(&view))).into_response())
}

/// `POST /plans/{plan}/verify`: starts a verification, which continues when the page is left.
pub(crate) async fn start(
    State(site): State<AppState>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, RequestError> {
    let plan = plan(&site.plans, &id).await?;
    let is_read_only = form.get("mode") == Some("read-only");
    let refused = |problem| EnteredForm {
        username: form.get("username").map(str::to_owned),
        is_read_only,
        report: String::new(),
        problem,
    };
    let login = match login(&form, is_read_only) {
        Ok(login) => login,
        Err(problem) => return page(&site, &actor, &plan, refused(Some(problem))).await,
    };
    let Some(ring) = site.plans.keys(plan.id).await? else {
        return page(&site, &actor, &plan, refused(None)).await;
    };
    let addresses = verification::addresses(&plan.draft, &plan.secrets);
    if !form.all("address").eq(printed_addresses(&addresses)) {
        let problem = "The addresses of the cluster changed. Read the new list, then start again.".to_owned();
        return page(&site, &actor, &plan, refused(Some(("verify-addresses", problem)))).await;
    }
    let trust = TrustSource::Keys(&ring);
    let access = match verification::cluster_access(&plan.draft, &plan.secrets, trust, login, Vec::new()) {
        Ok(access) => ClusterAccess { confirmed: Some(addresses), ..access },
        Err(error) => {
            let problem = format!("The verification cannot start: {}.", error_chain(&error));
            return page(&site, &actor, &plan, refused(Some(("verify-user", problem)))).await;
        }
    };
    let log = site.log(plan.id).await?;
    let checks = verification::checks(is_read_only);
    let starter = RunStarter::from(&actor);
    let started = run::start_against_cluster(&site, plan.id, &log, checks, &starter, access).await;
    if started.is_ok() {
        let note = if is_read_only { "verification, read-only" } else { "verification" };
        site.plans.note(plan.id, &actor.author(), JournalAction::StartChecks, note).await?;
    }
    run::ignore_busy(started)?;
    log.wait_until_idle(run::NO_SCRIPT_WAIT_TIMEOUT).await;
    Ok(Redirect::to(&format!("{}#{}", urls::verify(&id), urls::CHECKS)).into_response())
}

/// `POST /plans/{plan}/verify/report`: takes the report of verify.sh.
pub(crate) async fn accept_report(
    State(site): State<AppState>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, RequestError> {
    let plan = plan(&site.plans, &id).await?;
    let text = form.get("report").unwrap_or_default();
    let refused = |problem: String| {
        // A text that is too long is not sent back.
        let report = if text.len() > MAX_REPORT_BYTES { String::new() } else { text.to_owned() };
        EnteredForm { report, problem: Some(("verify-report", problem)), ..EnteredForm::default() }
    };
    let report = match verification_report::parse(text) {
        Ok(report) => report,
        Err(error) => return page(&site, &actor, &plan, refused(error.to_string())).await,
    };
    if Some(&report.plan) != verification::node_table(&plan.draft, &plan.secrets).as_ref() {
        let problem = "The report is about other nodes than those of this plan. Download the bundle again, and run its verify.sh.";
        return page(&site, &actor, &plan, refused(problem.to_owned())).await;
    }
    let log = site.log(plan.id).await?;
    let starter = RunStarter::from(&actor);
    match verification::store_report(&log, report, &starter).await {
        Ok(()) => {}
        Err(StartRunError::Busy) => {
            let problem = "Checks are running. Wait for their end, then use the report again.".to_owned();
            return page(&site, &actor, &plan, refused(problem)).await;
        }
        Err(error) => return Err(error.into()),
    }
    site.plans.note(plan.id, &actor.author(), JournalAction::StartChecks, "report of verify.sh").await?;
    Ok(Redirect::to(&format!("{}#{}", urls::verify(&id), urls::CHECKS)).into_response())
}

fn printed_addresses(addresses: &[ClusterAddress]) -> Vec<String> {
    addresses.iter().map(ToString::to_string).collect()
}

/// The account of the form; `None` for a verification that only reads. A saved password is not a default: a visitor who may edit
/// the addresses could have it sent to a server of their own.
fn login(form: &Form, is_read_only: bool) -> Result<Option<VerificationLogin>, (&'static str, String)> {
    if is_read_only {
        return Ok(None);
    }
    let username = form.line("username", ACCOUNT_NAME).map_err(|too_long| ("verify-user", too_long.to_string()))?;
    if username.is_empty() {
        return Err(("verify-user", "Enter the name of an account of IS.".to_owned()));
    }
    match form.get("password").filter(|password| !password.is_empty()) {
        Some(password) => Ok(Some(VerificationLogin { username, password: Secret::new(password) })),
        None => Err(("verify-password", format!("Enter the password of {username}."))),
    }
}

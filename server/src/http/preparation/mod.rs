//! Preparing the databases over HTTP: the form, the plan that waits for confirmation, and the run as a page that grows.
//!
//! What is to be done is in [`service::preparation`].

mod form;
mod progress;
mod run_view;
pub(crate) mod uploads;

use axum::Extension;
use axum::extract::{Multipart, Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;

use app::urls;
use app::view::{PrepareChanges, PrepareDatabase, PrepareForm, PreparePlan, PrepareStage, PrepareView};
use domain::check::DATABASES;
use domain::finding::Finding;
use domain::inputs::ReadableAnswers;
use domain::milestones::Prepared;
use domain::secret::Secret;
use domain::step::Step;
use probe::prepare::{Administrator, DatabaseAdmin, PrepareError};
use store::PlanId;

use crate::http::error::{self, RequestError, plan};
use crate::http::form::Form;
use crate::http::plan::page;
use crate::http::preparation::form::{FormProblems, PrepareRequest};
use crate::http::preparation::progress::progress_page;
use crate::http::preparation::run_view::{bars, ended};
pub(crate) use crate::http::preparation::uploads::MAX_UPLOAD_BYTES;
use crate::http::state::AppState;
use service::access::actor::Actor;
use service::checks::results;
use service::plans::OpenPlan;
use service::preparation::approval::{APPROVAL_TTL_SECONDS, ApprovedJob, PendingApprovals, PreparationPlan};
use service::preparation::run::{RunStatus, StartOutcome};
use service::preparation::{self, Preparation, PrepareInputError, ScriptLocation, messages};
use service::{clock, random};

/// The field that confirms scripts which differ from WSO2's.
const CONFIRM_CHANGES: &str = "confirm_changes";

/// Whether the form is wanted where a run has ended.
#[derive(Deserialize)]
pub(crate) struct PrepareQuery {
    #[serde(default)]
    again: String,
}

/// `GET /plans/{plan}/prepare`: where it stands.
pub(crate) async fn show(
    State(site): State<AppState>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
    Query(query): Query<PrepareQuery>,
) -> Result<Response, RequestError> {
    let plan = plan(&site.plans, &id).await?;
    let now = clock::now();
    let shown = site.waiting.shown(plan.id, now).await?;
    match site.preparings.latest(plan.id, now).await? {
        Some(RunStatus { end: None, .. }) => {
            return Ok(progress_page(&site, plan.id, &actor, &view(&plan, &actor, PrepareStage::Running)));
        }
        Some(RunStatus { end: Some(end), lines, bars: kept, .. }) if query.again.is_empty() && shown.is_none() => {
            return Ok(page(&plan, &actor, PrepareStage::Ended(lines, ended(&end, bars(&kept))), StatusCode::OK));
        }
        _ => {}
    }
    match (preparation::database_answers(&plan.draft, &plan.secrets), shown) {
        (Err(unprepared), _) => Ok(page(&plan, &actor, incomplete(unprepared)?, StatusCode::OK)),
        (Ok(_), Some(shown)) => {
            let stage = waiting(shown, &site.waiting, &plan, None);
            Ok(page(&plan, &actor, stage, StatusCode::OK))
        }
        (Ok((answers, _)), None) => {
            let form = PrepareForm { user: "root".to_owned(), ..blank(&answers) };
            Ok(page(&plan, &actor, PrepareStage::Form(form), StatusCode::OK))
        }
    }
}

/// `POST /plans/{plan}/prepare`: looks at the databases and makes a plan. Changes nothing.
pub(crate) async fn review_changes(
    State(site): State<AppState>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
    headers: HeaderMap,
    mut parts: Multipart,
) -> Result<Response, RequestError> {
    let plan = plan(&site.plans, &id).await?;
    // All of this before the body of an upload is read: it may be large. A short form is counted with its look.
    let is_upload = uploads::is_upload(&headers);
    if is_upload && !site.waiting.allow_inspection(plan.id, clock::now()) {
        return Ok(too_many_inspections());
    }
    // Held until the scripts are read from the pack.
    let _turn = match site.uploads.begin(plan.id, &headers) {
        Ok(turn) => turn,
        Err(why) => return Ok(uploads::refused(why)),
    };
    let asked = match tokio::time::timeout(uploads::UPLOAD_TIMEOUT, PrepareRequest::read(&mut parts)).await {
        Ok(Ok(asked)) => asked,
        Ok(Err(error)) => return Ok(error.into_response()),
        Err(_) => {
            return Ok((StatusCode::REQUEST_TIMEOUT, "The upload took too long. Upload a zip of only dbscripts.\n")
                .into_response());
        }
    };
    let answers = match preparation::database_answers(&plan.draft, &plan.secrets) {
        Ok((answers, _)) => answers,
        Err(unprepared) => return Ok(page(&plan, &actor, incomplete(unprepared)?, StatusCode::UNPROCESSABLE_ENTITY)),
    };
    if is_running(&site, plan.id, clock::now()).await? {
        return Ok(busy());
    }
    let (user, folder) = (asked.user.clone(), asked.folder.clone());
    let looked = match asked.read_form(&address(&answers)) {
        Ok(_) if !is_upload && !site.waiting.allow_inspection(plan.id, clock::now()) => {
            Err(vec![("", TOO_MANY_INSPECTIONS.to_owned())])
        }
        Ok((administrator, scripts, field)) => inspect_and_plan(&site, &plan, administrator, scripts, field).await?,
        Err(problems) => Err(problems),
    };
    let offered = match looked {
        Ok((shown, go)) => Ok(site.waiting.request_approval(plan.id, &shown, go).await?),
        Err(problems) => Err(problems),
    };
    match offered {
        Ok(()) => Ok(Redirect::to(&format!("{}#{}", urls::prepare(&id), urls::TITLE)).into_response()),
        Err(problems) => {
            let form = PrepareForm { user, folder, problems, ..blank(&answers) };
            Ok(page(&plan, &actor, PrepareStage::Form(form), StatusCode::UNPROCESSABLE_ENTITY))
        }
    }
}

/// Looks at the databases: what would be done. `field` is where scripts that do not fit are told.
async fn inspect_and_plan(
    site: &AppState,
    plan: &OpenPlan,
    administrator: Administrator,
    scripts: ScriptLocation,
    field: &'static str,
) -> Result<Result<(PreparationPlan, ApprovedJob), FormProblems>, RequestError> {
    let (draft, secrets) = (plan.draft.clone(), plan.secrets.clone());
    // Reading a pack takes a while, and not on the threads that answer others.
    let prepared = tokio::task::spawn_blocking(move || preparation::prepare(&draft, &secrets, scripts)).await;
    let Preparation { answers, job, account, scripts, changes } =
        match prepared.map_err(service::error::PlansError::Background)? {
            Ok(preparation) => preparation,
            Err(PrepareInputError::Scripts(text)) => return Ok(Err(vec![(field, text)])),
            Err(PrepareInputError::Sql(error)) => return Err(error.into()),
            Err(PrepareInputError::Blocked(findings)) => {
                return Ok(Err(findings.iter().map(|finding| ("", finding.labelled_message())).collect()));
            }
        };
    let now = clock::now();
    let user = administrator.user.clone();
    let looked = async {
        let server = DatabaseAdmin::find(&answers, administrator, site.allowed.clone()).await?;
        let todos = server.plan(&job).await?;
        // No administrator connection stays open while the user reads the plan.
        server.close_idle().await;
        Ok::<_, PrepareError>((server, todos))
    };
    let (server, todos) = match looked.await {
        Ok(looked) => looked,
        Err(error) => return Ok(Err(vec![problem(&error)])),
    };
    let token = random::hex::<16>().map_err(service::error::PlansError::Random)?;
    let (databases, shown_server) = (messages::describe_plan(&job, &todos), address(&answers));
    let ends = now + APPROVAL_TTL_SECONDS;
    let shown = PreparationPlan { token, ends, server: shown_server, databases, account, user, scripts, changes };
    Ok(Ok((shown, ApprovedJob { server, job, todos })))
}

/// `POST /plans/{plan}/prepare/approve`: the user confirms the changes.
pub(crate) async fn approve(
    State(site): State<AppState>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, RequestError> {
    let plan = plan(&site.plans, &id).await?;
    let (token, now) = (form.get("token").unwrap_or_default(), clock::now());
    if is_running(&site, plan.id, now).await? {
        return Ok(busy());
    }
    let shown = site.waiting.shown(plan.id, now).await?;
    let Some(shown) = shown.filter(|shown| shown.token == token && shown.can_be_approved()) else {
        return Ok(approval_not_found());
    };
    let (answers, _) = ReadableAnswers::read(&plan.draft, &plan.secrets);
    // The plan was changed meanwhile: nothing is sent to a server that the user did not confirm.
    if address(&answers) != shown.server {
        site.waiting.withdraw(plan.id).await?;
        return Ok(approval_not_found());
    }
    if !shown.changes.is_empty() && form.get(CONFIRM_CHANGES).is_none() {
        let problem = ("prepare-changes", "Read the differences and confirm them, or choose other scripts.".to_owned());
        let stage = waiting(shown, &site.waiting, &plan, Some(problem));
        return Ok(page(&plan, &actor, stage, StatusCode::UNPROCESSABLE_ENTITY));
    }
    let here = urls::prepare(&id);
    let go = match site.waiting.take(plan.id, token, now) {
        Some(go) => go,
        None => match inspect_again(&site, &plan, &shown, form.get("password").unwrap_or_default()).await? {
            Ok((again, go)) if shown.is_equivalent_to(&again) => go,
            // These are not the changes that the user confirmed: the page shows them first.
            Ok((again, go)) => {
                site.waiting.request_approval(plan.id, &again, go).await?;
                return Ok(Redirect::to(&format!("{here}#{}", urls::TITLE)).into_response());
            }
            Err(problem) => {
                let stage = waiting(shown, &site.waiting, &plan, Some(("prepare-password", problem)));
                return Ok(page(&plan, &actor, stage, StatusCode::UNPROCESSABLE_ENTITY));
            }
        },
    };
    let run = match site.preparings.begin(plan.id, &shown, actor.author(), now).await? {
        StartOutcome::Run(run) => run,
        StartOutcome::Busy => return Ok(busy()),
        StartOutcome::NotPending => return Ok(approval_not_found()),
    };
    let prepared = match (&answers.product, &answers.database) {
        (Some(product), Some(database)) => Some(Prepared::of(product, database, now)),
        _ => None,
    };
    // The run continues when the user leaves the page.
    tokio::spawn(async move {
        let take_away = async || {
            let taken = results::mark_outdated(site.plans.store().as_ref(), plan.id, &[DATABASES.to_owned()]).await;
            if let Err(error) = taken {
                tracing::error!(plan = %plan.id, %error, "cannot mark the checks of prepared databases as outdated");
            }
        };
        // Before the run, as a killed process can no longer do it; and after, as another person may have run checks
        // meanwhile.
        take_away().await;
        let before_end = async |complete: bool| {
            take_away().await;
            if let Some(prepared) = prepared.filter(|_| complete)
                && let Err(error) = site.plans.keep_prepared(plan.id, prepared).await
            {
                tracing::error!(plan = %plan.id, %error, "that databases were prepared is not kept with the plan");
            }
        };
        run.run(go, before_end).await;
    });
    Ok(Redirect::to(&format!("{here}#{}", urls::TITLE)).into_response())
}

/// Inspects the databases again with the administrator's password, where another process received it. The error is shown
/// next to the password.
async fn inspect_again(
    site: &AppState,
    plan: &OpenPlan,
    shown: &PreparationPlan,
    password: &str,
) -> Result<Result<(PreparationPlan, ApprovedJob), String>, RequestError> {
    if password.is_empty() {
        return Ok(Err("Enter the administrator's password.".to_owned()));
    }
    if !site.waiting.allow_inspection(plan.id, clock::now()) {
        return Ok(Err(TOO_MANY_INSPECTIONS.to_owned()));
    }
    let administrator = Administrator { user: shown.user.clone(), password: Secret::new(password) };
    let looked = inspect_and_plan(site, plan, administrator, ScriptLocation::Read(shown.scripts.clone()), "").await?;
    Ok(looked.map_err(|problems| problems.into_iter().map(|(_, words)| words).collect::<Vec<_>>().join(" ")))
}

/// The message where a plan's databases are inspected too often.
const TOO_MANY_INSPECTIONS: &str =
    "The databases of this plan were inspected too often within a minute. Wait a minute and try again.";

fn too_many_inspections() -> Response {
    error::message(StatusCode::TOO_MANY_REQUESTS, "Too many inspections", TOO_MANY_INSPECTIONS, String::new())
}

async fn is_running(site: &AppState, plan: PlanId, now: u64) -> Result<bool, RequestError> {
    Ok(site.preparings.latest(plan, now).await?.is_some_and(|status| status.end.is_none()))
}

fn approval_not_found() -> Response {
    error::message(
        StatusCode::CONFLICT,
        "This preparation is no longer waiting for confirmation",
        "Nothing was changed. A confirmation is possible once, within ten minutes, and only for the reviewed database server. Go back to the Database step and prepare again.",
        String::new(),
    )
}

/// `POST /plans/{plan}/prepare/withdraw`: nothing is to be done.
pub(crate) async fn withdraw(State(site): State<AppState>, Path(id): Path<String>) -> Result<Response, RequestError> {
    let plan = plan(&site.plans, &id).await?;
    site.waiting.withdraw(plan.id).await?;
    Ok(Redirect::to(&urls::prepare_again(&id)).into_response())
}

fn busy() -> Response {
    error::message(
        StatusCode::CONFLICT,
        "The databases of this plan are being prepared",
        "A preparation is already running. Go back to the Database step: its page for preparing databases shows the progress.",
        String::new(),
    )
}

/// Why the databases cannot be inspected, with the field that causes it.
fn problem(error: &PrepareError) -> (&'static str, String) {
    let words = sentence(&error.message());
    let field = if matches!(error, PrepareError::LogIn { .. }) { "prepare-password" } else { "" };
    (field, words)
}

/// Text as a sentence: with a capital letter and a full stop.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(char::to_uppercase).into_iter().flatten().collect::<String>();
    let end = if text.ends_with(['.', '?', '!']) { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}

fn incomplete(unprepared: PrepareInputError) -> Result<PrepareStage, RequestError> {
    let of = |finding: Finding| (finding.at.step, finding.labelled_message());
    match unprepared {
        PrepareInputError::Blocked(findings) => Ok(PrepareStage::Incomplete(findings.into_iter().map(of).collect())),
        PrepareInputError::Sql(error) => Err(error.into()),
        PrepareInputError::Scripts(text) => Ok(PrepareStage::Incomplete(vec![(Step::Database, text)])),
    }
}

/// `host:port` of the database server.
fn address(answers: &ReadableAnswers) -> String {
    let database = answers.database.as_ref();
    database.map_or_else(String::new, |database| format!("{}:{}", database.host.as_str(), database.port.get()))
}

fn blank(answers: &ReadableAnswers) -> PrepareForm {
    let list = answers.database.iter().flat_map(|database| database.list());
    let databases = list.map(|(_, name)| name.to_owned()).collect();
    PrepareForm { server: address(answers), databases, ..PrepareForm::default() }
}

/// The stage that waits for confirmation; `problem` is the field that blocks it, and what to do.
fn waiting(
    shown: PreparationPlan,
    all: &PendingApprovals,
    plan: &OpenPlan,
    problem: Option<(&'static str, String)>,
) -> PrepareStage {
    let database = |planned: messages::PlannedDatabase| PrepareDatabase {
        name: planned.database,
        words: planned.words,
        sql: planned.sql,
        remedy: planned.remedy,
    };
    let (answers, _) = ReadableAnswers::read(&plan.draft, &plan.secrets);
    let version = answers.product.map_or("", |product| product.version.value());
    let changes = (!shown.changes.is_empty()).then(|| PrepareChanges {
        summary: shown.changes.summary(version),
        statements: shown.changes.added.into_iter().map(|added| (added.place, added.sql)).collect(),
    });
    PrepareStage::Plan(PreparePlan {
        changes,
        has_password: all.holds(plan.id, &shown.token),
        problem,
        databases: shown.databases.into_iter().map(database).collect(),
        account: shown.account,
        server: shown.server,
        user: shown.user,
        token: shown.token,
        until: crate::http::moments::format_time(shown.ends),
    })
}

fn view(plan: &OpenPlan, actor: &Actor, stage: PrepareStage) -> PrepareView {
    let (answers, _) = ReadableAnswers::read(&plan.draft, &plan.secrets);
    let version = answers.product.map_or_else(String::new, |product| product.version.value().to_owned());
    PrepareView { assets: page::assets(), plan: page::head(plan, actor), version, stage }
}

fn page(plan: &OpenPlan, actor: &Actor, stage: PrepareStage, status: StatusCode) -> Response {
    (status, Html(app::pages::prepare(&view(plan, actor, stage)))).into_response()
}

//! Preparing the databases over HTTP: the form, the plan that waits for a yes, and the run as a page that grows.
//!
//! The page of a run is sent line by line and therefore not packed. What is to be done is in [`crate::preparing`].

use std::convert::Infallible;
use std::io::Write as _;
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{Multipart, Path, Query, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;

use app::urls;
use app::view::{PrepareDatabase, PrepareEnd, PrepareForm, PreparePlan, PrepareStage, PrepareView};
use domain::check::DATABASES;
use domain::finding::Finding;
use domain::inputs::Answers;
use domain::secret::Secret;
use domain::step::Step;
use probe::prepare::{Administrator, PrepareError, Server};
use tempfile::SpooledTempFile;

use super::failure::{self, Failure, plan};
use super::form::Form;
use super::{Site, views};
use crate::person::Person;
use crate::plans::OpenPlan;
use crate::preparing::runs::{End, Go, LIFE, Refusal, Run, Shown};
use crate::preparing::{self, Preparation, Scripts, Unprepared, runs, words};
use crate::{clock, kept_checks};

/// The largest pack that is uploaded, in bytes: three times what WSO2's packs have.
pub(super) const LARGEST_PACK: usize = 2 << 30;
/// What of a pack stays in memory, in bytes: any zip of `dbscripts`. The rest of a whole pack lies in a file without a name
/// until its scripts are read.
const IN_MEMORY: usize = 4 << 20;
/// The longest text that is entered, in bytes.
const LONGEST_TEXT: usize = 4096;

/// Whether the form is wanted where a run has ended.
#[derive(Deserialize)]
pub(super) struct Wish {
    #[serde(default)]
    again: String,
}

/// `GET /plans/{plan}/prepare`: where it stands.
pub(super) async fn show(
    State(site): State<Site>,
    Extension(person): Extension<Person>,
    Path(id): Path<String>,
    Query(wish): Query<Wish>,
) -> Result<Response, Failure> {
    let plan = plan(&site.plans, &id).await?;
    if let Some(run) = site.preparations.latest(plan.id) {
        match run.so_far() {
            (_, None) => return Ok(growing(&site, &plan, &person, run)),
            (lines, Some(end))
                if wish.again.is_empty() && site.preparations.waiting(plan.id, clock::now()).is_none() =>
            {
                return Ok(page(&plan, &person, PrepareStage::Ended(lines, ended(&end)), StatusCode::OK));
            }
            _ => {}
        }
    }
    match (preparing::known(&plan.draft, &plan.secrets), site.preparations.waiting(plan.id, clock::now())) {
        (Err(unprepared), _) => Ok(page(&plan, &person, incomplete(unprepared)?, StatusCode::OK)),
        (Ok((answers, _)), Some(shown)) => Ok(page(&plan, &person, waiting(&answers, shown), StatusCode::OK)),
        (Ok((answers, _)), None) => {
            let form = PrepareForm { user: "root".to_owned(), ..blank(&answers) };
            Ok(page(&plan, &person, PrepareStage::Form(form), StatusCode::OK))
        }
    }
}

/// `POST /plans/{plan}/prepare`: looks at the databases and makes a plan. Changes nothing.
pub(super) async fn look(
    State(site): State<Site>,
    Extension(person): Extension<Person>,
    Path(id): Path<String>,
    mut parts: Multipart,
) -> Result<Response, Failure> {
    let plan = plan(&site.plans, &id).await?;
    let asked = match Asked::read(&mut parts).await {
        Ok(asked) => asked,
        Err(error) => return Ok(error.into_response()),
    };
    let answers = match preparing::known(&plan.draft, &plan.secrets) {
        Ok((answers, _)) => answers,
        Err(unprepared) => return Ok(page(&plan, &person, incomplete(unprepared)?, StatusCode::UNPROCESSABLE_ENTITY)),
    };
    if site.preparations.latest(plan.id).is_some_and(|run| run.so_far().1.is_none()) {
        return Ok(busy());
    }
    let (user, folder) = (asked.user.clone(), asked.folder.clone());
    match offer(&site, &plan, asked).await? {
        Ok(()) => Ok(Redirect::to(&format!("{}#{}", urls::prepare(&id), urls::TITLE)).into_response()),
        Err(problems) => {
            let form = PrepareForm { user, folder, problems, ..blank(&answers) };
            Ok(page(&plan, &person, PrepareStage::Form(form), StatusCode::UNPROCESSABLE_ENTITY))
        }
    }
}

/// What is wrong with a form: the field's id, empty for none, and what to do.
type Problems = Vec<(&'static str, String)>;

/// Looks at the databases and lets what would be done wait for a yes.
async fn offer(site: &Site, plan: &OpenPlan, asked: Asked) -> Result<Result<(), Problems>, Failure> {
    let field = if asked.pack.is_some() { "prepare-pack" } else { "prepare-folder" };
    let Asked { user, password, .. } = &asked;
    let (user, password) = (user.clone(), password.clone());
    let scripts = match asked.scripts() {
        Ok(scripts) => scripts,
        Err(problems) => return Ok(Err(problems)),
    };
    let (draft, secrets) = (plan.draft.clone(), plan.secrets.clone());
    // Reading a pack takes a while, and not on the threads that answer others.
    let prepared = tokio::task::spawn_blocking(move || preparing::prepare(&draft, &secrets, scripts)).await;
    let Preparation { answers, job, account } = match prepared.map_err(crate::plans::PlansError::Background)? {
        Ok(preparation) => preparation,
        Err(Unprepared::Scripts(text)) => return Ok(Err(vec![(field, text)])),
        Err(Unprepared::Sql(error)) => return Err(error.into()),
        Err(Unprepared::Blocked(findings)) => {
            return Ok(Err(findings.iter().map(|finding| ("", finding.message())).collect()));
        }
    };
    let now = clock::now();
    if !site.preparations.may_look(plan.id, now) {
        return Ok(Err(vec![("", "This was tried often within a minute. Wait a minute and try again.".to_owned())]));
    }
    let administrator = Administrator { user: user.clone(), password };
    let looked = async {
        let server = Server::find(&answers, administrator, site.allowed.clone()).await?;
        let todos = server.plan(&job).await?;
        // Nobody keeps a connection of an administrator's open while somebody reads.
        server.rest().await;
        Ok::<_, PrepareError>((server, todos))
    };
    let (server, todos) = match looked.await {
        Ok(looked) => looked,
        Err(error) => return Ok(Err(vec![problem(&error)])),
    };
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(crate::plans::PlansError::Random)?;
    let databases = words::plan(&job, &todos);
    let may = !databases.iter().any(words::Planned::is_refused);
    let shown = Shown { token: hex::encode(random), ends: now + LIFE, databases, account, user };
    site.preparations.offer(plan.id, shown, may.then_some(Go { server, job, todos }));
    Ok(Ok(()))
}

/// `POST /plans/{plan}/prepare/run`: somebody says yes.
pub(super) async fn run(State(site): State<Site>, Path(id): Path<String>, form: Form) -> Result<Response, Failure> {
    let plan = plan(&site.plans, &id).await?;
    let token = form.get("token").unwrap_or_default();
    let (go, run) = match site.preparations.begin(plan.id, token, clock::now()) {
        Ok(begun) => begun,
        Err(Refusal::Busy) => return Ok(busy()),
        Err(Refusal::Gone) => {
            return Ok(failure::message(
                StatusCode::CONFLICT,
                "That plan does not wait any more",
                "Nothing was changed. A plan waits for ten minutes and is used once. Go back to the Database step and prepare again.",
                String::new(),
            ));
        }
    };
    // The run goes on when the page is left.
    tokio::spawn(async move {
        let take_away = async {
            let taken = kept_checks::take_away(site.plans.store().as_ref(), plan.id, &[DATABASES.to_owned()]).await;
            if let Err(error) = taken {
                tracing::error!(plan = %plan.id, %error, "checks of databases that were prepared are not taken away");
            }
        };
        runs::run(go, run, take_away).await;
    });
    Ok(Redirect::to(&format!("{}#{}", urls::prepare(&id), urls::TITLE)).into_response())
}

/// `POST /plans/{plan}/prepare/withdraw`: nothing is to be done.
pub(super) async fn withdraw(State(site): State<Site>, Path(id): Path<String>) -> Result<Response, Failure> {
    let plan = plan(&site.plans, &id).await?;
    site.preparations.withdraw(plan.id);
    Ok(Redirect::to(&urls::prepare_again(&id)).into_response())
}

fn busy() -> Response {
    failure::message(
        StatusCode::CONFLICT,
        "The databases of this plan are being prepared",
        "One run goes on already. Go back to the Database step: Prepare the databases shows how far it is.",
        String::new(),
    )
}

/// What was entered.
struct Asked {
    user: String,
    password: Secret,
    folder: String,
    /// The zip and its name.
    pack: Option<(SpooledTempFile, String)>,
}

impl Asked {
    async fn read(parts: &mut Multipart) -> Result<Self, AskedError> {
        let mut asked = Self { user: String::new(), password: Secret::new(""), folder: String::new(), pack: None };
        while let Some(mut part) = parts.next_field().await? {
            match part.name().unwrap_or_default() {
                "user" => asked.user = text(part).await?.trim().to_owned(),
                "password" => asked.password = Secret::new(text(part).await?),
                "folder" => asked.folder = text(part).await?.trim().to_owned(),
                "pack" => {
                    let name: String = part.file_name().unwrap_or_default().chars().take(100).collect();
                    let mut file = SpooledTempFile::new(IN_MEMORY);
                    let mut is_empty = true;
                    while let Some(bytes) = part.chunk().await? {
                        is_empty &= bytes.is_empty();
                        file.write_all(&bytes).map_err(AskedError::Spool)?;
                    }
                    // A form without a file sends one without a name and bytes.
                    asked.pack = (!is_empty).then_some((file, name));
                }
                _ => {}
            }
        }
        Ok(asked)
    }

    /// Where the scripts are, or what is missing in the form.
    fn scripts(self) -> Result<Scripts, Problems> {
        let mut problems = Vec::new();
        let mut missing = |is_missing: bool, field, words: &str| {
            if is_missing {
                problems.push((field, words.to_owned()));
            }
        };
        missing(self.user.is_empty(), "prepare-user", "Enter the name of an account that may create databases");
        missing(self.password.is_empty(), "prepare-password", "Enter the administrator's password");
        let has_folder = !self.folder.is_empty();
        missing(!has_folder && self.pack.is_none(), "prepare-folder", "Enter a folder, or choose a zip");
        missing(has_folder && self.pack.is_some(), "prepare-folder", "Enter a folder or choose a zip, not both");
        let is_whole = FilePath::new(&self.folder).is_absolute();
        missing(has_folder && !is_whole, "prepare-folder", "Enter the whole path of the folder, from / on");
        match self.pack {
            _ if !problems.is_empty() => Err(problems),
            Some((file, name)) => Ok(Scripts::Zip(Box::new(file), name)),
            None => Ok(Scripts::Folder(PathBuf::from(self.folder))),
        }
    }
}

async fn text(mut part: Field<'_>) -> Result<String, AskedError> {
    let mut bytes = zeroize::Zeroizing::new(Vec::new());
    while let Some(chunk) = part.chunk().await? {
        if bytes.len() + chunk.len() > LONGEST_TEXT {
            return Err(AskedError::Long);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Why a form cannot be read.
enum AskedError {
    /// The body.
    Body(MultipartError),
    /// No room for the pack.
    Spool(std::io::Error),
    /// A text without an end.
    Long,
}

impl From<MultipartError> for AskedError {
    fn from(error: MultipartError) -> Self {
        Self::Body(error)
    }
}

impl IntoResponse for AskedError {
    fn into_response(self) -> Response {
        match self {
            Self::Body(error) => error.into_response(),
            Self::Spool(error) => {
                tracing::error!(%error, "an uploaded pack finds no room");
                let text = "The machine of Clusterwright has no room for the pack. Choose a zip of dbscripts alone.\n";
                (StatusCode::INSUFFICIENT_STORAGE, text).into_response()
            }
            Self::Long => (StatusCode::PAYLOAD_TOO_LARGE, "A text of the form is too long.\n").into_response(),
        }
    }
}

/// Why the databases cannot be looked at, beside the field it is about.
fn problem(error: &PrepareError) -> (&'static str, String) {
    let mut words = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        words = format!("{words}: {cause}");
        source = cause.source();
    }
    let field = if matches!(error, PrepareError::LogIn { .. }) { "prepare-password" } else { "" };
    (field, words)
}

fn incomplete(unprepared: Unprepared) -> Result<PrepareStage, Failure> {
    let of = |finding: Finding| (finding.at.step, finding.message());
    match unprepared {
        Unprepared::Blocked(findings) => Ok(PrepareStage::Incomplete(findings.into_iter().map(of).collect())),
        Unprepared::Sql(error) => Err(error.into()),
        Unprepared::Scripts(text) => Ok(PrepareStage::Incomplete(vec![(Step::Database, text)])),
    }
}

/// `host:port` of the database server.
fn address(answers: &Answers) -> String {
    let database = answers.database.as_ref();
    database.map_or_else(String::new, |database| format!("{}:{}", database.host.as_str(), database.port.get()))
}

fn blank(answers: &Answers) -> PrepareForm {
    let list = answers.database.iter().flat_map(|database| database.list());
    let databases = list.map(|(_, name)| name.to_owned()).collect();
    PrepareForm { server: address(answers), databases, ..PrepareForm::default() }
}

fn waiting(answers: &Answers, shown: Shown) -> PrepareStage {
    let database = |planned: words::Planned| PrepareDatabase {
        name: planned.database,
        words: planned.words,
        sql: planned.sql,
        remedy: planned.remedy.to_owned(),
    };
    PrepareStage::Plan(PreparePlan {
        databases: shown.databases.into_iter().map(database).collect(),
        account: shown.account,
        server: address(answers),
        user: shown.user,
        token: shown.token,
        until: clock::hour_and_minute(shown.ends),
    })
}

fn ended(end: &End) -> PrepareEnd {
    PrepareEnd {
        at: clock::hour_and_minute(end.at),
        words: end.words.clone(),
        failures: end.failures.iter().map(|failure| (words::failure(failure), failure.left.clone())).collect(),
        complete: end.complete,
    }
}

fn view(plan: &OpenPlan, person: &Person, stage: PrepareStage) -> PrepareView {
    let (answers, _) = Answers::read(&plan.draft, &plan.secrets);
    let version = answers.product.map_or_else(String::new, |product| product.version.value().to_owned());
    PrepareView { assets: views::assets(), plan: views::head(plan, person), version, stage }
}

fn page(plan: &OpenPlan, person: &Person, stage: PrepareStage, status: StatusCode) -> Response {
    (status, Html(app::pages::prepare(&view(plan, person, stage)))).into_response()
}

/// The page of a run that goes on: every line when it comes, then the end.
fn growing(site: &Site, plan: &OpenPlan, person: &Person, run: Arc<Run>) -> Response {
    let [before, between, after] = app::pages::prepare_running(&view(plan, person, PrepareStage::Running));
    let reading = Reading {
        run,
        plan: plan.id.to_string(),
        stopping: site.stopping.clone(),
        seen: 0,
        before: Some(before),
        rest: Some((between, after)),
    };
    let stream = futures::stream::unfold(reading, |mut reading| async move {
        let piece = reading.next().await?;
        Some((Ok::<_, Infallible>(Bytes::from(piece)), reading))
    });
    let html = (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    // A proxy in front must not collect the lines.
    let at_once = (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    ([html, at_once], Body::from_stream(stream)).into_response()
}

/// Somebody who reads along.
struct Reading {
    run: Arc<Run>,
    plan: String,
    stopping: tokio_util::sync::CancellationToken,
    seen: usize,
    before: Option<String>,
    rest: Option<(String, String)>,
}

impl Reading {
    /// The next piece of the page; `None` after the last.
    async fn next(&mut self) -> Option<String> {
        if let Some(before) = self.before.take() {
            return Some(before);
        }
        self.rest.as_ref()?;
        loop {
            let (lines, end) = self.run.so_far();
            let new: String = lines.iter().skip(self.seen).map(|line| app::pages::prepare_line(line)).collect();
            self.seen = lines.len();
            if let Some(end) = end {
                let (between, after) = self.rest.take()?;
                let end = app::pages::prepare_end(&self.plan, &ended(&end));
                return Some(format!("{new}{between}{end}{after}"));
            }
            if !new.is_empty() {
                return Some(new);
            }
            tokio::select! {
                () = self.run.more_than(self.seen) => {}
                () = self.stopping.cancelled() => {
                    let (between, after) = self.rest.take()?;
                    return Some(format!("{between}{after}"));
                }
            }
        }
    }
}

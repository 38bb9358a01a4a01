//! The start page: a new plan from a preset, a saved plan or bundle opened, the plans kept here.

use axum::Extension;
use axum::extract::multipart::MultipartError;
use axum::extract::{Multipart, Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};

use app::urls;
use app::view::{DeleteView, OpenProblem, PlanEntry, PlanHead, StartView};
use domain::draft::Draft;
use domain::limits::PLAN_NAME;
use domain::plan_file::{self, PlanFile, PlanFileProblem, SecretSource};
use domain::presets::Preset;
use domain::secret::Secrets;
use domain::step::Step;
use domain::steps::keys;
use render::OpenedBundle;

use crate::http::error::{RequestError, plan_id};
use crate::http::form::Form;
use crate::http::plan::page;
use crate::http::state::AppState;
use service::access::actor::Actor;
use service::plans::{ListedPlan, is_running, set_running};

/// Plans the start page shows.
const MAX_LISTED_PLANS: u32 = 50;

/// `GET /`.
pub(crate) async fn show(State(site): State<AppState>) -> Result<Response, RequestError> {
    page(&site, String::new(), Vec::new()).await
}

async fn page(site: &AppState, file: String, problems: Vec<OpenProblem>) -> Result<Response, RequestError> {
    // One more than is shown tells that there are more.
    let mut listed = site.plans.list(MAX_LISTED_PLANS + 1).await?;
    let more = listed.len() > MAX_LISTED_PLANS as usize;
    listed.truncate(MAX_LISTED_PLANS as usize);
    let plans = listed.into_iter().map(entry).collect();
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let view = StartView { assets: page::assets(), plans, more, problems, file };
    Ok((status, Html(app::pages::start(&view))).into_response())
}

fn entry(plan: ListedPlan) -> PlanEntry {
    let about = match &plan.draft {
        Some(draft) => match draft.nodes.len() {
            1 => format!("IS {}, 1 node", draft.text(keys::PRODUCT.version)),
            count => format!("IS {}, {count} nodes", draft.text(keys::PRODUCT.version)),
        },
        None => "This version of Clusterwright cannot read its answers.".to_owned(),
    };
    PlanEntry {
        id: plan.id.to_string(),
        changed: crate::http::moments::format_date_time(plan.updated_at),
        about,
        open: plan.draft.as_ref().and_then(|draft| Step::ALL.into_iter().find(|step| !draft.visited.contains(step))),
        readable: plan.draft.is_some(),
        title: plan.title,
    }
}

/// `POST /plans`: a new plan from a preset.
pub(crate) async fn create(
    State(site): State<AppState>,
    Extension(actor): Extension<Actor>,
    form: Form,
) -> Result<Response, RequestError> {
    let preset = Preset::find(form.get("preset").unwrap_or_default()).ok_or(RequestError::NotFound)?;
    let title = form.line("title", PLAN_NAME)?;
    let id = site.plans.create(&actor.author(), &preset.draft(&title), &Secrets::new()).await?;
    Ok(Redirect::to(&urls::step_title(&id.to_string(), Step::Product)).into_response())
}

/// `POST /plans/open`: a plan file or a bundle.
pub(crate) async fn open(
    State(site): State<AppState>,
    Extension(actor): Extension<Actor>,
    mut parts: Multipart,
) -> Result<Response, RequestError> {
    let UploadForm { name, bytes, .. } = match upload(&mut parts).await {
        Ok(upload) => upload,
        Err(error) => return Ok(error.into_response()),
    };
    // Unpacking and parsing take as long as the file is large: other requests do not wait for it.
    let read = tokio::task::spawn_blocking(move || read_plan(bytes)).await;
    let read = read.unwrap_or_else(|_| Err(vec![whole("The file cannot be read. Choose another one.".to_owned())]));
    let (file, bundle) = match read {
        Ok(read) => read,
        Err(problems) => return page(&site, name, problems).await,
    };
    let mut secrets = Secrets::new();
    let mut notices = Vec::new();
    for (setting, source) in file.secrets {
        match source {
            SecretSource::Value(secret) => secrets.insert(setting, secret),
            // A page must not make the server read its own files or environment.
            SecretSource::Environment(_) | SecretSource::File(_) => {
                let label = domain::steps::setting(setting).map_or(setting, |setting| setting.label);
                notices.push(format!("{label} is only referred to in the file. Enter it here."));
            }
        }
    }
    for (setting, _) in file.references {
        let label = domain::steps::setting(setting).map_or(setting, |setting| setting.label);
        notices.push(format!("{label} is only referred to in the file. Paste it here."));
    }
    let mut draft = file.draft;
    let mut keys = None;
    if let Some(bundle) = bundle {
        for (setting, secret) in bundle.secrets_for(&draft) {
            secrets.insert(setting, secret.clone());
        }
        if bundle.has_cluster_keys() {
            set_running(&mut draft);
        }
        keys = bundle.keys;
    }
    notices.push(about_keys(&draft, keys.is_some()).to_owned());
    notices.extend(domain::paste::normalize(&mut draft).iter().map(domain::finding::Finding::message));
    let id = site.plans.create_with_keys(&actor.author(), &draft, &secrets, keys.as_ref()).await?;
    site.notices.keep(id, &actor, notices).await?;
    Ok(Redirect::to(&urls::step_title(&id.to_string(), Step::Product)).into_response())
}

/// The plan within an uploaded file: a plan file, or a bundle's zip, which brings its passwords and keys too.
fn read_plan(bytes: Vec<u8>) -> Result<(PlanFile, Option<OpenedBundle>), Vec<OpenProblem>> {
    let mut bundle = None;
    let text = if bytes.starts_with(b"PK") {
        let opened = render::open_bundle(&bytes);
        opened.map_err(|error| format!("{error}. Choose an unchanged bundle of Clusterwright.")).map(|mut opened| {
            let text = std::mem::take(&mut opened.plan);
            bundle = Some(opened);
            text
        })
    } else {
        String::from_utf8(bytes)
            .map_err(|_| "This is neither a plan file nor the zip of a bundle. Choose another file.".to_owned())
    };
    let text = text.map_err(|message| vec![whole(message)])?;
    if text.trim().is_empty() {
        return Err(vec![whole("Choose a plan file or a bundle.".to_owned())]);
    }
    let problem = |found: PlanFileProblem| OpenProblem { line: found.line, message: found.message };
    let file = plan_file::read(&text).map_err(|problems| problems.into_iter().map(problem).collect::<Vec<_>>())?;
    Ok((file, bundle))
}

const fn whole(message: String) -> OpenProblem {
    OpenProblem { line: None, message }
}

/// The note about the keys of an opened plan that the next page shows.
fn about_keys(draft: &Draft, has_keys: bool) -> &'static str {
    match (has_keys, is_running(draft)) {
        (true, _) => {
            "The keys and passwords of the cluster were taken from the bundle. The next download has the same keys."
        }
        (false, true) => {
            "The file holds no keys, and its cluster runs. Upload cluster-keys.json or a complete bundle on the page Keys before you download."
        }
        (false, false) => {
            "The file holds no keys. If its cluster already runs, choose Running under Cluster and upload its key file on the page Keys."
        }
    }
}

/// What a form with a file brought.
#[derive(Default)]
pub(crate) struct UploadForm {
    /// The file's name in the browser.
    pub(crate) name: String,
    /// What is in it.
    pub(crate) bytes: Vec<u8>,
    /// Whether the box `confirm` is ticked.
    pub(crate) confirmed: bool,
}

/// Reads a form with the field `file`. Its size is bounded by the route.
pub(crate) async fn upload(parts: &mut Multipart) -> Result<UploadForm, MultipartError> {
    let mut uploaded = UploadForm::default();
    while let Some(part) = parts.next_field().await? {
        match part.name() {
            Some("file") => {
                uploaded.name = part.file_name().unwrap_or_default().to_owned();
                uploaded.bytes = part.bytes().await?.to_vec();
            }
            Some("confirm") => uploaded.confirmed = part.text().await? == "yes",
            _ => {}
        }
    }
    Ok(uploaded)
}

/// `GET /plans/{plan}/delete`.
pub(crate) async fn ask_to_delete(
    State(site): State<AppState>,
    Path(id): Path<String>,
) -> Result<Response, RequestError> {
    // A plan that cannot be read can still be deleted.
    let plan = site.plans.listed(plan_id(&id)?).await?.ok_or(RequestError::NotFound)?;
    let head = PlanHead { id: plan.id.to_string(), title: plan.title, ..PlanHead::default() };
    let view = DeleteView { assets: page::assets(), plan: head };
    Ok(Html(app::pages::delete(&view)).into_response())
}

/// `POST /plans/{plan}/delete`.
pub(crate) async fn delete(State(site): State<AppState>, Path(id): Path<String>) -> Result<Response, RequestError> {
    let id = plan_id(&id)?;
    site.plans.delete(id).await?;
    site.runs.forget(id);
    site.waiting.forget(id);
    Ok(Redirect::to(&urls::start()).into_response())
}

//! The files of the bundle as they will be, with dots where secrets stand.

use axum::extract::{Path, Query, State};
use axum::response::{Html, IntoResponse, Response};
use axum::{Extension, Json};
use serde::Deserialize;

use app::view::{FileEntry, Preview, PreviewView};
use app::wire::{File, Files};
use domain::check::CheckReport;
use domain::cluster::Judgement;
use domain::draft::Draft;
use domain::finding::Severity;
use domain::render_plan::RenderPlan;
use domain::step::Step;
use render::{Artefact, Masked};

use super::failure::{Failure, plan};
use super::{Site, views};
use crate::person::Person;

/// Every file, or what is missing before there can be files.
fn artefacts(
    judgement: &Judgement,
    report: &CheckReport,
) -> Result<Result<Vec<Artefact<Masked>>, String>, render::RenderError> {
    let Some(cluster) = &judgement.cluster else { return Ok(Err(missing(judgement))) };
    render::preview(&RenderPlan::with_checks(cluster, report)).map(Ok)
}

fn missing(judgement: &Judgement) -> String {
    let blocking = |step: &Step| {
        judgement.findings.iter().any(|finding| finding.severity == Severity::Blocks && finding.at.step == *step)
    };
    let steps: Vec<&str> = Step::ALL.iter().filter(|step| blocking(step)).map(|step| step.title()).collect();
    format!("Files appear when every step is complete. Still open: {}.", steps.join(", "))
}

/// The longest file that a step's page brings along, in bytes, where the step has a shorter one: the runbook alone would cost
/// a third of what a first load may weigh. Others come when somebody chooses them.
const MAX_BYTES_ALONG: usize = 8 * 1024;

/// Whether a file shows what a step decides.
fn belongs(path: &str, step: Step) -> bool {
    let deployment = path.ends_with("/deployment.toml");
    match step {
        Step::Product => path == "README.md" || ["/install.sh", "/rollback.sh"].iter().any(|end| path.ends_with(end)),
        Step::Database => path.starts_with("database/") || deployment,
        Step::UserStore => deployment,
        Step::Clustering => deployment || path == "hosts.txt",
        Step::LoadBalancer => path.starts_with("load-balancer/") || path == "hosts.txt",
    }
}

/// Whether a bundle of this plan could have such a file once every step is complete.
fn may_exist(path: &str, draft: &Draft) -> bool {
    match path.split_once('/') {
        None => ["README.md", "cluster-keys.json", "plan.toml", "manifest.json", "hosts.txt", "topology.svg"]
            .contains(&path),
        Some(("nodes", rest)) => rest.split_once('/').is_some_and(|(name, file)| {
            !file.is_empty() && draft.nodes.iter().any(|node| node.get("name").is_some_and(|it| it.trim() == name))
        }),
        Some((folder, file)) => ["certificates", "database", "load-balancer"].contains(&folder) && !file.is_empty(),
    }
}

fn file(artefact: &Artefact<Masked>) -> Option<File> {
    artefact.content.0.as_ref().map(|text| File { path: artefact.path.clone(), text: text.clone() })
}

/// The preview beside a step. A fault here must not take the form away.
pub(super) fn beside(judgement: &Judgement, report: &CheckReport, step: Step) -> Preview {
    match artefacts(judgement, report) {
        Ok(Ok(artefacts)) => {
            let files: Vec<File> =
                artefacts.iter().filter(|artefact| belongs(artefact.path.as_str(), step)).filter_map(file).collect();
            Preview {
                files: files.iter().map(|file| file.path.clone()).collect(),
                shown: (files.iter().find(|file| file.text.len() <= MAX_BYTES_ALONG).or(files.first())).cloned(),
                missing: String::new(),
            }
        }
        Ok(Err(missing)) => Preview { missing, ..Preview::default() },
        Err(error) => {
            tracing::error!(%error, "cannot render the preview");
            Preview { missing: "The files cannot be shown. Your answers are kept.".to_owned(), ..Preview::default() }
        }
    }
}

/// Which step's files are asked for.
#[derive(Deserialize)]
pub(super) struct Which {
    #[serde(default)]
    step: String,
}

/// `GET /plans/{plan}/preview.json`.
pub(super) async fn json(
    State(site): State<Site>,
    Path(id): Path<String>,
    Query(which): Query<Which>,
) -> Result<Json<Files>, Failure> {
    let step = Step::from_slug(&which.step).ok_or(Failure::NotFound)?;
    let plan = plan(&site.plans, &id).await?;
    let report = site.log(plan.id).await?.report();
    Ok(Json(match artefacts(&plan.judge(), &report)? {
        Ok(artefacts) => Files {
            files: artefacts.iter().filter(|artefact| belongs(artefact.path.as_str(), step)).filter_map(file).collect(),
            missing: String::new(),
        },
        Err(missing) => Files { files: Vec::new(), missing },
    }))
}

/// `GET /plans/{plan}/preview`.
pub(super) async fn index(
    State(site): State<Site>,
    Extension(person): Extension<Person>,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    page(&site, &person, &id, None).await
}

/// `GET /plans/{plan}/preview/{path}`.
pub(super) async fn file_page(
    State(site): State<Site>,
    Extension(person): Extension<Person>,
    Path((id, path)): Path<(String, String)>,
) -> Result<Response, Failure> {
    page(&site, &person, &id, Some(&path)).await
}

async fn page(site: &Site, person: &Person, id: &str, path: Option<&str>) -> Result<Response, Failure> {
    let plan = plan(&site.plans, id).await?;
    let report = site.log(plan.id).await?.report();
    let (artefacts, missing) = match artefacts(&plan.judge(), &report)? {
        Ok(artefacts) => (artefacts, String::new()),
        Err(missing) => (Vec::new(), missing),
    };
    if path.is_some_and(|path| !missing.is_empty() && !may_exist(path, &plan.draft)) {
        return Err(Failure::NotFound);
    }
    let shown = match path {
        Some(path) if missing.is_empty() => {
            let artefact = artefacts.iter().find(|artefact| artefact.path.as_str() == path).ok_or(Failure::NotFound)?;
            Some(file(artefact).ok_or(Failure::NotFound)?)
        }
        _ => None,
    };
    let view = PreviewView {
        assets: views::assets(),
        plan: views::head(&plan, person),
        files: (artefacts.iter())
            .map(|artefact| FileEntry {
                path: artefact.path.clone(),
                purpose: artefact.purpose.clone(),
                shown: artefact.content.0.is_some(),
            })
            .collect(),
        shown,
        missing,
    };
    Ok(Html(app::pages::preview(&view)).into_response())
}

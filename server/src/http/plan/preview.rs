//! The files of the bundle as they will be, with dots where secrets stand.

use axum::extract::{Path, Query, State};
use axum::response::{Html, IntoResponse, Response};
use axum::{Extension, Json};
use serde::Deserialize;

use app::view::{FileEntry, PreviewPaneView, PreviewView};
use app::wire::{PreviewFile, PreviewFiles};
use domain::check::CheckReport;
use domain::cluster::Validation;
use domain::draft::Draft;
use domain::finding::Severity;
use domain::render_plan::RenderPlan;
use domain::step::Step;
use render::{Artefact, MaskedContent};

use crate::http::error::{RequestError, plan};
use crate::http::plan::page;
use crate::http::state::AppState;
use service::access::actor::Actor;

/// Every file, or what is missing before there can be files.
fn artefacts(
    judgement: &Validation,
    report: &CheckReport,
) -> Result<Result<Vec<Artefact<MaskedContent>>, String>, render::RenderError> {
    let Some(cluster) = &judgement.cluster else { return Ok(Err(missing(judgement))) };
    let mut artefacts = render::preview(&RenderPlan::with_checks(cluster, report))?;
    artefacts.sort_by_cached_key(|artefact| reading_order(&artefact.path));
    Ok(Ok(artefacts))
}

/// A piece of a path, as it counts in the order of a list.
#[derive(Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Piece {
    /// Digits without leading zeros: fewer of them are a smaller number.
    Number(usize, String),
    Text(String),
}

/// The order in which people look for files: by path, numbers as numbers, so that node10 follows node9.
fn reading_order(path: &str) -> Vec<Piece> {
    path.chars()
        .collect::<Vec<char>>()
        .chunk_by(|one, next| one.is_ascii_digit() == next.is_ascii_digit())
        .map(|letters| match letters {
            [first, ..] if first.is_ascii_digit() => {
                let digits = letters.iter().collect::<String>().trim_start_matches('0').to_owned();
                Piece::Number(digits.len(), digits)
            }
            _ => Piece::Text(letters.iter().collect()),
        })
        .collect()
}

fn missing(judgement: &Validation) -> String {
    let blocking = |step: &Step| {
        judgement.findings.iter().any(|finding| finding.severity == Severity::Blocks && finding.at.step == *step)
    };
    let steps: Vec<&str> = Step::ALL.iter().filter(|step| blocking(step)).map(|step| step.title()).collect();
    format!("Files appear when every step is complete. Still open: {}.", steps.join(", "))
}

/// The longest file that a step's page brings along, in bytes, where the step has a shorter one: the runbook alone would
/// cost a third of what a first load may weigh. The page loads other files when the user selects them.
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
        Step::Verify => false,
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
        Some((folder, file)) => {
            ["certificates", "database", "load-balancer", "platform", "verify"].contains(&folder) && !file.is_empty()
        }
    }
}

fn file(artefact: &Artefact<MaskedContent>) -> Option<PreviewFile> {
    artefact.content.0.as_ref().map(|text| PreviewFile { path: artefact.path.clone(), text: text.clone() })
}

/// The preview beside a step. A fault here must not take the form away.
pub(crate) fn preview_pane(judgement: &Validation, report: &CheckReport, step: Step) -> PreviewPaneView {
    match artefacts(judgement, report) {
        Ok(Ok(artefacts)) => {
            let files: Vec<PreviewFile> =
                artefacts.iter().filter(|artefact| belongs(artefact.path.as_str(), step)).filter_map(file).collect();
            PreviewPaneView {
                files: files.iter().map(|file| file.path.clone()).collect(),
                shown: (files.iter().find(|file| file.text.len() <= MAX_BYTES_ALONG).or(files.first())).cloned(),
                missing: String::new(),
            }
        }
        Ok(Err(missing)) => PreviewPaneView { missing, ..PreviewPaneView::default() },
        Err(error) => {
            tracing::error!(%error, "cannot render the preview");
            PreviewPaneView {
                missing: "The files cannot be shown. Your answers are kept.".to_owned(),
                ..PreviewPaneView::default()
            }
        }
    }
}

/// Which step's files are asked for.
#[derive(Deserialize)]
pub(crate) struct PreviewQuery {
    #[serde(default)]
    step: String,
}

/// `GET /plans/{plan}/preview.json`.
pub(crate) async fn json(
    State(site): State<AppState>,
    Path(id): Path<String>,
    Query(which): Query<PreviewQuery>,
) -> Result<Json<PreviewFiles>, RequestError> {
    let step = Step::from_slug(&which.step).ok_or(RequestError::NotFound)?;
    let plan = plan(&site.plans, &id).await?;
    let report = site.log(plan.id).await?.report();
    Ok(Json(match artefacts(&plan.validate(), &report)? {
        Ok(artefacts) => PreviewFiles {
            files: artefacts.iter().filter(|artefact| belongs(artefact.path.as_str(), step)).filter_map(file).collect(),
            missing: String::new(),
        },
        Err(missing) => PreviewFiles { files: Vec::new(), missing },
    }))
}

/// `GET /plans/{plan}/preview`.
pub(crate) async fn index(
    State(site): State<AppState>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Result<Response, RequestError> {
    page(&site, &actor, &id, None).await
}

/// `GET /plans/{plan}/preview/{path}`.
pub(crate) async fn file_page(
    State(site): State<AppState>,
    Extension(actor): Extension<Actor>,
    Path((id, path)): Path<(String, String)>,
) -> Result<Response, RequestError> {
    page(&site, &actor, &id, Some(&path)).await
}

async fn page(site: &AppState, actor: &Actor, id: &str, path: Option<&str>) -> Result<Response, RequestError> {
    let plan = plan(&site.plans, id).await?;
    let report = site.log(plan.id).await?.report();
    let (artefacts, missing) = match artefacts(&plan.validate(), &report)? {
        Ok(artefacts) => (artefacts, String::new()),
        Err(missing) => (Vec::new(), missing),
    };
    if path.is_some_and(|path| !missing.is_empty() && !may_exist(path, &plan.draft)) {
        return Err(RequestError::NotFound);
    }
    let shown = match path {
        Some(path) if missing.is_empty() => {
            let artefact =
                artefacts.iter().find(|artefact| artefact.path.as_str() == path).ok_or(RequestError::NotFound)?;
            Some(file(artefact).ok_or(RequestError::NotFound)?)
        }
        _ => None,
    };
    let view = PreviewView {
        assets: page::assets(),
        plan: page::head(&plan, actor),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_listed_as_people_count() {
        let mut paths = ["nodes/node10/a", "nodes/node2/b", "hosts.txt", "nodes/node2/a", "nodes/node1/a", "README.md"];
        paths.sort_by_cached_key(|path| reading_order(path));
        assert_eq!(
            paths,
            ["README.md", "hosts.txt", "nodes/node1/a", "nodes/node2/a", "nodes/node2/b", "nodes/node10/a"]
        );
        assert!(reading_order("node007") < reading_order("node8"));
    }
}

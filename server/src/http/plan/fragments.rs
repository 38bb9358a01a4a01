//! The parts of a page that follow saves, other people's changes and checks while it is open: each is drawn here as the
//! page draws it.

use std::collections::BTreeMap;

use axum::extract::{Path, Query, State};
use axum::{Extension, Json};
use serde::Deserialize;

use app::urls;
use app::view::{Collaborators, WizardPage};
use app::wire::Pieces;
use domain::rights::Permission;
use domain::step::Step;

use crate::http::collaboration::live;
use crate::http::error::{RequestError, plan};
use crate::http::plan::{keys, page, progress, review, secret_status};
use crate::http::state::AppState;
use service::access::actor::Actor;
use service::plans::OpenPlan;

/// Which page asks: a step's slug, or `all` for the review.
#[derive(Deserialize)]
pub(crate) struct Which {
    #[serde(default)]
    page: String,
}

/// `GET /plans/{plan}/standing?page=…`.
pub(crate) async fn pieces(
    State(site): State<AppState>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
    Query(which): Query<Which>,
) -> Result<Json<Pieces>, RequestError> {
    let stop = match (which.page.as_str(), Step::from_slug(&which.page)) {
        (_, Some(Step::Verify)) => WizardPage::Verify,
        (_, Some(step)) => WizardPage::Step(step),
        ("all", None) => WizardPage::Review,
        _ => return Err(RequestError::NotFound),
    };
    let needed = match stop {
        WizardPage::Step(step) => Permission::ReadStep(step),
        WizardPage::Review | WizardPage::Verify => Permission::ReadPlan,
    };
    if !actor.may(needed) {
        return Err(RequestError::Refused);
    }
    let plan = plan(&site.plans, &id).await?;
    let issues = review::issues(&site, &plan, &plan.validate().findings).await?;
    let alone = actor.only_step().is_some();
    let progress = progress::progress_of(&plan, &issues, stop, progress::milestones(&site, plan.id).await?);
    let mut pieces = BTreeMap::new();
    pieces.insert(urls::PROGRESS.to_owned(), app::pages::progress_items(&id, progress, stop, alone));
    if stop == WizardPage::Review {
        let standing = app::pages::issues_and_download(page::head(&plan, &actor), issues);
        pieces.insert(urls::STATUS.to_owned(), standing);
        let keys = app::pages::keys_of_review(page::head(&plan, &actor), keys::facts(&site, &plan).await?);
        pieces.insert(urls::KEYS.to_owned(), keys);
        let answers = app::pages::answers(page::head(&plan, &actor), plan.draft.clone(), page::secrets(&plan));
        pieces.insert(urls::ANSWERS.to_owned(), answers);
    }
    match stop {
        WizardPage::Step(step) if !app::pages::shows_drawing(step, alone) => {}
        WizardPage::Verify => {}
        _ => {
            pieces.insert(urls::DRAWING.to_owned(), app::pages::drawing(&plan.draft));
        }
    }
    if let WizardPage::Step(step) = stop {
        pieces.extend(secrets(&site, &actor, &plan, step).await?);
        let (can_undo, can_redo) = live::ways_back(&site, &actor, &plan, step).await?;
        let together = Collaborators {
            can_undo,
            can_redo,
            may_read: actor.may(Permission::ReadHistory),
            ..Collaborators::default()
        };
        pieces.insert(urls::WAYS_BACK.to_owned(), app::pages::ways_back(&id, together));
    }
    Ok(Json(Pieces(pieces)))
}

/// The statuses of the secrets of a step, also of those that are not set.
async fn secrets(
    site: &AppState,
    actor: &Actor,
    plan: &OpenPlan,
    step: Step,
) -> Result<Vec<(String, String)>, RequestError> {
    let report = site.log(plan.id).await?.report();
    let mut statuses = secret_status::secret_statuses(step, plan, &report, &site.plans.secret_origins(plan.id).await?);
    let read_only = !actor.may(Permission::EditStep(step));
    let of_step = domain::steps::settings(step).iter().filter(|setting| setting.control.is_secret());
    Ok(of_step.map(|setting| app::pages::secret_state(setting, statuses.remove(setting.key), read_only)).collect())
}

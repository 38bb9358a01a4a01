//! The parts of a page that follow saves, other people's changes and checks while it is open: each is drawn here as the
//! page draws it.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, Query, State};
use serde::Deserialize;

use app::urls;
use app::view::{Stop, Together};
use app::wire::Pieces;
use domain::rights::Act;
use domain::step::Step;

use super::asking::Asking;
use super::failure::{Failure, plan};
use super::{Site, live, review, told, views};
use crate::plans::OpenPlan;

/// Which page asks: a step's slug, or `all` for the review.
#[derive(Deserialize)]
pub(super) struct Which {
    #[serde(default)]
    page: String,
}

/// `GET /plans/{plan}/standing?page=…`.
pub(super) async fn pieces(
    State(site): State<Site>,
    asking: Asking,
    Path(id): Path<String>,
    Query(which): Query<Which>,
) -> Result<Json<Pieces>, Failure> {
    let stop = match (which.page.as_str(), Step::from_slug(&which.page)) {
        (_, Some(step)) => Stop::Step(step),
        ("all", None) => Stop::Review,
        _ => return Err(Failure::NotFound),
    };
    let needed = match stop {
        Stop::Step(step) => Act::ReadStep(step),
        Stop::Review => Act::ReadPlan,
    };
    if !asking.person.may(needed) {
        return Err(Failure::Refused);
    }
    let plan = plan(&site.plans, &id).await?;
    let issues = review::issues(&site, &plan, &plan.judge().findings).await?;
    let alone = asking.only_step().is_some();
    let progress = views::progress(&plan, &issues, stop, site.plans.is_downloaded(plan.id).await?);
    let mut pieces = BTreeMap::new();
    pieces.insert(urls::PROGRESS.to_owned(), app::pages::progress_items(&id, progress, stop, alone));
    if stop == Stop::Review {
        let standing = app::pages::standing(views::head(&plan, &asking.person), issues);
        pieces.insert(urls::STANDING.to_owned(), standing);
    }
    match stop {
        Stop::Step(step) if !app::pages::shows_drawing(step, alone) => {}
        _ => {
            pieces.insert(urls::DRAWING.to_owned(), app::pages::drawing(&plan.draft));
        }
    }
    if let Stop::Step(step) = stop {
        pieces.extend(secrets(&site, &asking, &plan, step).await?);
        let (can_undo, can_redo) = live::ways_back(&site, &asking, &plan, step).await?;
        let together = Together { can_undo, can_redo, may_read: asking.may_read_history(), ..Together::default() };
        pieces.insert(urls::WAYS_BACK.to_owned(), app::pages::ways_back(&id, together));
    }
    Ok(Json(Pieces(pieces)))
}

/// What is told of the secrets of a step, also of those that are not set.
async fn secrets(site: &Site, asking: &Asking, plan: &OpenPlan, step: Step) -> Result<Vec<(String, String)>, Failure> {
    let report = site.log(plan.id).await?.report();
    let mut told = told::secrets(step, plan, &report, &site.plans.secrets_set_by(plan.id).await?);
    let read_only = !asking.may_edit(step);
    let of_step = domain::steps::settings(step).iter().filter(|setting| setting.control.is_secret());
    Ok(of_step.map(|setting| app::pages::secret_state(setting, told.remove(setting.key), read_only)).collect())
}

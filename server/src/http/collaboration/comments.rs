//! Comments over HTTP: what pages show of them, writing one, and marking one as done.

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use store::PlanId;

use app::urls;
use app::view::{CommentLine, CommentView, CommentsView};
use domain::limits::COMMENT;
use domain::rights::Permission;
use domain::step::Step;

use crate::http::error::{RequestError, plan, plan_id};
use crate::http::form::Form;
use crate::http::plan::page;
use crate::http::state::AppState;
use service::access::actor::Actor;
use service::collaboration::action::page_name;
use service::collaboration::comments::{Comment, MAX_COMMENTS, MAX_COMMENTS_OF_A_LINK, normalize};

/// The comments beside a step; without one, all of the plan.
pub(crate) async fn comments_for_page(
    site: &AppState,
    actor: &Actor,
    plan: PlanId,
    step: Option<Step>,
) -> Result<CommentsView, RequestError> {
    let kept = site.plans.comments(plan).await?;
    let is_full = kept.len() >= MAX_COMMENTS as usize;
    let line = |(number, comment): (u64, Comment)| CommentLine {
        number,
        author: comment.by.name_with_link_mark(),
        when: crate::http::moments::format_date_time(comment.at),
        step: comment.step,
        may_mark: !comment.is_done && can_mark_done(actor, &comment),
        is_done: comment.is_done,
        text: comment.text,
    };
    let here = |(_, comment): &(u64, Comment)| step.is_none() || comment.step == step;
    Ok(CommentsView {
        step,
        lines: kept.into_iter().filter(here).map(line).collect(),
        is_full,
        may_write: actor.may(Permission::Comment(step)),
    })
}

/// A comment may be marked as done by a person who may change its subject.
fn can_mark_done(actor: &Actor, comment: &Comment) -> bool {
    match comment.step {
        Some(step) => actor.may(Permission::EditStep(step)),
        None => Step::ALL.into_iter().all(|step| actor.may(Permission::EditStep(step))),
    }
}

/// Where the comments of a step, or of the plan, stand.
fn place(id: &str, step: Option<Step>) -> String {
    let page = step.map_or_else(|| urls::review(id), |step| urls::step(id, step));
    format!("{page}#{}", urls::COMMENTS)
}

/// `POST /plans/{plan}/comments`.
pub(crate) async fn on_plan(
    State(site): State<AppState>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, RequestError> {
    write(&site, &actor, &id, None, &form).await
}

/// `POST /plans/{plan}/comments/{step}`.
pub(crate) async fn on_step(
    State(site): State<AppState>,
    Extension(actor): Extension<Actor>,
    Path((id, slug)): Path<(String, String)>,
    form: Form,
) -> Result<Response, RequestError> {
    let step = Step::from_slug(&slug).ok_or(RequestError::NotFound)?;
    write(&site, &actor, &id, Some(step), &form).await
}

async fn write(
    site: &AppState,
    actor: &Actor,
    id: &str,
    step: Option<Step>,
    form: &Form,
) -> Result<Response, RequestError> {
    let plan = plan(&site.plans, id).await?;
    let text = normalize(form.get("text").unwrap_or_default());
    let problem = match COMMENT.check(&text) {
        _ if text.is_empty() => "Write a comment.".to_owned(),
        Err(error) => error.to_string(),
        Ok(()) => {
            let page = form.get("page").and_then(page_name);
            if site.plans.comment(plan.id, actor.author(), page, step, text.clone()).await? {
                return Ok(Redirect::to(&place(id, step)).into_response());
            }
            format!(
                "This link has reached its maximum of {MAX_COMMENTS_OF_A_LINK} comments. Ask the owner for another link."
            )
        }
    };
    let plan = page::head(&plan, actor);
    let view = CommentView { assets: page::assets(), plan, step, text, problem };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(app::pages::comment(&view))).into_response())
}

/// `POST /plans/{plan}/comments/done`: the comment with the number in the form.
pub(crate) async fn done(
    State(site): State<AppState>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, RequestError> {
    let plan = plan_id(&id)?;
    let number = form.get("number").and_then(|number| number.parse().ok()).ok_or(RequestError::NotFound)?;
    let comment = site.plans.comment_with(plan, number).await?.ok_or(RequestError::NotFound)?;
    if !can_mark_done(&actor, &comment) {
        return Err(RequestError::Refused);
    }
    site.plans.mark_done(plan, &actor.author(), number).await?;
    let from_review = form.get("from") == Some("review");
    Ok(Redirect::to(&place(&id, comment.step.filter(|_| !from_review))).into_response())
}

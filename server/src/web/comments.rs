//! Comments over HTTP: what pages show of them, writing one, and marking one as done.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use store::PlanId;

use app::urls;
use app::view::{CommentLine, CommentView, Comments};
use domain::history::journal::LONGEST_COMMENT;
use domain::rights::Act;
use domain::step::Step;

use super::asking::Asking;
use super::failure::{Failure, plan, plan_id};
use super::form::Form;
use super::{Site, views};
use crate::clock;
use crate::comments::{Comment, MOST, MOST_OF_A_LINK, tidy};
use crate::journal::marked;
use crate::person::Person;

/// The comments beside a step; without one, all of the plan.
pub(super) async fn beside(
    site: &Site,
    person: &Person,
    plan: PlanId,
    step: Option<Step>,
) -> Result<Comments, Failure> {
    let kept = site.plans.comments(plan).await?;
    let is_full = kept.len() >= MOST as usize;
    let line = |(number, comment): (u64, Comment)| CommentLine {
        number,
        who: marked(&comment.by, &comment.via),
        when: clock::day_and_time(comment.at),
        step: comment.step,
        may_mark: !comment.is_done && may_mark(person, &comment),
        is_done: comment.is_done,
        text: comment.text,
    };
    let here = |(_, comment): &(u64, Comment)| step.is_none() || comment.step == step;
    Ok(Comments {
        step,
        lines: kept.into_iter().filter(here).map(line).collect(),
        is_full,
        may_write: person.may(Act::Comment(step)),
    })
}

/// Who may change what a comment is about says when it is done.
fn may_mark(person: &Person, comment: &Comment) -> bool {
    match comment.step {
        Some(step) => person.may(Act::EditStep(step)),
        None => Step::ALL.into_iter().all(|step| person.may(Act::EditStep(step))),
    }
}

/// Where the comments of a step, or of the plan, stand.
fn place(id: &str, step: Option<Step>) -> String {
    let page = step.map_or_else(|| urls::review(id), |step| urls::step(id, step));
    format!("{page}#{}", urls::COMMENTS)
}

/// `POST /plans/{plan}/comments`.
pub(super) async fn on_plan(
    State(site): State<Site>,
    asking: Asking,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Failure> {
    write(&site, asking, &id, None, &form).await
}

/// `POST /plans/{plan}/comments/{step}`.
pub(super) async fn on_step(
    State(site): State<Site>,
    asking: Asking,
    Path((id, slug)): Path<(String, String)>,
    form: Form,
) -> Result<Response, Failure> {
    let step = Step::from_slug(&slug).ok_or(Failure::NotFound)?;
    write(&site, asking, &id, Some(step), &form).await
}

async fn write(site: &Site, asking: Asking, id: &str, step: Option<Step>, form: &Form) -> Result<Response, Failure> {
    let plan = plan(&site.plans, id).await?;
    let text = tidy(form.get("text").unwrap_or_default());
    let problem = match text.chars().count() {
        0 => "Write a comment".to_owned(),
        count if count > LONGEST_COMMENT => format!("Shorten it to {LONGEST_COMMENT} letters: it has {count}"),
        _ => {
            let by = asking.by.clone().on_page(form.get("page").unwrap_or_default());
            if site.plans.comment(plan.id, by, step, text.clone()).await? {
                return Ok(Redirect::to(&place(id, step)).into_response());
            }
            format!(
                "{MOST_OF_A_LINK} comments were written by this link, and it takes no more. Ask the owner for another link"
            )
        }
    };
    let plan = views::head(&plan, &asking.person);
    let view = CommentView { assets: views::assets(), plan, step, text, problem };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(app::pages::comment(&view))).into_response())
}

/// `POST /plans/{plan}/comments/done`: the comment with the number in the form.
pub(super) async fn done(
    State(site): State<Site>,
    asking: Asking,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Failure> {
    let plan = plan_id(&id)?;
    let number = form.get("number").and_then(|number| number.parse().ok()).ok_or(Failure::NotFound)?;
    let comment = site.plans.comment_with(plan, number).await?.ok_or(Failure::NotFound)?;
    if !may_mark(&asking.person, &comment) {
        return Err(Failure::Refused);
    }
    site.plans.mark_done(plan, &asking.by, number).await?;
    let from_review = form.get("from") == Some("review");
    Ok(Redirect::to(&place(&id, comment.step.filter(|_| !from_review))).into_response())
}

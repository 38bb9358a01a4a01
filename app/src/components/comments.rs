//! The comments of a step or of the whole plan, and the form for a new one.

use domain::limits::COMMENT;
use domain::step::Step;
use leptos::prelude::*;

use super::field::escaped;
use super::time::Time;
use crate::urls;
use crate::view::{CommentLine, CommentsView};

/// The comments with the form: those of a step on its page, and all of them on the review.
#[component]
pub(crate) fn CommentList(
    plan: String,
    comments: CommentsView,
    /// The id of this page, so that it does not receive its own comment.
    #[prop(optional)]
    page: String,
) -> impl IntoView {
    let CommentsView { step, lines, is_full, may_write } = comments;
    let is_empty = lines.is_empty() && !may_write;
    let on_review = step.is_none();
    let lines = lines.into_iter().map(|line| view! { <Line plan=plan.clone() line on_review/> }).collect_view();
    (!is_empty).then(|| {
        view! {
            <section class="comments" id=urls::COMMENTS aria-labelledby="comments-title">
                <h2 id="comments-title">"Comments"</h2>
                {is_full.then(|| view! { <p class="hint">"Older comments are in the history."</p> })}
                <ol class="history">{lines}</ol>
                {may_write.then(|| view! { <CommentForm plan step page/> })}
            </section>
        }
        .into_any()
    })
}

#[component]
fn Line(plan: String, line: CommentLine, on_review: bool) -> impl IntoView {
    let CommentLine { number, author, when, step, text, is_done, may_mark } = line;
    let step = on_review.then(|| step.map_or("the plan", Step::title)).map(|step| format!(" on {step}"));
    view! {
        <li class="history-line">
            <p class="history-head">
                <b><bdi>{author.clone()}</bdi></b> {step} ", " <Time moment=when.clone()/>
                {is_done.then(|| view! { " " <span class="badge badge-passed">"done"</span> })}
            </p>
            <p class="comment-text" dir="auto">{text}</p>
            {may_mark.then(|| view! {
                <form method="post" action=urls::comment_done(&plan)>
                    <input type="hidden" name="number" value=number.to_string()/>
                    {on_review.then(|| view! { <input type="hidden" name="from" value="review"/> })}
                    <button class="secondary small">"Mark as done" <span class="visually-hidden">" the comment of " {author} ", " <Time moment=when/></span></button>
                </form>
            })}
        </li>
    }
    .into_any()
}

/// The form for a comment; it keeps a rejected text.
#[component]
pub(crate) fn CommentForm(
    plan: String,
    step: Option<Step>,
    #[prop(optional)] page: String,
    #[prop(optional)] text: String,
    #[prop(optional)] problem: String,
) -> impl IntoView {
    let wrong = !problem.is_empty();
    let label = match step {
        Some(step) => format!("Comment on {}", step.title()),
        None => "Comment on the plan".to_owned(),
    };
    view! {
        <form class="comment-form" method="post" action=urls::comments(&plan, step) novalidate>
            <input type="hidden" name="page" value=page autocomplete="off"/>
            <div class=if wrong { "field field-error" } else { "field" }>
                <label class="label" for="comment-text">{label}</label>
                <p class="hint" id="comment-text-hint">{format!("Visible to anyone with a link: do not enter passwords. At most {} characters.", COMMENT.max)}</p>
                {wrong.then(|| view! {
                    <p class="error-message" id="comment-text-error"><span class="visually-hidden">"Error: "</span>{problem}</p>
                })}
                <textarea
                    class="w-full"
                    id="comment-text"
                    name="text"
                    rows="3"
                    aria-invalid=wrong.then_some("true")
                    aria-describedby=if wrong { "comment-text-hint comment-text-error" } else { "comment-text-hint" }
                    inner_html=escaped(&text)
                ></textarea>
            </div>
            <button class="secondary">"Add comment"</button>
        </form>
    }
    .into_any()
}

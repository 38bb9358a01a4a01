//! Beside a step: who else is here, what they changed, and the ways back. An island keeps the first two up to date.

use domain::step::Step;
use leptos::prelude::*;
use leptos::reactive::owner::Owner;

use super::time::Sentence;
use crate::urls;
use crate::view::{ChangeNotice, Collaborators};

/// Who is here and what they changed. The stream writes into both elements what [`change_notice`] draws.
#[component]
pub(crate) fn PresentUsers(plan: String, step: Step, together: Collaborators) -> impl IntoView {
    let changed = together.changed.as_ref().map(change_notice).unwrap_or_default();
    view! {
        <div class="together" id="together" role="status" data-page=together.page.clone() data-events=urls::changes(&plan, step, &together.page, together.after)>
            <p id="here" inner_html=present_users_text(together.here)></p>
            <p id="changed" inner_html=changed></p>
        </div>
    }
    .into_any()
}

/// Who is here, as markup for the stream.
#[must_use]
pub fn present_users_text(text: String) -> String {
    // A blank would show the box around it, and an event without data is none. A comment is nothing that shows.
    if text.is_empty() { "<!---->".to_owned() } else { view! { {text} }.to_html() }
}

/// What somebody changed, as markup: drawn here for the page and for the stream.
#[must_use]
pub fn change_notice(change: &ChangeNotice) -> String {
    let ChangeNotice { said, href } = change.clone();
    view! { <Sentence said/> " " <a href=href>"Show"</a> }.to_html()
}

/// Taking back the last change of the step, making it again, and the way to the history.
#[component]
pub(crate) fn UndoBar(plan: String, step: Step, together: Collaborators) -> impl IntoView {
    let action = urls::history_undo(&plan);
    view! {
        <form class="actions ways-back" method="post" action=action>
            <input type="hidden" name="step" value=step.slug()/>
            <span class="actions" id=urls::WAYS_BACK><Ways plan together/></span>
        </form>
    }
    .into_any()
}

/// The buttons as markup, for a page that is there already.
#[must_use]
pub fn ways_back(plan: &str, together: Collaborators) -> String {
    let plan = plan.to_owned();
    Owner::new().with(|| view! { <Ways plan together/> }.to_html())
}

/// Only what there is to take back or to make again.
#[component]
fn Ways(plan: String, together: Collaborators) -> impl IntoView {
    let Collaborators { can_undo, can_redo, may_read, .. } = together;
    view! {
        {can_undo.then(|| view! { <button class="secondary small" name="act" value="undo">"Undo last change of this step"</button> })}
        {can_redo.then(|| view! { <button class="secondary small" name="act" value="redo">"Redo"</button> })}
        {may_read.then(|| view! { <a href=urls::history(&plan)>"History"</a> })}
    }
    .into_any()
}

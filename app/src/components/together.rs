//! Other people on a step: their presence, their changes, and buttons to undo changes. An island updates the first two.

use domain::step::Step;
use leptos::prelude::*;
use leptos::reactive::owner::Owner;

use super::time::Sentence;
use crate::urls;
use crate::view::{ChangeNotice, Collaborators};

/// The people who have the plan open, and their last change. The change feed writes [`present_users_text`] and
/// [`change_notice`] into the elements.
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

/// The people who have the plan open, as an HTML fragment for the change feed.
#[must_use]
pub fn present_users_text(text: String) -> String {
    // A space would show the box around it, and an event needs data. A comment is invisible.
    if text.is_empty() { "<!---->".to_owned() } else { view! { {text} }.to_html() }
}

/// A change as an HTML fragment, for the page and for the change feed.
#[must_use]
pub fn change_notice(change: &ChangeNotice) -> String {
    let ChangeNotice { text, href } = change.clone();
    view! { <Sentence text=text/> " " <a href=href>"Show"</a> }.to_html()
}

/// The buttons to undo and redo the last change of the step, and a link to the history.
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

/// The buttons as an HTML fragment, for a page that is open.
#[must_use]
pub fn ways_back(plan: &str, together: Collaborators) -> String {
    let plan = plan.to_owned();
    Owner::new().with(|| view! { <Ways plan together/> }.to_html())
}

/// Only the buttons that have a change to undo or redo.
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

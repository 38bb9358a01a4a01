//! The buttons at the end of a step: one primary button, and buttons to save without continuing.

use leptos::prelude::*;

/// The first button of the form, which the Enter key presses. People use the one at the end.
#[component]
pub(crate) fn DefaultAction() -> impl IntoView {
    view! { <button class="default-action" name="action" value="continue" tabindex="-1" aria-hidden="true">"Continue"</button> }
}

/// Continue, and Save for a browser without JavaScript.
#[component]
pub(crate) fn StepActions(
    to_review: bool,
    /// Whether the visitor has access only to this step, so that Continue opens no other page.
    alone: bool,
) -> impl IntoView {
    let last = match (alone, to_review) {
        (true, _) => "Save and check answers",
        (false, true) => "Save and return to review",
        (false, false) => "Continue",
    };
    view! {
        <div class="actions">
            <button class="primary" name="action" value="continue">
                {last}
            </button>
            // With JavaScript, answers are saved as they are typed, also when a link opens another page.
            <span class="hint needs-script">"Your answers are saved as you type."</span>
            <button class="secondary no-script" name="action" value="save">"Save"</button>
            {(!alone).then(|| view! {
                <noscript><button class="secondary" name="action" value="back">"Save and go back"</button></noscript>
            })}
        </div>
    }
    .into_any()
}

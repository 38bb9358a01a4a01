//! The end of a step's form: one primary button, and saving without going on.

use leptos::prelude::*;

/// The button Enter presses, whatever stands first in the form. People use the one at the end.
#[component]
pub(crate) fn DefaultAction() -> impl IntoView {
    view! { <button class="default-action" name="action" value="continue" tabindex="-1" aria-hidden="true">"Continue"</button> }
}

/// Continue; and Save, where the browser does not save by itself.
#[component]
pub(crate) fn StepActions(
    to_review: bool,
    /// Whether the step is all there is to fill in: Continue leads nowhere else.
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
            // With JavaScript everything is saved as it is typed, also when the page is left by a link.
            <span class="hint needs-script">"Your answers are saved as you type."</span>
            <button class="secondary no-script" name="action" value="save">"Save"</button>
            {(!alone).then(|| view! {
                <noscript><button class="secondary" name="action" value="back">"Save and go back"</button></noscript>
            })}
        </div>
    }
    .into_any()
}

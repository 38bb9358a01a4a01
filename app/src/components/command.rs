//! A command or SQL statement that people copy, as a block of its own.

use leptos::prelude::*;

/// The command with its button; the check panel of the page gives the button life.
#[component]
pub(crate) fn Command(command: String) -> impl IntoView {
    view! {
        <div class="command">
            <pre tabindex="0" role="group" aria-label="Command"><code>{command}</code></pre>
            <span class="copy needs-script">
                <button type="button" class="secondary small" data-copy>"Copy " <span class="visually-hidden">"the command"</span></button>
                <span role="status"></span>
            </span>
        </div>
    }
    .into_any()
}

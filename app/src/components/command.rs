//! A command or SQL statement to copy, as a separate block.

use leptos::prelude::*;

/// The command with its button, which the check panel of the page makes work.
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

//! The files, generated from the current answers and masked: next to a step, and on a separate page.

use leptos::prelude::*;

use crate::islands::LivePreview;
use crate::urls;
use crate::view::PreviewPaneView;
use crate::wire::{PreviewFile, short_name};

/// The pane next to a step. The names are links to the page of each file; the island shows the files here instead.
#[component]
pub(crate) fn PreviewPane(plan: String, preview: PreviewPaneView) -> impl IntoView {
    let shown = preview.shown.clone().map_or_else(String::new, |file| file.path);
    let names = preview
        .files
        .iter()
        .map(|path| {
            let current = (*path == shown).then_some("true");
            view! { <li><a href=urls::preview_file(&plan, path) data-path=path.clone() aria-current=current>{short_name(path)}</a></li> }
        })
        .collect_view();
    view! {
        <aside class="preview" aria-labelledby="preview-title">
            <div class="preview-head">
                <h2 id="preview-title">"Preview"</h2>
                <a href=urls::preview(&plan)>"All files"</a>
            </div>
            <LivePreview>
                <ul class="preview-files" id="preview-files">{names}</ul>
                <p class="preview-note" id="preview-note">
                    {if preview.missing.is_empty() { "Passwords and keys are masked.".to_owned() } else { preview.missing.clone() }}
                </p>
                <FileText file=preview.shown.unwrap_or(PreviewFile { path: String::new(), text: String::new() })/>
            </LivePreview>
        </aside>
    }
    .into_any()
}

/// The text of one file, with line numbers that are not part of it.
#[component]
pub(crate) fn FileText(file: PreviewFile) -> impl IntoView {
    let numbers: String = (1..=file.text.lines().count()).map(|number| format!("{number}\n")).collect();
    let label = describe(&file.path);
    view! {
        <div class="file" hidden=file.path.is_empty()>
            <p class="file-name" id="file-name">{file.path.clone()}</p>
            <div class="file-body" tabindex="0" role="region" aria-label=label id="file-body">
                <pre class="file-lines" id="file-lines" aria-hidden="true" inner_html=numbers></pre>
                <pre class="file-text" inner_html=format!("<code id=\"file-text\">{}</code>", escaped(&file.text))></pre>
            </div>
        </div>
    }
    .into_any()
}

/// A path in words: `deployment.toml, node is-1`.
pub(crate) fn describe(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    match path.strip_prefix("nodes/").and_then(|rest| rest.split('/').next()) {
        Some(node) => format!("{name}, node {node}"),
        None => name.to_owned(),
    }
}

/// A text inside `<code>`: leptos would write a space for an empty text, which the file does not contain.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

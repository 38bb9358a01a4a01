//! The files of the bundle, generated from the current answers and masked: a list, and one file.

use leptos::prelude::*;

use crate::components::{Document, FileText, Shell, document};
use crate::islands::CopyFile;
use crate::urls;
use crate::view::PreviewView;

/// The page.
#[must_use]
pub fn preview(view: &PreviewView) -> String {
    let name = view.shown.as_ref().map_or("Files of the download", |file| file.path.as_str());
    let title = format!("{name} – Preview – Cluster setup");
    document(Document { title, assets: view.assets.clone() }, || body(view.clone()))
}

fn body(view: PreviewView) -> impl IntoView {
    let plan = view.plan.id.clone();
    let shown = view.shown.as_ref().map(|file| file.path.clone());
    let files = view
        .files
        .iter()
        .map(|file| {
            let current = (Some(&file.path) == shown.as_ref()).then_some("page");
            let path = file.path.clone();
            let href = urls::preview_file(&plan, &path);
            view! {
                <li>
                    {if file.shown {
                        view! { <a href=href aria-current=current>{path}</a> }.into_any()
                    } else {
                        view! { <span>{path}</span> }.into_any()
                    }}
                    <span class="file-purpose">{file.purpose.clone()}</span>
                </li>
            }
        })
        .collect_view();
    view! {
        <Shell head=view.plan.clone()>
            <main id="main" tabindex="-1" class="main wide">
                <a class="back" href=urls::review(&plan)>"Back to review"</a>
                <h1 id=urls::TITLE tabindex="-1">"Files of the download"</h1>
                <p class="intro">
                    {if view.missing.is_empty() { "Generated from your current answers. Passwords and keys are masked here; the download contains them.".to_owned() } else { view.missing.clone() }}
                </p>
                <div class="preview-page">
                    <nav aria-label="Files"><ul class="file-list">{files}</ul></nav>
                    {view.shown.clone().map(|file| view! { <div class="preview-file"><CopyFile/> <FileText file/></div> })}
                </div>
            </main>
        </Shell>
    }
    .into_any()
}

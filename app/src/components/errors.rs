//! The error summary: the problems of a page, first in `<main>`; each line is a link to its field.

use leptos::prelude::*;

/// One line of the summary.
#[derive(Clone, Debug)]
pub(crate) struct ErrorLink {
    /// The link target: `#database-host`, or another page. Empty for a line without a link.
    pub(crate) href: String,
    /// The text at the field, after the field's label unless the text names the field: no two links of a page have the
    /// same text.
    pub(crate) message: String,
}

impl ErrorLink {
    /// A link to the field with this id.
    pub(crate) fn to_field((field, message): &(&'static str, String)) -> Self {
        let href = if field.is_empty() { String::new() } else { format!("#{field}") };
        Self { href, message: message.clone() }
    }
}

/// The summary. Focus goes to it when the page has loaded.
#[component]
pub(crate) fn ErrorSummary(errors: Vec<ErrorLink>) -> impl IntoView {
    (!errors.is_empty()).then(|| {
        view! {
            <div class="error-summary" role="alert" aria-labelledby="error-summary-title" tabindex="-1" autofocus>
                <h2 id="error-summary-title">"There is a problem"</h2>
                <ul>
                    {errors
                        .into_iter()
                        .map(|error| {
                            let message = error.message;
                            if error.href.is_empty() {
                                view! { <li>{message}</li> }.into_any()
                            } else {
                                view! { <li><a href=error.href>{message}</a></li> }.into_any()
                            }
                        })
                        .collect_view()}
                </ul>
            </div>
        }
    })
}

//! A moment, and a sentence that contains one.

use leptos::prelude::*;

use crate::view::{Moment, TimedText};

/// A moment as text with a machine-readable value; nothing for `None`.
#[component]
pub(crate) fn Time(#[prop(into)] moment: Option<Moment>) -> impl IntoView {
    moment.map(|moment| {
        let (datetime, day) = (moment.datetime(), moment.is_dated.then_some(""));
        view! { <time datetime=datetime data-day=day>{moment.shown}</time> }
    })
}

/// The sentence.
#[component]
pub(crate) fn Sentence(text: TimedText) -> impl IntoView {
    let TimedText { before, at, after } = text;
    // An empty text would be rendered as a space.
    let after = (!after.is_empty()).then_some(after);
    view! { {before} <Time moment=at/> {after} }
}

/// The same as an HTML fragment, for a page that is open.
#[must_use]
pub fn sentence(text: TimedText) -> String {
    view! { <Sentence text/> }.to_html()
}

/// A moment as an HTML fragment, for a page that is open.
#[must_use]
pub fn time(moment: Moment) -> String {
    view! { <Time moment/> }.to_html()
}

//! The pages of the wizard.

use leptos::prelude::*;

/// A stand-in that proves the path from an island to the browser; the first real island replaces it.
#[island]
pub fn Counter(
    /// The number shown first.
    start: i32,
) -> impl IntoView {
    let (count, set_count) = signal(start);
    view! { <button on:click=move |_| set_count.update(|count| *count += 1)>"Clicked " {count}</button> }
}

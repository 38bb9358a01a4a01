//! The cluster as a drawing, and the same as a list. The server renders both again after each save.

use domain::draft::Draft;
use domain::topology::Topology;
use leptos::prelude::*;
use leptos::reactive::owner::Owner;

use crate::urls;

/// The drawing with its list.
#[component]
pub(crate) fn TopologyFigure(topology: Topology) -> impl IntoView {
    view! {
        <figure class="topology">
            <figcaption><h2>"The cluster"</h2></figcaption>
            <div class="topology-parts" id=urls::DRAWING><Parts topology/></div>
        </figure>
    }
    .into_any()
}

/// The same as an HTML fragment, for a page that is open.
#[must_use]
pub fn drawing(draft: &Draft) -> String {
    let topology = Topology::from_draft(draft);
    Owner::new().with(|| view! { <Parts topology/> }.to_html())
}

#[component]
fn Parts(topology: Topology) -> impl IntoView {
    view! {
        <div class="topology-drawing" inner_html=topology.svg()></div>
        <details id="drawing-as-text">
            <summary>"The drawing as text"</summary>
            <ul>{topology.lines().into_iter().map(|line| view! { <li>{line}</li> }).collect_view()}</ul>
        </details>
    }
    .into_any()
}

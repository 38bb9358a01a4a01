//! The cluster as a drawing, and the same as a list.

use domain::topology::Topology;
use leptos::prelude::*;

/// The drawing with its list.
#[component]
pub(crate) fn TopologyFigure(topology: Topology) -> impl IntoView {
    view! {
        <figure class="topology">
            <figcaption><h2>"The cluster"</h2></figcaption>
            <div class="topology-drawing" inner_html=topology.svg()></div>
            <details>
                <summary>"The drawing as text"</summary>
                <ul>{topology.lines().into_iter().map(|line| view! { <li>{line}</li> }).collect_view()}</ul>
            </details>
        </figure>
    }
    .into_any()
}

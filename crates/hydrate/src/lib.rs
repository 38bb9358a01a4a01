//! The entry point of the browser half: `public/islands.js` calls [`hydrate`] once, then each island by its name.
//! It holds no logic; the islands are in `app`.
#![cfg(target_arch = "wasm32")]

// Linking the crate is what exports its islands.
use app as _;
use wasm_bindgen::prelude::wasm_bindgen;

/// Makes the reactive runtime ready. Islands may be hydrated after it has returned.
#[wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
}

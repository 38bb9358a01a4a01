//! The pages of the wizard: plain view models in, an HTML document out.
//!
//! The server owns routes, drafts and checks; it fills a model of [`view`] and calls a function of [`pages`]. Every
//! page works without JavaScript. Only the [`islands`] also run in the browser: they make pages faster and keep them up
//! to date, but add no functions (ARCHITECTURE, I9). This crate contains no domain logic.

#![expect(unreachable_pub, reason = "leptos's macros write `pub` in front of what they generate")]

pub mod islands;
pub mod urls;
pub mod wire;

#[cfg(feature = "ssr")]
mod components;
#[cfg(feature = "ssr")]
pub mod pages;
#[cfg(feature = "ssr")]
pub mod view;

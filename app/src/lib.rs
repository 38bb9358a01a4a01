//! The pages of the wizard: plain view models in, an HTML document out.
//!
//! The server owns routes, drafts and checks; it fills a model of [`view`] and calls a function of [`pages`]. Every
//! page works as it stands, without JavaScript. The [`islands`] are the only part that also runs in the browser: they
//! add speed and liveness, never ability (ARCHITECTURE, I9). There is no domain logic here.

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

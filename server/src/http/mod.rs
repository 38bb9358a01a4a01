//! The wizard over HTTP. Pages are drawn by `app`, rules are `domain`'s, and plans are `service`'s.

mod assets;
pub mod background;
mod checks;
mod collaboration;
mod error;
mod form;
pub mod health;
pub mod login;
mod logs;
mod metrics;
pub mod moments;
mod plan;
mod preparation;
pub mod router;
mod routes;
mod save_probe;
pub mod security;
mod sharing;
pub mod state;
mod url_prefix;

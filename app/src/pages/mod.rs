//! The pages: each function renders a view model to a complete HTML document.

mod accept;
mod checks;
mod comment;
mod conflict;
mod delete;
mod history;
mod keys;
mod login;
mod logs;
mod message;
mod opening;
mod prepare;
mod preview;
mod report;
mod review;
mod share;
mod start;
mod step;
mod verify;

pub use crate::components::{drawing, probe_table, progress_items, secret_state, ways_back};
pub use accept::accept;
pub use checks::checks;
pub use comment::comment;
pub use conflict::conflict;
pub use delete::delete;
pub use history::history;
pub use keys::keys;
pub use login::{account, login};
pub use logs::logs;
pub use message::message;
pub use opening::{link_unavailable, open_link};
pub use prepare::{prepare, prepare_end, prepare_piece, prepare_running};
pub use preview::preview;
pub use report::{REPORT_STYLE, report};
pub use review::{answers, issues_and_download, keys_of_review, review};
pub use share::share;
pub use start::start;
pub use step::{shows_drawing, step};

pub use crate::components::{change_notice, present_users_text, sentence, time};
pub use verify::verify;

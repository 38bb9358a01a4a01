//! History, comments, and what other people do, over HTTP.

pub(crate) mod comments;
pub(crate) mod export_limiter;
pub(crate) mod history;
pub(crate) mod journal_export;
pub(crate) mod live;

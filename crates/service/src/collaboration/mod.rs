//! Several people on one plan: its journal, merging of saves, presence, the change feed, and comments.

pub mod action;
pub mod change_feed;
pub mod comments;
pub mod journal;
pub mod journal_entry;
pub mod merge;
pub mod presence;
pub mod redaction;
pub mod retention;

//! Typed records: every kind of record in one list, with the Rust type of its bodies declared where it is used, and the one
//! loop that changes a record at the version it was read at.
//!
//! Nothing here knows what a kind means. A kind's name and the form of its bodies never change: databases contain them.

mod collection;
pub mod kinds;
pub mod seal;
#[cfg(test)]
pub(crate) mod tests;
mod timestamp;

pub(crate) use crate::records::collection::MAX_ATTEMPTS;
pub use crate::records::collection::{Body, Collection, Entry, PlainText, RecordError, Records, Update};
pub use crate::records::timestamp::Timestamp;

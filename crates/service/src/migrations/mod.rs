//! Changes that a newer version makes once to the data of an earlier version, at its first start.

pub mod stored_keys;
pub mod unsealed_records;

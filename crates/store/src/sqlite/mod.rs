//! Plans in one SQLite file: the default store, for one machine.
//!
//! One connection writes, so that writers of this process queue fairly instead of polling for the lock; a few connections
//! read. Every transaction that writes acquires the lock when it begins, so that it cannot fail in the middle for lack of
//! it. The file is in WAL mode with `synchronous = FULL`: what is acknowledged has reached the disk.

mod checks;
mod classify;
mod connect;
mod export;
mod identity;
mod inspect;
mod open;
mod plans;
mod records;
mod store;
#[cfg(test)]
mod tests;

pub use store::SqliteStore;

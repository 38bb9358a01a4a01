//! Real servers for the tests of all crates, each private to its user: own port, own data, stopped when dropped.
//! For development only; nothing of the product depends on it.

pub mod process;

//! Plans in a MySQL, MariaDB or PostgreSQL database, shared by several server processes.
//!
//! One implementation serves all three: its statements are the SQL that they share, and texts are stored as bytes
//! (ADR 14). The differences are in `connection` and `connect` (the drivers), `error` (their error codes), `open` and the
//! migrations.
//!
//! Every change of a plan first locks the plan's row, so that writers of one plan queue. Every transaction is READ
//! COMMITTED: each statement sees what was committed before it, and whatever a transaction relies on is locked. A
//! transaction that the server aborts (deadlock), or whose connection breaks before COMMIT was sent, is retried.

mod checks;
mod connect;
mod connection;
mod error;
mod export;
mod open;
mod plans;
mod problem;
mod records;
mod store;

pub use problem::SqlServerProblem;
pub use store::SqlServerStore;

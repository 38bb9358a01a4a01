//! The program.

pub mod vault;

//! The site through its router: whole journeys in process, each with its own folder, database and vault.

mod support;

mod bad_input;
mod canary;
mod checks;
mod guard;
mod journey;
mod restart;

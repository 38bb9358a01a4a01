//! A healthy plan has no findings; each fault is found once, by its own check, at its own place.

mod certificate;
mod data;
mod fault;
mod nodes;
mod plan;

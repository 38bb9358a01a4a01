//! A healthy plan is silent; each fault is found once, under its own check, at its own place.

mod certificate;
mod data;
mod fault;
mod nodes;
mod plan;

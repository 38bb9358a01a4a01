//! Measurements for `cargo xtask bench`: they fail on nothing but errors. Run in the release profile.

mod load;
mod pages;
mod plans;

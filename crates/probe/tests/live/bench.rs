//! Measurements for `cargo xtask bench`: they fail on nothing but errors.

mod checks;
mod prepare;

use std::time::Duration;

/// How often each value is measured; the median counts.
const ROUNDS: usize = 7;

/// The median of durations, in milliseconds.
fn middle(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64() * 1000.0
}

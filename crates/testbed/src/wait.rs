//! Waiting for a state that another program or thread reaches.

use std::thread;
use std::time::{Duration, Instant};

/// How often the state is inspected.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// Waits until `is_reached`, at most as long as `limit`; whether it was reached. It blocks the thread.
#[must_use]
pub fn until(limit: Duration, mut is_reached: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    loop {
        if is_reached() {
            return true;
        }
        if start.elapsed() >= limit {
            return false;
        }
        thread::sleep(POLL_INTERVAL);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_reached_or_the_time_is_over() {
        let mut inspected = 0;
        let reached = until(Duration::from_secs(60), || {
            inspected += 1;
            inspected == 3
        });
        assert!(reached && inspected == 3);
        assert!(!until(Duration::ZERO, || false));
    }
}

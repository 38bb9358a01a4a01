//! Rate limits, as one small value that fits into a record. Pure: the caller passes the time, and keeps the window in memory
//! or in a record; limits for several clients in memory are in `service::access::rate_limit`.

use serde::{Deserialize, Serialize};

/// How often something may happen.
#[derive(Clone, Copy, Debug)]
pub struct RateLimit {
    max: u64,
    /// Operations that become possible again after each `seconds`.
    regained: u64,
    seconds: u64,
}

impl RateLimit {
    /// `max` operations within `seconds`, counted from the first one.
    #[must_use]
    pub const fn per_period(max: u64, seconds: u64) -> Self {
        Self { max, regained: max, seconds }
    }

    /// `max` operations at once, and one more after each `seconds`.
    #[must_use]
    pub const fn burst(max: u64, seconds: u64) -> Self {
        Self { max, regained: 1, seconds }
    }

    /// The number of operations that are possible at once.
    #[must_use]
    pub const fn max(self) -> u64 {
        self.max
    }

    /// The unit of time of this limit.
    #[must_use]
    pub const fn seconds(self) -> u64 {
        self.seconds
    }
}

/// Counts operations against a [`RateLimit`].
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct RateWindow {
    /// When `count` was correct, in Unix seconds.
    since: u64,
    /// The number of operations that are not regained yet.
    count: u64,
}

impl RateWindow {
    /// The window with one more operation at `now`.
    ///
    /// # Errors
    /// The number of seconds after which an operation is possible again.
    pub const fn try_acquire(self, now: u64, limit: RateLimit) -> Result<Self, u64> {
        let current = self.refreshed(now, limit);
        if current.count >= limit.max {
            return Err(limit.seconds - (now - current.since));
        }
        Ok(Self { since: current.since, count: current.count + 1 })
    }

    /// Whether all operations of the limit are possible at `now`: such a window can be forgotten.
    #[must_use]
    pub const fn is_unused(self, now: u64, limit: RateLimit) -> bool {
        self.refreshed(now, limit).count == 0
    }

    /// The start of the window, in Unix seconds.
    #[must_use]
    pub const fn since(self) -> u64 {
        self.since
    }

    /// The window without the operations that are regained at `now`.
    const fn refreshed(self, now: u64, limit: RateLimit) -> Self {
        // A clock that was set back also starts a new window.
        if now < self.since {
            return Self { since: now, count: 0 };
        }
        let periods = (now - self.since) / limit.seconds;
        match self.count.checked_sub(periods.saturating_mul(limit.regained)) {
            None | Some(0) => Self { since: now, count: 0 },
            Some(count) => Self { since: self.since + periods * limit.seconds, count },
        }
    }
}

/// The form in which runs of checks are stored: the time of each operation, in Unix seconds.
impl From<RateWindow> for Vec<u64> {
    fn from(window: RateWindow) -> Self {
        (0..window.count).map(|_| window.since).collect()
    }
}

impl From<&[u64]> for RateWindow {
    fn from(times: &[u64]) -> Self {
        Self { since: times.iter().copied().min().unwrap_or_default(), count: times.iter().map(|_| 1).sum() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_begins_with_its_first_operation_and_ends_as_a_whole() {
        let limit = RateLimit::per_period(3, 60);
        let mut window = RateWindow::default();
        for at in [1000, 1001, 1002] {
            window = window.try_acquire(at, limit).unwrap();
        }
        assert_eq!(window.try_acquire(1059, limit), Err(1));
        assert!(!window.is_unused(1059, limit) && window.is_unused(1060, limit));
        assert_eq!(window.try_acquire(1060, limit), Ok(RateWindow { since: 1060, count: 1 }));
        assert_eq!(window.try_acquire(900, limit), Ok(RateWindow { since: 900, count: 1 }), "the clock was set back");
    }

    #[test]
    fn after_a_burst_one_operation_at_a_time_is_regained() {
        let limit = RateLimit::burst(3, 10);
        let full = RateWindow { since: 1000, count: 3 };
        assert_eq!(full.try_acquire(1000, limit), Err(10));
        assert_eq!(full.try_acquire(1009, limit), Err(1));
        let regained = full.try_acquire(1012, limit).unwrap();
        assert_eq!(regained.try_acquire(1012, limit), Err(8));
        assert!(!regained.is_unused(1039, limit) && regained.is_unused(1040, limit));
    }

    #[test]
    fn a_window_is_read_back_from_the_times_of_its_operations() {
        let window = RateWindow { since: 1000, count: 3 };
        assert_eq!(Vec::from(window), [1000, 1000, 1000]);
        assert_eq!(RateWindow::from(&[1000, 1000, 1000][..]), window);
        assert_eq!(RateWindow::from(&[1020, 1000, 1010][..]), window, "an earlier version stored each time");
        assert!(RateWindow::from(&[][..]).is_unused(1000, RateLimit::per_period(1, 60)));
    }
}

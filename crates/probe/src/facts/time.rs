//! Clock readings and time limits of a run.

use std::time::{Duration, Instant};

use domain::check::CheckSpec;

/// Time between the end of shared work and the end of the checks that wait for it, in which they report why it failed.
const REPORT_TIMEOUT: Duration = Duration::from_millis(300);
/// How long MySQL's `COM_QUIT` may take.
pub(crate) const QUIT_TIMEOUT: Duration = Duration::from_millis(200);

/// One moment read from two clocks: the monotonic one and the time of day.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ClockReading {
    pub(crate) instant: Instant,
    /// Since 1970-01-01 00:00 UTC.
    pub(crate) unix_time: Duration,
}

impl ClockReading {
    /// The time of day at `instant`, which must not be before this reading.
    pub(crate) fn unix_time_at(self, instant: Instant) -> Duration {
        self.unix_time + instant.saturating_duration_since(self.instant)
    }
}

/// The deadline of work that starts now and belongs to one check.
pub(crate) fn deadline_from_now() -> Instant {
    Instant::now() + CheckSpec::TIMEOUT - REPORT_TIMEOUT
}

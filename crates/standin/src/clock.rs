//! The only module of the stand-in that reads the wall clock.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::Timestamp;

/// The time since 1970; zero on a machine whose clock is set before it.
#[expect(clippy::disallowed_methods, reason = "this is the one place of the stand-in that reads the time of day")]
pub(crate) fn unix_time() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// Unix seconds now.
pub(crate) fn unix_seconds() -> u64 {
    unix_time().as_secs()
}

/// Now, for texts.
pub(crate) fn timestamp() -> Timestamp {
    let time = unix_time();
    let seconds = i64::try_from(time.as_secs()).unwrap_or_default();
    Timestamp::new(seconds, i32::try_from(time.subsec_nanos()).unwrap_or_default()).unwrap_or_default()
}

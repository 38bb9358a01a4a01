//! The only module that reads the wall clock; everything else takes the time as a parameter.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use domain::moment::UtcOffset;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Unix seconds now; 0 on a machine whose clock stands before 1970.
#[must_use]
pub fn now() -> u64 {
    unix_time().as_secs()
}

/// The same with all the digits the machine has.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the time of day")]
pub fn unix_time() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// How far the clocks of this machine are ahead of UTC now.
#[must_use]
pub fn zone() -> UtcOffset {
    let now = i64::try_from(now()).ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    UtcOffset { ahead: now.map_or(0, |now| TimeZone::system().to_offset(now).seconds()) }
}

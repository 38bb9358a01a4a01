//! The one place that reads the time of day. Everything else is told.

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

/// As people on this machine read a moment: hours and minutes of local time.
#[must_use]
pub fn format_time(unix_seconds: u64) -> String {
    shown(unix_seconds, "%H:%M", &TimeZone::system())
}

/// The day and time of a moment on this machine: `23 November 2026, 12:04`.
#[must_use]
pub fn format_date_time(unix_seconds: u64) -> String {
    shown(unix_seconds, "%-d %B %Y, %H:%M", &TimeZone::system())
}

/// The time of a moment of today, or the day and time of another one.
#[must_use]
pub fn format_time_or_date(unix_seconds: u64) -> String {
    let zone = zone();
    if zone.day_number(unix_seconds) == zone.day_number(now()) {
        format_time(unix_seconds)
    } else {
        format_date_time(unix_seconds)
    }
}

/// How far the clocks of this machine are ahead of UTC now.
#[must_use]
pub fn zone() -> UtcOffset {
    let now = i64::try_from(now()).ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    UtcOffset { ahead: now.map_or(0, |now| TimeZone::system().to_offset(now).seconds()) }
}

fn shown(unix_seconds: u64, format: &str, zone: &TimeZone) -> String {
    let moment = i64::try_from(unix_seconds).ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    moment.map_or_else(String::new, |moment| moment.to_zoned(zone.clone()).strftime(format).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_as_people_do() {
        assert_eq!(shown(1_795_421_640, "%-d %B %Y, %H:%M", &TimeZone::UTC), "23 November 2026, 08:14");
        assert_eq!(shown(u64::MAX, "%H:%M", &TimeZone::UTC), "");
    }
}

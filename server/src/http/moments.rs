//! Times as pages show them, in this machine's time zone.

use app::view::Moment;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use service::clock;

const TIME: &str = "%H:%M %Z";
const DATE_AND_TIME: &str = "%-d %B %Y, %H:%M %Z";

/// As people read a moment of today: hours and minutes in this machine's time zone, with its name.
#[must_use]
pub fn format_time(unix_seconds: u64) -> Moment {
    Moment { at: unix_seconds, shown: shown(unix_seconds, TIME, &TimeZone::system()), is_dated: false }
}

/// The day and time of a moment in this machine's time zone: `23 November 2026, 12:04 CET`.
#[must_use]
pub fn format_date_time(unix_seconds: u64) -> Moment {
    Moment { at: unix_seconds, shown: shown(unix_seconds, DATE_AND_TIME, &TimeZone::system()), is_dated: true }
}

/// The time of a moment of today, or the day and time of another one.
#[must_use]
pub fn format_time_or_date(unix_seconds: u64) -> Moment {
    let zone = clock::zone();
    let is_today = zone.day_number(unix_seconds) == zone.day_number(clock::now());
    let moment = if is_today { format_time(unix_seconds) } else { format_date_time(unix_seconds) };
    // Whether it is today there decides the browser's zone.
    Moment { is_dated: false, ..moment }
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
        assert_eq!(shown(1_795_421_640, DATE_AND_TIME, &TimeZone::UTC), "23 November 2026, 08:14 UTC");
        assert_eq!(shown(1_795_421_640, TIME, &TimeZone::UTC), "08:14 UTC");
        assert_eq!(shown(u64::MAX, TIME, &TimeZone::UTC), "");
    }
}

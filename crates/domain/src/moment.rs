//! Formats of times, for people and for programs. The time and the zone are parameters.

/// Seconds of a day.
const SECONDS_PER_DAY: i64 = 86_400;
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The offset of local time from UTC.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct UtcOffset {
    /// Seconds, from -86400 to 86400.
    pub ahead: i32,
}

impl UtcOffset {
    /// Universal time.
    pub const UTC: Self = Self { ahead: 0 };

    /// The name: `UTC`, or `UTC+05:30`.
    #[must_use]
    pub fn name(self) -> String {
        if self.ahead == 0 {
            return "UTC".to_owned();
        }
        let sign = if self.ahead < 0 { '-' } else { '+' };
        let minutes = self.ahead.unsigned_abs() / 60;
        format!("UTC{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }

    /// Hour and minute of a time in Unix seconds, with the zone: `12:04 UTC`.
    #[must_use]
    pub fn format_time(self, at: u64) -> String {
        let second = self.local(at).rem_euclid(SECONDS_PER_DAY);
        format!("{:02}:{:02} {}", second / 3600, second % 3600 / 60, self.name())
    }

    /// Day and time, with the zone: `23 November 2026, 12:04 UTC`.
    #[must_use]
    pub fn format_date_time(self, at: u64) -> String {
        let (year, month, day) = date(self.day_number(at));
        let name = usize::try_from(month - 1).ok().and_then(|index| MONTHS.get(index)).unwrap_or(&"");
        format!("{day} {name} {year}, {}", self.format_time(at))
    }

    /// The local day, counted from 1 January 1970.
    #[must_use]
    pub fn day_number(self, at: u64) -> i64 {
        self.local(at).div_euclid(SECONDS_PER_DAY)
    }

    fn local(self, at: u64) -> i64 {
        i64::try_from(at).unwrap_or(i64::MAX).saturating_add(i64::from(self.ahead)).clamp(0, 253_402_300_799)
    }
}

/// A time in RFC 3339: `2026-11-23T12:04:00Z`.
#[must_use]
pub fn rfc_3339(at: u64) -> String {
    let second = UtcOffset::UTC.local(at);
    let (year, month, day) = date(second.div_euclid(SECONDS_PER_DAY));
    let clock = second.rem_euclid(SECONDS_PER_DAY);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", clock / 3600, clock % 3600 / 60, clock % 60)
}

/// The day of a time in UTC (ISO 8601): `2026-11-23`.
#[must_use]
pub fn iso_date(at: u64) -> String {
    let (year, month, day) = date(UtcOffset::UTC.day_number(at));
    format!("{year:04}-{month:02}-{day:02}")
}

/// Year, month and day of a day counted from 1 January 1970, in the Gregorian calendar. Years begin in March here, so
/// that a leap day is a year's last (Hinnant, "chrono-compatible low-level date algorithms").
const fn date(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_those_of_the_calendar() {
        for (at, expected) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_709_251_199, "2024-02-29T23:59:59Z"),
            (1_795_421_640, "2026-11-23T08:14:00Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            (253_402_300_799, "9999-12-31T23:59:59Z"),
            (u64::MAX, "9999-12-31T23:59:59Z"),
        ] {
            assert_eq!(rfc_3339(at), expected);
            assert_eq!(Some(iso_date(at).as_str()), expected.split('T').next());
        }
    }

    #[test]
    fn a_place_has_its_own_day_and_hour() {
        let east = UtcOffset { ahead: 19_800 };
        assert_eq!(east.format_date_time(1_795_460_000), "24 November 2026, 00:23 UTC+05:30");
        assert_eq!(UtcOffset::UTC.format_date_time(1_795_460_000), "23 November 2026, 18:53 UTC");
        assert_eq!(east.day_number(1_795_460_000), UtcOffset::UTC.day_number(1_795_460_000) + 1);
        assert_eq!(UtcOffset { ahead: -18_000 }.format_time(0), "00:00 UTC-05:00", "nothing is before 1970");
    }
}

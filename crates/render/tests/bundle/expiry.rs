//! When certificates expire, in the runbook and in the calendar: the days in the certificates themselves.

use std::collections::BTreeSet;

use domain::moment::iso_date;
use render::certificates::inspect::inspect_provided;

use crate::scenario::SCENARIOS;
use crate::world::Unpacked;

#[test]
fn runbook_and_calendar_name_the_last_day_of_every_certificate() {
    for scenario in SCENARIOS.iter() {
        let name = scenario.name;
        let bundle = Unpacked::of(scenario);
        let mut days = BTreeSet::new();
        for (_, pem) in bundle.ending(".crt") {
            let facts = inspect_provided(pem, None).unwrap();
            let first = facts.certificates.iter().map(|certificate| certificate.not_after).min().unwrap();
            days.insert(iso_date(u64::try_from(first).unwrap()));
        }
        let readme = bundle.text("README.md");
        let calendar = bundle.text("certificates/expiry.ics");
        for day in &days {
            assert!(readme.contains(&format!("| {day} |")), "{name}: {day}");
            assert!(calendar.contains(&format!("DTSTART;VALUE=DATE:{}\r\n", day.replace('-', ""))), "{name}: {day}");
        }
        // RFC 5545: lines end with CR LF and have at most 75 octets; each event has an alarm.
        assert!(calendar.starts_with("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n") && calendar.ends_with("END:VCALENDAR\r\n"));
        assert!(calendar.split("\r\n").all(|line| line.len() <= 75 && !line.contains('\n')), "{name}");
        let count = |line: &str| calendar.split("\r\n").filter(|other| *other == line).count();
        assert_eq!(count("BEGIN:VEVENT"), days.len(), "{name}");
        for line in ["END:VEVENT", "BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-P30D", "END:VALARM"] {
            assert_eq!(count(line), days.len(), "{name}: {line}");
        }
        let identities: BTreeSet<&str> = calendar.split("\r\n").filter(|line| line.starts_with("UID:")).collect();
        assert_eq!(identities.len(), days.len(), "{name}");
    }
}

//! The days on which certificates expire as an iCalendar file (RFC 5545): one event a day, with an alarm 30 days before.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use aws_lc_rs::digest;
use domain::certificate::CertificateExpiry;
use domain::moment::{iso_date, rfc_3339};
use domain::render_plan::GENERATOR;

use crate::keyring::KeyRing;

/// Octets of a content line without its line end (RFC 5545, section 3.1).
const MAX_LINE_OCTETS: usize = 75;

/// The calendar's text. The same plan and ring give the same bytes.
pub(crate) fn write_calendar(title: &str, ring: &KeyRing, expiries: &[CertificateExpiry]) -> String {
    let mut days: BTreeMap<String, Vec<&CertificateExpiry>> = BTreeMap::new();
    for expiry in expiries {
        days.entry(basic_date(expiry.not_after)).or_default().push(expiry);
    }
    let mut text = String::new();
    line(&mut text, "BEGIN:VCALENDAR");
    line(&mut text, "VERSION:2.0");
    line(&mut text, &format!("PRODID:-//{}//EN", escape(GENERATOR)));
    line(&mut text, "CALSCALE:GREGORIAN");
    let stamp = rfc_3339(u64::try_from(ring.tls_issued_at()).unwrap_or_default()).replace(['-', ':'], "");
    for (day, expiries) in days {
        let what: Vec<&str> = expiries.iter().map(|expiry| expiry.what.as_str()).collect();
        let summary = summary(title, &what);
        let advice: Vec<String> =
            expiries.iter().map(|expiry| format!("{}: {}", expiry.what, expiry.renewal.advice())).collect();
        line(&mut text, "BEGIN:VEVENT");
        // The same certificates of the same cluster are the same event, also when the file is imported again.
        let identity =
            digest::digest(&digest::SHA256, format!("{}\n{}", ring.created_at(), what.join("\n")).as_bytes());
        let identity = hex::encode(identity.as_ref().get(..16).unwrap_or_default());
        line(&mut text, &format!("UID:{day}-{identity}@clusterwright"));
        line(&mut text, &format!("DTSTAMP:{stamp}"));
        line(&mut text, &format!("DTSTART;VALUE=DATE:{day}"));
        line(&mut text, &format!("SUMMARY:{}", escape(&summary)));
        line(&mut text, &format!("DESCRIPTION:{}", escape(&advice.join("\n"))));
        line(&mut text, "TRANSP:TRANSPARENT");
        line(&mut text, "BEGIN:VALARM");
        line(&mut text, "ACTION:DISPLAY");
        line(&mut text, &format!("DESCRIPTION:{}", escape(&summary)));
        line(&mut text, "TRIGGER:-P30D");
        line(&mut text, "END:VALARM");
        line(&mut text, "END:VEVENT");
    }
    line(&mut text, "END:VCALENDAR");
    text
}

/// The title of an event: `Expiry of signing certificate of the cluster, TLS certificate of login.example.com (Title)`.
fn summary(title: &str, what: &[&str]) -> String {
    let what: Vec<String> = what.iter().map(|what| within_a_sentence(what)).collect();
    format!("Expiry of {} ({title})", what.join(", "))
}

/// A text without its capital letter, where that is not one of an abbreviation such as TLS.
fn within_a_sentence(text: &str) -> String {
    let mut letters = text.chars();
    match (letters.next(), letters.next()) {
        (Some(first), Some(second)) if second.is_lowercase() => {
            first.to_lowercase().chain(std::iter::once(second)).chain(letters).collect()
        }
        _ => text.to_owned(),
    }
}

/// `20261123`.
fn basic_date(at: i64) -> String {
    iso_date(u64::try_from(at).unwrap_or_default()).replace('-', "")
}

/// A text value (RFC 5545, section 3.3.11).
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\\' | ';' | ',' => {
                escaped.push('\\');
                escaped.push(letter);
            }
            '\n' => escaped.push_str("\\n"),
            _ if letter.is_control() => escaped.push(' '),
            _ => escaped.push(letter),
        }
    }
    escaped
}

/// One content line, folded between characters.
fn line(text: &mut String, content: &str) {
    let mut octets = 0;
    for letter in content.chars() {
        if octets + letter.len_utf8() > MAX_LINE_OCTETS {
            text.push_str("\r\n ");
            octets = 1;
        }
        // Writing to a String does not fail.
        let _ = write!(text, "{letter}");
        octets += letter.len_utf8();
    }
    text.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_folded_between_characters_and_unfold_to_themselves() {
        let content = format!("SUMMARY:{}", "é".repeat(100));
        let mut text = String::new();
        line(&mut text, &content);
        assert!(text.split("\r\n").all(|part| part.len() <= MAX_LINE_OCTETS), "{text}");
        assert_eq!(text.replace("\r\n ", "").trim_end(), content);
    }

    #[test]
    fn titles_name_what_expires() {
        let what = ["TLS certificates of the nodes", "Signing certificate of the cluster", "The cluster's own CA"];
        assert_eq!(
            summary("Login", &what),
            "Expiry of TLS certificates of the nodes, signing certificate of the cluster, the cluster's own CA (Login)"
        );
    }

    #[test]
    fn separators_of_the_format_are_escaped() {
        assert_eq!(escape("a,b;c\\d\ne\rf"), "a\\,b\\;c\\\\d\\ne f");
    }
}

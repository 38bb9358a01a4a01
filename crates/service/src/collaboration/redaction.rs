//! The texts in a line of a journal: without what earlier versions kept and must not have, and short for those who only
//! want to know that something changed.

use domain::credentials;
use domain::history::journal::{JournalEntry, JournalLine};
use domain::history::{DraftPart, PartChange, PartContent, Row};

/// The longest text of a change that is passed on to those who follow a plan, in bytes. Certificates are longer.
const MAX_BRIEF_BYTES: usize = 1024;

/// Whether a record may hold key material. Every private key in PEM contains this marker.
#[must_use]
pub fn may_hold_keys(body: &str) -> bool {
    body.contains("PRIVATE KEY")
}

/// Takes private keys, and passwords with them, out of a line. Versions before this one kept what was pasted.
pub fn strip_credentials(entry: &mut JournalEntry) {
    for content in entry.changes.iter_mut().flat_map(|change| [&mut change.old, &mut change.new]).flatten() {
        match content {
            PartContent::Text(text) => strip(text),
            PartContent::Rows(rows) => rows.iter_mut().flat_map(Row::values_mut).for_each(strip),
            PartContent::Acceptance(acceptance) => {
                [&mut acceptance.reason, &mut acceptance.by].into_iter().for_each(strip)
            }
        }
    }
    strip(&mut entry.note);
}

fn strip(text: &mut String) {
    if may_hold_keys(text) {
        *text = credentials::strip_credentials(text).into_owned();
    }
}

/// A line that names the changed setting and, for long texts, omits the old and the new value.
#[must_use]
pub fn shorten(mut line: JournalLine) -> JournalLine {
    line.entry.changes.retain(PartChange::is_visible);
    for change in &mut line.entry.changes {
        if size(change.old.as_ref()) + size(change.new.as_ref()) > MAX_BRIEF_BYTES {
            // Still a change that is seen.
            let text = "…".to_owned();
            let new = match &change.part {
                DraftPart::Nodes => PartContent::Rows(vec![Row::from([("name".to_owned(), text)])]),
                _ => PartContent::Text(text),
            };
            (change.old, change.new) = (None, Some(new));
        }
    }
    line.entry.note = line.entry.note.chars().take(MAX_BRIEF_BYTES).collect();
    line
}

fn size(content: Option<&PartContent>) -> usize {
    match content {
        None => 0,
        Some(PartContent::Text(text)) => text.len(),
        Some(PartContent::Rows(rows)) => rows.iter().flat_map(Row::values).map(String::len).sum(),
        Some(PartContent::Acceptance(acceptance)) => acceptance.reason.len() + acceptance.by.len(),
    }
}

#[cfg(test)]
mod tests {
    use domain::author::Author;
    use domain::history::journal::JournalAction;

    use super::*;
    use crate::collaboration::action::PlanAction;

    fn line(part: DraftPart, old: Option<PartContent>, new: Option<PartContent>) -> JournalLine {
        let entry = JournalEntry {
            changes: vec![PartChange { part, old, new }],
            ..PlanAction::new(Author::default(), JournalAction::Save).to_entry_without_changes(1)
        };
        JournalLine { number: 1, entry }
    }

    #[test]
    fn a_brief_entry_is_short_and_still_names_what_changed() {
        let long = "x".repeat(100_000);
        let text = |text: &str| Some(PartContent::Text(text.to_owned()));
        let rows = Some(PartContent::Rows(vec![Row::from([("name".to_owned(), long.clone())])]));
        let answer = |key: &str| DraftPart::Answer(key.to_owned());
        for (part, old, new) in [
            (answer("database.ca_certificate"), text(&long), None),
            (answer("database.ca_certificate"), None, text(&long)),
            (answer("database.ca_certificate"), text(&long), text(&format!("{long}y"))),
            (DraftPart::Nodes, None, rows),
            (DraftPart::Title, text("a"), text(&long)),
        ] {
            let shorten = shorten(line(part.clone(), old, new));
            assert!(serde_json::to_string(&shorten.entry).unwrap().len() < 2 * MAX_BRIEF_BYTES);
            assert!(shorten.entry.changes[0].is_visible() && shorten.entry.changes[0].part == part);
        }
        let short = line(answer("database.host"), text("a"), text("b"));
        assert_eq!(shorten(short.clone()), short);
    }
}

//! The texts in a line of a journal: without what earlier versions kept and must not have, and short for those who only
//! want to know that something changed.

use domain::credentials;
use domain::history::journal::{Entry, Numbered};
use domain::history::{Change, Content, Part, Row};

/// The longest text of a change that is passed on to those who follow a plan, in bytes. Certificates are longer.
const BRIEF: usize = 1024;

/// Whether a record may hold key material. Every private key in PEM says so.
#[must_use]
pub fn may_hold_keys(body: &str) -> bool {
    body.contains("PRIVATE KEY")
}

/// Takes private keys, and passwords with them, out of a line. Versions before this one kept what was pasted.
pub fn strip_credentials(entry: &mut Entry) {
    for content in entry.changes.iter_mut().flat_map(|change| [&mut change.old, &mut change.new]).flatten() {
        match content {
            Content::Text(text) => strip(text),
            Content::Rows(rows) => rows.iter_mut().flat_map(Row::values_mut).for_each(strip),
            Content::Acceptance(acceptance) => [&mut acceptance.reason, &mut acceptance.by].into_iter().for_each(strip),
        }
    }
    strip(&mut entry.note);
}

fn strip(text: &mut String) {
    if may_hold_keys(text) {
        *text = credentials::strip(text).into_owned();
    }
}

/// A line that says what changed and, of long texts, not from what to what.
#[must_use]
pub fn brief(mut line: Numbered) -> Numbered {
    line.entry.changes.retain(Change::is_seen);
    for change in &mut line.entry.changes {
        if size(change.old.as_ref()) + size(change.new.as_ref()) > BRIEF {
            // Still a change that is seen.
            let text = "…".to_owned();
            let new = match &change.part {
                Part::Nodes => Content::Rows(vec![Row::from([("name".to_owned(), text)])]),
                _ => Content::Text(text),
            };
            (change.old, change.new) = (None, Some(new));
        }
    }
    line.entry.note = line.entry.note.chars().take(BRIEF).collect();
    line
}

fn size(content: Option<&Content>) -> usize {
    match content {
        None => 0,
        Some(Content::Text(text)) => text.len(),
        Some(Content::Rows(rows)) => rows.iter().flat_map(Row::values).map(String::len).sum(),
        Some(Content::Acceptance(acceptance)) => acceptance.reason.len() + acceptance.by.len(),
    }
}

#[cfg(test)]
mod tests {
    use domain::history::journal::Act;

    use super::*;
    use crate::journal::{By, Deed};

    fn line(part: Part, old: Option<Content>, new: Option<Content>) -> Numbered {
        let entry = Entry { changes: vec![Change { part, old, new }], ..Deed::new(By::default(), Act::Save).act_at(1) };
        Numbered { number: 1, entry }
    }

    #[test]
    fn a_brief_line_is_short_and_still_says_what_changed() {
        let long = "x".repeat(100_000);
        let text = |text: &str| Some(Content::Text(text.to_owned()));
        let rows = Some(Content::Rows(vec![Row::from([("name".to_owned(), long.clone())])]));
        let answer = |key: &str| Part::Answer(key.to_owned());
        for (part, old, new) in [
            (answer("database.ca_certificate"), text(&long), None),
            (answer("database.ca_certificate"), None, text(&long)),
            (answer("database.ca_certificate"), text(&long), text(&format!("{long}y"))),
            (Part::Nodes, None, rows),
            (Part::Title, text("a"), text(&long)),
        ] {
            let brief = brief(line(part.clone(), old, new));
            assert!(serde_json::to_string(&brief.entry).unwrap().len() < 2 * BRIEF);
            assert!(brief.entry.changes[0].is_seen() && brief.entry.changes[0].part == part);
        }
        let short = line(answer("database.host"), text("a"), text("b"));
        assert_eq!(brief(short.clone()), short);
    }
}

//! The log of a plan to take along: streamed a batch at a time, and to a few at once. A reader that does not read holds a
//! batch in memory and no more.

use std::fmt::Write as _;

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::history::journal::{JournalEntry, JournalLine};
use domain::moment::rfc_3339;
use domain::step::Step;
use store::PlanId;

use crate::http::collaboration::export_limiter::ExportPermit;
use crate::http::error::{RequestError, message, plan};
use crate::http::state::AppState;
use service::collaboration::merge::shortened_content;
use service::error::PlansError;
use service::plans::Plans;

/// Lines that are read at once: some hold the texts of certificates.
const BATCH_SIZE: u32 = 50;

/// `GET /plans/{plan}/journal.jsonl`: the whole log, one line of JSON an entry, the oldest first.
pub(crate) async fn json_lines(State(site): State<AppState>, Path(id): Path<String>) -> Result<Response, RequestError> {
    export(&site, &id, "application/jsonl", "journal.jsonl", "", json_line).await
}

/// `GET /plans/{plan}/journal.csv`: the whole log, one row a change (RFC 4180), the oldest first.
pub(crate) async fn csv(State(site): State<AppState>, Path(id): Path<String>) -> Result<Response, RequestError> {
    const HEAD: &str = "number,time,who,link,act,step,version,what,old,new,note\r\n";
    export(&site, &id, "text/csv; charset=utf-8", "journal.csv", HEAD, |line| Ok(csv_rows(&line))).await
}

/// What one line of the journal is in an export.
type LineFormat = fn(JournalLine) -> Result<String, serde_json::Error>;

async fn export(
    site: &AppState,
    id: &str,
    kind: &'static str,
    name: &str,
    head: &str,
    written: LineFormat,
) -> Result<Response, RequestError> {
    let plan = plan(&site.plans, id).await?.id;
    let Some(turn) = site.exports.begin(plan) else {
        let text = "Two downloads of this log are in progress. Wait until one of them ends, then try again.";
        let mut busy =
            message(StatusCode::TOO_MANY_REQUESTS, "The log is already being downloaded", text, String::new());
        busy.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static("10"));
        return Ok(busy);
    };
    let sending = ExportStream {
        plans: site.plans.clone(),
        plan,
        after: Some(0),
        head: Some(head.to_owned()),
        written,
        _turn: turn,
    };
    let body = futures::stream::unfold(sending, |mut sending| async move {
        // The client then has only a part, and the connection ends early, so that the part is not taken for the whole.
        let piece = sending.next().await.transpose()?;
        Some((piece.map(Bytes::from), sending))
    });
    let disposition = format!("attachment; filename=\"{name}\"");
    let headers = [(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, disposition)];
    Ok((StatusCode::OK, headers, Body::from_stream(body)).into_response())
}

/// An export on its way.
struct ExportStream {
    plans: Plans,
    plan: PlanId,
    /// The number of the last line that was sent; `None` after the last.
    after: Option<u64>,
    head: Option<String>,
    written: LineFormat,
    /// Held until the last piece is sent, or the client stops reading.
    _turn: ExportPermit,
}

impl ExportStream {
    /// The next piece; `None` after the last.
    async fn next(&mut self) -> Result<Option<String>, PlansError> {
        if let Some(head) = self.head.take().filter(|head| !head.is_empty()) {
            return Ok(Some(head));
        }
        let Some(after) = self.after.take() else { return Ok(None) };
        let lines = self.plans.journal_after(self.plan, after, BATCH_SIZE).await?;
        let Some(last) = lines.last() else { return Ok(None) };
        self.after = Some(last.number);
        let mut text = String::new();
        for line in lines {
            text.push_str(&(self.written)(line)?);
        }
        Ok(Some(text))
    }
}

fn json_line(line: JournalLine) -> Result<String, serde_json::Error> {
    let JournalLine { number, entry } = line;
    // The page is an identifier of the browser and means nothing to a reader.
    let entry = JournalEntry { page: None, ..entry };
    let mut value = serde_json::to_value(&entry)?;
    value["number"] = number.into();
    value["time"] = rfc_3339(entry.at).into();
    Ok(format!("{value}\n"))
}

fn csv_rows(line: &JournalLine) -> String {
    let JournalLine { number, entry } = line;
    let version = if entry.revision > 0 { entry.revision.to_string() } else { String::new() };
    let mut whats: Vec<[String; 3]> = entry
        .changes
        .iter()
        .map(|change| {
            let [old, new] =
                [&change.old, &change.new].map(|content| shortened_content(&change.part, content.as_ref()));
            [change.part.name(), old, new]
        })
        .collect();
    whats.extend(
        entry
            .secrets
            .iter()
            .map(|secret| [secret.key.clone(), String::new(), if secret.set { "set" } else { "removed" }.to_owned()]),
    );
    if whats.is_empty() {
        whats.push(Default::default());
    }
    let mut text = String::new();
    for [what, old, new] in whats {
        let row = [
            number.to_string(),
            rfc_3339(entry.at),
            entry.by.display_name(),
            entry.by.link.as_ref().map_or_else(String::new, |link| link.0.clone()),
            entry.act.word().to_owned(),
            entry.step.map_or("", Step::slug).to_owned(),
            version.clone(),
            what,
            old,
            new,
            entry.note.clone(),
        ];
        let cells: Vec<String> = row.iter().map(|text| cell(text)).collect();
        // Writing to a String does not fail.
        let _ = write!(text, "{}\r\n", cells.join(","));
    }
    text
}

/// What a spreadsheet takes for the beginning of a formula.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '|', '%'];
/// What ends a cell somewhere: the list separator of many countries is the semicolon.
const SEPARATORS: [char; 4] = [';', '\t', '\r', '\n'];

/// A cell in quotes. A spreadsheet takes one that begins with certain signs as a formula, so an apostrophe goes before them:
/// also within a text, where a spreadsheet with another separator begins a cell.
fn cell(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() + 3);
    let mut begins = true;
    if text.starts_with(SEPARATORS) {
        safe.push('\'');
    }
    for letter in text.chars() {
        if begins && FORMULA.contains(&letter) {
            safe.push('\'');
        }
        begins = SEPARATORS.contains(&letter) || (begins && letter.is_whitespace());
        safe.push(letter);
        if letter == '"' {
            safe.push('"');
        }
    }
    format!("\"{safe}\"")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "=HYPERLINK(\"http://evil\",\"x\")"] {
            assert!(cell(text).starts_with("\"'"), "{text}");
        }
        assert_eq!(cell(" =1"), "\" '=1\"");
        assert_eq!(cell("a;=1+1;b"), "\"a;'=1+1;b\"", "the separator is a semicolon in many countries");
        assert_eq!(cell("a\n @x;\t-1"), "\"a\n '@x;\t'-1\"");
        assert_eq!(cell("db1, \"two\""), "\"db1, \"\"two\"\"\"");
        assert_eq!(cell("10.0.0.1\nwso2-1"), "\"10.0.0.1\nwso2-1\"");
    }

    proptest! {
        #[test]
        fn a_cell_stays_one_cell(text in any::<String>()) {
            let cell = cell(&text);
            let inside = &cell[1..cell.len() - 1];
            prop_assert!(cell.starts_with('"') && cell.ends_with('"'));
            prop_assert!(!inside.replace("\"\"", "").contains('"'));
            for part in inside.split(SEPARATORS) {
                prop_assert!(!part.trim_start().starts_with(FORMULA), "{}", inside);
            }
        }
    }
}

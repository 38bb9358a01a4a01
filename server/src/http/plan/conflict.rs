//! A save that conflicts with another person's save: the message, the page that asks which values count, and the answer to
//! it.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};

use app::view::{ConflictChoice, ConflictSubjectView, ConflictView, TimedText};
use domain::author::Author;
use domain::draft::Draft;
use domain::history::{DraftPart, PartChange, PartContent, apply, diff, revert};
use domain::merge::PartConflict;
use domain::step::Step;
use domain::steps::keys;

use crate::http::form::Form;
use crate::http::plan::page;
use service::access::actor::Actor;
use service::collaboration::merge::{ConflictSubject, MergedSave, SaveConflict, labelled};

/// `Kasun changed Database host at 12:05.`, and how much more there is.
pub(crate) fn conflict_message(contests: &[SaveConflict], by: &Author) -> TimedText {
    let Some(first) = contests.first() else { return TimedText::default() };
    let more = match contests.len() - 1 {
        0 => String::new(),
        count => format!(" {count} more conflicts exist."),
    };
    let text = sentence(first, &first.label(), by);
    TimedText { after: format!("{}{more}", text.after), ..text }
}

fn sentence(contest: &SaveConflict, what: &str, by: &Author) -> TimedText {
    match &contest.with {
        None => TimedText { before: format!("Someone else has changed {what}."), ..TimedText::default() },
        Some(entry) => {
            let place = if entry.by == *by { ", in another window" } else { "" };
            TimedText {
                before: format!("{} changed {what} at ", entry.by.name_with_link_mark()),
                at: Some(crate::http::moments::format_time(entry.at)),
                after: format!("{place}."),
            }
        }
    }
}

/// The page that asks (status 409). What is not contested is saved already.
pub(crate) fn page(merged: &MergedSave, step: Step, actor: &Actor, goes_on: bool, return_to_review: bool) -> Response {
    let author = actor.author();
    let contested = merged.contests.iter().map(|contest| {
        let over = match &contest.over {
            ConflictSubject::Secret(key) => ConflictSubjectView::Secret(key.clone()),
            ConflictSubject::Answer(conflict) => {
                let PartConflict { part, base, mine, theirs } = conflict.as_ref();
                let [base, mine, theirs] = [base, mine, theirs].map(|content| labelled(part, content.as_ref()));
                ConflictSubjectView::Answer { part: part.clone(), base, mine, theirs }
            }
        };
        ConflictChoice { label: contest.label(), text: sentence(contest, "it", &author), over }
    });
    let view = ConflictView {
        assets: page::assets(),
        plan: page::head(&merged.plan, actor),
        step,
        contested: contested.collect(),
        fields: fields(merged),
        goes_on,
        return_to_review,
    };
    (StatusCode::CONFLICT, Html(app::pages::conflict(&view))).into_response()
}

/// What was entered here in the contested parts, as the step's own form would send it.
fn fields(merged: &MergedSave) -> Vec<(String, String)> {
    let mut mine = merged.plan.draft.clone();
    let mut fields = Vec::new();
    let mut has_table = false;
    for contest in &merged.contests {
        let ConflictSubject::Answer(conflict) = &contest.over else { continue };
        let (part, old, new) = (conflict.part.clone(), conflict.theirs.clone(), conflict.mine.clone());
        apply(&mut mine, &[PartChange { part, old, new }]);
        let text = |content: &Option<PartContent>| match content {
            Some(PartContent::Text(text)) => text.clone(),
            _ => String::new(),
        };
        match &conflict.part {
            DraftPart::Title => fields.push(("title".to_owned(), text(&conflict.mine))),
            DraftPart::Answer(key) => fields.push((key.clone(), text(&conflict.mine))),
            DraftPart::Cell { .. } | DraftPart::Nodes => has_table = true,
            DraftPart::Visited(_) | DraftPart::Accepted(_) => {}
        }
    }
    if has_table {
        // A form with a scheme is one of the step with the table.
        const SCHEME: &str = keys::CLUSTERING.scheme;
        if !fields.iter().any(|(name, _)| name == SCHEME) {
            fields.push((SCHEME.to_owned(), mine.text(SCHEME).to_owned()));
        }
        for (row, node) in mine.nodes.iter().enumerate() {
            fields.extend(node.iter().map(|(column, text)| (format!("nodes.{row}.{column}"), text.clone())));
        }
    }
    fields
}

/// Reverts what the form changed but the choice did not keep.
pub(crate) fn apply_choice(before: &Draft, mine: &mut Draft, form: &Form) {
    let dropped: Vec<PartChange> =
        diff(before, mine).into_iter().filter(|change| chosen(&change.part, form) != Some("mine")).collect();
    revert(mine, &dropped);
}

/// What was chosen for a part; a cell goes with the table it is in.
fn chosen<'a>(part: &DraftPart, form: &'a Form) -> Option<&'a str> {
    let choice = |part: &DraftPart| form.get(&format!("keep.{}", part.name()));
    choice(part).or_else(|| matches!(part, DraftPart::Cell { .. }).then(|| choice(&DraftPart::Nodes)).flatten())
}

/// The conflicting values of both people, as sentences: `mine` is the draft as the form of this person had it.
pub(crate) fn both_values(theirs: &Draft, mine: &Draft, form: &Form) -> Vec<String> {
    let both = diff(theirs, mine).into_iter().filter(|change| chosen(&change.part, form) == Some("both"));
    let lines: BTreeSet<String> = both
        .filter(PartChange::is_visible)
        .map(|PartChange { part, old, new }| {
            let [theirs, mine] = [old, new].map(|content| match labelled(&part, content.as_ref()) {
                text if text.is_empty() => "nothing".to_owned(),
                text => format!("“{}”", text.replace('\n', "; ")),
            });
            format!("{}: the saved value is {theirs}; you entered {mine}. Enter the value to keep.", part.label())
        })
        .collect();
    lines.into_iter().collect()
}

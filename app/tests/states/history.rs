//! The states of the pages about other people's changes.

use app::view::{
    ChangeNotice, ChangeView, Collaborators, ConflictChoice, ConflictSubjectView, ConflictView, HistoryLine,
    HistoryView, UndoRequest, VersionComparison,
};
use domain::history::DraftPart;
use domain::sharing::LinkId;
use domain::step::Step;

use super::{HOSTILE, assets, head};

/// A step that another person has open.
pub fn together() -> Collaborators {
    Collaborators {
        page: "0011223344556677".to_owned(),
        here: format!("{HOSTILE} is here, on Database."),
        changed: Some(ChangeNotice {
            text: super::sentence(&format!("Kasun changed {HOSTILE} at "), "."),
            href: "/plans/p1/database?change=7#database-host".to_owned(),
        }),
        after: 7,
        can_undo: true,
        can_redo: true,
        may_read: true,
    }
}

/// The history: saves, an undo, a named version and an action without a save, with the comparison of two versions.
pub fn history() -> HistoryView {
    let change = |label: &str, old: &str, new: &str, is_redo: bool| ChangeView {
        label: label.to_owned(),
        old: old.to_owned(),
        new: new.to_owned(),
        undo: Some(UndoRequest { first: 3, last: 7, part: "database.host".to_owned(), is_redo }),
    };
    let line = |author: &str, what: &str, version: Option<u64>| HistoryLine {
        author: author.to_owned(),
        when: super::day(),
        what: what.to_owned(),
        version,
        before: version.unwrap_or(1) - 1,
        ..HistoryLine::default()
    };
    let lines = vec![
        HistoryLine {
            step: "Database".to_owned(),
            is_current: true,
            changes: vec![change("Database host", "db2.example.com", "db1.example.com", true)],
            ..line("Owner", "undid", Some(9))
        },
        HistoryLine {
            link: Some(LinkId("k7Qx".to_owned())),
            step: "Clustering".to_owned(),
            changes: vec![
                change("Nodes", "is-1 10.0.0.1 0 4000", "is-1 10.0.0.1 0 4000\nis-2 10.0.0.2 0 4000", false),
                ChangeView { undo: None, ..change(HOSTILE, HOSTILE, HOSTILE, false) },
            ],
            secrets: vec!["Account password was set".to_owned()],
            name: "Agreed with the DBA".to_owned(),
            ..line("Kasun", "changed", Some(7))
        },
        HistoryLine { note: "Version 7: Agreed with the DBA".to_owned(), ..line("Ann", "named a version", None) },
        line("Ann", "downloaded the bundle", None),
        line("Owner", "created the plan", Some(1)),
    ];
    let steps = vec![(Step::Database, vec![change("Database host", "", "db1.example.com", false)])];
    HistoryView {
        assets: assets(),
        plan: head(),
        lines,
        older: Some(3),
        is_cut: true,
        comparison: Some(VersionComparison { from: 1, to: 9, steps, problem: String::new() }),
        notices: vec!["Undone: Database host is “db1.example.com” again.".to_owned()],
        may_change: true,
        own_name: Some(HOSTILE.to_owned()),
    }
}

/// Conflicts in an answer, in the node table and in a secret.
pub fn conflict() -> ConflictView {
    let text = super::sentence("Kasun changed it at ", ".");
    let answer = |part: DraftPart, base: &str, mine: &str, theirs: &str| ConflictChoice {
        label: part.label(),
        text: text.clone(),
        over: ConflictSubjectView::Answer {
            part,
            base: base.to_owned(),
            mine: mine.to_owned(),
            theirs: theirs.to_owned(),
        },
    };
    ConflictView {
        assets: assets(),
        plan: head(),
        step: Step::Database,
        contested: vec![
            answer(DraftPart::Answer("database.host".to_owned()), "", HOSTILE, "db2.example.com"),
            answer(DraftPart::Nodes, "is-1 10.0.0.1 0 4000", "is-1 10.0.0.1 0 4000\nis-2 10.0.0.2 0 4000", ""),
            ConflictChoice {
                label: "Account password".to_owned(),
                text,
                over: ConflictSubjectView::Secret("database.password".to_owned()),
            },
        ],
        fields: vec![("database.host".to_owned(), HOSTILE.to_owned()), ("nodes.0.name".to_owned(), "is-1".to_owned())],
        goes_on: true,
        return_to_review: false,
    }
}

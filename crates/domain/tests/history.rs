//! Drafts and their changes: every change can be undone, every journal restores every version, and the changes of two
//! people are merged without losing one. Texts include unusual ones.

use std::collections::{BTreeMap, BTreeSet};

use domain::author::Author;
use domain::draft::{Acceptance, Draft};
use domain::history::journal::{JournalAction, JournalEntry, JournalLine, draft_at_version};
use domain::history::undo::{redo_last_of_step, undo_last_of_step, undo_part};
use domain::history::{DraftPart, PartChange, PartContent, apply, changes_of_step, diff, revert, squash};
use domain::merge::{PartConflict, merge, merge_without_base};
use domain::step::Step;
use domain::steps;
use proptest::prelude::*;

const HOSTILE: [&str; 13] =
    ["", " ", "4000", "0", "a", "b", "a ", "<script>", "'; DROP TABLE plans; --", "=1+1", "\0", "\u{202e}x", "🦀\n"];

fn texts() -> impl Strategy<Value = String> + Clone {
    prop_oneof![4 => prop::sample::select(HOSTILE.as_slice()).prop_map(str::to_owned), 1 => any::<String>()]
}

fn keys() -> impl Strategy<Value = String> {
    let known: Vec<String> = steps::all().map(|setting| setting.key.to_owned()).collect();
    let odd = ["title", "clustering.nodes", "", "visited.product", "__proto__", "database.none"].map(str::to_owned);
    prop_oneof![6 => prop::sample::select(known), 1 => prop::sample::select(odd.to_vec()), 1 => any::<String>()]
}

fn rows() -> impl Strategy<Value = Vec<BTreeMap<String, String>>> {
    let column = prop_oneof![
        5 => prop::sample::select(["host", "offset", "hazelcast_port"].as_slice()).prop_map(str::to_owned),
        1 => any::<String>()
    ];
    let rest = prop::collection::btree_map(column, texts(), 0..4).boxed();
    let named =
        (prop::sample::select(["is-1", "is-2", "is-3", ""].as_slice()), rest.clone()).prop_map(|(name, mut row)| {
            row.insert("name".to_owned(), name.to_owned());
            row
        });
    // Mostly the same names in the same order, so that cells are compared.
    let usual = prop::collection::vec(rest, 2).prop_map(|mut rows| {
        for (row, name) in rows.iter_mut().zip(["is-1", "is-2"]) {
            row.insert("name".to_owned(), name.to_owned());
        }
        rows
    });
    prop_oneof![3 => usual, 1 => prop::collection::vec(named, 0..4)]
}

fn drafts() -> impl Strategy<Value = Draft> {
    let acceptance = (texts(), texts()).prop_map(|(reason, by)| Acceptance { reason, by, on: String::new() });
    let check = prop::sample::select(["DB-02", "US-05", "none", ""].as_slice()).prop_map(str::to_owned);
    (
        texts(),
        prop::collection::btree_map(keys(), texts(), 0..6),
        rows(),
        prop::collection::btree_set(prop::sample::select(Step::ALL.as_slice()), 0..3),
        prop::collection::btree_map(check, acceptance, 0..2),
    )
        .prop_map(|(title, answers, nodes, visited, accepted)| Draft {
            title,
            answers,
            nodes,
            visited,
            accepted,
            ..Draft::default()
        })
}

/// `base` with some of its parts as in `other`.
fn partly(base: &Draft, other: &Draft, taken: impl Fn(&DraftPart) -> bool) -> Draft {
    let mut draft = base.clone();
    let taken: Vec<PartChange> = diff(base, other).into_iter().filter(|change| taken(&change.part)).collect();
    apply(&mut draft, &taken);
    draft
}

fn read(part: &DraftPart, draft: &Draft) -> Option<PartContent> {
    part.effective_content(part.of(draft).as_ref())
}

/// Whether a conflict covers a part: a conflict about the whole table covers each of its cells.
fn covers(conflict: &PartConflict, part: &DraftPart) -> bool {
    conflict.part == *part || (conflict.part == DraftPart::Nodes && matches!(part, DraftPart::Cell { .. }))
}

proptest! {
    #[test]
    fn every_change_can_be_made_and_taken_back(old in drafts(), new in drafts()) {
        let changed = diff(&old, &new);
        let mut draft = old.clone();
        apply(&mut draft, &changed);
        prop_assert_eq!(&draft, &new);
        revert(&mut draft, &changed);
        prop_assert_eq!(&draft, &old);
        prop_assert!(diff(&old, &old).is_empty());
        let back: Vec<PartChange> = changed.iter().map(PartChange::inverse).collect();
        prop_assert_eq!(diff(&new, &old), back);
    }

    #[test]
    fn changes_survive_being_written_down(old in drafts(), new in drafts()) {
        let changed = diff(&old, &new);
        let text = serde_json::to_string(&changed).unwrap();
        let back: Vec<PartChange> = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(changed, back);
    }

    #[test]
    fn a_journal_leads_back_to_every_version(drafts in prop::collection::vec(drafts(), 1..6)) {
        let mut newest_first: Vec<JournalEntry> = drafts.windows(2).zip(2..).map(|(pair, revision)| {
            JournalEntry { revision, changes: diff(&pair[0], &pair[1]), ..entry(JournalAction::Save) }
        }).collect();
        newest_first.reverse();
        // Actions without a version come in between.
        newest_first.insert(0, entry(JournalAction::StartChecks));
        newest_first.push(JournalEntry { revision: 1, ..entry(JournalAction::Name) });
        let revision = drafts.len() as u64;
        for (draft, wanted) in drafts.iter().zip(1..) {
            let found = draft_at_version(drafts.last().unwrap(), revision, wanted, &newest_first);
            prop_assert_eq!(found.as_ref(), Some(draft), "version {}", wanted);
        }
        for wanted in [0, revision + 1, u64::MAX] {
            prop_assert_eq!(draft_at_version(drafts.last().unwrap(), revision, wanted, &newest_first), None);
        }
        if revision > 2 {
            newest_first.remove(1);
            prop_assert_eq!(draft_at_version(drafts.last().unwrap(), revision, 1, &newest_first), None, "a gap is noticed");
        }
    }

    #[test]
    fn no_change_of_either_side_is_lost(base in drafts(), one in drafts(), two in drafts(), cut in any::<u64>()) {
        let mine = partly(&base, &one, |part| !(cut ^ part.name().len() as u64).is_multiple_of(3));
        let theirs = partly(&base, &two, |part| !(cut ^ part.name().len() as u64).is_multiple_of(2));
        let merged = merge(&base, &mine, &theirs);
        for (side, name) in [(&mine, "mine"), (&theirs, "theirs")] {
            for change in diff(&base, side) {
                let part = &change.part;
                let conflict = merged.conflicts.iter().any(|conflict| covers(conflict, part));
                if read(part, &base) != read(part, side) && !conflict {
                    prop_assert_eq!(read(part, &merged.draft), read(part, side), "{} changed {:?}", name, part);
                }
            }
        }
        for PartConflict { part, mine, theirs, .. } in &merged.conflicts {
            prop_assert_ne!(part.effective_content(mine.as_ref()), part.effective_content(theirs.as_ref()));
            prop_assert_eq!(&part.of(&merged.draft), theirs, "theirs stay until the conflict is resolved");
        }
        prop_assert_eq!(merge(&base, &base, &theirs).draft, theirs.clone(), "who changed nothing changes nothing");
        prop_assert_eq!(merge(&base, &mine, &base).draft, mine.clone());
        prop_assert!(merge(&base, &mine, &mine).conflicts.is_empty());
    }

    #[test]
    fn both_sides_get_the_same_result(base in drafts(), mine in drafts(), theirs in drafts()) {
        let (here, there) = (merge(&base, &mine, &theirs), merge(&base, &theirs, &mine));
        let turned = |conflict: &PartConflict| {
            let PartConflict { part, base, mine, theirs } = conflict.clone();
            PartConflict { part, base, mine: theirs, theirs: mine }
        };
        prop_assert_eq!(&here.conflicts, &there.conflicts.iter().map(turned).collect::<Vec<_>>());
        for change in diff(&here.draft, &there.draft) {
            let contested = here.conflicts.iter().any(|conflict| covers(conflict, &change.part));
            prop_assert!(contested || !change.is_visible(), "{:?}", change);
        }
    }

    #[test]
    fn different_steps_do_not_disturb_each_other(base in drafts(), one in drafts(), two in drafts(), here in 0..5usize, away in 1..5usize) {
        let (here, there) = (Step::ALL[here], Step::ALL[(here + away) % 5]);
        let mine = partly(&base, &one, |part| part.step() == here);
        let theirs = partly(&base, &two, |part| part.step() == there);
        let merged = merge(&base, &mine, &theirs);
        prop_assert!(merged.conflicts.is_empty(), "{:?}", merged.conflicts);
        prop_assert_eq!(partly(&base, &merged.draft, |part| part.step() == here), mine);
        prop_assert_eq!(partly(&base, &merged.draft, |part| part.step() == there), theirs);
    }

    #[test]
    fn without_a_base_nothing_is_overwritten(mine in drafts(), theirs in drafts()) {
        let merged = merge_without_base(&mine, &theirs);
        for change in diff(&theirs, &merged.draft) {
            prop_assert!(matches!(change.part, DraftPart::Visited(_)), "{:?}", change);
        }
        for change in diff(&mine, &theirs).iter().filter(|change| change.is_visible()) {
            prop_assert!(merged.conflicts.iter().any(|conflict| covers(conflict, &change.part)), "{:?}", change);
        }
    }

    #[test]
    fn undo_and_redo_of_a_step_lead_back_and_forth(drafts in prop::collection::vec(drafts(), 2..6), step in 0..5usize) {
        let step = Step::ALL[step];
        let mut world = World::starting_at(drafts[0].clone());
        for draft in &drafts[1..] {
            let before = world.draft.clone();
            world.save(step, partly(&before, draft, |part| part.step() == step && !matches!(part, DraftPart::Visited(_))));
        }
        let end = world.draft.clone();
        let mut undone = 0;
        while let Some(reversal) = undo_last_of_step(&world.draft, &world.entries, step) {
            prop_assert_eq!(reversal.act, JournalAction::Undo);
            world.turn(step, reversal.act, reversal.of, &reversal.changes);
            undone += 1;
            prop_assert!(undone < 20, "undoing ends");
        }
        for redone in 0..undone {
            let reversal = redo_last_of_step(&world.draft, &world.entries, step);
            prop_assert!(reversal.is_some(), "{} of {} can be made again", redone, undone);
            let reversal = reversal.unwrap();
            prop_assert_eq!(reversal.act, JournalAction::Redo);
            world.turn(step, reversal.act, reversal.of, &reversal.changes);
        }
        prop_assert!(redo_last_of_step(&world.draft, &world.entries, step).is_none());
        let seen: Vec<PartChange> = diff(&end, &world.draft).into_iter().filter(PartChange::is_visible).collect();
        prop_assert!(seen.is_empty(), "{:?}", seen);
    }
}

fn entry(act: JournalAction) -> JournalEntry {
    JournalEntry {
        at: 0,
        by: Author::default(),
        page: None,
        act,
        step: None,
        revision: 0,
        changes: Vec::new(),
        secrets: Vec::new(),
        of: Vec::new(),
        note: String::new(),
    }
}

/// A plan with its journal, newest first.
struct World {
    draft: Draft,
    entries: Vec<JournalLine>,
    at: u64,
}

impl World {
    fn starting_at(draft: Draft) -> Self {
        Self { draft, entries: Vec::new(), at: 0 }
    }

    fn add(&mut self, step: Step, act: JournalAction, of: Vec<u64>, draft: Draft) {
        let number = self.entries.len() as u64 + 1;
        self.at += 1000;
        let changes = diff(&self.draft, &draft);
        let entry = JournalEntry { at: self.at, step: Some(step), revision: number + 1, changes, of, ..entry(act) };
        self.entries.insert(0, JournalLine { number, entry });
        self.draft = draft;
    }

    fn save(&mut self, step: Step, draft: Draft) {
        self.add(step, JournalAction::Save, Vec::new(), draft);
    }

    fn turn(&mut self, step: Step, act: JournalAction, of: Vec<u64>, changes: &[PartChange]) {
        let mut draft = self.draft.clone();
        apply(&mut draft, changes);
        self.add(step, act, of, draft);
    }

    fn set(&mut self, key: &str, text: &str) {
        let mut draft = self.draft.clone();
        draft.set(key, text);
        self.save(Step::Database, draft);
    }
}

#[test]
fn one_part_is_undone_while_it_is_unchanged() {
    let mut world = World::starting_at(Draft::default());
    world.set("database.host", "one");
    world.set("database.port", "3307");
    let host = DraftPart::Answer("database.host".to_owned());
    let reversal = undo_part(&world.draft, &world.entries[1..], &host).unwrap();
    assert_eq!((reversal.act, reversal.of.as_slice()), (JournalAction::Undo, [1].as_slice()));
    world.turn(Step::Database, reversal.act, reversal.of, &reversal.changes);
    assert_eq!((world.draft.answers.get("database.host"), world.draft.text("database.port")), (None, "3307"));
    let redo = undo_part(&world.draft, &world.entries[..1], &host).unwrap();
    assert_eq!(redo.act, JournalAction::Redo);
    world.set("database.host", "two");
    assert_eq!(undo_part(&world.draft, &world.entries[1..2], &host), None, "it was changed again since");
}

#[test]
fn the_last_change_of_a_step_is_a_word_and_not_a_letter() {
    let mut world = World::starting_at(Draft::default());
    world.set("database.port", "3307");
    for text in ["d", "db", "db1"] {
        world.at -= 990;
        world.set("database.host", text);
    }
    let reversal = undo_last_of_step(&world.draft, &world.entries, Step::Database).unwrap();
    assert_eq!(reversal.of, [4, 3, 2]);
    assert_eq!(undo_last_of_step(&world.draft, &world.entries, Step::Product), None);
    world.turn(Step::Database, reversal.act, reversal.of, &reversal.changes);
    assert_eq!(world.draft.answers.get("database.host"), None);
    world.set("database.username", "is");
    assert_eq!(
        redo_last_of_step(&world.draft, &world.entries, Step::Database),
        None,
        "something else was changed since"
    );
}

#[test]
fn a_default_that_is_written_down_is_no_change() {
    let base = Draft::default();
    let (mut mine, mut theirs) = (base.clone(), base.clone());
    mine.set("database.port", "3306");
    mine.set("database.host", "db1");
    mine.nodes.push(BTreeMap::from([("offset".to_owned(), "0".to_owned())]));
    theirs.set("database.port", "3307");
    theirs.nodes.push(BTreeMap::from([("name".to_owned(), "is-1".to_owned())]));
    let merged = merge(&base, &mine, &theirs);
    assert_eq!(merged.conflicts, []);
    assert_eq!((merged.draft.text("database.port"), merged.draft.text("database.host")), ("3307", "db1"));
    assert_eq!(merged.draft.nodes, theirs.nodes);
}

#[test]
fn cells_of_the_same_rows_come_together_and_other_rows_do_not() {
    let node = |name: &str, host: &str| -> BTreeMap<String, String> {
        [("name", name), ("host", host)].map(|(column, text)| (column.to_owned(), text.to_owned())).into()
    };
    let with = |nodes: &[BTreeMap<String, String>]| Draft { nodes: nodes.to_vec(), ..Draft::default() };
    let base = with(&[node("a", "1"), node("b", "2")]);
    let merged = merge(&base, &with(&[node("a", "x"), node("b", "2")]), &with(&[node("a", "1"), node("b", "y")]));
    assert_eq!((merged.draft, merged.conflicts.len()), (with(&[node("a", "x"), node("b", "y")]), 0));
    let more = with(&[node("a", "1"), node("b", "2"), node("c", "3")]);
    let merged = merge(&base, &with(&[node("a", "x"), node("b", "2")]), &more);
    assert_eq!(merged.draft, more);
    let parts: BTreeSet<&DraftPart> = merged.conflicts.iter().map(|conflict| &conflict.part).collect();
    assert_eq!(parts, BTreeSet::from([&DraftPart::Nodes]));
    assert_eq!(merge(&base, &base, &more).conflicts, []);
}

#[test]
fn changes_one_after_the_other_are_one() {
    let text = |text: &str| Some(PartContent::Text(text.to_owned()));
    let change = |old, new| PartChange { part: DraftPart::Answer("database.host".to_owned()), old, new };
    let composed = squash(&[change(None, text("a")), change(text("a"), text("b"))]);
    assert_eq!(composed, [change(None, text("b"))]);
    assert_eq!(changes_of_step(&composed, Step::Database).count(), 1);
    assert_eq!(squash(&[change(None, text("a")), change(text("a"), None)]), []);
}

//! Saving beside other people: what a form changed is brought together with what others saved since it was drawn.
//!
//! `domain::merge` decides what a conflict is; this module finds the other actor and ensures that no one's part is
//! overwritten.

use domain::draft::Draft;
use domain::history::journal::{JournalEntry, JournalLine, draft_at_version};
use domain::history::{DraftPart, PartChange, PartContent, apply, parts_of_either};
use domain::merge::{PartConflict, merge, merge_without_base};
use domain::paste;
use domain::sharing::{destinations_of, redirected_secrets};
use domain::step::Step;
use domain::value::Control;
use store::PlanId;

use crate::collaboration::action::PlanAction;
use crate::error::PlansError;
use crate::plans::{OpenPlan, Plans, SecretEdits};
use crate::records::MAX_ATTEMPTS;

/// What came of a save.
#[derive(Clone, Debug)]
pub struct MergedSave {
    /// The plan with everything that is not contested.
    pub plan: OpenPlan,
    /// The parts that another actor changed too: the other actor's value stays.
    pub contests: Vec<SaveConflict>,
    /// The version that the page shows from now on. A page continues from a new version only where it shows that version:
    /// if the version holds others' changes that the page has not drawn, its next save would revert them.
    pub seen: u64,
}

/// Something that two people changed.
#[derive(Clone, Debug)]
pub struct SaveConflict {
    /// What it is.
    pub over: ConflictSubject,
    /// The other one's change; `None` where it is not known who that is.
    pub with: Option<JournalEntry>,
}

/// What a contest is about.
#[derive(Clone, Debug)]
pub enum ConflictSubject {
    /// A part of the answers.
    Answer(Box<PartConflict>),
    /// The secret of the setting with this key. What was typed is not kept.
    Secret(String),
}

impl SaveConflict {
    /// What people call it: `Database host`.
    #[must_use]
    pub fn label(&self) -> String {
        match &self.over {
            ConflictSubject::Answer(conflict) => conflict.part.label(),
            ConflictSubject::Secret(key) => {
                domain::steps::setting(key).map_or(key.as_str(), |setting| setting.label).to_owned()
            }
        }
    }
}

impl Plans {
    /// Applies `edit` to the plan as it was in version `seen`, and saves the result together with the changes that others
    /// have made since. Without `seen` the version on the page is unknown, and `edit` counts.
    ///
    /// # Errors
    /// When it could not be saved; the plan is then as it was.
    pub async fn merge<E>(
        &self,
        id: PlanId,
        seen: Option<u64>,
        action: &PlanAction,
        edit: E,
    ) -> Result<MergedSave, PlansError>
    where
        E: Fn(&mut OpenPlan) -> SecretEdits + Send + Sync,
    {
        let _lock = self.locks.lock(id).await;
        // What others did since `seen`, as far as it was read: a further try reads what came meanwhile.
        let mut known: Option<(Option<Draft>, Vec<JournalLine>, u64)> = None;
        for _ in 0..MAX_ATTEMPTS {
            let mut plan = self.open(id).await?.ok_or(PlansError::Absent)?;
            let before = plan.draft.clone();
            let revision = u64::try_from(plan.revision).unwrap_or_default();
            let (base, since) = match (seen.filter(|seen| *seen != revision), known.take()) {
                (None, _) => (Some(before.clone()), Vec::new()),
                (Some(_), Some((base, since, read))) => (base, [self.journal_since(id, read).await?, since].concat()),
                (Some(seen), None) => {
                    let since = self.journal_since(id, seen).await?;
                    (draft_at_version(&before, revision, seen, since.iter().map(|line| &line.entry)), since)
                }
            };
            let mut mine = OpenPlan { draft: base.clone().unwrap_or_else(|| before.clone()), ..plan.clone() };
            let edits = edit(&mut mine);
            paste::strip_credentials(&mut mine.draft);
            let merged = match &base {
                Some(base) => merge(base, &mine.draft, &before),
                None => merge_without_base(&mine.draft, &before),
            };
            plan.draft = merged.draft;
            let mut contests = Vec::new();
            for conflict in merged.conflicts {
                let mut touching = since.iter().filter(|line| touches(&line.entry, &conflict.part)).peekable();
                let with = touching.peek().copied();
                if with.is_some() && touching.all(|line| is_own(line, action)) {
                    // The page's own change: the page continues from an earlier version, or did not get the answer.
                    let PartConflict { part, mine, theirs, .. } = conflict;
                    apply(&mut plan.draft, &[PartChange { part, old: theirs, new: mine }]);
                } else {
                    contests.push(SaveConflict {
                        over: ConflictSubject::Answer(Box::new(conflict)),
                        with: with.map(|line| line.entry.clone()),
                    });
                }
            }
            // The secret was entered for the target that the page showed. Another actor may have changed the target
            // meanwhile.
            let led_away: Vec<&str> = redirected_secrets(&mine.draft, &plan.draft).collect();
            let others = |key: &str| {
                let set = |line: &&JournalLine| line.entry.secrets.iter().any(|secret| secret.key == key);
                let led = |line: &&JournalLine| {
                    destinations_of(key).any(|to| touches(&line.entry, &DraftPart::Answer(to.to_owned())))
                };
                let is_led_away = led_away.contains(&key);
                since.iter().find(|line| !is_own(line, action) && (set(line) || (is_led_away && led(line))))
            };
            let (edits, contested): (SecretEdits, SecretEdits) = edits.into_iter().partition(|(key, value)| {
                let unknown = base.is_none() && plan.secrets.get(key).is_some();
                let is_led_away = value.is_some() && led_away.contains(&key.as_str());
                !unknown && !is_led_away && others(key).is_none()
            });
            contests.extend(contested.into_iter().map(|(key, _)| SaveConflict {
                with: others(&key).map(|line| line.entry.clone()),
                over: ConflictSubject::Secret(key),
            }));
            let shows_all = shows(&mine.draft, &plan.draft, action.step) && {
                let of_step = |key: &str| {
                    action
                        .step
                        .is_none_or(|step| domain::steps::setting(key).is_some_and(|setting| setting.step == step))
                };
                let set = |line: &JournalLine| line.entry.secrets.iter().any(|secret| of_step(&secret.key));
                !since.iter().any(|line| !is_own(line, action) && set(line))
            };
            if self.try_save(&mut plan, &before, edits, action).await? {
                let now = u64::try_from(plan.revision).unwrap_or_default();
                let seen = seen.filter(|_| !shows_all).unwrap_or(now);
                return Ok(MergedSave { plan, contests, seen });
            }
            known = seen.map(|seen| (base, since, seen.max(revision)));
        }
        Err(PlansError::Contended)
    }
}

/// Whether a page of a step that shows `mine` shows all that is in `merged`.
fn shows(mine: &Draft, merged: &Draft, step: Option<Step>) -> bool {
    let is_on_page = |part: &DraftPart| {
        step.is_none_or(|step| part.step() == step) && !matches!(part, DraftPart::Accepted(_) | DraftPart::Visited(_))
    };
    parts_of_either(&[mine, merged]).into_iter().filter(is_on_page).all(|part| {
        let [mine, merged] = [mine, merged].map(|draft| part.of(draft));
        part.effective_content(mine.as_ref()) == part.effective_content(merged.as_ref())
    })
}

fn is_own(line: &JournalLine, action: &PlanAction) -> bool {
    action.page.is_some() && line.entry.page == action.page
}

/// Whether an entry changed the content of `part`; a change of the whole node table is one of each cell, and the other way
/// round.
/// A form writes down defaults that no one edited: that changes nothing.
fn touches(entry: &JournalEntry, part: &DraftPart) -> bool {
    entry.changes.iter().filter(|change| change.is_visible()).any(|change| {
        let table = |part: &DraftPart| matches!(part, DraftPart::Nodes | DraftPart::Cell { .. });
        change.part == *part
            || (table(&change.part)
                && table(part)
                && [&change.part, part].into_iter().any(|part| *part == DraftPart::Nodes))
    })
}

/// The label of the choice that a content is; `None` where the setting is no choice, or the content none of its values.
#[must_use]
pub fn choice(part: &DraftPart, content: Option<&PartContent>) -> Option<&'static str> {
    let DraftPart::Answer(key) = part else { return None };
    let Control::Choice(choices) = domain::steps::setting(key)?.control else { return None };
    let Some(PartContent::Text(text)) = part.effective_content(content) else { return None };
    choices.iter().find(|choice| choice.value == text).map(|choice| choice.label)
}

/// A content as [`shortened_content`], but a choice by its label: as the page of its step reads.
#[must_use]
pub fn labelled(part: &DraftPart, content: Option<&PartContent>) -> String {
    choice(part, content).map_or_else(|| shortened_content(part, content), str::to_owned)
}

/// A content in few words: the first lines of a long text, a row of the node table in a line.
#[must_use]
pub fn shortened_content(part: &DraftPart, content: Option<&PartContent>) -> String {
    const MAX_SHOWN_CHARS: usize = 300;
    let text = match part.effective_content(content) {
        None => String::new(),
        Some(PartContent::Text(text)) => text,
        Some(PartContent::Acceptance(acceptance)) => acceptance.to_string(),
        Some(PartContent::Rows(rows)) => {
            let columns = ["name", "host", "offset", "hazelcast_port"];
            let row = |row: &domain::history::Row| {
                let cells = columns.iter().filter_map(|column| row.get(*column)).filter(|text| !text.is_empty());
                cells.map(String::as_str).collect::<Vec<_>>().join(" ")
            };
            rows.iter().map(row).collect::<Vec<_>>().join("\n")
        }
    };
    if text.contains("-----BEGIN ") {
        return format!("PEM, {} lines", text.lines().count());
    }
    match text.char_indices().nth(MAX_SHOWN_CHARS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

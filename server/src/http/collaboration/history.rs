//! The history of a plan over HTTP: looking at it, and going back.

use std::sync::atomic::{AtomicBool, Ordering};

use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;
use store::PlanId;

use app::urls;
use app::view::{ChangeView, HistoryLine, HistoryView, UndoRequest, VersionComparison};
use domain::draft::Draft;
use domain::history::journal::{JournalAction, JournalLine};
use domain::history::lines::{EntryGroup, group_entries};
use domain::history::undo::{Reversal, redo_last_of_step, undo_last_of_step, undo_part};
use domain::history::{DraftPart, PartChange, apply, diff};
use domain::limits::VERSION_NAME;
use domain::rights::Permission;
use domain::step::Step;
use domain::steps::keys;

use crate::http::error::{RequestError, plan, plan_id};
use crate::http::form::Form;
use crate::http::plan::page;
use crate::http::state::AppState;
use service::access::actor::Actor;
use service::collaboration::action::PlanAction;
use service::collaboration::merge::{choice, labelled};
use service::plans::OpenPlan;

/// Lines of the journal on one page.
const PAGE_SIZE: u32 = 400;
/// The maximum number of journal lines that are searched for a change to revert.
const MAX_UNDO_LINES: u32 = 400;

/// What part of the history is wanted.
#[derive(Deserialize)]
pub(crate) struct HistoryQuery {
    before: Option<u64>,
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
}

/// `GET /plans/{plan}/history`.
pub(crate) async fn show(
    State(site): State<AppState>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
    Query(wanted): Query<HistoryQuery>,
) -> Result<Response, RequestError> {
    let plan = plan(&site.plans, &id).await?;
    let comparison = match (wanted.from.is_empty(), wanted.to.is_empty()) {
        (true, true) => None,
        _ => Some(comparison(&site, plan.id, &wanted).await?),
    };
    let entries = site.plans.journal(plan.id, wanted.before, PAGE_SIZE).await?;
    let names = site.plans.version_names(plan.id).await?;
    let current = u64::try_from(plan.revision).unwrap_or_default();
    let begins = site.plans.first_journal_line(plan.id).await?;
    let older = entries.last().map(|last| last.number).filter(|last| *last > begins);
    let shown = |line: EntryGroup| HistoryLine {
        name: names.get(&line.entry.revision).filter(|_| line.entry.is_version()).cloned().unwrap_or_default(),
        is_current: line.entry.is_version() && line.entry.revision == current,
        ..history_line(line, &plan.draft)
    };
    let view = HistoryView {
        assets: page::assets(),
        plan: page::head(&plan, &actor),
        lines: group_entries(&entries).into_iter().map(shown).collect(),
        older,
        is_cut: older.is_none() && begins > 1,
        comparison,
        notices: site.notices.take(plan.id, &actor).await?,
        may_change: actor.may(Permission::Restore),
        own_name: matches!(actor, Actor::Owner(_)).then(|| actor.author().display_name()),
    };
    Ok(Html(app::pages::history(&view)).into_response())
}

fn history_line(line: EntryGroup, draft: &Draft) -> HistoryLine {
    let EntryGroup { first, last, entry, before, changes, secrets } = line;
    let undo = |change: &PartChange| {
        let is_redo = entry.act == JournalAction::Undo;
        change.is_still_in(draft).then(|| UndoRequest { first, last, part: change.part.name(), is_redo })
    };
    let secret = |touched: &domain::history::journal::SecretAction| {
        let label = domain::steps::setting(&touched.key).map_or(touched.key.as_str(), |setting| setting.label);
        format!("{label} {}", if touched.set { "was set" } else { "was forgotten" })
    };
    let version = entry.is_version().then_some(entry.revision);
    let note = match entry.act {
        JournalAction::Name if entry.note.is_empty() => format!("Version {} has no name any more.", entry.revision),
        JournalAction::Name => format!("Version {}: {}", entry.revision, entry.note),
        _ => entry.note.clone(),
    };
    HistoryLine {
        author: entry.by.display_name(),
        link: entry.by.link.clone(),
        when: crate::http::moments::format_date_time(entry.at),
        what: entry.act.words().to_owned(),
        step: match (entry.act, entry.step) {
            (JournalAction::Comment | JournalAction::Done, None) => "the plan",
            (_, step) => step.map_or("", Step::title),
        }
        .to_owned(),
        version,
        before,
        changes: changes.iter().map(|change| ChangeView { undo: undo(change), ..shown_change(change) }).collect(),
        secrets: secrets.iter().map(secret).collect(),
        note,
        ..HistoryLine::default()
    }
}

fn shown_change(change: &PartChange) -> ChangeView {
    ChangeView {
        label: change.part.label(),
        old: labelled(&change.part, change.old.as_ref()),
        new: labelled(&change.part, change.new.as_ref()),
        undo: None,
    }
}

async fn comparison(site: &AppState, id: PlanId, wanted: &HistoryQuery) -> Result<VersionComparison, RequestError> {
    let numbers: Vec<u64> = [&wanted.from, &wanted.to].iter().filter_map(|text| text.trim().parse().ok()).collect();
    let [from, to] = numbers.as_slice() else {
        return Ok(VersionComparison {
            problem: "Enter the numbers of two versions.".to_owned(),
            ..VersionComparison::default()
        });
    };
    let (from, to) = (*from.min(to), *from.max(to));
    let absent = |version: u64| VersionComparison {
        from,
        to,
        problem: format!("There is no version {version}. Choose one of the list."),
        ..VersionComparison::default()
    };
    let Some(old) = site.plans.version(id, from).await? else { return Ok(absent(from)) };
    let Some(new) = site.plans.version(id, to).await? else { return Ok(absent(to)) };
    let mut steps: Vec<(Step, Vec<ChangeView>)> = Vec::new();
    let changed = diff(&old, &new);
    for step in Step::ALL {
        let of_step: Vec<ChangeView> = domain::history::changes_of_step(&changed, step)
            .filter(|change| change.is_visible())
            .map(shown_change)
            .collect();
        if !of_step.is_empty() {
            steps.push((step, of_step));
        }
    }
    Ok(VersionComparison { from, to, steps, problem: String::new() })
}

/// `POST /plans/{plan}/history/name`.
pub(crate) async fn name(
    State(site): State<AppState>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, RequestError> {
    let plan = plan(&site.plans, &id).await?;
    let revision = number(&form, "revision").ok_or(RequestError::NotFound)?;
    if revision == 0 || revision > u64::try_from(plan.revision).unwrap_or_default() {
        return Err(RequestError::NotFound);
    }
    let name = form.line("name", VERSION_NAME)?;
    let name = domain::credentials::strip_credentials_in_sentence(&name);
    site.plans.name_version(plan.id, &actor.author(), revision, &name).await?;
    Ok(Redirect::to(&format!("{}#version-{revision}", urls::history(&id))).into_response())
}

/// `POST /plans/{plan}/history/restore`: the answers as they were become the newest version. Secrets stay.
pub(crate) async fn restore(
    State(site): State<AppState>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, RequestError> {
    let plan = plan_id(&id)?;
    let wanted = number(&form, "revision").ok_or(RequestError::NotFound)?;
    let restored = site.plans.version(plan, wanted).await?.ok_or(RequestError::NotFound)?;
    let note = format!("version {wanted}");
    let action = PlanAction { note, ..PlanAction::new(actor.author(), JournalAction::Restore) };
    // A change that was saved after the page was drawn is not reverted unseen.
    let seen = number(&form, "seen");
    let is_newest = |plan: &OpenPlan| seen.is_none_or(|seen| u64::try_from(plan.revision) == Ok(seen));
    let was_newest = AtomicBool::new(true);
    let now = site
        .plans
        .change(plan, &action, |plan| {
            was_newest.store(is_newest(plan), Ordering::Relaxed);
            if is_newest(plan) {
                plan.draft.clone_from(&restored);
            }
            Vec::new()
        })
        .await?;
    let message = if was_newest.into_inner() {
        format!("Restored the answers of version {wanted} as version {}. Secrets were not restored.", now.revision)
    } else {
        "Someone else has changed the plan since this page was loaded, so nothing was restored. Review the changes, then \
         restore again."
            .to_owned()
    };
    site.notices.keep(plan, &actor, vec![message]).await?;
    Ok(Redirect::to(&urls::history(&id)).into_response())
}

/// `POST /plans/{plan}/history/undo`: by a part of a line, or the last change of a step.
pub(crate) async fn undo(
    State(site): State<AppState>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, RequestError> {
    let plan = plan(&site.plans, &id).await?;
    let step = form.get("step").and_then(Step::from_slug);
    let redo = form.get("act") == Some("redo");
    let reversal = match step {
        Some(step) => {
            let entries = reversible(&site, &actor, plan.id).await?;
            if redo {
                redo_last_of_step(&plan.draft, &entries, step)
            } else {
                undo_last_of_step(&plan.draft, &entries, step)
            }
        }
        None => of_line(&site, plan.id, &plan.draft, &actor, &form).await?,
    };
    let back = step.map_or_else(|| urls::history(&id), |step| urls::step(&id, step));
    let message = match reversal {
        Some(reversal) => {
            if !reversal.changes.iter().all(|change| can_undo(&actor, &change.part)) {
                return Err(RequestError::Refused);
            }
            version_marker(&site, plan.id, &actor, step, &reversal).await?
        }
        None if redo => "There is nothing to redo on this step.".to_owned(),
        None if step.is_some() => "There is nothing to undo on this step.".to_owned(),
        None => CHANGED_SINCE.to_owned(),
    };
    site.notices.keep(plan.id, &actor, vec![message]).await?;
    Ok(Redirect::to(&back).into_response())
}

/// The last lines of the journal, with the changes that this person may revert.
pub(crate) async fn reversible(site: &AppState, actor: &Actor, plan: PlanId) -> Result<Vec<JournalLine>, RequestError> {
    let mut entries = site.plans.journal(plan, None, MAX_UNDO_LINES).await?;
    if !actor.may(Permission::AcceptWarning) {
        // The person may see this line but not revert it: the change before it is meant.
        for line in &mut entries {
            line.entry.changes.retain(|change| !matches!(change.part, DraftPart::Accepted(_)));
        }
    }
    Ok(entries)
}

const CHANGED_SINCE: &str =
    "It has been changed again since, so it was not reverted. Enter the value to keep on its step.";

/// Carries out a reversal, unless another person changes the same part at this moment; returns what it did.
async fn version_marker(
    site: &AppState,
    plan: PlanId,
    actor: &Actor,
    step: Option<Step>,
    reversal: &Reversal,
) -> Result<String, RequestError> {
    let Reversal { act, of, changes } = reversal;
    let step = step.or_else(|| changes.first().map(|change| change.part.step()));
    let action = PlanAction { of: of.clone(), step, ..PlanAction::new(actor.author(), *act) };
    let stands = |draft: &Draft| changes.iter().all(|change| change.inverse().is_still_in(draft));
    let now = site
        .plans
        .change(plan, &action, |plan| {
            if stands(&plan.draft) {
                apply(&mut plan.draft, changes);
            }
            Vec::new()
        })
        .await?;
    if !changes.iter().all(|change| change.is_still_in(&now.draft)) {
        return Ok(CHANGED_SINCE.to_owned());
    }
    let parts = changes.iter().filter(|change| change.is_visible()).map(|change| {
        let text = match (choice(&change.part, change.new.as_ref()), labelled(&change.part, change.new.as_ref())) {
            (Some(label), _) => label.to_owned(),
            (None, text) if text.is_empty() => "empty".to_owned(),
            (None, text) => format!("“{}”", text.replace('\n', "; ")),
        };
        format!("{} is {text} again", change.part.label())
    });
    let word = if *act == JournalAction::Redo { "Redone" } else { "Undone" };
    Ok(format!("{word}: {}.", parts.collect::<Vec<_>>().join(", ")))
}

/// The reversal of a part of the entries `first` to `last`.
async fn of_line(
    site: &AppState,
    plan: PlanId,
    draft: &Draft,
    actor: &Actor,
    form: &Form,
) -> Result<Option<Reversal>, RequestError> {
    let (first, last) =
        (number(form, "first").ok_or(RequestError::NotFound)?, number(form, "last").ok_or(RequestError::NotFound)?);
    let wanted = form.get("part").unwrap_or_default();
    // This runs before any lookup: whether a line exists would reveal whether the part was changed.
    if !can_undo(actor, &part_of(wanted)) {
        return Err(RequestError::Refused);
    }
    let limit = u32::try_from(last.saturating_sub(first) + 1).unwrap_or(u32::MAX).min(PAGE_SIZE);
    let mut entries = site.plans.journal(plan, last.checked_add(1), limit).await?;
    entries.retain(|entry| entry.number >= first);
    let part = entries.iter().flat_map(|entry| &entry.entry.changes).map(|change| &change.part);
    let Some(part) = part.clone().find(|part| part.name() == wanted).cloned() else {
        return Err(RequestError::NotFound);
    };
    Ok(undo_part(draft, &entries, &part))
}

/// Whether this person may revert changes of a part. Only a person with the permission to accept can have accepted a failed
/// check.
fn can_undo(actor: &Actor, part: &DraftPart) -> bool {
    match part {
        DraftPart::Accepted(_) => actor.may(Permission::AcceptWarning),
        part => actor.may(Permission::EditStep(part.step())),
    }
}

/// The part with this name, as far as it tells whose it is: of a cell, the table.
fn part_of(name: &str) -> DraftPart {
    match (name, name.split_once('.')) {
        ("title", _) => DraftPart::Title,
        (_, Some(("accepted", check))) => DraftPart::Accepted(check.to_owned()),
        (_, Some(("visited", step))) => Step::from_slug(step).map_or(DraftPart::Title, DraftPart::Visited),
        _ if name.starts_with(keys::NODES) => DraftPart::Nodes,
        _ => DraftPart::Answer(name.to_owned()),
    }
}

fn number(form: &Form, name: &str) -> Option<u64> {
    form.get(name)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_part_contains_its_owner() {
        let parts = [
            DraftPart::Title,
            DraftPart::Answer("user_store.base_dn".to_owned()),
            DraftPart::Nodes,
            DraftPart::Cell { row: "is-1".to_owned(), column: "host".to_owned() },
            DraftPart::Visited(Step::LoadBalancer),
            DraftPart::Accepted("DB-02".to_owned()),
        ];
        for part in parts {
            let named = part_of(&part.name());
            assert_eq!(named.step(), part.step(), "{}", part.name());
            assert_eq!(matches!(named, DraftPart::Accepted(_)), matches!(part, DraftPart::Accepted(_)));
        }
    }
}

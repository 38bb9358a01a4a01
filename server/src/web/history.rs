//! The history of a plan over HTTP: looking at it, and going back.

use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::{Path, Query, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;
use store::PlanId;

use app::urls;
use app::view::{Comparison, HistoryLine, HistoryView, ShownChange, Undo};
use domain::draft::Draft;
use domain::history::journal::Act;
use domain::history::lines::{Line, lines};
use domain::history::undo::{Reversal, again_of_step, last_of_step, of_part};
use domain::history::{Change, Part, apply, changes};
use domain::step::Step;

use super::asking::Asking;
use super::failure::{Failure, plan, plan_id};
use super::form::Form;
use super::{Site, views};
use crate::clock;
use crate::journal::{Deed, called};
use crate::merging::shown;
use crate::plans::OpenPlan;

/// Lines of the journal on one page.
const PAGE: u32 = 400;
/// Lines of the journal that are looked at for something to take back.
const BACK: u32 = 400;

/// What part of the history is wanted.
#[derive(Deserialize)]
pub(super) struct Wanted {
    before: Option<u64>,
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
}

/// `GET /plans/{plan}/history`.
pub(super) async fn show(
    State(site): State<Site>,
    asking: Asking,
    Path(id): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Failure> {
    let plan = plan(&site.plans, &id).await?;
    let comparison = match (wanted.from.is_empty(), wanted.to.is_empty()) {
        (true, true) => None,
        _ => Some(comparison(&site, plan.id, &wanted).await?),
    };
    let entries = site.plans.journal(plan.id, wanted.before, PAGE).await?;
    let names = site.plans.version_names(plan.id).await?;
    let current = u64::try_from(plan.revision).unwrap_or_default();
    let begins = site.plans.journal_begins(plan.id).await?;
    let older = entries.last().map(|last| last.number).filter(|last| *last > begins);
    let shown = |line: Line| HistoryLine {
        name: names.get(&line.entry.revision).filter(|_| line.entry.is_version()).cloned().unwrap_or_default(),
        is_current: line.entry.is_version() && line.entry.revision == current,
        ..history_line(line, &plan.draft)
    };
    let view = HistoryView {
        assets: views::assets(),
        plan: views::head(&plan, &asking.person),
        lines: lines(&entries).into_iter().map(shown).collect(),
        older,
        is_cut: older.is_none() && begins > 1,
        comparison,
        notices: site.notices.take(plan.id, &asking.by.via).await?,
        may_change: asking.may_restore(),
    };
    Ok(Html(app::pages::history(&view)).into_response())
}

fn history_line(line: Line, draft: &Draft) -> HistoryLine {
    let Line { first, last, entry, before, changes, secrets } = line;
    let undo = |change: &Change| {
        let is_redo = entry.act == Act::Undo;
        change.stands_in(draft).then(|| Undo { first, last, part: change.part.name(), is_redo })
    };
    let secret = |touched: &domain::history::journal::SecretTouched| {
        let label = domain::steps::setting(&touched.key).map_or(touched.key.as_str(), |setting| setting.label);
        format!("{label} {}", if touched.set { "was set" } else { "was forgotten" })
    };
    let version = entry.is_version().then_some(entry.revision);
    let note = match entry.act {
        Act::Name if entry.note.is_empty() => format!("Version {} has no name any more.", entry.revision),
        Act::Name => format!("Version {}: {}", entry.revision, entry.note),
        _ => entry.note.clone(),
    };
    HistoryLine {
        who: called(&entry.by, &entry.via),
        via: entry.via.clone(),
        when: clock::day_and_time(entry.at),
        what: entry.act.words().to_owned(),
        step: match (entry.act, entry.step) {
            (Act::Comment | Act::Done, None) => "the plan",
            (_, step) => step.map_or("", Step::title),
        }
        .to_owned(),
        version,
        before,
        changes: changes.iter().map(|change| ShownChange { undo: undo(change), ..shown_change(change) }).collect(),
        secrets: secrets.iter().map(secret).collect(),
        note,
        ..HistoryLine::default()
    }
}

fn shown_change(change: &Change) -> ShownChange {
    ShownChange {
        label: change.part.label(),
        old: shown(&change.part, change.old.as_ref()),
        new: shown(&change.part, change.new.as_ref()),
        undo: None,
    }
}

async fn comparison(site: &Site, id: PlanId, wanted: &Wanted) -> Result<Comparison, Failure> {
    let numbers: Vec<u64> = [&wanted.from, &wanted.to].iter().filter_map(|text| text.trim().parse().ok()).collect();
    let [from, to] = numbers.as_slice() else {
        return Ok(Comparison { problem: "Enter the numbers of two versions.".to_owned(), ..Comparison::default() });
    };
    let (from, to) = (*from.min(to), *from.max(to));
    let absent = |version: u64| Comparison {
        from,
        to,
        problem: format!("There is no version {version}. Choose one of the list."),
        ..Comparison::default()
    };
    let Some(old) = site.plans.version(id, from).await? else { return Ok(absent(from)) };
    let Some(new) = site.plans.version(id, to).await? else { return Ok(absent(to)) };
    let mut steps: Vec<(Step, Vec<ShownChange>)> = Vec::new();
    let changed = changes(&old, &new);
    for step in Step::ALL {
        let of_step: Vec<ShownChange> =
            domain::history::of_step(&changed, step).filter(|change| change.is_seen()).map(shown_change).collect();
        if !of_step.is_empty() {
            steps.push((step, of_step));
        }
    }
    Ok(Comparison { from, to, steps, problem: String::new() })
}

/// `POST /plans/{plan}/history/name`.
pub(super) async fn name(
    State(site): State<Site>,
    asking: Asking,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Failure> {
    let plan = plan(&site.plans, &id).await?;
    let revision = number(&form, "revision").ok_or(Failure::NotFound)?;
    if revision == 0 || revision > u64::try_from(plan.revision).unwrap_or_default() {
        return Err(Failure::NotFound);
    }
    let name = super::answers::title(form.get("name").unwrap_or_default().trim());
    let name = domain::credentials::strip_words(&name);
    site.plans.name_version(plan.id, &asking.by, revision, &name).await?;
    Ok(Redirect::to(&format!("{}#version-{revision}", urls::history(&id))).into_response())
}

/// `POST /plans/{plan}/history/restore`: the answers as they were become the newest version. Secrets stay.
pub(super) async fn restore(
    State(site): State<Site>,
    asking: Asking,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Failure> {
    let plan = plan_id(&id)?;
    let wanted = number(&form, "revision").ok_or(Failure::NotFound)?;
    let restored = site.plans.version(plan, wanted).await?.ok_or(Failure::NotFound)?;
    let via = asking.by.via.clone();
    let deed = Deed { note: format!("version {wanted}"), ..Deed::new(asking.by, Act::Restore) };
    // What somebody saved after the page was drawn is not taken back unseen.
    let seen = number(&form, "seen");
    let is_newest = |plan: &OpenPlan| seen.is_none_or(|seen| u64::try_from(plan.revision) == Ok(seen));
    let was_newest = AtomicBool::new(true);
    let now = site
        .plans
        .change(plan, &deed, |plan| {
            was_newest.store(is_newest(plan), Ordering::Relaxed);
            if is_newest(plan) {
                plan.draft.clone_from(&restored);
            }
            Vec::new()
        })
        .await?;
    let said = if was_newest.into_inner() {
        format!("The answers of version {wanted} are back, as version {}. No secret was brought back.", now.revision)
    } else {
        "Somebody changed the plan since this page was loaded, so nothing was brought back. Look at what is new, then \
         restore again."
            .to_owned()
    };
    site.notices.keep(plan, &via, vec![said]).await?;
    Ok(Redirect::to(&urls::history(&id)).into_response())
}

/// `POST /plans/{plan}/history/undo`: by a part of a line, or the last change of a step.
pub(super) async fn undo(
    State(site): State<Site>,
    asking: Asking,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Failure> {
    let plan = plan(&site.plans, &id).await?;
    let step = form.get("step").and_then(Step::from_slug);
    let redo = form.get("act") == Some("redo");
    let reversal = match step {
        Some(step) => {
            let mut entries = site.plans.journal(plan.id, None, BACK).await?;
            if !asking.person.may(domain::rights::Act::AcceptWarning) {
                // Theirs to see, not to take back: the change before it is meant.
                for line in &mut entries {
                    line.entry.changes.retain(|change| !matches!(change.part, Part::Accepted(_)));
                }
            }
            if redo { again_of_step(&plan.draft, &entries, step) } else { last_of_step(&plan.draft, &entries, step) }
        }
        None => of_line(&site, plan.id, &plan.draft, &asking, &form).await?,
    };
    let back = step.map_or_else(|| urls::history(&id), |step| urls::step(&id, step));
    let said = match reversal {
        Some(reversal) => {
            if !reversal.changes.iter().all(|change| may_reverse(&asking, &change.part)) {
                return Err(Failure::Refused);
            }
            turn(&site, plan.id, &asking, step, &reversal).await?
        }
        None if redo => "There is nothing to redo on this step.".to_owned(),
        None if step.is_some() => "There is nothing to undo on this step.".to_owned(),
        None => CHANGED_SINCE.to_owned(),
    };
    site.notices.keep(plan.id, &asking.by.via, vec![said]).await?;
    Ok(Redirect::to(&back).into_response())
}

const CHANGED_SINCE: &str = "It was changed again since, so it stays. Enter what counts on its step.";

/// Carries out a reversal, unless somebody changes the same at this moment; says what it did.
async fn turn(
    site: &Site,
    plan: PlanId,
    asking: &Asking,
    step: Option<Step>,
    reversal: &Reversal,
) -> Result<String, Failure> {
    let Reversal { act, of, changes } = reversal;
    let step = step.or_else(|| changes.first().map(|change| change.part.step()));
    let deed = Deed { of: of.clone(), step, ..Deed::new(asking.by.clone(), *act) };
    let stands = |draft: &Draft| changes.iter().all(|change| change.inverse().stands_in(draft));
    let now = site
        .plans
        .change(plan, &deed, |plan| {
            if stands(&plan.draft) {
                apply(&mut plan.draft, changes);
            }
            Vec::new()
        })
        .await?;
    if !changes.iter().all(|change| change.stands_in(&now.draft)) {
        return Ok(CHANGED_SINCE.to_owned());
    }
    let told = changes.iter().filter(|change| change.is_seen()).map(|change| {
        let text = shown(&change.part, change.new.as_ref());
        let text = if text.is_empty() { "nothing".to_owned() } else { format!("“{}”", text.replace('\n', "; ")) };
        format!("{} is {text} again", change.part.label())
    });
    let word = if *act == Act::Redo { "Redone" } else { "Undone" };
    Ok(format!("{word}: {}.", told.collect::<Vec<_>>().join(", ")))
}

/// What takes back a part of the entries `first` to `last`.
async fn of_line(
    site: &Site,
    plan: PlanId,
    draft: &Draft,
    asking: &Asking,
    form: &Form,
) -> Result<Option<Reversal>, Failure> {
    let (first, last) =
        (number(form, "first").ok_or(Failure::NotFound)?, number(form, "last").ok_or(Failure::NotFound)?);
    let wanted = form.get("part").unwrap_or_default();
    // Before anything is looked up: whether a line is there tells whether the part was changed.
    if !may_reverse(asking, &part_of(wanted)) {
        return Err(Failure::Refused);
    }
    let limit = u32::try_from(last.saturating_sub(first) + 1).unwrap_or(u32::MAX).min(PAGE);
    let mut entries = site.plans.journal(plan, last.checked_add(1), limit).await?;
    entries.retain(|entry| entry.number >= first);
    let part = entries.iter().flat_map(|entry| &entry.entry.changes).map(|change| &change.part);
    let Some(part) = part.clone().find(|part| part.name() == wanted).cloned() else { return Err(Failure::NotFound) };
    Ok(of_part(draft, &entries, &part))
}

/// Whether somebody may take back changes of a part. That a failed check is accepted was decided by somebody who may.
fn may_reverse(asking: &Asking, part: &Part) -> bool {
    match part {
        Part::Accepted(_) => asking.person.may(domain::rights::Act::AcceptWarning),
        part => asking.may_edit(part.step()),
    }
}

/// The part with this name, as far as it tells whose it is: of a cell, the table.
fn part_of(name: &str) -> Part {
    match (name, name.split_once('.')) {
        ("title", _) => Part::Title,
        (_, Some(("accepted", check))) => Part::Accepted(check.to_owned()),
        (_, Some(("visited", step))) => Step::from_slug(step).map_or(Part::Title, Part::Visited),
        _ if name.starts_with("clustering.nodes") => Part::Nodes,
        _ => Part::Answer(name.to_owned()),
    }
}

fn number(form: &Form, name: &str) -> Option<u64> {
    form.get(name)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whose_a_part_is_stands_in_its_name() {
        let parts = [
            Part::Title,
            Part::Answer("user_store.base_dn".to_owned()),
            Part::Nodes,
            Part::Cell { row: "is-1".to_owned(), column: "host".to_owned() },
            Part::Visited(Step::LoadBalancer),
            Part::Accepted("DB-02".to_owned()),
        ];
        for part in parts {
            let named = part_of(&part.name());
            assert_eq!(named.step(), part.step(), "{}", part.name());
            assert_eq!(matches!(named, Part::Accepted(_)), matches!(part, Part::Accepted(_)));
        }
    }
}

//! Who else views a plan and what they change: on the page as it is drawn, and as events while the page is open.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::Stream;
use serde::Deserialize;
use store::PlanId;
use tokio::sync::watch;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};
use tokio_util::sync::CancellationToken;

use app::pages::{change_notice, present_users_text};
use app::urls;
use app::view::{ChangeNotice, Collaborators, Moment, TimedText};
use domain::author::Author;
use domain::history::journal::{JournalAction, JournalEntry, JournalLine};
use domain::history::undo::{redo_last_of_step, undo_last_of_step};
use domain::history::{DraftPart, PartChange};
use domain::rights::Permission;
use domain::step::Step;

use crate::http::collaboration::history;
use crate::http::error::{RequestError, plan};
use crate::http::security::access_watch::AccessWatch;
use crate::http::state::AppState;
use service::access::actor::Actor;
use service::collaboration::action::page_name;
use service::collaboration::change_feed::RecentChanges;
use service::collaboration::presence::PresentUser;
use service::error::PlansError;
use service::plans::{OpenPlan, Plans};
use service::{clock, random};

/// How often a page reports that it is still open: three times before its presence expires.
const PRESENCE_INTERVAL: Duration = Duration::from_secs(10);
/// Lines that a page looks at when it is drawn.
const MAX_LINES: u32 = 30;
/// The age up to which a rendered page reports another person's change, in seconds.
const MAX_CHANGE_AGE_SECONDS: u64 = 600;

/// What a step's page shows of others when it is drawn.
pub(crate) async fn collaborators(
    site: &AppState,
    actor: &Actor,
    plan: &OpenPlan,
    step: Step,
) -> Result<Collaborators, RequestError> {
    // Without random numbers a page also receives events about its own changes.
    let page = random::hex::<8>().unwrap_or_default();
    let lines = site.plans.journal(plan.id, None, MAX_LINES).await?;
    let since = clock::now().saturating_sub(MAX_CHANGE_AGE_SECONDS);
    let own = actor.author();
    let others = lines.iter().find(|line| {
        let entry = &line.entry;
        entry.at >= since && entry.by != own && concerns(actor, entry)
    });
    let mut here = site.plans.present_users(plan.id).await?;
    // On a page that was loaded again its reader's own name would still stand; the stream tells of all who are here.
    let own = own.name_with_link_mark();
    here.retain(|user| user.name != own);
    let (can_undo, can_redo) = ways_back(site, actor, plan, step).await?;
    Ok(Collaborators {
        here: presence_message(&here, Some(&page), None, actor),
        changed: others.and_then(|line| recent_change(plan.id, line, actor)),
        after: lines.first().map_or(0, |line| line.number),
        can_undo,
        can_redo,
        may_read: actor.may(Permission::ReadHistory),
        page,
    })
}

/// Whether this person can undo a change of the step, and whether they can redo one.
pub(crate) async fn ways_back(
    site: &AppState,
    actor: &Actor,
    plan: &OpenPlan,
    step: Step,
) -> Result<(bool, bool), RequestError> {
    if !actor.may(Permission::EditStep(step)) {
        return Ok((false, false));
    }
    let entries = history::reversible(site, actor, plan.id).await?;
    let can_undo = undo_last_of_step(&plan.draft, &entries, step).is_some();
    Ok((can_undo, redo_last_of_step(&plan.draft, &entries, step).is_some()))
}

/// Whether an entry is a change by a person that this person may see.
fn concerns(actor: &Actor, entry: &JournalEntry) -> bool {
    if entry.act == JournalAction::Comment {
        return actor.only_step().is_none_or(|step| entry.step == Some(step));
    }
    let mine = |change: &PartChange| actor.only_step().is_none_or(|step| change.part.step() == step);
    entry.changes.iter().any(|change| change.is_visible() && mine(change))
        || entry.secrets.iter().any(|secret| actor.only_step().is_none_or(|step| step_of(&secret.key) == Some(step)))
}

fn step_of(key: &str) -> Option<Step> {
    domain::steps::setting(key).map(|setting| setting.step)
}

/// `Kasun changed Database host at 12:05.`, and where that is.
fn recent_change(plan: PlanId, line: &JournalLine, actor: &Actor) -> Option<ChangeNotice> {
    let JournalLine { number, entry } = line;
    if entry.act == JournalAction::Comment {
        return concerns(actor, entry).then(|| comment(plan, line));
    }
    let only = actor.only_step();
    let mut things: Vec<(String, Step, String)> = Vec::new();
    for change in entry.changes.iter().filter(|change| change.is_visible()) {
        let place = match &change.part {
            DraftPart::Answer(key) => domain::finding::field_id(key, None),
            DraftPart::Cell { .. } | DraftPart::Nodes => urls::NODES.to_owned(),
            DraftPart::Title => "plan-title".to_owned(),
            DraftPart::Accepted(_) | DraftPart::Visited(_) => urls::CHECKS.to_owned(),
        };
        things.push((change.part.label(), change.part.step(), place));
    }
    for secret in &entry.secrets {
        let Some(setting) = domain::steps::setting(&secret.key) else { continue };
        things.push((setting.label.to_owned(), setting.step, setting.field_id(None)));
    }
    things.retain(|(_, step, _)| only.is_none_or(|only| *step == only));
    let more = things.len().saturating_sub(1);
    let (label, step, place) = things.into_iter().next()?;
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    let (name, when) = (entry.by.name_with_link_mark(), crate::http::moments::format_time(entry.at));
    // The number makes it another address, so that a page of the same step is loaded anew.
    let href = format!("{}?change={number}#{place}", urls::step(&plan.to_string(), step));
    Some(ChangeNotice { text: timed(format!("{name} changed {label}{more} at "), when), href })
}

/// `Ruwan commented on Database at 12:05.`, and where that is.
fn comment(plan: PlanId, JournalLine { number, entry }: &JournalLine) -> ChangeNotice {
    let (name, when) = (entry.by.name_with_link_mark(), crate::http::moments::format_time(entry.at));
    let plan = plan.to_string();
    let page = entry.step.map_or_else(|| urls::review(&plan), |step| urls::step(&plan, step));
    ChangeNotice {
        text: timed(format!("{name} commented on {} at ", entry.step.map_or("the plan", Step::title)), when),
        href: format!("{page}?change={number}#{}", urls::COMMENTS),
    }
}

/// A sentence that ends with the moment of what it tells.
fn timed(before: String, at: Moment) -> TimedText {
    TimedText { before, at: Some(at), after: ".".to_owned() }
}

/// `Kasun is here, on Database.`
fn presence_message(here: &[PresentUser], page: Option<&str>, tab: Option<&str>, actor: &Actor) -> String {
    const MAX_NAMED_USERS: usize = 5;
    // After a reload the previous page counts as open until its stream is known to be closed.
    let is_own_tab = |user: &PresentUser| tab.is_some() && user.tab.as_deref() == tab;
    let others: Vec<&PresentUser> =
        here.iter().filter(|user| page != Some(user.page.as_str()) && !is_own_tab(user)).collect();
    let mut sentences: Vec<String> = Vec::new();
    for user in &others {
        let step = user.step.filter(|step| actor.only_step().is_none_or(|only| *step == only));
        let place = step.map_or_else(String::new, |step| format!(", on {}", step.title()));
        let sentence = format!("{} is here{place}.", user.name);
        if !sentences.contains(&sentence) {
            sentences.push(sentence);
        }
    }
    let more = sentences.len().saturating_sub(MAX_NAMED_USERS);
    sentences.truncate(MAX_NAMED_USERS);
    if more > 0 {
        sentences.push(format!("And {more} more."));
    }
    sentences.join(" ")
}

/// Which page follows.
#[derive(Deserialize)]
pub(crate) struct ChangesQuery {
    #[serde(default)]
    step: String,
    #[serde(default)]
    page: String,
    #[serde(default)]
    tab: String,
    #[serde(default)]
    after: u64,
}

/// `GET /plans/{plan}/changes/events`: `here` whenever a person arrives or leaves, `changed` whenever another person changed
/// something, numbered as the journal is. The page counts as open as long as this stream is open.
pub(crate) async fn events(
    State(site): State<AppState>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
    Query(query): Query<ChangesQuery>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, RequestError> {
    let plan = plan(&site.plans, &id).await?.id;
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()).and_then(|id| id.parse().ok());
    let seen = last.unwrap_or(query.after);
    let (page, step) = (page_name(&query.page), Step::from_slug(&query.step));
    let tab = Some(query.tab).filter(|tab| is_tab(tab));
    let stay = PresenceGuard { plans: site.plans.clone(), plan, page, by: actor.author(), tab, step };
    let recent = site.followers.subscribe(&site.plans, plan);
    let missed = site.plans.brief_journal_after(plan, seen, MAX_LINES).await?;
    let present = site.plans.present_users(plan).await?;
    let mut ticks = interval_at(Instant::now(), PRESENCE_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (stopping, still) = (site.stopping.clone(), AccessWatch::new(&site, plan, &actor));
    let mut following =
        ChangeEventStream { stay, actor, recent, seen, here: None, batch: VecDeque::new(), ticks, still, stopping };
    following.send_present_users(&present);
    following.push_changes(&missed);
    let stream = futures::stream::unfold(following, |mut following| async move {
        let event = following.next().await?;
        Some((Ok(event), following))
    });
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))))
}

/// Marks a page as open until this is dropped, if its name is known.
struct PresenceGuard {
    plans: Plans,
    plan: PlanId,
    page: Option<String>,
    by: Author,
    tab: Option<String>,
    step: Option<Step>,
}

/// Whether a text can name a tab: it is the random name of the first page in it.
fn is_tab(text: &str) -> bool {
    const MAX_LENGTH: usize = 16;
    !text.is_empty() && text.len() <= MAX_LENGTH && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

impl PresenceGuard {
    async fn be_here(&self) -> Result<(), PlansError> {
        let Some(page) = &self.page else { return Ok(()) };
        self.plans.be_here(self.plan, page, &self.by, self.tab.as_deref(), self.step).await
    }
}

impl Drop for PresenceGuard {
    fn drop(&mut self) {
        let Some(page) = self.page.take() else { return };
        let (plans, plan) = (self.plans.clone(), self.plan);
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            // Where this fails they are gone half a minute later.
            runtime.spawn(async move { drop(plans.leave(plan, &page).await) });
        }
    }
}

/// A client that follows a plan.
struct ChangeEventStream {
    stay: PresenceGuard,
    actor: Actor,
    recent: watch::Receiver<RecentChanges>,
    /// The last line they were told of.
    seen: u64,
    /// The list of present people, once it was sent. An empty list is sent too, as the open page may show an older one.
    here: Option<String>,
    batch: VecDeque<Event>,
    ticks: Interval,
    still: AccessWatch,
    stopping: CancellationToken,
}

impl ChangeEventStream {
    /// The next event; `None` when the server stops or the plan is gone.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.batch.pop_front() {
                return Some(event);
            }
            tokio::select! {
                () = self.stopping.cancelled() => return None,
                _ = self.ticks.tick() => {
                    if !self.still.holds().await {
                        return None;
                    }
                    if let Err(error) = self.stay.be_here().await {
                        tracing::debug!(%error, "cannot store presence");
                    }
                }
                changed = self.recent.changed() => {
                    changed.ok()?;
                    let recent = self.recent.borrow_and_update().clone();
                    self.send_present_users(&recent.here);
                    self.push_changes(&recent.lines);
                }
            }
        }
    }

    /// Who is here, if that is news.
    fn send_present_users(&mut self, here: &[PresentUser]) {
        let here = presence_message(here, self.stay.page.as_deref(), self.stay.tab.as_deref(), &self.actor);
        if self.here.as_ref() != Some(&here) {
            self.batch.push_back(Event::default().event("here").data(present_users_text(here.clone())));
            self.here = Some(here);
        }
    }

    /// The last of the lines that another person wrote and that this client has not received.
    fn push_changes(&mut self, lines: &[JournalLine]) {
        let page = &self.stay.page;
        let notice = lines.iter().rev().take_while(|line| line.number > self.seen).find_map(|line| {
            let own = page.is_some() && line.entry.page == *page;
            let news = (!own).then(|| recent_change(self.stay.plan, line, &self.actor)).flatten()?;
            Some(Event::default().event("changed").id(line.number.to_string()).data(change_notice(&news)))
        });
        self.batch.extend(notice);
        self.seen = lines.last().map_or(self.seen, |line| line.number.max(self.seen));
    }
}

//! Who else looks at a plan and what they change: on the page as it is drawn, and as events while it is looked at.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::Stream;
use serde::Deserialize;
use store::PlanId;
use tokio::sync::watch;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};
use tokio_util::sync::CancellationToken;

use app::pages::{live_change, live_text};
use app::urls;
use app::view::{LiveChange, Together};
use domain::history::journal::{Act, Entry, Numbered};
use domain::history::undo::again_of_step;
use domain::history::{Change, Part};
use domain::step::Step;

use super::Site;
use super::admission::StillIn;
use super::asking::Asking;
use super::failure::{Failure, plan};
use crate::clock;
use crate::following::Lately;
use crate::journal::{By, marked};
use crate::plans::{OpenPlan, Plans};
use crate::presence::Here;

/// How often a page says that it is still looked at: three times while that lasts.
const STILL_HERE: Duration = Duration::from_secs(10);
/// Lines that a page looks at when it is drawn.
const LATEST: u32 = 30;
/// For how many seconds somebody's change is told on a page that is drawn.
const NEWS: u64 = 600;

/// What a step's page shows of others when it is drawn.
pub(super) async fn together(site: &Site, asking: &Asking, plan: &OpenPlan, step: Step) -> Result<Together, Failure> {
    let mut random = [0; 8];
    // Without random numbers a page is told of its own changes too.
    let page = getrandom::fill(&mut random).map_or_else(|_| String::new(), |()| hex::encode(random));
    let lines = site.plans.journal(plan.id, None, LATEST).await?;
    let since = clock::now().saturating_sub(NEWS);
    let others = lines.iter().find(|line| {
        let entry = &line.entry;
        entry.at >= since && (&entry.by, &entry.via) != (&asking.by.name, &asking.by.via) && concerns(asking, entry)
    });
    let mut here = site.plans.who_is_here(plan.id).await?;
    // On a page that was loaded again its reader's own name would still stand; the stream tells of all who are here.
    let own = marked(&asking.by.name, &asking.by.via);
    here.retain(|somebody| somebody.name != own);
    Ok(Together {
        here: who_is_here(&here, &page, asking),
        changed: others.and_then(|line| news(plan.id, line, asking)),
        after: lines.first().map_or(0, |line| line.number),
        can_undo: asking.may_edit(step),
        can_redo: asking.may_edit(step) && again_of_step(&plan.draft, &lines, step).is_some(),
        may_read: asking.may_read_history(),
        page,
    })
}

/// Whether an entry is somebody's change that this person may see.
fn concerns(asking: &Asking, entry: &Entry) -> bool {
    if entry.act == Act::Comment {
        return asking.only_step().is_none_or(|step| entry.step == Some(step));
    }
    let mine = |change: &Change| asking.only_step().is_none_or(|step| change.part.step() == step);
    entry.changes.iter().any(|change| change.is_seen() && mine(change))
        || entry.secrets.iter().any(|secret| asking.only_step().is_none_or(|step| step_of(&secret.key) == Some(step)))
}

fn step_of(key: &str) -> Option<Step> {
    domain::steps::setting(key).map(|setting| setting.step)
}

/// `Kasun changed Database host at 12:05.`, and where that is.
fn news(plan: PlanId, line: &Numbered, asking: &Asking) -> Option<LiveChange> {
    let Numbered { number, entry } = line;
    if entry.act == Act::Comment {
        return concerns(asking, entry).then(|| comment(plan, line));
    }
    let only = asking.only_step();
    let mut things: Vec<(String, Step, String)> = Vec::new();
    for change in entry.changes.iter().filter(|change| change.is_seen()) {
        let place = match &change.part {
            Part::Answer(key) => domain::finding::field_id(key, None),
            Part::Cell { .. } | Part::Nodes => urls::NODES.to_owned(),
            Part::Title => "plan-title".to_owned(),
            Part::Accepted(_) | Part::Visited(_) => urls::CHECKS.to_owned(),
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
    let (who, when) = (marked(&entry.by, &entry.via), clock::hour_and_minute(entry.at));
    // The number makes it another address, so that a page of the same step is loaded anew.
    let href = format!("{}?change={number}#{place}", urls::step(&plan.to_string(), step));
    Some(LiveChange { said: format!("{who} changed {label}{more} at {when}."), href })
}

/// `Ruwan commented on Database at 12:05.`, and where that is.
fn comment(plan: PlanId, Numbered { number, entry }: &Numbered) -> LiveChange {
    let (who, when) = (marked(&entry.by, &entry.via), clock::hour_and_minute(entry.at));
    let plan = plan.to_string();
    let page = entry.step.map_or_else(|| urls::review(&plan), |step| urls::step(&plan, step));
    LiveChange {
        said: format!("{who} commented on {} at {when}.", entry.step.map_or("the plan", Step::title)),
        href: format!("{page}?change={number}#{}", urls::COMMENTS),
    }
}

/// `Kasun is here, on Database.`
fn who_is_here(here: &[Here], page: &str, asking: &Asking) -> String {
    const NAMED: usize = 5;
    let others: Vec<&Here> = here.iter().filter(|somebody| somebody.page != page).collect();
    let mut sentences: Vec<String> = Vec::new();
    for somebody in &others {
        let step = somebody.step.filter(|step| asking.only_step().is_none_or(|only| *step == only));
        let place = step.map_or_else(String::new, |step| format!(", on {}", step.title()));
        let sentence = format!("{} is here{place}.", somebody.name);
        if !sentences.contains(&sentence) {
            sentences.push(sentence);
        }
    }
    let more = sentences.len().saturating_sub(NAMED);
    sentences.truncate(NAMED);
    if more > 0 {
        sentences.push(format!("And {more} more."));
    }
    sentences.join(" ")
}

/// Which page follows.
#[derive(Deserialize)]
pub(super) struct Page {
    #[serde(default)]
    step: String,
    #[serde(default)]
    page: String,
    #[serde(default)]
    after: u64,
}

/// `GET /plans/{plan}/changes/events`: `here` whenever somebody comes or goes, `changed` whenever somebody else changed
/// something, numbered as the journal is. As long as it is open the page counts as looked at.
pub(super) async fn events(
    State(site): State<Site>,
    asking: Asking,
    Path(id): Path<String>,
    Query(page): Query<Page>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Failure> {
    let plan = plan(&site.plans, &id).await?.id;
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()).and_then(|id| id.parse().ok());
    let seen = last.unwrap_or(page.after);
    let asking = asking.on_page(&page.page);
    let step = Step::from_slug(&page.step);
    let stay = Stay { plans: site.plans.clone(), plan, by: asking.by.clone(), step };
    let lately = site.followers.follow(&site.plans, plan);
    let missed = site.plans.brief_journal_after(plan, seen, LATEST).await?;
    let present = site.plans.who_is_here(plan).await?;
    let mut ticks = interval_at(Instant::now(), STILL_HERE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (stopping, still) = (site.stopping.clone(), StillIn::new(&site, plan, &asking.person));
    let mut following =
        Following { stay, asking, lately, seen, here: None, batch: VecDeque::new(), ticks, still, stopping };
    following.tell_who(&present);
    following.tell(&missed);
    let stream = futures::stream::unfold(following, |mut following| async move {
        let event = following.next().await?;
        Some((Ok(event), following))
    });
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))))
}

/// A page that is looked at, until this is dropped.
struct Stay {
    plans: Plans,
    plan: PlanId,
    by: By,
    step: Option<Step>,
}

impl Drop for Stay {
    fn drop(&mut self) {
        if self.by.page.is_empty() {
            return;
        }
        let (plans, plan, page) = (self.plans.clone(), self.plan, self.by.page.clone());
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            // Where this fails they are gone half a minute later.
            runtime.spawn(async move { drop(plans.leave(plan, &page).await) });
        }
    }
}

/// Somebody who follows a plan.
struct Following {
    stay: Stay,
    asking: Asking,
    lately: watch::Receiver<Lately>,
    /// The last line they were told of.
    seen: u64,
    /// Who is here, once they were told: also that nobody is, as the page they look at may say otherwise.
    here: Option<String>,
    batch: VecDeque<Event>,
    ticks: Interval,
    still: StillIn,
    stopping: CancellationToken,
}

impl Following {
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
                    if !self.asking.by.page.is_empty()
                        && let Err(error) = self.stay.plans.be_here(self.stay.plan, &self.stay.by, self.stay.step).await
                    {
                        tracing::debug!(%error, "cannot store presence");
                    }
                }
                changed = self.lately.changed() => {
                    changed.ok()?;
                    let lately = self.lately.borrow_and_update().clone();
                    self.tell_who(&lately.here);
                    self.tell(&lately.lines);
                }
            }
        }
    }

    /// Who is here, if that is news.
    fn tell_who(&mut self, here: &[Here]) {
        let here = who_is_here(here, &self.asking.by.page, &self.asking);
        if self.here.as_ref() != Some(&here) {
            self.batch.push_back(Event::default().event("here").data(live_text(here.clone())));
            self.here = Some(here);
        }
    }

    /// The last of the lines that somebody else wrote and that they have not seen.
    fn tell(&mut self, lines: &[Numbered]) {
        let page = &self.asking.by.page;
        let told = lines.iter().rev().take_while(|line| line.number > self.seen).find_map(|line| {
            let own = !page.is_empty() && line.entry.page == *page;
            let news = (!own).then(|| news(self.stay.plan, line, &self.asking)).flatten()?;
            Some(Event::default().event("changed").id(line.number.to_string()).data(live_change(&news)))
        });
        self.batch.extend(told);
        self.seen = lines.last().map_or(self.seen, |line| line.number.max(self.seen));
    }
}

//! The changes to a plan while people have it open, also on other replicas: one task per plan asks the database, regardless
//! of the number of followers, and only while at least one follower exists.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use domain::history::journal::JournalLine;
use parking_lot::{Mutex, MutexGuard};
use store::PlanId;
use tokio::sync::watch;

use crate::collaboration::journal_entry;
use crate::collaboration::presence::PresentUser;
use crate::error::PlansError;
use crate::plans::Plans;

/// How often the database is asked.
const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// Lines that are kept for those who follow: more than come within a second.
const MAX_RECENT_LINES: usize = 100;

/// What happened lately.
#[derive(Clone, Debug, Default)]
pub struct RecentChanges {
    /// The number of the last line of the journal.
    pub last: u64,
    /// The latest lines, the oldest first.
    pub lines: Arc<Vec<JournalLine>>,
    /// Who is here.
    pub here: Arc<Vec<PresentUser>>,
}

/// Those who follow plans.
#[derive(Clone, Default)]
pub struct ChangeFeed {
    plans: Arc<Mutex<HashMap<PlanId, watch::Sender<RecentChanges>>>>,
}

impl ChangeFeed {
    /// Follows a plan that exists. The sender is gone when the plan is.
    #[must_use]
    pub fn subscribe(&self, plans: &Plans, plan: PlanId) -> watch::Receiver<RecentChanges> {
        let mut following = self.plans();
        if let Some(sender) = following.get(&plan) {
            return sender.subscribe();
        }
        let (sender, receiver) = watch::channel(RecentChanges::default());
        following.insert(plan, sender.clone());
        tokio::spawn(self.clone().ask(plans.clone(), plan, sender));
        receiver
    }

    /// How many plans are asked about.
    #[must_use]
    pub fn count(&self) -> usize {
        self.plans().len()
    }

    async fn ask(self, plans: Plans, plan: PlanId, sender: watch::Sender<RecentChanges>) {
        let mut failed = false;
        loop {
            match poll_store(&plans, plan, &sender).await {
                Ok(true) => failed = false,
                Ok(false) => break,
                // Said once: while the database is away it would be said every second.
                Err(error) if !failed => {
                    failed = true;
                    tracing::warn!(%error, "cannot follow the changes of a plan; trying again");
                }
                Err(_) => {}
            }
            tokio::time::sleep(POLL_INTERVAL).await;
            let mut following = self.plans();
            // A new follower holds the same lock.
            if sender.receiver_count() == 0 {
                following.remove(&plan);
                return;
            }
        }
        self.plans().remove(&plan);
    }

    fn plans(&self) -> MutexGuard<'_, HashMap<PlanId, watch::Sender<RecentChanges>>> {
        self.plans.lock()
    }
}

/// Asks once and publishes the new changes. Returns whether the plan still exists.
async fn poll_store(plans: &Plans, plan: PlanId, sender: &watch::Sender<RecentChanges>) -> Result<bool, PlansError> {
    let Some(numbers) = plans.store().sequence_numbers(plan).await? else { return Ok(false) };
    let last = u64::try_from(numbers.last_of(journal_entry::JOURNAL.name())).unwrap_or_default();
    let seen = sender.borrow().last;
    let new = match seen {
        // A new follower has already read the earlier changes.
        0 => Vec::new(),
        seen if seen < last => {
            plans.brief_journal_after(plan, seen, u32::try_from(MAX_RECENT_LINES).unwrap_or(u32::MAX)).await?
        }
        _ => Vec::new(),
    };
    let here = plans.present_users(plan).await?;
    sender.send_if_modified(|recent| {
        let changed = recent.last != last || *recent.here != here;
        if !new.is_empty() {
            let mut lines = recent.lines.as_ref().clone();
            lines.extend(new);
            lines.drain(..lines.len().saturating_sub(MAX_RECENT_LINES));
            recent.lines = Arc::new(lines);
        }
        // Lines that were not all read yet come with the next look.
        recent.last = recent.lines.last().filter(|_| seen > 0).map_or(last, |line| line.number.max(seen));
        if *recent.here != here {
            recent.here = Arc::new(here);
        }
        changed
    });
    Ok(true)
}

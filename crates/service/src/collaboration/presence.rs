//! Who is looking at a plan: records that expire unless their page keeps them, so that all replicas know.

use domain::author::Author;
use domain::step::Step;
use serde::{Deserialize, Serialize};
use store::{Expected, PlanId};

use crate::clock;
use crate::error::PlansError;
use crate::plans::Plans;
use crate::records::{Collection, Entry, Timestamp, kinds};

/// By page.
const PRESENT: Collection<Body> = Collection::new(kinds::PRESENCE);
/// Seconds until the presence of an actor without a heartbeat ends.
const PRESENCE_TTL_SECONDS: u64 = 30;
/// People who are told at most.
const MAX_PRESENT_USERS: u32 = 100;

/// An actor on a page.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PresentUser {
    /// The page.
    pub page: String,
    /// The tab of their browser, which pages that follow each other share; `None` where it is not known.
    pub tab: Option<String>,
    /// What they are called.
    pub name: String,
    /// The step.
    pub step: Option<Step>,
}

#[derive(Deserialize, Serialize)]
struct Body {
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tab: Option<String>,
    #[serde(default)]
    step: Option<Step>,
}

impl Plans {
    /// Records that an actor is on a page of a plan, in a tab of their browser, for the next half minute.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn be_here(
        &self,
        plan: PlanId,
        page: &str,
        by: &Author,
        tab: Option<&str>,
        step: Option<Step>,
    ) -> Result<(), PlansError> {
        let body = Body { name: by.name_with_link_mark(), tab: tab.map(str::to_owned), step };
        let put = PRESENT.put_if(page, &body, Some(now().plus(PRESENCE_TTL_SECONDS)), Expected::Any)?;
        // A deleted plan has no presence.
        let _ = self.store().write(Some(plan), &[put]).await?;
        Ok(())
    }

    /// Records that an actor left a page.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn leave(&self, plan: PlanId, page: &str) -> Result<(), PlansError> {
        let _ = self.store().write(Some(plan), &[PRESENT.remove(page)]).await?;
        Ok(())
    }

    /// Who is on pages of a plan. Forgets those who are not heard of any more.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn present_users(&self, plan: PlanId) -> Result<Vec<PresentUser>, PlansError> {
        let present = PRESENT.of(self.store().as_ref(), plan);
        let now = now();
        let lasts = |entry: &Entry<Body>| entry.expires_at.is_some_and(|expires_at| expires_at > now);
        let (here, expired): (Vec<_>, Vec<_>) = present.first(MAX_PRESENT_USERS).await?.into_iter().partition(lasts);
        if !expired.is_empty() {
            let remove = |entry: Entry<Body>| PRESENT.remove_if(entry.key, Expected::Version(entry.version));
            // One that came back meanwhile stays; the others are forgotten the next time, also where nothing can be written.
            if let Err(error) = present.write(&expired.into_iter().map(remove).collect::<Vec<_>>()).await {
                tracing::debug!(%error, "cannot delete the presence of a closed page");
            }
        }
        let shown = |entry: Entry<Body>| {
            let body = entry.value?;
            Some(PresentUser { page: entry.key, name: body.name, tab: body.tab, step: body.step })
        };
        Ok(here.into_iter().filter_map(shown).collect())
    }
}

fn now() -> Timestamp {
    Timestamp::from_unix(clock::now())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_stored_form_is_unchanged() {
        use crate::records::tests::assert_stored_form;
        assert_stored_form(&PRESENT, None).await;
    }
}

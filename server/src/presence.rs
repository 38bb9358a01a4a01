//! Who is looking at a plan: records that expire unless their page keeps them, so that all replicas know.

use domain::step::Step;
use serde::{Deserialize, Serialize};
use store::{Expected, PlanId, Record, RecordWrite, Scan};

use crate::clock;
use crate::journal::{Author, display_name_with_link_mark};
use crate::plans::{Plans, PlansError};

/// The kind of the records, by page.
const PRESENCE_KIND: &str = "presence";
/// Seconds until somebody who is not heard of any more is gone.
const PRESENCE_TTL_SECONDS: i64 = 30;
/// People who are told at most.
const MAX_PRESENT_USERS: u32 = 100;

/// Somebody on a page.
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
    /// Says that somebody is on a page of a plan, in a tab of their browser, for the next half minute.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn be_here(
        &self,
        plan: PlanId,
        by: &Author,
        tab: Option<&str>,
        step: Option<Step>,
    ) -> Result<(), PlansError> {
        let body = serde_json::to_string(&Body {
            name: display_name_with_link_mark(&by.name, &by.via),
            tab: tab.map(str::to_owned),
            step,
        })?;
        let expires_at = now() + PRESENCE_TTL_SECONDS;
        let put =
            RecordWrite::Put { kind: PRESENCE_KIND, key: by.page.clone(), body, expires_at, expected: Expected::Any };
        // A plan that is gone has nobody.
        let _ = self.store().write(Some(plan), &[put]).await?;
        Ok(())
    }

    /// Says that a page was left.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn leave(&self, plan: PlanId, page: &str) -> Result<(), PlansError> {
        let _ = self.store().write(Some(plan), &[RecordWrite::remove(PRESENCE_KIND, page)]).await?;
        Ok(())
    }

    /// Who is on pages of a plan. Forgets those who are not heard of any more.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn present_users(&self, plan: PlanId) -> Result<Vec<PresentUser>, PlansError> {
        let records = self.store().scan(PRESENCE_KIND, Some(plan), &Scan::first(MAX_PRESENT_USERS)).await?;
        let (here, gone): (Vec<Record>, Vec<Record>) =
            records.into_iter().partition(|record| record.expires_at > now());
        if !gone.is_empty() {
            let remove = |record: Record| RecordWrite::Remove {
                kind: PRESENCE_KIND,
                key: record.key,
                expected: Expected::Version(record.version),
            };
            // One that came back meanwhile stays; the others are forgotten the next time, also where nothing can be written.
            if let Err(error) = self.store().write(Some(plan), &gone.into_iter().map(remove).collect::<Vec<_>>()).await
            {
                tracing::debug!(%error, "cannot delete the presence of a closed page");
            }
        }
        let read = |record: Record| {
            let body: Body = serde_json::from_str(&record.body).ok()?;
            Some(PresentUser { page: record.key, name: body.name, tab: body.tab, step: body.step })
        };
        Ok(here.into_iter().filter_map(read).collect())
    }
}

fn now() -> i64 {
    i64::try_from(clock::now()).unwrap_or(i64::MAX)
}

//! Plans as lists show them: without their secrets, and also those that this version cannot read.

use domain::draft::Draft;
use domain::paste;
use store::{Plan, PlanId};

use crate::error::PlansError;
use crate::plans::Plans;
use crate::plans::open_plan::read_document;

/// A plan as a list shows it.
#[derive(Clone, Debug)]
pub struct ListedPlan {
    /// Its id.
    pub id: PlanId,
    /// Its name.
    pub title: String,
    /// When it was last saved, in unix seconds.
    pub updated_at: u64,
    /// The answers; `None` if they cannot be read.
    pub draft: Option<Draft>,
}

impl Plans {
    /// At most `limit` plans, the last changed first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn list(&self, limit: u32) -> Result<Vec<ListedPlan>, PlansError> {
        Ok(self.store().list(limit).await?.into_iter().map(listed).collect())
    }

    /// One plan as the list has it, or `None` if there is none.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn listed(&self, id: PlanId) -> Result<Option<ListedPlan>, PlansError> {
        Ok(self.store().load(id).await?.map(listed))
    }
}

fn listed(plan: Plan) -> ListedPlan {
    let id = plan.id;
    let draft =
        read_document(&plan.document).inspect_err(|error| tracing::warn!(%id, %error, "cannot read a plan")).ok();
    let updated_at = u64::try_from(plan.updated_at).unwrap_or_default();
    let mut title = Draft { title: plan.title, ..Draft::default() };
    paste::strip_credentials(&mut title);
    ListedPlan { id, title: title.title, updated_at, draft }
}

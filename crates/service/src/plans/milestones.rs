//! What was done with a plan, kept with it: that its databases were prepared. Downloads are in `key_ring`.

use domain::author::Author;
use domain::history::journal::JournalAction;
use domain::milestones::Prepared;
use domain::step::Step;
use store::PlanId;

use crate::clock;
use crate::collaboration::action::PlanAction;
use crate::error::PlansError;
use crate::plans::Plans;

impl Plans {
    /// Keeps with the plan that its databases were prepared now.
    ///
    /// # Errors
    /// When the plan is gone or could not be saved.
    pub async fn keep_prepared(&self, id: PlanId, prepared: Prepared) -> Result<(), PlansError> {
        let prepared = Prepared { at: clock::now(), ..prepared };
        let action = PlanAction::new(Author::program(), JournalAction::Save).on(Step::Database);
        self.change(id, &action, |plan| {
            plan.draft.milestones.prepared = Some(prepared.clone());
            Vec::new()
        })
        .await?;
        Ok(())
    }
}

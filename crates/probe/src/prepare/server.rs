//! The database server of the plan, with the administrator's account.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use domain::inputs::ReadableAnswers;
use domain::steps::Database;

use super::database_plan::DatabaseAction;
use super::error::PrepareError;
use super::inspect::{self, LockMode};
use super::job::{Administrator, PreparationJob, TargetDatabase};
use crate::address::{AllowedNetworks, PinnedAddress};
use crate::budget::{self, ReadBudget};
use crate::facts::Facts;
use crate::facts::greeting::ServerReply;
use crate::facts::time::{ClockReading, deadline_from_now};
use crate::mysql::session::{self, MysqlSession};
use crate::subject::RunSubject;

/// The database server of the plan, with the administrator's account.
#[derive(Debug)]
pub struct DatabaseAdmin {
    pub(super) to: PinnedAddress,
    pub(super) database: Database,
    administrator: Administrator,
    /// How many bytes are read from the server in total.
    budget: Arc<ReadBudget>,
    /// The connection of the inspection: the largest database is filled over it.
    idle: Mutex<Option<MysqlSession>>,
}

impl DatabaseAdmin {
    /// Connects to the first address of the plan's server that answers, within `allowed`.
    ///
    /// # Errors
    /// [`PrepareError::Incomplete`], [`PrepareError::Unreachable`] or [`PrepareError::ClearText`].
    pub async fn find(
        answers: &ReadableAnswers,
        administrator: Administrator,
        allowed: AllowedNetworks,
    ) -> Result<Self, PrepareError> {
        let database = answers.database.clone().ok_or(PrepareError::Incomplete("Database"))?;
        // Only checks of clocks use the time of day.
        let moment = ClockReading { instant: Instant::now(), unix_time: Duration::ZERO };
        let facts = Facts::new(Arc::new(RunSubject::new(answers.clone(), allowed)), moment);
        let port = facts.port().await.map_err(|fault| PrepareError::Unreachable(fault.message()))?;
        if let Ok(ServerReply::Welcome(greeting)) = facts.greeted().await
            && greeting.wants_clear_text()
            && !session::is_verified(&database)
        {
            return Err(PrepareError::ClearText);
        }
        let budget = Arc::new(ReadBudget::new(budget::MAX_PREPARE_BYTES));
        Ok(Self { to: port.to, database, administrator, budget, idle: Mutex::new(None) })
    }

    /// Opens a new connection as the administrator.
    pub(super) async fn connect(&self) -> Result<MysqlSession, PrepareError> {
        let Administrator { user, password } = &self.administrator;
        let (database, budget) = (&self.database, &self.budget);
        session::login_as(self.to, (user, password), database, database.tls, budget, deadline_from_now())
            .await
            .map_err(|source| PrepareError::LogIn { user: user.clone(), source: source.into() })
    }

    /// What would be done with each database of `job`, in their order. Changes nothing, and logs in once: a server that locks
    /// accounts counts a wrong password once. The connection stays open for [`DatabaseAdmin::run`]; see [`DatabaseAdmin::close_idle`].
    ///
    /// # Errors
    /// When the administrator cannot log in, the server is a replica, or the databases cannot be inspected.
    pub async fn plan(&self, job: &PreparationJob) -> Result<Vec<DatabaseAction>, PrepareError> {
        let session = self.connect().await?;
        let targets: Vec<&TargetDatabase> = job.targets.iter().collect();
        let plans =
            inspect::inspect(&session, job.version, &targets, self.database.charset.value(), LockMode::Release).await?;
        *self.idle.lock().unwrap_or_else(PoisonError::into_inner) = Some(session);
        Ok(plans)
    }

    /// Closes the connection that [`DatabaseAdmin::plan`] left open, for example while the plan waits for confirmation.
    pub async fn close_idle(&self) {
        if let Some(session) = self.take_idle() {
            session.close().await;
        }
    }

    pub(super) fn take_idle(&self) -> Option<MysqlSession> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

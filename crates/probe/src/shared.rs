//! The work that checks of one run share: each name, connection, greeting, session and list of facts is asked for once.
//!
//! What is done is written beside the check that tells about it, in [`crate::checks`]; here it is only kept.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use domain::check::CheckSpec;
use domain::inputs::Answers;
use domain::steps::Database;
use tokio::sync::OnceCell;
use tokio::time::timeout;

use crate::address::{Names, Pinned};
use crate::budget::{self, ReadBudget};
use crate::certificate::Authorities;
use crate::checks::account_plugin;
use crate::checks::account_rights;
use crate::checks::contents::{self, Contents};
use crate::checks::database_login;
use crate::checks::database_name;
use crate::checks::database_port::{self, Port};
use crate::checks::database_protocol::{self, Greeted};
use crate::checks::directory::{self, Directory};
use crate::checks::directory_entries::{self, Users};
use crate::checks::schemas::{self, Schema};
use crate::checks::server_connections::{self, Load};
use crate::checks::server_pace::{self, Pace};
use crate::checks::server_storage::{self, EngineUse};
use crate::checks::server_variables::{self, Variables};
use crate::fault::Fault;
use crate::mysql::account::Account;
use crate::mysql::grants::Grants;
use crate::mysql::session::Session;
use crate::subject::Subject;

/// Time left between the end of shared work and the end of the checks that wait for it, so that they can say why.
const REPORTING: Duration = Duration::from_millis(300);
/// How long a goodbye to MySQL may take.
pub(crate) const GOODBYE: Duration = Duration::from_millis(200);

/// A moment by both clocks: the one that never jumps, and the one that people read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) at: Instant,
    pub(crate) since_1970: Duration,
}

/// What one run shares. Dropping it closes every connection.
pub(crate) struct Shared {
    subject: Arc<Subject>,
    start: Moment,
    pub(crate) names: Names,
    deadline: OnceLock<Instant>,
    budget: Arc<ReadBudget>,
    addresses: OnceCell<Result<Vec<Pinned>, Fault>>,
    port: OnceCell<Result<Port, Fault>>,
    greeted: OnceCell<Result<Greeted, Fault>>,
    session: OnceCell<Result<Session, Fault>>,
    variables: OnceCell<Result<Variables, Fault>>,
    schemas: OnceCell<Result<Vec<Schema>, Fault>>,
    contents: OnceCell<Result<Vec<Contents>, Fault>>,
    account: OnceCell<Result<Account, Fault>>,
    grants: OnceCell<Result<Grants, Fault>>,
    load: OnceCell<Result<Load, Fault>>,
    engines: OnceCell<Result<Vec<EngineUse>, Fault>>,
    pace: OnceCell<Result<Pace, Fault>>,
    directory: OnceCell<Result<Directory, Fault>>,
    users: OnceCell<Result<Users, Fault>>,
}

/// The end of work that starts now and belongs to a check of its own.
pub(crate) fn deadline_from_now() -> Instant {
    Instant::now() + CheckSpec::LIMIT - REPORTING
}

impl Shared {
    /// For a run that starts at `start`.
    pub(crate) fn new(subject: Arc<Subject>, start: Moment) -> Self {
        let names = Names::new(Arc::clone(&subject.resolver), subject.allowed.clone());
        Self {
            subject,
            start,
            names,
            deadline: OnceLock::new(),
            budget: Arc::new(ReadBudget::new(budget::CHECK_BYTES)),
            addresses: OnceCell::new(),
            port: OnceCell::new(),
            greeted: OnceCell::new(),
            session: OnceCell::new(),
            variables: OnceCell::new(),
            schemas: OnceCell::new(),
            contents: OnceCell::new(),
            account: OnceCell::new(),
            grants: OnceCell::new(),
            load: OnceCell::new(),
            engines: OnceCell::new(),
            pace: OnceCell::new(),
            directory: OnceCell::new(),
            users: OnceCell::new(),
        }
    }

    pub(crate) fn answers(&self) -> &Answers {
        &self.subject.answers
    }

    /// The CAs that count as public.
    pub(crate) fn public_authorities(&self) -> &Authorities {
        &self.subject.public_authorities
    }

    /// The time of day at a moment of this run.
    pub(crate) fn since_1970(&self, at: Instant) -> Duration {
        self.start.since_1970 + at.saturating_duration_since(self.start.at)
    }

    /// The database step.
    pub(crate) fn database(&self) -> Result<&Database, Fault> {
        let what = "a setting is missing or cannot be read";
        self.answers().database.as_ref().ok_or_else(|| Fault::incomplete("Database", what))
    }

    /// Whether the secret of `setting` is missing and only a stand-in is in the answers.
    pub(crate) fn lacks_secret(&self, setting: &str) -> bool {
        self.subject.missing_secrets.contains(&setting)
    }

    /// When all work on the way to the first login ends, counted from its start: a dead host costs one limit, not one a
    /// stage.
    pub(crate) fn deadline(&self) -> Instant {
        *self.deadline.get_or_init(deadline_from_now)
    }

    /// How much the database may still say in this run.
    pub(crate) fn budget(&self) -> &Arc<ReadBudget> {
        &self.budget
    }

    /// The addresses of the database host that may be dialled; DB-01 tells its faults.
    pub(crate) async fn addresses(&self) -> Result<&[Pinned], Fault> {
        let found = self.addresses.get_or_init(|| database_name::resolve(self)).await;
        found.as_deref().map_err(Clone::clone)
    }

    /// The open port; DB-02 tells its faults.
    pub(crate) async fn port(&self) -> Result<&Port, Fault> {
        self.port.get_or_init(|| database_port::connect(self)).await.as_ref().map_err(Clone::clone)
    }

    /// What MySQL said first; DB-03 tells its faults.
    pub(crate) async fn greeted(&self) -> Result<&Greeted, Fault> {
        self.greeted.get_or_init(|| database_protocol::greet(self)).await.as_ref().map_err(Clone::clone)
    }

    /// The login; DB-05 tells its faults.
    pub(crate) async fn session(&self) -> Result<&Session, Fault> {
        self.session.get_or_init(|| database_login::log_in(self)).await.as_ref().map_err(Clone::clone)
    }

    /// All variables of the server.
    pub(crate) async fn variables(&self) -> Result<&Variables, Fault> {
        self.variables.get_or_init(|| server_variables::read(self)).await.as_ref().map_err(Clone::clone)
    }

    /// The databases of the plan that the account sees.
    pub(crate) async fn schemas(&self) -> Result<&[Schema], Fault> {
        self.schemas.get_or_init(|| schemas::read(self)).await.as_deref().map_err(Clone::clone)
    }

    /// What the databases of the plan hold.
    pub(crate) async fn contents(&self) -> Result<&[Contents], Fault> {
        self.contents.get_or_init(|| contents::read(self)).await.as_deref().map_err(Clone::clone)
    }

    /// Our own account, as the server sees it.
    pub(crate) async fn account(&self) -> Result<&Account, Fault> {
        self.account.get_or_init(|| account_plugin::read(self)).await.as_ref().map_err(Clone::clone)
    }

    /// What our account may do.
    pub(crate) async fn grants(&self) -> Result<&Grants, Fault> {
        self.grants.get_or_init(|| account_rights::read(self)).await.as_ref().map_err(Clone::clone)
    }

    /// How busy the server is.
    pub(crate) async fn load(&self) -> Result<&Load, Fault> {
        self.load.get_or_init(|| server_connections::read(self)).await.as_ref().map_err(Clone::clone)
    }

    /// The storage engines of the plan's databases, with what they hold.
    pub(crate) async fn engines(&self) -> Result<&[EngineUse], Fault> {
        self.engines.get_or_init(|| server_storage::read(self)).await.as_deref().map_err(Clone::clone)
    }

    /// Round trips and the difference of the clocks.
    pub(crate) async fn pace(&self) -> Result<&Pace, Fault> {
        self.pace.get_or_init(|| server_pace::measure(self)).await.as_ref().map_err(Clone::clone)
    }

    /// The directory that let us in; US-01 tells its faults.
    pub(crate) async fn directory(&self) -> Result<&Directory, Fault> {
        self.directory.get_or_init(|| directory::enter(self)).await.as_ref().map_err(Clone::clone)
    }

    /// The users of the directory; US-02 tells its faults.
    pub(crate) async fn users(&self) -> Result<&Users, Fault> {
        self.users.get_or_init(|| directory_entries::read(self)).await.as_ref().map_err(Clone::clone)
    }

    /// Ends the session politely.
    pub(crate) async fn close(self) {
        if let Some(Ok(session)) = self.session.into_inner() {
            // A server that does not answer any more loses the connection all the same.
            let _ = timeout(GOODBYE, session.close()).await;
        }
    }
}

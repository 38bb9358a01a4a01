//! What one run of checks observes: each name, connection, greeting, session and list is fetched at most once, by the check
//! that asks first.
//!
//! A fact is a type and the function that fetches it, in a separate module. This module defines which facts each fact is
//! fetched with. [`crate::checks`] evaluates the facts.

pub(crate) mod account;
pub(crate) mod directory;
pub(crate) mod engines;
pub(crate) mod grants;
pub(crate) mod greeting;
pub(crate) mod load;
pub(crate) mod login_fault;
pub(crate) mod name;
pub(crate) mod plan_databases;
pub(crate) mod port;
pub(crate) mod remedy_sql;
pub(crate) mod round_trip;
pub(crate) mod schemas;
pub(crate) mod session;
pub(crate) mod table_contents;
pub(crate) mod test_objects;
pub(crate) mod time;
pub(crate) mod users;
pub(crate) mod variables;

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use domain::inputs::ReadableAnswers;
use domain::product::Version;
use domain::steps::{Database, UserStore, UserStoreKind, keys};
use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::sync::OnceCell;
use tokio::time::timeout;

use crate::address::{NameCache, PinnedAddress};
use crate::budget::{self, ReadBudget};
use crate::certificate::TrustAnchors;
use crate::fault::SharedFault;
use crate::mysql::account::MysqlAccount;
use crate::mysql::grants::AccountGrants;
use crate::mysql::session::MysqlSession;
use crate::subject::RunSubject;
use crate::verification::ClusterAccess;

use directory::DirectorySession;
use engines::EngineUsage;
use greeting::ServerReply;
use load::ServerLoad;
use port::OpenPort;
use round_trip::RoundTrips;
use schemas::SchemaInfo;
use table_contents::DatabaseContents;
use test_objects::TestObjects;
use time::{ClockReading, QUIT_TIMEOUT, deadline_from_now};
use users::DirectoryUsers;
use variables::ServerVariables;

/// A fact that is fetched at most once.
type Cell<T> = OnceCell<Result<T, SharedFault>>;

/// The facts of one run. Dropping them closes every connection.
pub(crate) struct Facts {
    subject: Arc<RunSubject>,
    start: ClockReading,
    pub(crate) names: NameCache,
    deadline: OnceLock<Instant>,
    budget: Arc<ReadBudget>,
    addresses: Cell<Vec<PinnedAddress>>,
    port: Cell<OpenPort>,
    greeted: Cell<ServerReply>,
    session: Cell<MysqlSession>,
    variables: Cell<ServerVariables>,
    schemas: Cell<Vec<SchemaInfo>>,
    contents: Cell<Vec<DatabaseContents>>,
    account: Cell<MysqlAccount>,
    grants: Cell<AccountGrants>,
    load: Cell<ServerLoad>,
    engines: Cell<Vec<EngineUsage>>,
    round_trips: Cell<RoundTrips>,
    directory_servers: OnceCell<Vec<directory::Server>>,
    users: Cell<DirectoryUsers>,
    test_objects: TestObjects,
}

/// `fetch` is on the heap: facts are fetched with other facts, and their futures would add up on the stack of every check.
async fn once<'a, T>(cell: &'a Cell<T>, fetch: BoxFuture<'a, Result<T, SharedFault>>) -> Result<&'a T, SharedFault> {
    cell.get_or_init(|| fetch).await.as_ref().map_err(Clone::clone)
}

impl Facts {
    /// For a run that starts at `start`.
    pub(crate) fn new(subject: Arc<RunSubject>, start: ClockReading) -> Self {
        let names = NameCache::new(Arc::clone(&subject.resolver), subject.allowed.clone());
        Self {
            subject,
            start,
            names,
            deadline: OnceLock::new(),
            budget: Arc::new(ReadBudget::new(budget::MAX_CHECK_BYTES)),
            addresses: Cell::new(),
            port: Cell::new(),
            greeted: Cell::new(),
            session: Cell::new(),
            variables: Cell::new(),
            schemas: Cell::new(),
            contents: Cell::new(),
            account: Cell::new(),
            grants: Cell::new(),
            load: Cell::new(),
            engines: Cell::new(),
            round_trips: Cell::new(),
            directory_servers: OnceCell::new(),
            users: Cell::new(),
            test_objects: TestObjects::new(),
        }
    }

    pub(crate) fn answers(&self) -> &ReadableAnswers {
        &self.subject.answers
    }

    /// How the deployed cluster is reached; `None` in a run that does not verify it.
    pub(crate) fn cluster_access(&self) -> Option<&ClusterAccess> {
        self.subject.cluster.as_ref()
    }

    /// What this run created in the cluster.
    pub(crate) const fn test_objects(&self) -> &TestObjects {
        &self.test_objects
    }

    /// The CAs that count as public.
    pub(crate) fn public_authorities(&self) -> &TrustAnchors {
        &self.subject.public_authorities
    }

    /// When the run began, in Unix seconds.
    pub(crate) const fn run_began(&self) -> u64 {
        self.start.unix_time.as_secs()
    }

    /// The time of day at `instant`, since 1970.
    pub(crate) fn unix_time_at(&self, instant: Instant) -> Duration {
        self.start.unix_time_at(instant)
    }

    /// The database step.
    pub(crate) fn database(&self) -> Result<&Database, SharedFault> {
        let what = "a setting is missing or cannot be read";
        self.answers().database.as_ref().ok_or_else(|| SharedFault::incomplete("Database", what))
    }

    /// The version of IS that the plan installs.
    pub(crate) fn version(&self) -> Result<Version, SharedFault> {
        let product = self.answers().product.as_ref();
        product
            .map(|product| product.version)
            .ok_or_else(|| SharedFault::incomplete("Product", "the IS version is missing"))
    }

    /// The user store; `None` when users are stored in the shared database.
    pub(crate) fn directory_store(&self) -> Result<Option<&UserStore>, SharedFault> {
        let store = self.answers().user_store.as_ref();
        let store =
            store.ok_or_else(|| SharedFault::incomplete("User store", "a setting is missing or cannot be read"))?;
        Ok((store.kind != UserStoreKind::Database).then_some(store))
    }

    fn required_directory_store(&self) -> Result<&UserStore, SharedFault> {
        self.directory_store()?.ok_or_else(|| SharedFault::incomplete("User store", "there is no directory"))
    }

    /// Whether the secret of `setting` is missing and the answers hold a placeholder.
    pub(crate) fn lacks_secret(&self, setting: &str) -> bool {
        self.subject.missing_secrets.contains(&setting)
    }

    /// When all work on the way to the first login ends, counted from its start, so that a host that does not answer costs one
    /// time limit and not one for each stage.
    pub(crate) fn deadline(&self) -> Instant {
        *self.deadline.get_or_init(deadline_from_now)
    }

    /// The addresses of the database host that may be dialled; DB-01 reports its faults.
    pub(crate) async fn addresses(&self) -> Result<&[PinnedAddress], SharedFault> {
        let fetch = async { name::resolve(&self.names, self.database()?).await };
        once(&self.addresses, fetch.boxed()).await.map(Vec::as_slice)
    }

    /// The open port; DB-02 reports its faults.
    pub(crate) async fn port(&self) -> Result<&OpenPort, SharedFault> {
        once(&self.port, async { port::connect(self.addresses().await?, self.deadline()).await }.boxed()).await
    }

    /// What the server sends first; DB-03 reports its faults.
    pub(crate) async fn greeted(&self) -> Result<&ServerReply, SharedFault> {
        once(&self.greeted, async { greeting::greet(self.port().await?, self.deadline()).await }.boxed()).await
    }

    /// The login; DB-05 reports its faults.
    pub(crate) async fn session(&self) -> Result<&MysqlSession, SharedFault> {
        let fetch = async {
            let database = self.database()?;
            let greeted = self.greeted().await?;
            if self.lacks_secret(keys::DATABASE.password) {
                return Err(session::without_password());
            }
            session::log_in(database, self.port().await?, greeted, &self.budget, self.deadline()).await
        };
        once(&self.session, fetch.boxed()).await
    }

    /// Logs in once more, for work that must not share its connection with other checks; `required` is that of the check it is
    /// for. Only once the login is known to work: a second wrong password may lock an account.
    pub(crate) async fn second_session(&self, required: &str) -> Result<MysqlSession, SharedFault> {
        let (database, port) = (self.database()?, self.port().await?);
        self.session().await?;
        session::log_in_again(database, port, &self.budget, required).await
    }

    /// All global variables of the server.
    pub(crate) async fn variables(&self) -> Result<&ServerVariables, SharedFault> {
        once(&self.variables, async { variables::read(self.session().await?).await }.boxed()).await
    }

    /// The databases of the plan that the account sees.
    pub(crate) async fn schemas(&self) -> Result<&[SchemaInfo], SharedFault> {
        let fetch = async { schemas::read(self.database()?, self.session().await?).await };
        once(&self.schemas, fetch.boxed()).await.map(Vec::as_slice)
    }

    /// The tables of the plan's databases.
    pub(crate) async fn contents(&self) -> Result<&[DatabaseContents], SharedFault> {
        let fetch = async {
            let (version, database) = (self.version()?, self.database()?);
            let schemas = self.schemas().await?;
            let ignores_case = self.variables().await?.ignores_case();
            table_contents::read(version, database, schemas, ignores_case, self.session().await?).await
        };
        once(&self.contents, fetch.boxed()).await.map(Vec::as_slice)
    }

    /// The plan's account, as the server reports it.
    pub(crate) async fn account(&self) -> Result<&MysqlAccount, SharedFault> {
        once(&self.account, async { account::read(self.session().await?).await }.boxed()).await
    }

    /// The rights of the plan's account.
    pub(crate) async fn grants(&self) -> Result<&AccountGrants, SharedFault> {
        once(&self.grants, async { grants::read(self.session().await?).await }.boxed()).await
    }

    /// How busy the server is.
    pub(crate) async fn load(&self) -> Result<&ServerLoad, SharedFault> {
        once(&self.load, async { load::read(self.session().await?).await }.boxed()).await
    }

    /// The storage engines of the plan's databases, with the size of their tables.
    pub(crate) async fn engines(&self) -> Result<&[EngineUsage], SharedFault> {
        let fetch = async {
            let session = self.session().await?;
            engines::read(self.database()?, session).await
        };
        once(&self.engines, fetch.boxed()).await.map(Vec::as_slice)
    }

    /// Round trips and the difference of the clocks.
    pub(crate) async fn round_trips(&self) -> Result<&RoundTrips, SharedFault> {
        let fetch = async {
            round_trip::measure(self.second_session(round_trip::REQUIRED_ROUND_TRIP).await?, self.start).await
        };
        once(&self.round_trips, fetch.boxed()).await
    }

    /// The servers of the directory, logged in to; US-01 reports their faults.
    pub(crate) async fn directory_servers(&self) -> Result<&[directory::Server], SharedFault> {
        let store = self.required_directory_store()?;
        let has_password = !self.lacks_secret(keys::USER_STORE.connection_password);
        let fetch =
            || directory::log_in_everywhere(store, has_password, &self.names, self.public_authorities()).boxed();
        Ok(self.directory_servers.get_or_init(fetch).await)
    }

    /// The first server of the directory that accepted the bind account: the one that IS uses.
    pub(crate) async fn directory(&self) -> Result<&DirectorySession, SharedFault> {
        let servers = self.directory_servers().await?;
        let server = servers.iter().find(|server| server.login.is_ok()).or(servers.first());
        let server = server.ok_or_else(|| SharedFault::incomplete("User store", "there is no directory"))?;
        server.login.as_ref().map_err(Clone::clone)
    }

    /// The users of the directory; US-02 reports its faults.
    pub(crate) async fn users(&self) -> Result<&DirectoryUsers, SharedFault> {
        let fetch = async {
            let store = self.required_directory_store()?;
            let terms = users::terms(store)?;
            users::read(store, &terms, self.directory().await?).await
        };
        once(&self.users, fetch.boxed()).await
    }

    /// Ends the session with `COM_QUIT`.
    pub(crate) async fn close(self) {
        if let Some(Ok(session)) = self.session.into_inner() {
            // A server that does not answer any more loses the connection all the same.
            let _ = timeout(QUIT_TIMEOUT, session.close()).await;
        }
    }
}

//! A plan to check, a resolver with fixed names, and the results of a run.

use std::collections::HashMap;
use std::future::Future;
use std::net::IpAddr;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use domain::check::{CheckEvent, CheckId, CheckReport, CheckResult, Outcome, Reach};
use domain::inputs::ReadableAnswers;
use domain::product::Version;
use domain::secret::{Secret, Secrets};
use domain::step::Step;
use futures::FutureExt;
use futures::future::BoxFuture;
use probe::address::{AllowedNetworks, LookupError, Resolver};
use probe::engine::{self, RunEnvironment};
use probe::{RunSubject, TrustAnchors};
use testbed::plan::TestPlan;
use testbed::{DatabaseServer, TestDatabase, TestUser};

pub(crate) use testbed::port::closed as closed_port;

pub(crate) use crate::services::{listen, own_loopback, serve, serve_at, wait};

pub(crate) const PASSWORD: &str = "Probe-password-1";
/// A version that needs latin1 and has three databases.
pub(crate) const VERSION: &str = "7.3.0";
/// All live checks of the Database step.
pub(crate) static DATABASE: LazyLock<Vec<CheckId>> = LazyLock::new(|| {
    let is_live = |id: &CheckId| id.step() == Step::Database && id.reach() == Reach::Server && id.writes().is_none();
    CheckId::ALL.iter().copied().filter(is_live).collect()
});

/// The privileges that IS needs at run time, as database/grants.sql grants them.
pub(crate) const RUN_TIME_RIGHTS: &str = "SELECT, INSERT, UPDATE, DELETE";

/// Names with fixed addresses; others do not exist.
#[derive(Clone, Default)]
pub(crate) struct Hosts(HashMap<String, Result<Vec<IpAddr>, LookupError>>);

impl Resolver for Hosts {
    fn lookup(&self, name: String) -> BoxFuture<'static, Result<Vec<IpAddr>, LookupError>> {
        let found = self.0.get(&name).cloned().unwrap_or(Err(LookupError::NoSuchName));
        async move { found }.boxed()
    }
}

/// A plan with the names that it uses.
#[derive(Clone, Default)]
pub(crate) struct Plan {
    answers: TestPlan,
    hosts: Hosts,
    allowed: AllowedNetworks,
    /// By how much the wizard's clock is ahead of the clock of this machine, in seconds.
    clock_ahead: i32,
    /// The CA that counts as public, PEM; the browsers' list if absent.
    public_authority: Option<String>,
}

impl Plan {
    /// A plan for IS 7.3 without nodes, whose database is at 127.0.0.1 and `port`.
    pub(crate) fn at(port: u16) -> Self {
        let answers = TestPlan::machines(0)
            .with("product.version", VERSION)
            .with("database.host", "127.0.0.1")
            .with("database.port", port)
            .with_secret("database.password", PASSWORD);
        let mut plan = Self { answers, ..Self::default() };
        plan.resolves("login.example.com", &["127.0.0.1"]);
        plan
    }

    pub(crate) fn set(&mut self, key: &str, value: impl ToString) -> &mut Self {
        self.answers.set(key, value);
        self
    }

    /// Permits connections to these networks only.
    pub(crate) fn allows(&mut self, networks: &[&str]) -> &mut Self {
        self.allowed = AllowedNetworks::only(networks.iter().map(|text| text.parse().unwrap()).collect());
        self
    }

    pub(crate) fn secret(&mut self, key: &str, secret: &str) -> &mut Self {
        self.answers.set_secret(key, secret);
        self
    }

    pub(crate) fn password(&mut self, password: &str) -> &mut Self {
        self.secret("database.password", password)
    }

    pub(crate) fn resolves(&mut self, name: &str, addresses: &[&str]) -> &mut Self {
        let addresses = addresses.iter().map(|address| address.parse().unwrap()).collect();
        self.hosts.0.insert(name.to_owned(), Ok(addresses));
        self
    }

    /// Makes this CA (PEM) the public one.
    pub(crate) fn public_authority(&mut self, authority: &str) -> &mut Self {
        self.public_authority = Some(authority.to_owned());
        self
    }

    pub(crate) fn name_server_is_silent_about(&mut self, name: &str) -> &mut Self {
        self.hosts.0.insert(name.to_owned(), Err(LookupError::NoAnswer));
        self
    }

    /// Sets the wizard's clock forward or back, in seconds.
    pub(crate) fn clock_is_ahead(&mut self, seconds: i32) -> &mut Self {
        self.clock_ahead = seconds;
        self
    }

    /// Adds a node whose HTTPS port is `port`.
    pub(crate) fn node(&mut self, name: &str, host: &str, port: u16) -> &mut Self {
        self.answers.push_node(name, host, port - 9443, 4000);
        self
    }

    /// Removes all nodes.
    pub(crate) fn no_nodes(&mut self) -> &mut Self {
        self.answers.truncate_nodes(0);
        self
    }

    pub(crate) fn subject(&self) -> Arc<RunSubject> {
        let secrets: Secrets = self.answers.secrets().map(|(key, text)| (key, Secret::new(text))).collect();
        let (answers, findings) = ReadableAnswers::read(&self.answers.draft(), &secrets);
        for finding in findings.iter().filter(|finding| finding.at.step == Step::Database) {
            println!("{}: {}", finding.at, finding.message());
        }
        let mut subject = RunSubject::new(answers, self.allowed.clone());
        subject.resolver = Arc::new(self.hosts.clone());
        if let Some(authority) = &self.public_authority {
            subject.public_authorities = TrustAnchors::given(authority);
        }
        Arc::new(subject)
    }

    /// Runs checks to their end.
    pub(crate) async fn run(&self, ids: &[CheckId]) -> Run {
        self.run_until(ids, |_| {}, std::future::pending()).await
    }

    /// Runs checks until `cancel`; `watch` sees each event.
    pub(crate) async fn run_until(
        &self,
        ids: &[CheckId],
        watch: impl Fn(&CheckEvent) + Send + Sync,
        cancel: impl Future<Output = ()> + Send,
    ) -> Run {
        let events = Mutex::new(Vec::new());
        let started = Instant::now();
        let keep = |event: CheckEvent| {
            watch(&event);
            events.lock().unwrap().push(event);
        };
        let clock = || Duration::from_secs_f64(now().as_secs_f64() + f64::from(self.clock_ahead));
        let tools = RunEnvironment { clock: &clock, rules: &|id| vec![by_rule(id)] };
        engine::run(1, ids.to_vec(), self.subject(), tools, keep, cancel).await;
        Run { events: events.into_inner().unwrap(), took: started.elapsed() }
    }
}

/// The time of this machine: the clocks of real servers are compared with it.
#[expect(clippy::disallowed_methods, reason = "the test owns the clock")]
pub(crate) fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap()
}

fn by_rule(id: CheckId) -> CheckResult {
    let text = String::new;
    let (outcome, took_ms) = (Outcome::Passed, 0);
    CheckResult {
        id,
        subject: None,
        outcome,
        current: text(),
        required: text(),
        remedy: Default::default(),
        took_ms,
        from_node: false,
        expires_at: None,
    }
}

/// The events of a run and its duration.
pub(crate) struct Run {
    pub(crate) events: Vec<CheckEvent>,
    pub(crate) took: Duration,
}

impl Run {
    pub(crate) fn results(&self) -> Vec<&CheckResult> {
        let mut all = Vec::new();
        for event in &self.events {
            if let CheckEvent::Finished { results, .. } = event {
                all.extend(results);
            }
        }
        all
    }

    pub(crate) fn report(&self) -> CheckReport {
        let mut report = CheckReport::default();
        self.events.iter().for_each(|event| report.apply(event));
        report
    }

    pub(crate) fn of(&self, id: CheckId) -> &CheckResult {
        self.results().into_iter().find(|result| result.id == id).unwrap_or_else(|| panic!("{id} has no result"))
    }

    pub(crate) fn with(&self, outcome: Outcome) -> Vec<CheckId> {
        let mut ids: Vec<_> =
            self.results().iter().filter(|result| result.outcome == outcome).map(|result| result.id).collect();
        ids.dedup();
        ids
    }

    /// The failures and warnings, as faults are counted. WSO2's list lacks Debian's database servers: DB-04 reports that on
    /// every set-up, and counts only if `wanted` is about it.
    fn found(&self, wanted: Option<CheckId>) -> Vec<String> {
        let failed = self.with(Outcome::Failed);
        let reported = |id: &CheckId| !failed.contains(id) && (*id != CheckId::Db04 || wanted == Some(*id));
        let warned = self.with(Outcome::Warned).into_iter().filter(reported).map(|id| format!("warned {id}"));
        failed.iter().map(|id| format!("failed {id}")).chain(warned).collect()
    }

    /// Prints what did not pass, one line per result: visible when the test fails.
    fn print(&self) {
        for result in self.results().iter().filter(|result| result.outcome != Outcome::Passed) {
            println!("{} {:?} {:?}: {}", result.id, result.subject, result.outcome, result.current);
        }
    }

    /// Asserts that `id` alone failed, with a remedy and with `words`; returns its first failed result.
    #[track_caller]
    pub(crate) fn fails_alone(&self, id: CheckId, words: &str) -> &CheckResult {
        self.print();
        testbed::faults::expect(words, &format!("failed {id}"), &self.found(Some(id)), domain::sites::take());
        self.states(id, Outcome::Failed, words)
    }

    /// Asserts that `id` alone warned, with a remedy and with `words`; returns its first warning.
    #[track_caller]
    pub(crate) fn warns_alone(&self, id: CheckId, words: &str) -> &CheckResult {
        self.print();
        testbed::faults::expect(words, &format!("warned {id}"), &self.found(Some(id)), domain::sites::take());
        self.states(id, Outcome::Warned, words)
    }

    /// The first result of `id` with this outcome, whose texts are complete.
    #[track_caller]
    fn states(&self, id: CheckId, outcome: Outcome, words: &str) -> &CheckResult {
        let results = self.results();
        let mut fitting = results.into_iter().filter(|result| result.id == id && result.outcome == outcome);
        let result = fitting.next().unwrap();
        assert!(result.current.contains(words), "{:?} says {:?}", result.current, words);
        assert!(!result.required.is_empty() && !result.remedy.text.is_empty(), "{result:?}");
        self.is_reported_well();
        result
    }

    /// Asserts that nothing failed or warned; some checks may have been skipped.
    #[track_caller]
    pub(crate) fn finds_nothing(&self) {
        self.print();
        drop(domain::sites::take());
        testbed::faults::expect_none("", &self.found(None));
        self.is_reported_well();
    }

    /// Asserts that everything was checked, and that nothing failed or warned.
    #[track_caller]
    pub(crate) fn is_healthy(&self) {
        self.print();
        drop(domain::sites::take());
        testbed::faults::expect_none("", &self.found(None));
        assert_eq!(self.with(Outcome::CouldNotCheck), []);
        self.is_reported_well();
    }

    /// Asserts that nothing failed and that `id` was skipped because of `words`.
    #[track_caller]
    pub(crate) fn could_not_check(&self, id: CheckId, words: &str) {
        assert_eq!(self.with(Outcome::Failed), [], "{:#?}", self.results());
        let result = self.of(id);
        assert_eq!(result.outcome, Outcome::CouldNotCheck, "{result:?}");
        assert!(result.current.contains(words), "{:?} says {:?}", result.current, words);
        self.is_reported_well();
    }

    /// What holds for all results: no secret, no long text, a reason for every skipped check.
    #[track_caller]
    fn is_reported_well(&self) {
        let all = format!("{:?}", self.events);
        assert!(!all.contains(PASSWORD), "the password is told");
        for result in self.results() {
            assert!(!result.current.is_empty() && result.current.len() < 400, "{result:?}");
            if result.outcome != Outcome::Passed {
                assert!(!result.remedy.text.is_empty(), "{result:?}");
            }
        }
        assert!(self.report().checks.values().all(|state| state.outcome().is_some()));
    }
}

/// Databases and an account for IS on a real server, dropped with this value.
pub(crate) struct Prepared<'s> {
    pub(crate) plan: Plan,
    pub(crate) identity: TestDatabase<'s>,
    pub(crate) shared: TestDatabase<'s>,
    pub(crate) agent: TestDatabase<'s>,
    pub(crate) user: TestUser<'s>,
}

impl Prepared<'_> {
    /// Plans another version, with its databases.
    pub(crate) fn version(&mut self, server: &DatabaseServer, version: Version) {
        self.plan.set("product.version", version.value());
        if !version.facts().agent_database {
            self.leave(server, &self.agent);
        }
    }

    /// Revokes the account's rights on a database that the plan no longer names.
    pub(crate) fn leave(&self, server: &DatabaseServer, database: &TestDatabase<'_>) {
        let (name, user) = (database.name().replace('_', "\\_"), self.user.name());
        server.execute(&format!("REVOKE ALL PRIVILEGES ON `{name}`.* FROM {user}@'%'")).unwrap();
    }
}

/// Prepares a healthy set-up.
pub(crate) fn prepare(server: &DatabaseServer) -> Prepared<'_> {
    prepare_from(server, "%")
}

/// The same with an account that may connect only from `host`.
pub(crate) fn prepare_from<'s>(server: &'s DatabaseServer, host: &str) -> Prepared<'s> {
    let [identity, shared, agent] = [(); 3].map(|()| server.create_database("latin1").unwrap());
    let user = server.create_user(host, PASSWORD).unwrap();
    for database in [&identity, &shared, &agent] {
        user.grant(RUN_TIME_RIGHTS, &format!("`{}`.*", database.name().replace('_', "\\_"))).unwrap();
    }
    let mut plan = Plan::at(server.port());
    plan.set("database.identity_db", identity.name()).set("database.shared_db", shared.name());
    plan.set("database.agent_db", agent.name()).set("database.username", user.name());
    // At addresses of their own no other test's server takes one of their ports.
    plan.node("is-1", &own_loopback(), 9443).node("is-2", &own_loopback(), 9443);
    Prepared { plan, identity, shared, agent, user }
}

/// MariaDB and MySQL, as far as they are installed on this machine.
pub(crate) fn servers() -> Vec<DatabaseServer> {
    [testbed::mariadb(), testbed::mysql()].into_iter().filter_map(testbed::or_report).collect()
}

/// Dedicated MariaDB and MySQL servers, which a test may damage.
pub(crate) fn own_servers(options: &[&str]) -> Vec<DatabaseServer> {
    [testbed::mariadb_with(options), testbed::mysql_with(options)].into_iter().filter_map(testbed::or_report).collect()
}

/// Runs WSO2's scripts of [`VERSION`], if they are next to the checkout.
pub(crate) fn fill(server: &DatabaseServer, prepared: &Prepared<'_>) -> Option<()> {
    let scripts = testbed::or_report(testbed::dbscripts(VERSION))?;
    for (database, script) in [
        (&prepared.shared, "mysql.sql"),
        (&prepared.identity, "identity/mysql.sql"),
        (&prepared.identity, "consent/mysql.sql"),
        (&prepared.agent, "identity/agent/mysql.sql"),
    ] {
        server.run_script(database.name(), scripts.join(script)).unwrap();
    }
    Some(())
}

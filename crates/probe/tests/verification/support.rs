//! A cluster of stand-ins with its load balancer, and runs of the verification against it.

use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use domain::check::{CheckEvent, CheckId, CheckResult, Outcome, Reach};
use domain::draft::Draft;
use domain::inputs::ReadableAnswers;
use domain::secret::{Secret, Secrets};
use probe::address::AllowedNetworks;
use probe::engine::{self, RunEnvironment};
use probe::verification::{ClusterAccess, ClusterAddress, LOAD_BALANCER_NAME, VerificationAccount};
use probe::{RunSubject, TrustAnchors};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use standin::{ClusterOptions, Faults, NodeOptions, StandInCluster, StandInVersion};
use testbed::{RunningBalancer, Unavailable};
use tokio_util::sync::CancellationToken;

pub(crate) const HOSTNAME: &str = "login.example.test";
pub(crate) const ADMIN: &str = "is-admin";
pub(crate) const PASSWORD: &str = "Adm1n!canary";
const NODES: [&str; 2] = ["is-1", "is-2"];

/// A CA, and what it issued for the hostname.
pub(crate) struct Certificates {
    pub(crate) authority: String,
    pub(crate) certificate: String,
    pub(crate) key: String,
}

impl Certificates {
    pub(crate) fn new() -> Self {
        Self::issue(HOSTNAME, None)
    }

    /// For another name.
    pub(crate) fn for_name(name: &str) -> Self {
        Self::issue(name, None)
    }

    /// The server certificate ends after this many days.
    pub(crate) fn until(days: i64) -> Self {
        Self::issue(HOSTNAME, Some(days))
    }

    fn issue(name: &str, days: Option<i64>) -> Self {
        let authority_key = KeyPair::generate().unwrap();
        let mut authority = CertificateParams::new(Vec::new()).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.distinguished_name.push(rcgen::DnType::CommonName, "CA of the test");
        let authority_pem = authority.self_signed(&authority_key).unwrap().pem();
        let issuer = Issuer::new(authority, authority_key);
        let key = KeyPair::generate().unwrap();
        let mut server = CertificateParams::new(vec![name.to_owned()]).unwrap();
        server.distinguished_name.push(rcgen::DnType::CommonName, name);
        if let Some(days) = days {
            server.not_after = time::OffsetDateTime::from_unix_timestamp(now().as_secs() as i64).unwrap()
                + time::Duration::days(days)
                + time::Duration::hours(1);
        }
        let certificate = server.signed_by(&key, &issuer).unwrap().pem();
        Self { authority: authority_pem, certificate, key: key.serialize_pem() }
    }
}

/// Certificates that nobody trusts: what `edit` changes decides at which point TLS clients reject them.
pub(crate) fn self_signed(names: &[&str], edit: impl FnOnce(&mut CertificateParams)) -> Certificates {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).unwrap();
    params.distinguished_name.push(rcgen::DnType::CommonName, "another");
    edit(&mut params);
    let certificate = params.self_signed(&key).unwrap().pem();
    Certificates { authority: certificate.clone(), certificate, key: key.serialize_pem() }
}

/// A cluster, its load balancer, and how it is verified.
pub(crate) struct World {
    pub(crate) cluster: StandInCluster,
    pub(crate) access: ClusterAccess,
    draft: Draft,
    /// Where clients reach the load balancer.
    port: u16,
    balancers: Vec<RunningBalancer>,
}

/// What a run told.
pub(crate) struct Run {
    pub(crate) results: Vec<CheckResult>,
    text: String,
}

/// The time of this machine, from which the names of test objects are made.
#[expect(clippy::disallowed_methods, reason = "the test is what tells the time")]
pub(crate) fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap()
}

impl World {
    /// Two nodes; `None` where this machine has no NGINX.
    pub(crate) async fn new(certificates: &Certificates, faults: [Faults; 2]) -> Option<Self> {
        // The load balancer needs the ports of the nodes, and they need its port in their URLs.
        let port = testbed::port::free().unwrap();
        Self::behind(("127.0.0.1", port), certificates, faults).await
    }

    /// The same with the load balancer at port 443, which does not stand in URLs; `None` where this account may not use it.
    pub(crate) async fn behind_443(faults: [Faults; 2]) -> Option<Self> {
        let address = format!("127.43.{}.1", std::process::id() % 250 + 1);
        let opened = std::net::TcpListener::bind((address.as_str(), 443));
        testbed::or_report(opened.map_err(|error| Unavailable::new("port 443", error)))?;
        Self::behind((&address, 443), &Certificates::new(), faults).await
    }

    async fn behind(listen: (&str, u16), certificates: &Certificates, faults: [Faults; 2]) -> Option<Self> {
        Self::start(listen, certificates, faults, Duration::from_millis(50)).await
    }

    async fn start(
        (address, port): (&str, u16),
        certificates: &Certificates,
        faults: [Faults; 2],
        delay: Duration,
    ) -> Option<Self> {
        let nginx = testbed::or_report(testbed::nginx("1.22"))?;
        let nodes: Vec<NodeOptions> = NODES
            .into_iter()
            .zip(faults)
            .map(|(name, faults)| {
                let mut node = NodeOptions::new(name, &certificates.certificate, &certificates.key);
                node.faults = faults;
                node
            })
            .collect();
        let mut options = ClusterOptions::new(StandInVersion::V7_2, HOSTNAME, ADMIN, PASSWORD, nodes);
        options.invalidation_delay = delay;
        options.signing_key_pem = Some(signing_key());
        options.public_port = Some(port).filter(|port| *port != 443);
        let cluster = StandInCluster::start(options).await.unwrap();
        let ports = NODES.map(|name| cluster.address(name).unwrap().port());
        let servers: String = ports.iter().map(|port| format!("server 127.0.0.1:{port} max_fails=0;")).collect();
        // It listens twice: the testbed waits for the port that it chose.
        let http = |folder: &std::path::Path, ready: u16| {
            format!(
                "upstream nodes {{ {servers} }}
                 server {{
                     listen 127.0.0.1:{ready} ssl; listen {address}:{port} ssl;
                     ssl_certificate {folder}/crt; ssl_certificate_key {folder}/key;
                     add_header X-Upstream $upstream_addr always;
                     location / {{ proxy_pass https://nodes; proxy_set_header Host $http_host; }}
                 }}",
                folder = folder.display(),
            )
        };
        let files = [("crt", certificates.certificate.as_str()), ("key", certificates.key.as_str())];
        let balancer = testbed::or_report(nginx.run_nginx(&files, http))?;
        let mut draft = Draft::default();
        for (key, value) in [
            ("product.version", "7.2.0"),
            ("load_balancer.hostname", HOSTNAME),
            ("load_balancer.address", address),
            ("load_balancer.https_port", &port.to_string()),
        ] {
            draft.set(key, value.to_owned());
        }
        let row = |name: &str| {
            [("name", name), ("host", "127.0.0.1"), ("offset", "0"), ("hazelcast_port", "4000")]
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .into()
        };
        draft.nodes = NODES.iter().map(|name| row(name)).collect();
        let node_address =
            |(name, port): (&str, u16)| ClusterAddress { name: name.to_owned(), host: "127.0.0.1".to_owned(), port };
        let access = ClusterAccess {
            addresses: NODES.into_iter().zip(ports).map(node_address).collect(),
            node_authorities: TrustAnchors::given(&certificates.authority),
            balancer_authorities: TrustAnchors::given(&certificates.authority),
            account: Some(account("1f2e")),
            confirmed: None,
        };
        Some(Self { cluster, access, draft, port, balancers: vec![balancer] })
    }

    /// Clients use this port in the plan, and the load balancer is reached at its own.
    pub(crate) fn set_planned_port(&mut self, port: u16) {
        self.draft.set("load_balancer.https_port", port.to_string());
        let (name, host) = (LOAD_BALANCER_NAME.to_owned(), "127.0.0.1".to_owned());
        self.access.addresses.push(ClusterAddress { name, host, port: self.port });
    }

    /// Both nodes with the same faults.
    pub(crate) async fn with(faults: Faults) -> Option<Self> {
        Self::new(&Certificates::new(), [faults.clone(), faults]).await
    }

    /// The second node behind a server that answers some requests itself: `locations` of NGINX. PUBLIC in them is what clients
    /// write, NODE the address of the node.
    pub(crate) async fn with_second_behind(locations: &str) -> Option<Self> {
        let certificates = Certificates::new();
        let mut world = Self::new(&certificates, [Faults::default(), Faults::default()]).await?;
        let nginx = testbed::or_report(testbed::nginx("1.22"))?;
        let node = world.cluster.address(NODES[1]).unwrap();
        let public = format!("{HOSTNAME}:{}", world.port);
        let locations = locations.replace("PUBLIC", &public).replace("NODE", &node.to_string());
        let http = |folder: &std::path::Path, port: u16| {
            format!(
                "server {{
                     listen 127.0.0.1:{port} ssl;
                     ssl_certificate {folder}/crt; ssl_certificate_key {folder}/key;
                     {locations}
                     location / {{ proxy_pass https://{node}; proxy_set_header Host $http_host; }}
                 }}",
                folder = folder.display(),
            )
        };
        let files = [("crt", certificates.certificate.as_str()), ("key", certificates.key.as_str())];
        let second = testbed::or_report(nginx.run_nginx(&files, http))?;
        world.access.addresses[1].port = second.port();
        world.balancers.push(second);
        Some(world)
    }

    /// Both nodes, whose messages to each other take this time.
    pub(crate) async fn with_delay(delay: Duration) -> Option<Self> {
        let port = testbed::port::free().unwrap();
        Self::start(("127.0.0.1", port), &Certificates::new(), [Faults::default(), Faults::default()], delay).await
    }

    /// The second node with faults.
    pub(crate) async fn with_second(faults: Faults) -> Option<Self> {
        Self::new(&Certificates::new(), [Faults::default(), faults]).await
    }

    /// Runs all checks of the verification.
    pub(crate) async fn verify(&self) -> Run {
        self.run(CancellationToken::new(), now()).await
    }

    /// Runs some of them.
    pub(crate) async fn verify_only(&self, checks: &[CheckId]) -> Run {
        self.run_checks(checks.to_vec(), CancellationToken::new(), now()).await
    }

    /// Runs all checks at another time, or cancelled.
    pub(crate) async fn run(&self, cancel: CancellationToken, now: Duration) -> Run {
        let checks = CheckId::ALL.iter().copied().filter(|id| id.reach() == Reach::Cluster);
        self.run_checks(checks.collect(), cancel, now).await
    }

    async fn run_checks(&self, checks: Vec<CheckId>, cancel: CancellationToken, now: Duration) -> Run {
        let (answers, _) = ReadableAnswers::read(&self.draft, &Secrets::new());
        let mut subject = RunSubject::new(answers, AllowedNetworks::default());
        subject.cluster = Some(self.access.clone());
        let events = Mutex::new(Vec::new());
        let keep = |event: CheckEvent| events.lock().unwrap().push(event);
        let clock = || now;
        let tools = RunEnvironment { clock: &clock, rules: &|_| Vec::new() };
        engine::run(1, checks, Arc::new(subject), tools, keep, cancel.cancelled()).await;
        let events = events.into_inner().unwrap();
        let text = format!("{events:?}");
        let results = events.into_iter().filter_map(|event| match event {
            CheckEvent::Finished { results, .. } => Some(results),
            _ => None,
        });
        Run { results: results.flatten().collect(), text }
    }

    /// The names of all test objects that the cluster holds.
    pub(crate) fn test_objects(&self) -> Vec<String> {
        self.cluster.object_names().into_iter().filter(|name| name.contains("cw-verify-")).collect()
    }
}

/// One key for all tests: creating one takes seconds without optimisation.
fn signing_key() -> String {
    static KEY: OnceLock<String> = OnceLock::new();
    KEY.get_or_init(|| KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap().serialize_pem()).clone()
}

/// The account of a verification.
pub(crate) fn account(run_name: &str) -> VerificationAccount {
    VerificationAccount {
        username: ADMIN.to_owned(),
        password: Secret::new(PASSWORD),
        run_name: run_name.to_owned(),
        test_password: Secret::new("Cw1!0123456789abcdef01234567"),
    }
}

impl Run {
    fn found(&self) -> Vec<String> {
        let mut found = Vec::new();
        for (outcome, word) in [(Outcome::Failed, "failed"), (Outcome::Warned, "warned")] {
            let ids = self.results.iter().filter(|result| result.outcome == outcome).map(|result| result.id);
            found.extend(ids.map(|id| format!("{word} {id}")));
        }
        found.dedup();
        found
    }

    fn print(&self) {
        for result in &self.results {
            println!("{} {:?} {:?}: {}", result.id, result.subject, result.outcome, result.current);
        }
    }

    #[track_caller]
    fn is_reported_well(&self) {
        for secret in [PASSWORD, "0123456789abcdef01234567"] {
            assert!(!self.text.contains(secret), "a secret is told");
        }
        for result in self.results.iter().filter(|result| result.outcome != Outcome::Passed) {
            assert!(!result.remedy.text.is_empty(), "{result:?}");
        }
    }

    /// Asserts that `id` alone failed or warned, and that its result contains `words`.
    #[track_caller]
    pub(crate) fn only(&self, expected: &str, words: &str) {
        self.print();
        testbed::faults::expect(words, expected, &self.found(), domain::sites::take());
        let is_it = |result: &&CheckResult| result.current.contains(words) && expected.ends_with(result.id.code());
        assert!(self.results.iter().any(|result| is_it(&result)), "{words:?} is missing");
        self.is_reported_well();
    }

    /// Asserts that everything passed.
    #[track_caller]
    pub(crate) fn is_healthy(&self) {
        self.print();
        drop(domain::sites::take());
        testbed::faults::expect_none("", &self.found());
        assert!(self.results.iter().all(|result| result.outcome == Outcome::Passed), "something was not checked");
        self.is_reported_well();
    }

    /// The results of one check.
    pub(crate) fn of(&self, id: CheckId) -> Vec<&CheckResult> {
        self.results.iter().filter(|result| result.id == id).collect()
    }
}

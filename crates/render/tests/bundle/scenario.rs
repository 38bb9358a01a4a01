//! The scenarios of the tests: every version, layout, user store, scheme, load balancer and certificate source at least
//! once, and most pairs of neighbours.

use std::sync::LazyLock;

use domain::check::{CheckId, CheckReport, CheckResult, CheckState, Outcome, Remedy};
use domain::cluster::validate;
use domain::draft::{Acceptance, Draft};
use domain::render_plan::RenderPlan;
use domain::rules::{CA_CERTIFICATE_SETTINGS, ExternalFacts};
use domain::secret::{Secret, Secrets};
use render::certificates::inspect::inspect_provided;
use render::certificates::{CertificateRequests, LeafRequest, SigningAuthority, issue};
use render::keyring::KeyRing;
use testbed::plan::TestPlan;

use crate::world::{MADE_AT, reveal, ring};

/// A plan with what was found out about it.
#[derive(Clone)]
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) draft: Draft,
    pub(crate) secrets: Secrets,
    /// The results of checks before the download.
    pub(crate) report: CheckReport,
}

impl Scenario {
    /// A plan with these answers.
    fn new(name: &'static str, plan: TestPlan, answers: &[(&str, &str)]) -> Self {
        let plan = plan
            .titled(&format!("The {name} cluster"))
            .with_all(answers.iter().copied())
            .with_secret("database.password", "Db-s3cret-of-tests")
            .with_secret("user_store.admin_password", "Adm1n!of-tests");
        let secrets = plan.secrets().map(|(key, text)| (key, Secret::new(text))).collect();
        Self { name, draft: plan.draft(), secrets, report: CheckReport::default() }
    }

    pub(crate) fn with(mut self, key: &str, text: &str) -> Self {
        self.draft.set(key, text);
        self
    }

    pub(crate) fn secret(&mut self, key: &str, value: &str) {
        self.secrets.insert(key, Secret::new(value));
    }

    fn with_secret(mut self, key: &str, value: &str) -> Self {
        self.secret(key, value);
        self
    }

    /// A check had this result before the download.
    fn with_check(mut self, id: CheckId, outcome: Outcome, current: &str, remedy: &str, commands: &[&str]) -> Self {
        let commands = commands.iter().map(|command| (*command).to_owned()).collect();
        let remedy = Remedy { text: remedy.to_owned(), commands };
        let (current, required) = (current.to_owned(), String::new());
        let result = CheckResult {
            id,
            subject: None,
            outcome,
            current,
            required,
            remedy,
            took_ms: 3,
            from_node: false,
            expires_at: None,
        };
        let at = u64::try_from(MADE_AT).unwrap() + 60;
        self.report.checks.insert(id, CheckState::Done { at, results: vec![result] });
        self
    }

    /// The plan; the test fails with the findings if a rule blocks.
    pub(crate) fn plan(&self) -> RenderPlan {
        self.try_plan().unwrap_or_else(|findings| panic!("{}: {findings}", self.name))
    }

    /// The plan, or what blocks it.
    pub(crate) fn try_plan(&self) -> Result<RenderPlan, String> {
        let chain = self.draft.text("load_balancer.provided_certificate");
        let evidence = ExternalFacts {
            now: u64::try_from(MADE_AT).unwrap() + 60,
            provided: (!chain.is_empty())
                .then(|| inspect_provided(chain, self.secrets.get("load_balancer.provided_key"))),
            authorities: (CA_CERTIFICATE_SETTINGS.into_iter())
                .map(|setting| (setting, self.draft.text(setting)))
                .filter(|(_, text)| !text.is_empty())
                .map(|(setting, text)| (setting, inspect_provided(text, None)))
                .collect(),
        };
        let judgement = validate(&self.draft, &self.secrets, &evidence);
        let found = judgement.blocking_findings().map(|finding| format!("{finding:?}\n")).collect::<String>();
        judgement.cluster.map(|cluster| RenderPlan::with_checks(&cluster, &self.report)).ok_or(found)
    }
}

/// A certificate for `hostname` as an operator would provide it, with its chain and key.
fn provided_certificate(hostname: &str, seed: u8) -> (String, String) {
    let requests = CertificateRequests {
        trust: SigningAuthority::PrivateAuthority,
        load_balancer: LeafRequest::load_balancer(hostname),
        nodes: Vec::new(),
        hostname: hostname.to_owned(),
    };
    let identity = issue(&ring(seed), &requests).unwrap().load_balancer.unwrap();
    (identity.chain_pem(), reveal(&identity.key_pem()))
}

/// A CA certificate of another system.
pub(crate) fn other_authority(seed: u8) -> String {
    let ring: KeyRing = ring(seed);
    let requests = CertificateRequests {
        trust: SigningAuthority::PrivateAuthority,
        load_balancer: LeafRequest::load_balancer("other.example.com"),
        nodes: Vec::new(),
        hostname: "other.example.com".to_owned(),
    };
    issue(&ring, &requests).unwrap().authority.unwrap().certificate_pem()
}

/// All scenarios.
pub(crate) static SCENARIOS: LazyLock<Vec<Scenario>> = LazyLock::new(scenarios);

/// The scenario with this name.
pub(crate) fn scenario(name: &str) -> Scenario {
    SCENARIOS
        .iter()
        .find(|scenario| scenario.name == name)
        .unwrap_or_else(|| panic!("there is no scenario {name}"))
        .clone()
}

#[rustfmt::skip]
fn scenarios() -> Vec<Scenario> {
    let machines = TestPlan::machines;
    let named = machines(2)
        .with_cell(0, "host", "is-1.internal.example.com").with_cell(1, "offset", 2).with_cell(1, "hazelcast_port", 4100);
    let (chain, key) = provided_certificate("sso.example.com", 9);
    vec![
        Scenario::new("one-machine-5.11", TestPlan::one_machine(), &[
            ("product.version", "5.11.0"), ("database.pool_size", "50"), ("user_store.admin_username", "admin"),
            ("load_balancer.version", "1.22"), ("load_balancer.algorithm", "round-robin"),
        ]),
        Scenario::new("three-nodes-7.2", machines(3), &[
            ("product.version", "7.2.0"), ("database.host", "db.internal.example.com"), ("database.tls", "verify-ca"),
            ("database.ca_certificate", &other_authority(8)), ("user_store.admin_username", "is-admin"),
            ("clustering.domain", "prod.is.domain"), ("load_balancer.hostname", "login.example.com"),
            ("load_balancer.version", "1.30"), ("load_balancer.algorithm", "sticky-cookie"),
            ("load_balancer.certificate", "private-ca"), ("clustering.artefacts", "shared"),
            ("clustering.shared_folder", "/srv/shared/is"),
        ]),
        Scenario::new("macos-ldap-multicast-5.10", machines(2), &[
            ("product.version", "5.10.0"), ("product.layout", "macos-homebrew"), ("database.host", "10.20.0.5"),
            ("database.tls", "required"), ("user_store.kind", "ldap"),
            ("user_store.connection_url", "ldaps://ldap.example.com:636"),
            ("user_store.connection_name", "cn=is,ou=services,dc=example,dc=com"),
            ("user_store.base_dn", "dc=example,dc=com"), ("user_store.ca_certificate", &other_authority(7)),
            ("clustering.scheme", "multicast"), ("load_balancer.kind", "haproxy"), ("load_balancer.version", "2.6"),
            ("load_balancer.hostname", "sso.example.com"), ("load_balancer.algorithm", "least-conn"),
            ("load_balancer.http_port", "8080"), ("load_balancer.https_port", "8443"),
        ]).with_secret("user_store.connection_password", "B1nd&<of>\"tests"),
        Scenario::new("ad-kubernetes-6.0", machines(2), &[
            ("product.version", "6.0.0"), ("database.host", "2001:db8::5"), ("user_store.kind", "active-directory"),
            ("user_store.connection_url", "ldaps://ad.example.com"),
            ("user_store.connection_name", "cn=is,cn=Users,dc=corp,dc=example,dc=com"),
            ("user_store.base_dn", "dc=corp,dc=example,dc=com"), ("user_store.user_name_attribute", "sAMAccountName"),
            ("user_store.user_search_base", "ou=people,dc=corp,dc=example,dc=com"),
            ("user_store.group_search_base", "ou=teams,dc=corp,dc=example,dc=com"),
            ("clustering.scheme", "kubernetes"), ("clustering.kubernetes_namespace", "identity"),
            ("clustering.kubernetes_services", "wso2is-a,wso2is-b"), ("load_balancer.version", "1.30"),
            ("load_balancer.hostname", "sso.example.com"), ("load_balancer.algorithm", "ip-hash"),
            ("load_balancer.certificate", "provided"), ("load_balancer.provided_certificate", &chain),
        ]).with_secret("load_balancer.provided_key", &key)
            .with_secret("user_store.connection_password", "Bind-secret-of-tests"),
        Scenario::new("read-only-ldap-aws-6.1", machines(2), &[
            ("product.version", "6.1.0"), ("database.host", "10.20.0.5"), ("user_store.kind", "ldap"),
            ("database.workflow_db", "wso2workflow_db"),
            ("user_store.access", "read-only"), ("user_store.create_admin", "no"),
            ("user_store.connection_url", "ldap://10.20.0.9:1389"), ("user_store.connection_name", "cn=is,dc=example"),
            ("user_store.base_dn", "dc=example"), ("clustering.scheme", "aws"), ("clustering.aws_region", "eu-central-1"),
            ("clustering.aws_security_group", "sg-0a1b2c3d"), ("clustering.aws_tag_key", "cluster"),
            ("clustering.aws_tag_value", "wso2 & \"is\""), ("clustering.aws_access_key", "AKIAEXAMPLEONE"),
            ("load_balancer.kind", "haproxy"), ("load_balancer.version", "2.6"),
            ("load_balancer.hostname", "is.example.com"), ("load_balancer.algorithm", "sticky-cookie"),
            ("load_balancer.certificate", "self-signed"),
        ]).with_secret("user_store.connection_password", "Bind-secret-of-tests")
            .with_secret("clustering.aws_secret_key", "aws/secret+of\\tests"),
        Scenario::new("macos-ecs-7.0", machines(1), &[
            ("product.version", "7.0.0"), ("product.layout", "macos-homebrew"), ("clustering.scheme", "aws-ecs"),
            ("clustering.aws_region", "us-east-1"), ("clustering.ecs_cluster", "login-cluster"),
            ("clustering.ecs_vpc_cidr", "10.20.0.0/16"), ("clustering.ecs_tag_value", "EC2ContainerService-login"), ("database.host", "10.20.0.5"), ("database.charset", "utf8mb4"),
            ("load_balancer.version", "1.22"), ("load_balancer.hostname", "is.example.com"),
            ("load_balancer.algorithm", "least-conn"), ("load_balancer.http_port", "8080"),
            ("load_balancer.https_port", "8443"),
        ]),
        Scenario::new("provided-ad-7.1", named, &[
            ("product.version", "7.1.0"), ("database.host", "db.internal.example.com"), ("database.port", "3307"),
            ("database.identity_db", "is_identity"), ("database.shared_db", "is-shared"), ("database.username", "svc-identity"),
            ("database.account_host", "10.20.0.%"), ("database.pool_size", "80"), ("user_store.kind", "active-directory"),
            ("user_store.connection_url", "ldaps://ad.example.com:636"), ("user_store.connection_name", "cn=is,dc=example"),
            ("user_store.base_dn", "dc=example"), ("load_balancer.kind", "haproxy"), ("load_balancer.version", "2.6"),
            ("load_balancer.hostname", "sso.example.com"), ("load_balancer.algorithm", "round-robin"),
            ("load_balancer.certificate", "provided"), ("load_balancer.provided_certificate", &chain),
        ]).with_secret("load_balancer.provided_key", &key)
            .with_secret("user_store.connection_password", "Bind-secret-of-tests"),
        {
            let mut newest = Scenario::new("hostile-7.3", machines(2), &[
                ("product.version", "7.3.0"), ("database.host", "10.20.0.5"), ("load_balancer.version", "1.30"),
                ("load_balancer.hostname", "bücher.example"), ("load_balancer.algorithm", "round-robin"),
                ("load_balancer.certificate", "self-signed"), ("load_balancer.address", "10.20.0.2"),
            ]).with_secret("database.password", "it's \"q\" \\ & <b> $x `id` #%; é€😀 -- */")
                .with_secret("user_store.admin_password", "A1'\"\\$`#%;é€ß");
            newest.draft.title = "Müller & Söhne's \"*login*\" <b>\n# heading `code`".to_owned();
            newest.draft.accepted.insert("DB-12".to_owned(), Acceptance {
                reason: "agreed with the | DBA <today>".to_owned(),
                by: "Ann *O'Hara*".to_owned(),
                on: "23 November 2026, 12:04".to_owned(),
            });
            newest
                .with_check(CheckId::Db11, Outcome::Failed, "wso2_id: does not exist", "Run database/create.sql as an administrator:", &[
                    "CREATE DATABASE `wso2_id`\nCHARACTER SET latin1;", "GRANT SELECT ON `wso2_id`.* TO 'is'@'%';",
                ])
                .with_check(CheckId::Us02, Outcome::Failed, "`ou=<users>`\n- [x] not there", "Correct the *base*.", &[])
                .with_check(CheckId::Nd07, Outcome::Failed, "Java 1.8", "Install JDK 21.", &[])
                .with_check(CheckId::Lb02, Outcome::Failed, "10.20.0.11:9443: refused", "Open the port.", &[])
                .with_check(CheckId::Lb01, Outcome::Failed, "does not resolve", "Add the lines of hosts.txt.", &[])
                .with_check(CheckId::Db28, Outcome::Warned, "max_connections = 151", "Raise it:", &["SET GLOBAL max_connections = 1000;"])
                .with_check(CheckId::Db12, Outcome::Warned, "two names of one database", "Give each its own name.", &[])
                .with_check(CheckId::Db02, Outcome::Passed, "answers", "", &[])
        },
        Scenario::new("kubernetes-haproxy-7.3", machines(1), &[
            ("product.version", "7.3.0"), ("database.host", "mysql"), ("clustering.scheme", "kubernetes"),
            ("clustering.kubernetes_namespace", "login"), ("clustering.kubernetes_services", "wso2is-service"),
            ("load_balancer.kind", "haproxy"), ("load_balancer.version", "3.0"),
            ("load_balancer.hostname", "login.example.com"), ("load_balancer.algorithm", "ip-hash"),
        ]),
        Scenario::new("iam-role-5.11", machines(1), &[
            ("product.version", "5.11.0"), ("database.host", "10.20.0.5"), ("clustering.scheme", "aws"),
            ("clustering.aws_region", "eu-central-1"), ("clustering.aws_security_group", "wso2is-cluster"),
            ("clustering.aws_tag_key", "role"), ("clustering.aws_tag_value", "identity"),
            ("clustering.aws_iam_role", "wso2is-member"), ("load_balancer.version", "1.22"),
            ("load_balancer.hostname", "login.example.com"), ("load_balancer.algorithm", "ip-hash"),
        ]),
    ]
}

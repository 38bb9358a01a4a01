//! A healthy cluster of three nodes as its probes report it, and the results of checks of such reports.

use std::collections::BTreeMap;

use domain::check::{CheckId, CheckResult, NodeCheck, Outcome};
use domain::draft::Draft;
use domain::inputs::ReadableAnswers;
use domain::node_report::{ReceivedReport, evaluate, parse};
use domain::render_plan::ProbePlan;
use domain::secret::{Secret, Secrets};
use testbed::plan::TestPlan;

/// 2026-11-23 12:04:00 UTC.
pub(crate) const AT: u64 = 1_795_435_440;

/// Three machines with names.
fn plan() -> TestPlan {
    let plan = TestPlan::machines(3)
        .with("database.host", "db.example.com")
        .with("load_balancer.address", "10.20.0.5")
        .with("load_balancer.certificate", "private-ca");
    (0..3).fold(plan, |plan, row| plan.with_cell(row, "host", format!("is-{}.example.com", row + 1)))
}

pub(crate) fn draft() -> Draft {
    plan().draft()
}

pub(crate) fn secrets() -> Secrets {
    plan().secrets().map(|(key, text)| (key, Secret::new(text))).collect()
}

/// The answers of the cluster with these settings and an LDAP directory at `urls`.
pub(crate) fn answers_with_directory(urls: &str, settings: &[(&str, &str)]) -> ReadableAnswers {
    let mut draft = draft();
    let directory = [
        ("user_store.kind", "ldap"),
        ("user_store.connection_url", urls),
        ("user_store.connection_name", "cn=admin,dc=example,dc=com"),
        ("user_store.base_dn", "dc=example,dc=com"),
    ];
    for (key, text) in directory.iter().chain(settings) {
        draft.set(*key, *text);
    }
    let mut secrets = secrets();
    secrets.insert("user_store.connection_password", Secret::new("B1nd-password"));
    let (answers, findings) = ReadableAnswers::read(&draft, &secrets);
    assert!(answers.user_store.is_some(), "{findings:?}");
    answers
}

pub(crate) fn answers() -> ReadableAnswers {
    let (answers, findings) = ReadableAnswers::read(&draft(), &secrets());
    assert!(answers.nodes.is_some() && answers.database.is_some() && answers.load_balancer.is_some(), "{findings:?}");
    answers
}

/// The lines of the log of node `number` about its cluster; the coordinator was the first member.
pub(crate) fn membership(number: usize, is_coordinator: bool) -> String {
    let line = |second: usize, message: &str| {
        format!(
            "log | TID: [] [] [2026-11-29 06:16:{second},000] []  INFO {{org.wso2.carbon.hazelcast.HazelcastClusteringAgent}} - {message}\n"
        )
    };
    let address = format!("Host:10.20.0.1{number}, Remote Host:null, Port: 4000, HTTP:9763");
    let local = line(10 + number, &format!("Local member: [id-{number}] - {address}"));
    let elected = line(10 + number, &format!("Elected this member [id-{number}] as the Coordinator node"));
    if is_coordinator { local + &elected } else { local }
}

/// What the probe of node `number` prints on a healthy node.
pub(crate) fn healthy(plan: &ProbePlan, number: usize) -> String {
    let membership = membership(number, number == 1);
    let mut text = format!(
        "clusterwright-probe | 1
plan | {}
node | is-{number}
role | node
database | {} | {} | {}
directory | {}
time | 1795435440123
tool | java
system | Linux | 6.1.0 | x86_64
account | wso2 | 1001 | 0027
cpus | 4
cpu-quota | max 100000
memory | 8000000000
memory-limit |
disk | 50000000000
open-files | 65535
processes | 20000
entropy | 256
ntp | yes
addresses | 127.0.0.1 10.20.0.1{number} ::1
name | db.example.com | 10.20.0.9
name | is-1.example.com | 10.20.0.11
name | is-2.example.com | 10.20.0.12
name | is-3.example.com | 10.20.0.13
name | login.example.com | 10.20.0.1{number}
hosts | login.example.com | 10.20.0.1{number}
java | 17.0.15 | /opt/jdk/bin/java
java-aes | 2147483647
java-tls | TLSv1.3 TLSv1.2
port | hazelcast | 4000 | free
port | https | 9443 | free
port | http | 9763 | free
port | thrift | 10711 | free
home | /opt/wso2is-7.2.0 | present | wso2
is | 7.2.0
update-level | 12
heap | 1024m
zip64 | yes
artefacts | repository/deployment/server/userstores | writable | /dev/sda1 | 0 | e3
artefacts | repository/tenants | writable | /dev/sda1 | 0 | e3
running | no
driver | lib | mysql-connector-j-9.3.0.jar | jar
driver | dropins | mysql_connector_j_9.3.0_1.0.0.jar | jar
file | repository/conf/deployment.toml | same | 00
file | repository/resources/security/cluster-primary.p12 | same | 1f2e
symmetric-key | 77aa | own
bundle-symmetric-key | 77aa | own
conf-mode | drwx------
generated | 80
log-read | 20000
{membership}log | TID: [] [] [2026-11-29 06:16:19,225] []  WARN {{org.wso2.carbon.core.internal.StartupFinalizerServiceComponent}} - Waiting for required OSGi services: a | b,
log | TID: [] [] [2026-11-29 06:16:59,225] []  INFO {{org.wso2.carbon.core.internal.StartupFinalizerServiceComponent}} - WSO2 Carbon started in 58 sec
listen | hazelcast | 4000 | open
listen | https | 9443 | open
reached | 3
",
        plan.plan, plan.database_host, plan.database_port, plan.database_account, plan.directory
    );
    for other in (1..=3).filter(|other| *other != number) {
        for (kind, port) in [("hazelcast", 4000), ("https", 9443)] {
            text.push_str(&format!("reach | is-{other} | {kind} | {port} | ok | 0.31 | 12 | 0 | is-{other}\n"));
        }
    }
    text.push_str(
        "reach | database | service | 3306 | connected | 0.80 | - | 0 | -\nlogin | ok\nend | 1795435441000\n",
    );
    text
}

pub(crate) fn balancer(plan: &ProbePlan) -> String {
    let mut text = format!(
        "clusterwright-probe | 1\nplan | {}\nnode | is-1\nrole | load-balancer\nbalancer | nginx | 1.22.1\nreached | 3\n",
        plan.plan
    );
    for number in 1..=3 {
        text.push_str(&format!("name | is-{number}.example.com | 10.20.0.1{number}\n"));
        text.push_str(&format!("reach | is-{number} | https | 9443 | ok | 0.31 | 1 | 0 | is-{number}\n"));
    }
    text.push_str("name | db.example.com | 10.20.0.9\nend | 1\n");
    text
}

/// The reports of is-1, is-2, is-3 and the load balancer's machine.
pub(crate) fn texts(answers: &ReadableAnswers) -> Vec<String> {
    let plan = ProbePlan::of(answers).unwrap();
    (1..=3).map(|number| healthy(&plan, number)).chain([balancer(&plan)]).collect()
}

pub(crate) fn received(texts: &[String]) -> Vec<ReceivedReport> {
    texts.iter().map(|text| ReceivedReport { at: AT, report: parse(text).unwrap() }).collect()
}

pub(crate) fn checks() -> impl Iterator<Item = NodeCheck> {
    NodeCheck::ALL.iter().copied()
}

pub(crate) fn all(answers: &ReadableAnswers, texts: &[String]) -> Vec<CheckResult> {
    let reports = received(texts);
    checks().flat_map(|id| evaluate(id, answers, &reports)).collect()
}

/// The failures and warnings, by check.
pub(crate) fn reported(results: &[CheckResult]) -> BTreeMap<CheckId, Vec<&CheckResult>> {
    let mut reported: BTreeMap<CheckId, Vec<&CheckResult>> = BTreeMap::new();
    for result in results.iter().filter(|result| matches!(result.outcome, Outcome::Failed | Outcome::Warned)) {
        reported.entry(result.id).or_default().push(result);
    }
    reported
}

fn word_of(results: &[&CheckResult]) -> &'static str {
    if results.iter().any(|result| result.outcome == Outcome::Failed) { "failed" } else { "warned" }
}

/// The reported results, as faults are counted.
pub(crate) fn words_of(reported: &BTreeMap<CheckId, Vec<&CheckResult>>) -> Vec<String> {
    reported.iter().map(|(id, results)| format!("{} {id}", word_of(results))).collect()
}

//! Node checks: a healthy cluster on which nothing fails or warns, and a table of faults, each told by one check alone.
#![expect(clippy::unwrap_used, reason = "test code: a failure fails the test")]

mod assigned;
mod beside;
mod java;
mod servers;

use std::collections::BTreeMap;

use domain::check::{CheckId, CheckResult, Outcome, Reach};
use domain::draft::Draft;
use domain::inputs::ReadableAnswers;
use domain::node_report::{ReachVerdict, ReachabilityMatrix, ReceivedReport, evaluate, parse};
use domain::render_plan::ProbePlan;
use domain::secret::{Secret, Secrets};
use testbed::faults;

/// 2026-11-23 12:04:00 UTC.
const AT: u64 = 1_795_435_440;

/// Three machines with names, and IS 7.2.
fn draft() -> Draft {
    let mut draft = Draft::default();
    for (key, text) in [
        ("product.version", "7.2.0"),
        ("database.host", "db.example.com"),
        ("database.username", "wso2is"),
        ("load_balancer.hostname", "login.example.com"),
        ("load_balancer.address", "10.20.0.5"),
        ("load_balancer.certificate", "private-ca"),
    ] {
        draft.set(key, text);
    }
    for number in 1..=3 {
        let row = [("name", format!("is-{number}")), ("host", format!("is-{number}.example.com"))];
        draft.nodes.push(row.map(|(name, text)| (name.to_owned(), text)).into());
    }
    draft
}

fn secrets() -> Secrets {
    let mut secrets = Secrets::new();
    secrets.insert("database.password", Secret::new("s3cret"));
    secrets.insert("user_store.admin_password", Secret::new("Adm1n!changeMe"));
    secrets
}

fn answers() -> ReadableAnswers {
    let (answers, findings) = ReadableAnswers::read(&draft(), &secrets());
    assert!(answers.nodes.is_some() && answers.database.is_some() && answers.load_balancer.is_some(), "{findings:?}");
    answers
}

/// What the probe of node `number` prints when all is well.
fn healthy(plan: &ProbePlan, number: usize) -> String {
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

fn balancer(plan: &ProbePlan) -> String {
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
fn texts(answers: &ReadableAnswers) -> Vec<String> {
    let plan = ProbePlan::of(answers).unwrap();
    (1..=3).map(|number| healthy(&plan, number)).chain([balancer(&plan)]).collect()
}

fn received(texts: &[String]) -> Vec<ReceivedReport> {
    texts.iter().map(|text| ReceivedReport { at: AT, report: parse(text).unwrap() }).collect()
}

fn checks() -> impl Iterator<Item = CheckId> {
    CheckId::ALL.iter().copied().filter(|id| id.reach() == Reach::Node)
}

fn all(answers: &ReadableAnswers, texts: &[String]) -> Vec<CheckResult> {
    let reports = received(texts);
    checks().flat_map(|id| evaluate(id, answers, &reports)).collect()
}

/// What is wrong or not as it should be, by check.
fn told(results: &[CheckResult]) -> BTreeMap<CheckId, Vec<&CheckResult>> {
    let mut told: BTreeMap<CheckId, Vec<&CheckResult>> = BTreeMap::new();
    for result in results.iter().filter(|result| matches!(result.outcome, Outcome::Failed | Outcome::Warned)) {
        told.entry(result.id).or_default().push(result);
    }
    told
}

fn word_of(results: &[&CheckResult]) -> &'static str {
    if results.iter().any(|result| result.outcome == Outcome::Failed) { "failed" } else { "warned" }
}

#[test]
fn on_a_healthy_cluster_every_check_passes() {
    let answers = answers();
    let results = all(&answers, &texts(&answers));
    let open: Vec<_> = results.iter().filter(|result| result.outcome != Outcome::Passed).collect();
    faults::expect_none(
        "",
        &open.iter().map(|result| format!("{:?} {}", result.outcome, result.id)).collect::<Vec<_>>(),
    );
    assert!(checks().all(|id| results.iter().any(|result| result.id == id)));
    assert!(results.iter().all(|result| result.current.starts_with("Its probe said at 12:04 UTC: ")));
}

/// A fault: the check that tells it, how, the node whose report it is in (4 is the load balancer), the text that is
/// replaced and what replaces it, and what the result says.
type Fault = (CheckId, Outcome, usize, &'static str, &'static str, &'static str);

#[rustfmt::skip]
const FAULTS: &[Fault] = {
    use CheckId::*;
    use Outcome::{Failed, Warned};
    &[
        (Nd01, Failed, 2, "name | is-1.example.com | 10.20.0.11", "name | is-1.example.com | 10.20.0.99", "is-1.example.com leads to 10.20.0.99, elsewhere to 10.20.0.11"),
        (Nd01, Failed, 3, "name | is-3.example.com | 10.20.0.13", "name | is-3.example.com | 127.0.1.1", "each machine itself"),
        (Nd01, Failed, 1, "name | db.example.com | 10.20.0.9", "name | db.example.com |", "db.example.com leads nowhere"),
        (Nd01, Failed, 4, "name | is-2.example.com | 10.20.0.12", "name | is-2.example.com | 10.20.0.1", "is-2.example.com leads to 10.20.0.1,"),
        (Nd03, Failed, 1, "is-2 | hazelcast | 4000 | ok | 0.31 | 12 | 0 | is-2", "is-2 | hazelcast | 4000 | refused | - | - | 0 | -", "port 4000 refuses, although its probe listened"),
        (Nd03, Failed, 1, "port | thrift | 10711 | free", "port | thrift | 10711 | used", "port 10711 is in use on the node itself, where IS does not run"),
        (Nd03, Failed, 1, "port | http | 9763 | free", "port | http | 9763 | used", "port 9763 is in use on the node itself, where IS does not run"),
        (Nd03, Failed, 1, "is-2 | hazelcast | 4000 | ok | 0.31 | 12 | 0 | is-2", "is-2 | hazelcast | 4000 | other | 1 | - | 0 | -", "another program answers on port 4000"),
        (Nd03, Failed, 2, "is-3 | https | 9443 | ok | 0.31 | 12 | 0 | is-3", "is-3 | https | 9443 | other-plan | 1 | - | 0 | is-9", "the probe of another cluster"),
        (Nd03, Failed, 2, "is-3 | https | 9443 | ok | 0.31 | 12 | 0 | is-3", "is-3 | https | 9443 | other-node | 1 | - | 0 | is-1", "the probe of is-1 answers on port 9443, the address leads to the wrong machine"),
        (Nd03, Failed, 3, "is-1 | hazelcast | 4000 | ok | 0.31 | 12 | 0 | is-1", "is-1 | hazelcast | 4000 | mute | 1 | - | 0 | -", "takes the connection and says nothing"),
        (Nd03, Failed, 3, "is-1 | hazelcast | 4000 | ok | 0.31 | 12 | 0 | is-1", "is-1 | hazelcast | 4000 | closed | 1 | - | 0 | -", "takes the connection and closes it"),
        (Nd03, Failed, 3, "is-1 | hazelcast | 4000 | ok | 0.31 | 12 | 0 | is-1", "is-1 | hazelcast | 4000 | unreachable | - | - | 0 | -", "there is no way to port 4000"),
        (Nd03, Failed, 3, "is-1 | hazelcast | 4000 | ok | 0.31 | 12 | 0 | is-1", "is-1 | hazelcast | 4000 | tls | 1 | - | 0 | -", "port 4000 answers with TLS"),
        (Nd04, Warned, 1, "is-2 | hazelcast | 4000 | ok | 0.31 | 12 | 0 | is-2", "is-2 | hazelcast | 4000 | silent | - | - | 0 | -", "port 4000 is silent, but it reaches is-1"),
        (Nd05, Warned, 2, "is-1 | hazelcast | 4000 | ok | 0.31", "is-1 | hazelcast | 4000 | ok | 41.70", "is-1: 41.7 ms on port 4000"),
        (Nd05, Warned, 2, "is-1 | https | 9443 | ok | 0.31 | 12 | 0", "is-1 | https | 9443 | ok | 0.31 | 12 | 2", "2 of 5 answers lost"),
        (Nd06, Failed, 1, "is-3 | hazelcast | 4000 | ok | 0.31 | 12", "is-3 | hazelcast | 4000 | ok | 0.31 | 90012", "the clock of is-3 is 90.0 s ahead"),
        (Nd06, Failed, 1, "is-3 | hazelcast | 4000 | ok | 0.31 | 12", "is-3 | hazelcast | 4000 | ok | 0.31 | -1600", "the clock of is-3 is 1.6 s behind"),
        (Nd06, Warned, 3, "ntp | yes", "ntp | no", "no NTP keeps the clock"),
        (Nd07, Failed, 2, "java | 17.0.15", "java | 1.8.0_392", "Java 1.8.0_392 as /opt/jdk/bin/java."),
        (Nd07, Failed, 2, "java | 17.0.15", "java | 25", "Java 25"),
        (Nd07, Failed, 2, "java | 17.0.15", "java | 21.0.2", "other nodes have JDK 17"),
        (Nd07, Failed, 1, "java | 17.0.15", "java | ", "no Java runs"),
        (Nd07, Warned, 3, "java | 17.0.15", "java | 17.0.2", "other nodes have 17.0.15"),
        (Nd08, Warned, 1, "java-aes | 2147483647", "java-aes | 128", "at most 128 bits"),
        (Nd08, Warned, 1, "java-tls | TLSv1.3 TLSv1.2", "java-tls | TLSv1.2", "TLS 1.3 is not among TLSv1.2"),
        (Nd09, Warned, 1, "cpus | 4", "cpus | 2", "only 2 CPUs"),
        (Nd09, Warned, 1, "cpu-quota | max 100000", "cpu-quota | 150000 100000", "only 1.5 CPUs"),
        (Nd09, Warned, 2, "memory | 8000000000", "memory | 2000000000", "only 2.0 GB of memory"),
        (Nd09, Warned, 3, "disk | 50000000000", "disk | 9000000000", "only 9.0 GB of free disk"),
        (Nd10, Warned, 3, "open-files | 65535", "open-files | 1024", "open files 1024"),
        (Nd10, Warned, 3, "processes | 20000", "processes | 4096", "processes 4096"),
        (Nd11, Warned, 1, "memory-limit |", "memory-limit | 1200000000", "-Xmx is 1.0 GB, the process may use 1.2 GB"),
        (Nd11, Warned, 1, "entropy | 256", "entropy | 40", "40 bits of randomness"),
        (Nd12, Warned, 1, "account | wso2 | 1001", "account | root | 0", "it ran as root"),
        (Nd12, Warned, 1, "present | wso2", "present | root", "/opt/wso2is-7.2.0 belongs to root"),
        (Nd12, Warned, 1, "1001 | 0027", "1001 | 0000", "all may write"),
        (Nd12, Warned, 2, "conf-mode | drwx------", "conf-mode | drwxr-xr-x", "repository/conf is open to other accounts (drwxr-xr-x)"),
        (Nd12, Warned, 2, "conf-mode | drwx------", "conf-mode | drwx--x---", "repository/conf is open to other accounts (drwx--x---)"),
        (Nd13, Failed, 2, "is | 7.2.0", "is | 7.1.0", "Identity Server 7.1.0"),
        (Nd13, Failed, 3, "update-level | 12", "update-level | 9", "update level 9, read from updates/config.json on is-3; 12 on other nodes"),
        (Nd13, Failed, 3, "update-level | 12", "update-level |", "no update level was found in updates/config.json on is-3; 12 on other nodes"),
        (Nd14, Warned, 3, "generated | 80", "generated | 80\nedited | repository/conf/axis2/axis2.xml", "changed by hand: repository/conf/axis2/axis2.xml"),
        (Nd15, Warned, 2, "deployment.toml | same", "deployment.toml | differs", "somebody changed it"),
        (Nd15, Warned, 2, "deployment.toml | same", "deployment.toml | alone", "somebody changed it"),
        (Nd15, Warned, 2, "cluster-primary.p12 | same", "cluster-primary.p12 | differs", "holds another signing key in repository/resources/security/cluster-primary.p12 than the bundle."),
        (Nd15, Warned, 2, "\nsymmetric-key | 77aa", "\nsymmetric-key | 99ff", "holds another symmetric key ([encryption] key) in repository/conf/deployment.toml than the bundle."),
        (Nd18, Warned, 1, "name | login.example.com | 10.20.0.11", "name | login.example.com | 127.0.0.1", "leads to 127.0.0.1"),
        (Nd18, Warned, 1, "name | login.example.com | 10.20.0.11", "name | login.example.com |", "leads nowhere"),
        (Nd18, Warned, 2, "name | login.example.com | 10.20.0.12", "name | login.example.com | 10.20.0.11", "neither the node nor the load balancer"),
        (Db06, Failed, 2, "login | ok", "login | ok\nkey-store-urls | 2", "2 URLs of deployment.toml use TLS and lack fallbackToSystemKeyStore=false"),
        (Nd19, Warned, 2, "userstores | writable | /dev/sda1 | 0 | e3", "userstores | writable | /dev/sda1 | 3 | ff", "userstores holds 3 files, which other nodes do not get"),
        (Db06, Failed, 2, "login | ok", "login | error | 1130", "does not let this machine in"),
        (Db06, Failed, 2, "login | ok", "login | error | 1045", "may not come from here"),
        (Db06, Failed, 3, "3306 | connected", "3306 | refused", "port 3306 refuses"),
        (Db06, Failed, 3, "3306 | connected", "3306 | silent", "port 3306 is silent"),
        (Db41, Failed, 1, "driver | lib | mysql-connector-j-9.3.0.jar | jar\ndriver | dropins | mysql_connector_j_9.3.0_1.0.0.jar | jar\n", "", "there is no MySQL driver"),
        (Db41, Failed, 1, "driver | dropins | mysql_connector_j_9.3.0_1.0.0.jar", "driver | dropins | mysql_connector_j_8.0.33_1.0.0.jar", "several MySQL drivers"),
        (Db41, Failed, 1, "mysql-connector-j-9.3.0.jar | jar", "mysql-connector-j-9.3.0.jar | damaged", "is no jar"),
        (Db41, Failed, 1, "driver | lib | mysql-connector-j-9.3.0.jar | jar\ndriver | dropins | mysql_connector_j_9.3.0_1.0.0.jar", "driver | lib | mysql-connector-java-5.1.49-bin.jar", "is too old"),
        (Db41, Failed, 1, "mysql-connector-j-9.3.0.jar | jar", "mysql-connector-j-9.3.0.jar | no-driver", "is too old"),
        (Db41, Warned, 1, "driver | lib | mysql-connector-j-9.3.0.jar | jar\ndriver | dropins | mysql_connector_j_9.3.0_1.0.0.jar", "driver | lib | mysql-connector-j-8.0.33.jar", "older than 8.2.0"),
        (Db41, Warned, 1, "driver | lib | mysql-connector-j-9.3.0.jar | jar\ndriver | dropins | mysql_connector_j_9.3.0_1.0.0.jar", "driver | lib | mysql-connector-java-8.0.21.jar", "older than 8.2.0"),
        (Db41, Warned, 1, "driver | lib | mysql-connector-j-9.3.0.jar | jar\ndriver | dropins | mysql_connector_j_9.3.0_1.0.0.jar", "driver | lib | mysql.jar", "does not tell its version"),
        (Lb02, Failed, 4, "is-3 | https | 9443 | ok | 0.31 | 1 | 0 | is-3", "is-3 | https | 9443 | silent | - | - | 0 | -", "is-3: port 9443 is silent"),
        (Lb02, Failed, 4, "is-3 | https | 9443 | ok | 0.31 | 1 | 0 | is-3", "is-3 | https | 9443 | other-node | 1 | - | 0 | is-2", "the probe of is-2 answers"),
        (Lb02, Failed, 4, "is-1 | https | 9443 | ok", "is-1 | https | 9443 | refused", "is-1: port 9443 refuses"),
    ]
};

#[test]
fn each_fault_is_told_by_its_check_alone() {
    let answers = answers();
    for (id, outcome, report, from, to, words) in FAULTS {
        let mut texts = texts(&answers);
        let changed = texts[report - 1].replace(from, to);
        assert_ne!(changed, texts[report - 1], "{id}: {from} is not in the report");
        texts[report - 1] = changed;
        let results = all(&answers, &texts);
        let told = told(&results);
        let word = if *outcome == Outcome::Failed { "failed" } else { "warned" };
        let found: Vec<String> = told.iter().map(|(id, results)| format!("{} {id}", word_of(results))).collect();
        faults::expect(&format!("{words} ({from} -> {to})"), &format!("{word} {id}"), &found);
        let [result] = told[id].as_slice() else { panic!("{from} -> {to}: {told:#?}") };
        let subject = if *report == 4 { "load balancer".to_owned() } else { format!("is-{report}") };
        assert_eq!((result.outcome, result.subject.as_deref()), (*outcome, Some(subject.as_str())), "{result:#?}");
        assert!(result.current.contains(words), "{words}: {result:#?}");
        assert!(!result.remedy.text.is_empty() && !result.required.is_empty(), "{result:#?}");
    }
}

/// Files of user stores that lie on one node only are missing on the others.
#[test]
fn a_folder_that_is_not_shared_is_told() {
    let mut draft = draft();
    draft.set("clustering.artefacts", "shared");
    draft.set("clustering.shared_folder", "/mnt/is");
    let (answers, _) = ReadableAnswers::read(&draft, &secrets());
    let good =
        |texts: Vec<String>| texts.into_iter().map(|text| text.replace("/dev/sda1 | 0", "nfs.example.com:/is | 4"));
    let healthy: Vec<String> = good(texts(&answers)).collect();
    assert!(told(&all(&answers, &healthy)).is_empty());
    let line = "artefacts | repository/tenants | writable | nfs.example.com:/is | 4 | e3";
    for (to, words) in [
        ("artefacts | repository/tenants | missing | - | 0 | -", "repository/tenants is missing"),
        ("artefacts | repository/tenants | readable | nfs.example.com:/is | 4 | e3", "cannot be written"),
        ("artefacts | repository/tenants | writable | /dev/sda1 | 4 | e3", "lies on /dev/sda1, a disk of this machine"),
        (
            "artefacts | repository/tenants | writable | old.example.com:/is | 4 | e3",
            "on other nodes on nfs.example.com:/is",
        ),
        (
            "artefacts | repository/tenants | writable | nfs.example.com:/is | 5 | ff",
            "holds other files than on other nodes",
        ),
    ] {
        let mut texts = healthy.clone();
        texts[1] = texts[1].replace(line, to);
        let results = all(&answers, &texts);
        let told = told(&results);
        let found: Vec<String> = told.iter().map(|(id, results)| format!("{} {id}", word_of(results))).collect();
        faults::expect(to, "warned ND-19", &found);
        assert!(told[&CheckId::Nd19][0].current.contains(words), "{told:#?}");
    }
    draft.set("clustering.artefacts", "copied");
    let (answers, _) = ReadableAnswers::read(&draft, &secrets());
    let mut texts = texts(&answers);
    assert!(told(&all(&answers, &texts)).is_empty());
    texts[2] = texts[2].replace("tenants | writable | /dev/sda1 | 0 | e3", "tenants | writable | /dev/sda1 | 1 | ff");
    let results = all(&answers, &texts);
    let told = told(&results);
    faults::expect(
        "not copied",
        "warned ND-19",
        &told.iter().map(|(id, results)| format!("{} {id}", word_of(results))).collect::<Vec<_>>(),
    );
}

/// Without TLS an old driver is only old; with TLS it cannot keep IS's key store from the server.
#[test]
fn a_driver_that_does_not_know_the_option_fails_where_the_plan_uses_tls() {
    for tls in ["required", "verify-ca"] {
        let mut draft = draft();
        draft.set("database.tls", tls);
        let (answers, _) = ReadableAnswers::read(&draft, &secrets());
        for (version, words) in [("8.0.21", "does not know fallbackToSystemKeyStore"), ("8.0.22", "older than 8.2.0")] {
            let mut texts = texts(&answers);
            texts[0] = texts[0].replace(
                "driver | lib | mysql-connector-j-9.3.0.jar | jar\ndriver | dropins | mysql_connector_j_9.3.0_1.0.0.jar | jar\n",
                &format!("driver | lib | mysql-connector-java-{version}.jar | jar\n"),
            );
            let results = all(&answers, &texts);
            let told = told(&results);
            let found: Vec<String> = told.iter().map(|(id, results)| format!("{} {id}", word_of(results))).collect();
            let expected = if version == "8.0.21" { "failed DB-41" } else { "warned DB-41" };
            faults::expect(&format!("Connector/J {version} with {tls}"), expected, &found);
            assert!(told[&CheckId::Db41][0].current.contains(words), "{told:#?}");
        }
    }
}

/// What was read where is said, and where nothing was found, no level is made up.
#[test]
fn the_update_level_is_told_with_its_source() {
    let answers = answers();
    let texts = texts(&answers);
    let said = |texts: &[String]| evaluate(CheckId::Nd13, &answers, &received(texts))[0].clone();
    let found = said(&texts);
    assert_eq!(found.outcome, Outcome::Passed);
    assert!(found.current.contains("update level 12, read from updates/config.json on is-1."), "{found:#?}");
    let none: Vec<String> = texts.iter().map(|text| text.replace("update-level | 12", "update-level |")).collect();
    let not_found = said(&none);
    assert_eq!(not_found.outcome, Outcome::Passed);
    assert!(not_found.current.contains("no update level was found in updates/config.json on is-1."), "{not_found:#?}");
    let mut mixed = none;
    mixed[2] = texts[2].clone();
    let alone = evaluate(CheckId::Nd13, &answers, &received(&mixed))[2].clone();
    assert_eq!(alone.outcome, Outcome::Failed);
    assert!(alone.current.contains("on is-3; none was found on other nodes."), "{alone:#?}");
}

#[test]
fn silence_both_ways_is_a_closed_port_and_not_half_a_firewall() {
    let answers = answers();
    let mut texts = texts(&answers);
    texts[0] = texts[0].replace("is-2 | hazelcast | 4000 | ok", "is-2 | hazelcast | 4000 | silent");
    texts[1] = texts[1].replace("is-1 | hazelcast | 4000 | ok", "is-1 | hazelcast | 4000 | silent");
    let results = all(&answers, &texts);
    let told = told(&results);
    assert_eq!(told.keys().collect::<Vec<_>>(), [&CheckId::Nd03]);
    assert!(told[&CheckId::Nd03].iter().all(|result| result.current.contains("a firewall drops what is sent")));
    let matrix = ReachabilityMatrix::of(&answers, &received(&texts)).unwrap();
    assert_eq!(matrix.rows[0][1].as_ref().unwrap().hazelcast, ReachVerdict::Silent);
    assert_eq!(matrix.rows[0][2].as_ref().unwrap().hazelcast, ReachVerdict::Met);
    assert_eq!(matrix.rows[0][0], None);
}

#[test]
fn what_nobody_looked_at_is_not_checked() {
    let answers = answers();
    // No report of is-2; is-3's is of another node table; nobody listened on is-1.
    let mut texts = texts(&answers);
    let plan = ProbePlan::of(&answers).unwrap().plan;
    texts[2] = texts[2].replace(&plan, "0123456789abcdef");
    texts.remove(1);
    let results = all(&answers, &texts);
    assert!(told(&results).is_empty(), "{:#?}", told(&results));
    let open = results.iter().find(|result| result.id == CheckId::Nd07 && result.subject.is_none()).unwrap();
    assert_eq!(open.outcome, Outcome::CouldNotCheck);
    assert_eq!(
        open.current,
        "Not checked: no report from is-2. Not checked: the nodes changed since the report of is-3."
    );
    assert_eq!(open.remedy.commands, ["sh nodes/is-2/probe.sh --listen --reach"]);
    let nothing: Vec<CheckResult> = checks().flat_map(|id| evaluate(id, &answers, &[])).collect();
    assert!(nothing.iter().all(|result| result.outcome == Outcome::CouldNotCheck));
    let early: Vec<CheckResult> = checks().flat_map(|id| evaluate(id, &ReadableAnswers::default(), &[])).collect();
    assert!(early.iter().all(|result| result.current.contains("are not complete")));
}

/// Before anything listens, a refused port proves nothing; once IS runs, its own answers do.
#[test]
fn before_and_after_installation() {
    let answers = answers();
    let mut before = texts(&answers);
    let mut after = texts(&answers);
    for text in &mut before[..3] {
        *text = text.replace("| open\n", "| busy\n").replace(" | ok | 0.31 | 12 | 0", " | refused | - | - | 0");
    }
    for text in &mut after[..3] {
        *text = text.replace("listen | ", "x | ").replace("running | no", "running | yes").replace("| free", "| used");
        *text = text
            .replace("4000 | ok | 0.31 | 12", "4000 | closed | 1 | -")
            .replace("9443 | ok | 0.31 | 12", "9443 | tls | 1 | -");
    }
    let results = all(&answers, &before);
    assert!(told(&results).is_empty(), "{:#?}", told(&results));
    let nd03: Vec<_> = results.iter().filter(|result| result.id == CheckId::Nd03).collect();
    assert!(
        nd03.iter()
            .all(|result| result.outcome == Outcome::CouldNotCheck
                && result.current.contains("nothing listens there yet"))
    );
    let results = all(&answers, &after);
    assert!(told(&results).is_empty(), "{:#?}", told(&results));
    let nd03: Vec<_> = results.iter().filter(|result| result.id == CheckId::Nd03).collect();
    assert!(nd03.iter().all(|result| result.outcome == Outcome::Passed), "{nd03:#?}");
}

/// A program on the Hazelcast port is seen from its own node, before anybody reaches for it; a probe that still listens
/// there is none.
#[test]
fn a_port_that_is_taken_is_told_by_its_own_node() {
    let answers = answers();
    let mut texts = texts(&answers);
    texts[1] = texts[1].replace("4000 | free", "4000 | used").replace("listen | hazelcast | 4000 | open", "");
    assert_eq!(told(&all(&answers, &texts)).len(), 0);
    let ok = "is-2 | hazelcast | 4000 | ok | 0.31 | 12 | 0 | is-2";
    for text in &mut texts {
        *text = text.replace(ok, "is-2 | hazelcast | 4000 | refused | - | - | 0 | -");
    }
    let results = all(&answers, &texts);
    let told = told(&results);
    faults::expect(
        "on the Hazelcast port",
        "failed ND-03",
        &told.iter().map(|(id, of)| format!("{} {id}", word_of(of))).collect::<Vec<_>>(),
    );
    let [result] = told[&CheckId::Nd03].as_slice() else { panic!("{told:#?}") };
    assert_eq!(result.subject.as_deref(), Some("is-2"));
    assert!(result.current.ends_with("port 4000 is in use on the node itself, where IS does not run."), "{result:#?}");
}

/// What a probe said of the database it was made for is no answer about another one.
#[test]
fn an_answer_about_another_database_does_not_count() {
    let texts = texts(&answers());
    for (key, value) in
        [("database.host", "db2.example.com"), ("database.port", "3307"), ("database.username", "another")]
    {
        let mut draft = draft();
        draft.set(key, value);
        let (answers, _) = ReadableAnswers::read(&draft, &secrets());
        let reports = received(&texts);
        let db06 = evaluate(CheckId::Db06, &answers, &reports);
        assert!(db06.iter().all(|result| result.outcome == Outcome::CouldNotCheck), "{key}: {db06:#?}");
        assert!(domain::node_report::supplement(CheckId::Db37, &answers, &reports).is_empty(), "{key}");
    }
}

/// NTP alone does not say that two clocks agree.
#[test]
fn clocks_that_were_not_compared_are_not_said_to_agree() {
    let answers = answers();
    let mut texts = texts(&answers);
    for text in &mut texts[..3] {
        *text = text.replace("is-3 | hazelcast | 4000 | ok | 0.31 | 12", "is-3 | hazelcast | 4000 | closed | 1 | -");
        *text = text.replace("is-3 | https | 9443 | ok | 0.31 | 12", "is-3 | https | 9443 | tls | 1 | -");
    }
    let seen = evaluate(CheckId::Nd06, &answers, &received(&texts));
    assert!(seen.iter().all(|result| result.outcome == Outcome::Passed), "is-3 compared its own: {seen:#?}");
    texts[2] = texts[2].replace(" | ok | 0.31 | 12", " | closed | 1 | -");
    let outcomes = evaluate(CheckId::Nd06, &answers, &received(&texts));
    let said = |number: usize| (outcomes[number].outcome, outcomes[number].current.clone());
    assert!(said(0).1.ends_with("it was not compared with is-3."), "{outcomes:#?}");
    assert!(said(2).1.ends_with("it was not compared with is-1, is-2."), "{outcomes:#?}");
    assert!(outcomes.iter().all(|result| result.outcome == Outcome::CouldNotCheck), "{outcomes:#?}");
}

/// On one machine every name may lead to the machine itself.
#[test]
fn names_of_one_machine_may_lead_to_itself() {
    let mut draft = draft();
    for row in 0..3 {
        draft.nodes[row].insert("host".to_owned(), "127.0.0.1".to_owned());
    }
    let (answers, _) = ReadableAnswers::read(&draft, &secrets());
    let Some(plan) = ProbePlan::of(&answers) else { panic!("the nodes are complete") };
    let text =
        |number: usize| healthy(&plan, number).replace("db.example.com | 10.20.0.9", "db.example.com | 127.0.1.1");
    let texts: Vec<String> = (1..=3).map(text).collect();
    let nd01 = evaluate(CheckId::Nd01, &answers, &received(&texts));
    assert!(nd01.iter().all(|result| result.outcome == Outcome::Passed), "{nd01:#?}");
    // What is required does not contradict the command and hosts.txt.
    let nd18 = evaluate(CheckId::Nd18, &answers, &received(&texts));
    assert!(nd18.iter().all(|result| result.required.ends_with("127.0.0.1 is right here")), "{nd18:#?}");
}

/// IS may run from another folder than the probe was told: whose the port is stays open.
#[test]
fn a_port_that_is_taken_where_no_is_was_found_only_warns() {
    let answers = answers();
    let mut texts = texts(&answers);
    texts[0] = texts[0].replace("http | 9763 | free", "http | 9763 | used").replace(" | present | wso2", " | missing");
    let results = evaluate(CheckId::Nd03, &answers, &received(&texts));
    assert_eq!(results[0].outcome, Outcome::Warned, "{results:#?}");
    assert!(results[0].current.contains("port 9763 is in use, and there is no IS in "), "{results:#?}");
    assert!(results[0].remedy.text.contains("--home"), "{results:#?}");
    assert!(results[1..].iter().all(|result| result.outcome == Outcome::Passed), "{results:#?}");
}

#[test]
fn the_latest_report_counts_and_keeps_what_an_earlier_one_reached() {
    let answers = answers();
    let mut reports = received(&texts(&answers));
    let facts = texts(&answers)[0].lines().filter(|line| !line.starts_with("reach")).collect::<Vec<_>>().join("\n");
    let later =
        ReceivedReport { at: AT + 60, report: parse(&facts.replace("java | 17.0.15", "java | 21.0.1")).unwrap() };
    reports.insert(0, later);
    let nd07 = evaluate(CheckId::Nd07, &answers, &reports);
    assert!(nd07[0].outcome == Outcome::Failed && nd07[0].current.contains("12:05 UTC: Java 21.0.1"), "{nd07:#?}");
    assert_eq!(evaluate(CheckId::Nd03, &answers, &reports)[0].outcome, Outcome::Passed);
}

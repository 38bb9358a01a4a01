//! A healthy cluster without failures and warnings, and a table of faults, each reported by exactly one check.

use domain::check::{CheckId, Outcome};
use testbed::faults;

use crate::cluster::{all, answers, checks, membership, reported, texts, words_of};

#[test]
fn on_a_healthy_cluster_every_check_passes() {
    let answers = answers();
    let results = all(&answers, &texts(&answers));
    let open: Vec<_> = results.iter().filter(|result| result.outcome != Outcome::Passed).collect();
    faults::expect_none(
        "",
        &open.iter().map(|result| format!("{:?} {}", result.outcome, result.id)).collect::<Vec<_>>(),
    );
    assert!(checks().all(|id| results.iter().any(|result| result.id == id.id())));
    assert!(results.iter().all(|result| result.current.starts_with("Reported at 12:04 UTC: ")));
}

/// A fault: its check, the outcome, the node of the report (4 is the load balancer), the replaced
/// text and its replacement, and a part of the result.
type Fault = (CheckId, Outcome, usize, &'static str, &'static str, &'static str);

#[rustfmt::skip]
const FAULTS: &[Fault] = {
    use CheckId::*;
    use Outcome::{Failed, Warned};
    &[
        (Nd01, Failed, 2, "name | is-1.example.com | 10.20.0.11", "name | is-1.example.com | 10.20.0.99", "is-1.example.com resolves to 10.20.0.99, on other machines to 10.20.0.11"),
        (Nd01, Failed, 3, "name | is-3.example.com | 10.20.0.13", "name | is-3.example.com | 127.0.1.1", "each machine itself"),
        (Nd01, Failed, 1, "name | db.example.com | 10.20.0.9", "name | db.example.com |", "db.example.com does not resolve"),
        (Nd01, Failed, 4, "name | is-2.example.com | 10.20.0.12", "name | is-2.example.com | 10.20.0.1", "is-2.example.com resolves to 10.20.0.1,"),
        (Nd03, Failed, 1, "is-2 | hazelcast | 4000 | ok | 0.31 | 12 | 0 | is-2", "is-2 | hazelcast | 4000 | refused | - | - | 0 | -", "port 4000 refuses, although its probe listened"),
        (Nd03, Failed, 1, "port | thrift | 10711 | free", "port | thrift | 10711 | used", "port 10711 is in use on the node itself, where IS does not run"),
        (Nd03, Failed, 1, "port | http | 9763 | free", "port | http | 9763 | used", "port 9763 is in use on the node itself, where IS does not run"),
        (Nd03, Failed, 1, "is-2 | hazelcast | 4000 | ok | 0.31 | 12 | 0 | is-2", "is-2 | hazelcast | 4000 | other | 1 | - | 0 | -", "another program answers on port 4000"),
        (Nd03, Failed, 2, "is-3 | https | 9443 | ok | 0.31 | 12 | 0 | is-3", "is-3 | https | 9443 | other-plan | 1 | - | 0 | is-9", "the probe of another cluster"),
        (Nd03, Failed, 2, "is-3 | https | 9443 | ok | 0.31 | 12 | 0 | is-3", "is-3 | https | 9443 | other-node | 1 | - | 0 | is-1", "the probe of is-1 answers on port 9443, the address belongs to the wrong machine"),
        (Nd03, Failed, 3, "is-1 | hazelcast | 4000 | ok | 0.31 | 12 | 0 | is-1", "is-1 | hazelcast | 4000 | mute | 1 | - | 0 | -", "accepts the connection and sends nothing"),
        (Nd03, Failed, 3, "is-1 | hazelcast | 4000 | ok | 0.31 | 12 | 0 | is-1", "is-1 | hazelcast | 4000 | closed | 1 | - | 0 | -", "accepts the connection and closes it"),
        (Nd03, Failed, 3, "is-1 | hazelcast | 4000 | ok | 0.31 | 12 | 0 | is-1", "is-1 | hazelcast | 4000 | unreachable | - | - | 0 | -", "port 4000 is unreachable"),
        (Nd03, Failed, 3, "is-1 | hazelcast | 4000 | ok | 0.31 | 12 | 0 | is-1", "is-1 | hazelcast | 4000 | tls | 1 | - | 0 | -", "port 4000 answers with TLS"),
        (Nd04, Warned, 1, "is-2 | hazelcast | 4000 | ok | 0.31 | 12 | 0 | is-2", "is-2 | hazelcast | 4000 | silent | - | - | 0 | -", "port 4000 is silent, but it reaches is-1"),
        (Nd05, Warned, 2, "is-1 | hazelcast | 4000 | ok | 0.31", "is-1 | hazelcast | 4000 | ok | 41.70", "is-1: 41.7 ms on port 4000"),
        (Nd05, Warned, 2, "is-1 | https | 9443 | ok | 0.31 | 12 | 0", "is-1 | https | 9443 | ok | 0.31 | 12 | 2", "2 of 5 answers lost"),
        (Nd06, Failed, 1, "is-3 | hazelcast | 4000 | ok | 0.31 | 12", "is-3 | hazelcast | 4000 | ok | 0.31 | 90012", "the clock of is-3 is 90.0 s ahead"),
        (Nd06, Failed, 1, "is-3 | hazelcast | 4000 | ok | 0.31 | 12", "is-3 | hazelcast | 4000 | ok | 0.31 | -1600", "the clock of is-3 is 1.6 s behind"),
        (Nd06, Warned, 3, "ntp | yes", "ntp | no", "NTP does not synchronise the clock"),
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
        (Nd11, Warned, 1, "entropy | 256", "entropy | 40", "40 bits of entropy"),
        (Nd12, Warned, 1, "account | wso2 | 1001", "account | root | 0", "the probe ran as root"),
        (Nd12, Warned, 1, "present | wso2", "present | root", "/opt/wso2is-7.2.0 belongs to root"),
        (Nd12, Warned, 1, "1001 | 0027", "1001 | 0000", "all accounts can write"),
        (Nd12, Warned, 2, "conf-mode | drwx------", "conf-mode | drwxr-xr-x", "repository/conf is open to other accounts (drwxr-xr-x)"),
        (Nd12, Warned, 2, "conf-mode | drwx------", "conf-mode | drwx--x---", "repository/conf is open to other accounts (drwx--x---)"),
        (Nd13, Failed, 2, "is | 7.2.0", "is | 7.1.0", "Identity Server 7.1.0"),
        (Nd13, Failed, 3, "update-level | 12", "update-level | 9", "update level 9, read from updates/config.json on is-3; 12 on other nodes"),
        (Nd13, Failed, 3, "update-level | 12", "update-level |", "no update level was found in updates/config.json on is-3; 12 on other nodes"),
        (Nd14, Warned, 3, "generated | 80", "generated | 80\nedited | repository/conf/axis2/axis2.xml", "changed by hand: repository/conf/axis2/axis2.xml"),
        (Nd15, Warned, 2, "deployment.toml | same", "deployment.toml | differs", "it was changed"),
        (Nd15, Warned, 2, "deployment.toml | same", "deployment.toml | alone", "it was changed"),
        (Nd15, Warned, 2, "cluster-primary.p12 | same", "cluster-primary.p12 | differs", "has another signing key in repository/resources/security/cluster-primary.p12 than the bundle."),
        (Nd15, Warned, 2, "\nsymmetric-key | 77aa", "\nsymmetric-key | 99ff", "has another encryption key ([encryption] key) in repository/conf/deployment.toml than the bundle."),
        (Nd20, Warned, 2, "log-read | 20000", "log-read | 20000\nlog | TID: [] [] [2026-11-29 06:15:19,225] [] ERROR {a.DefaultRealm} - Failed\nlog | Caused by: org.postgresql.util.PSQLException: Connection to db.example.com:5432 refused.", "the log shows: No database server listens at the configured address."),
        (Vf05, Failed, 2, "Local member: [id-2] - ", "Local: ", "its log shows no cluster"),
        (Nd18, Warned, 1, "name | login.example.com | 10.20.0.11", "name | login.example.com | 127.0.0.1", "resolves to 127.0.0.1"),
        (Nd18, Warned, 1, "name | login.example.com | 10.20.0.11", "name | login.example.com |", "does not resolve"),
        (Nd18, Warned, 2, "name | login.example.com | 10.20.0.12", "name | login.example.com | 10.20.0.11", "neither the node nor the load balancer"),
        (Db06, Failed, 2, "login | ok", "login | ok\nkey-store-urls | 2", "2 URLs of deployment.toml use TLS and lack fallbackToSystemKeyStore=false"),
        (Nd19, Warned, 2, "userstores | writable | /dev/sda1 | 0 | e3", "userstores | writable | /dev/sda1 | 3 | ff", "userstores contains 3 files, which other nodes do not have"),
        (Db06, Failed, 2, "login | ok", "login | error | 1130", "rejects this host"),
        (Db06, Failed, 2, "login | ok", "login | error | 1045", "may not connect from this host"),
        (Db06, Failed, 2, "login | ok", "login | error | 1251", "the login fails with error 1251"),
        (Db06, Failed, 2, "login | ok", "login | error | -", "the login fails"),
        (Db06, Failed, 3, "3306 | connected", "3306 | refused", "port 3306 refuses"),
        (Db06, Failed, 3, "3306 | connected", "3306 | silent", "port 3306 is silent"),
        (Db41, Failed, 1, "driver | lib | mysql-connector-j-9.3.0.jar | jar\ndriver | dropins | mysql_connector_j_9.3.0_1.0.0.jar | jar\n", "", "contain no MySQL driver"),
        (Db41, Failed, 1, "driver | dropins | mysql_connector_j_9.3.0_1.0.0.jar", "driver | dropins | mysql_connector_j_8.0.33_1.0.0.jar", "several MySQL drivers"),
        (Db41, Failed, 1, "mysql-connector-j-9.3.0.jar | jar", "mysql-connector-j-9.3.0.jar | damaged", "is not a jar"),
        (Db41, Failed, 1, "driver | lib | mysql-connector-j-9.3.0.jar | jar\ndriver | dropins | mysql_connector_j_9.3.0_1.0.0.jar", "driver | lib | mysql-connector-java-5.1.49-bin.jar", "is too old"),
        (Db41, Failed, 1, "mysql-connector-j-9.3.0.jar | jar", "mysql-connector-j-9.3.0.jar | no-driver", "is too old"),
        (Db41, Warned, 1, "driver | lib | mysql-connector-j-9.3.0.jar | jar\ndriver | dropins | mysql_connector_j_9.3.0_1.0.0.jar", "driver | lib | mysql-connector-j-8.0.33.jar", "older than 8.2.0"),
        (Db41, Warned, 1, "driver | lib | mysql-connector-j-9.3.0.jar | jar\ndriver | dropins | mysql_connector_j_9.3.0_1.0.0.jar", "driver | lib | mysql-connector-java-8.0.21.jar", "older than 8.2.0"),
        (Db41, Warned, 1, "driver | lib | mysql-connector-j-9.3.0.jar | jar\ndriver | dropins | mysql_connector_j_9.3.0_1.0.0.jar", "driver | lib | mysql.jar", "has no version in its name"),
        (Lb02, Failed, 4, "is-3 | https | 9443 | ok | 0.31 | 1 | 0 | is-3", "is-3 | https | 9443 | silent | - | - | 0 | -", "is-3: port 9443 is silent"),
        (Lb02, Failed, 4, "is-3 | https | 9443 | ok | 0.31 | 1 | 0 | is-3", "is-3 | https | 9443 | other-node | 1 | - | 0 | is-2", "the probe of is-2 answers"),
        (Lb02, Failed, 4, "is-1 | https | 9443 | ok", "is-1 | https | 9443 | refused", "is-1: port 9443 refuses"),
    ]
};

#[test]
fn each_fault_is_reported_by_its_check_only() {
    let answers = answers();
    for (id, outcome, report, from, to, words) in FAULTS {
        let mut texts = texts(&answers);
        let changed = texts[report - 1].replace(from, to);
        assert_ne!(changed, texts[report - 1], "{id}: {from} is not in the report");
        texts[report - 1] = changed;
        let results = all(&answers, &texts);
        let reported = reported(&results);
        let word = if *outcome == Outcome::Failed { "failed" } else { "warned" };
        let found = words_of(&reported);
        faults::expect(&format!("{words} ({from} -> {to})"), &format!("{word} {id}"), &found, domain::sites::take());
        let [result] = reported[id].as_slice() else { panic!("{from} -> {to}: {reported:#?}") };
        let subject = if *report == 4 { "load balancer".to_owned() } else { format!("is-{report}") };
        assert_eq!((result.outcome, result.subject.as_deref()), (*outcome, Some(subject.as_str())), "{result:#?}");
        assert!(result.current.contains(words), "{words}: {result:#?}");
        assert!(!result.remedy.text.is_empty() && !result.required.is_empty(), "{result:#?}");
    }
}

/// Each log alone looks healthy: only together they show two clusters.
#[test]
fn nodes_that_each_formed_a_cluster_are_named() {
    let answers = answers();
    let mut texts = texts(&answers);
    texts[1] = texts[1].replace(&membership(2, false), &membership(2, true));
    let results = all(&answers, &texts);
    let reported = reported(&results);
    let found = words_of(&reported);
    faults::expect("it formed a cluster alone", "failed VF-05", &found, domain::sites::take());
    let names: Vec<_> = reported[&CheckId::Vf05].iter().map(|result| result.subject.as_deref()).collect();
    assert_eq!(names, [Some("is-1"), Some("is-2")]);
}

/// The logs of some nodes do not show whether the others are in the same cluster.
#[test]
fn one_cluster_is_proved_by_the_logs_of_all_nodes() {
    let answers = answers();
    let outcomes = |texts: &[String]| -> Vec<Outcome> {
        let results = all(&answers, texts);
        results.iter().filter(|result| result.id == CheckId::Vf05).map(|result| result.outcome).collect()
    };
    assert_eq!(outcomes(&texts(&answers)), [Outcome::Passed; 3]);
    assert_eq!(outcomes(&texts(&answers)[..2]), [Outcome::CouldNotCheck; 3]);
    let mut without_log = texts(&answers);
    without_log[2] = without_log[2].lines().filter(|line| !line.starts_with("log")).collect::<Vec<_>>().join("\n");
    assert_eq!(outcomes(&without_log), [Outcome::CouldNotCheck; 3]);
}

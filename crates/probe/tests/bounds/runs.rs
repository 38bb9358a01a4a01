//! Four concurrent runs of all checks against each attack.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use domain::check::{CheckEvent, CheckId, CheckResult, Outcome, Reach};
use domain::inputs::ReadableAnswers;
use domain::product::Version;
use domain::secret::{Secret, Secrets};
use futures::future::join_all;
use probe::RunSubject;
use probe::address::AllowedNetworks;
use probe::engine::{self, RunEnvironment};
use probe::prepare::{Administrator, DatabaseAdmin, PreparationJob};
use testbed::plan::TestPlan;
use testbed::port;

use crate::attackers::{self, Attack, Attacker};
use crate::memory::Growth;
use crate::wire;

const AT_ONCE: usize = 4;
/// The password of every account.
const PASSWORD: &str = "Canary-5501";
/// The duration of a run: the timeout of a check, and time to report it.
const MAX_RUN_DURATION: Duration = Duration::from_secs(8);
/// The bytes that a run reads from an attacker: its budgets, and the buffers of the kernel for each connection.
const MAX_SENT: u64 = 16 << 20;

fn plan(database: u16, directory: &str, web: u16) -> RunSubject {
    let plan = TestPlan::machines(0)
        .with("product.version", "7.3.0")
        .with("database.host", "127.0.0.1")
        .with("database.port", database)
        .with("database.username", "is")
        .with("database.tls", "disabled")
        .with("load_balancer.hostname", "127.0.0.1")
        .with("load_balancer.https_port", web)
        .with("user_store.kind", "ldap")
        .with("user_store.connection_name", "cn=admin,dc=example,dc=com")
        .with("user_store.base_dn", "dc=example,dc=com")
        .with("user_store.user_id_attribute", "entryUUID")
        .with("user_store.admin_username", "is-admin")
        .with("user_store.connection_url", directory)
        .with_secret("database.password", PASSWORD)
        .with_secret("user_store.connection_password", PASSWORD)
        .with_secret("user_store.admin_password", PASSWORD)
        .with_node("is-1", "127.0.0.1", web.saturating_sub(9443), 4000);
    let secrets: Secrets = plan.secrets().map(|(key, text)| (key, Secret::new(text))).collect();
    RunSubject::new(ReadableAnswers::read(&plan.draft(), &secrets).0, AllowedNetworks::default())
}

/// Runs every live check and returns the results.
async fn run(subject: RunSubject) -> Vec<CheckResult> {
    let ids: Vec<CheckId> =
        CheckId::ALL.iter().copied().filter(|id| id.reach() == Reach::Server && id.writes().is_none()).collect();
    let results = Mutex::new(Vec::new());
    let keep = |event: CheckEvent| {
        if let CheckEvent::Finished { results: reported, .. } = event {
            results.lock().unwrap().extend(reported);
        }
    };
    let tools = RunEnvironment { clock: &|| Duration::from_secs(1), rules: &|_| Vec::new() };
    engine::run(1, ids, Arc::new(subject), tools, keep, std::future::pending()).await;
    results.into_inner().unwrap()
}

/// Runs against these servers are bounded, and report `id` as skipped or failed, with `words`.
async fn are_bounded(what: &str, subjects: Vec<RunSubject>, attackers: &[&Attacker], id: CheckId, words: &str) {
    let growth = Growth::measure();
    let started = Instant::now();
    let runs = join_all(subjects.into_iter().map(run)).await;
    let took = started.elapsed();
    growth.is_small(what);
    let sent: u64 = attackers.iter().map(|attacker| attacker.sent()).sum();
    println!("{what}: {took:?}, the attackers sent {} KiB", sent >> 10);
    assert!(took < MAX_RUN_DURATION, "{what}: {took:?}");
    assert!(sent <= MAX_SENT * (AT_ONCE * attackers.len()) as u64, "{what}: {sent} bytes were read");
    for results in runs {
        let reported = results.iter().find(|result| result.id == id).unwrap();
        assert!(matches!(reported.outcome, Outcome::CouldNotCheck | Outcome::Failed), "{what}: {reported:?}");
        assert!(reported.current.contains(words), "{what}: {reported:?}");
        assert!(results.iter().all(|result| result.current.len() < 4000), "{what}");
    }
}

fn wait<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(work)
}

/// What a database sends, with the words of the check that asks for the variables.
fn of_databases() -> Vec<(&'static str, Attack, &'static str)> {
    let endless = |first: Vec<u8>, again: Vec<u8>| Attack { first, again };
    let once = |first: Vec<u8>| Attack { first, again: Vec::new() };
    let broke = "the connection to MySQL broke";
    let too_much = "the server sends more than Clusterwright reads";
    let silent = "no answer within 4 s";
    vec![
        ("0xffffffff columns", once(wire::packet(1, &[0xfe, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0])), broke),
        ("results of 4096 columns without end", endless(Vec::new(), wire::empty_result(4096)), too_much),
        ("columns of 1 MB", endless(wire::packet(1, &[0xfc, 0, 16]), wire::row(1_000_000)), too_much),
        ("rows of 60 KB without end", endless(wire::columns(1), wire::row(60_000)), too_much),
        ("short rows without end", endless(wire::columns(1), wire::row(1).repeat(1000)), too_much),
        // One byte on the wire for a cell of 24 bytes in memory.
        ("rows of NULL without end", endless(wire::columns(4096), wire::packet(4, &[0xfb; 4096])), too_much),
        (
            "one row without end",
            endless([wire::columns(1), vec![0xff, 0xff, 0xff, 4]].concat(), vec![b'x'; 65_536]),
            too_much,
        ),
        ("a packet of 15 MB", endless([wire::columns(1), vec![0, 0, 0xf0, 4]].concat(), vec![b'x'; 65_536]), too_much),
        ("a packet that never comes", once([wire::columns(1), vec![0, 0, 0x0f, 4]].concat()), silent),
        ("results without end", endless(Vec::new(), wire::ok(1, 10).repeat(1000)), too_much),
        ("an error of 900 KB", once(wire::packet(1, &[&b"\xff\x15\x04#28000"[..], &[b'x'; 900_000]].concat())), ""),
        ("a request for a local file", once(wire::packet(1, b"\xfb/etc/hostname")), broke),
        ("an empty packet", once(vec![0, 0, 0, 1]), broke),
    ]
}

#[test]
fn a_hostile_database_takes_little_memory() {
    wait(async {
        for (what, attack, words) in of_databases() {
            let server = attackers::mysql(attack).await;
            let subjects = (0..AT_ONCE).map(|_| plan(server.port, "ldap://127.0.0.1:1", 1)).collect();
            are_bounded(what, subjects, &[&server], CheckId::Db25, words).await;
        }
    });
}

#[test]
fn a_hostile_database_inside_tls_takes_little_memory() {
    wait(async {
        for (what, attack, words) in of_databases() {
            let server = attackers::mysql_in_tls(attack).await;
            let with_tls = || {
                let mut subject = plan(server.port, "ldap://127.0.0.1:1", 1);
                let database = subject.answers.database.as_mut().unwrap();
                database.tls = domain::steps::DatabaseTls::Required;
                subject
            };
            let subjects = (0..AT_ONCE).map(|_| with_tls()).collect();
            are_bounded(&format!("{what}, inside TLS"), subjects, &[&server], CheckId::Db25, words).await;
        }
    });
}

/// A preparation uses an administrator's account, and longer timeouts.
#[test]
fn preparing_reads_no_more_of_a_hostile_database() {
    wait(async {
        // There, the timeout for a missing response is a minute.
        for (what, attack, _) in of_databases().into_iter().filter(|(what, ..)| *what != "a packet that never comes") {
            let server = attackers::mysql(attack).await;
            let growth = Growth::measure();
            let look = async || {
                let administrator = Administrator { user: "root".to_owned(), password: Secret::new("Canary-5502") };
                let answers = plan(server.port, "ldap://127.0.0.1:1", 1).answers;
                let tool = DatabaseAdmin::find(&answers, administrator, AllowedNetworks::default()).await.unwrap();
                let job = PreparationJob { version: Version::V7_3_0, targets: Vec::new(), grants: Secret::new("") };
                tool.plan(&job).await.unwrap_err().to_string()
            };
            let errors = join_all((0..AT_ONCE).map(|_| look())).await;
            growth.is_small(what);
            assert!(errors.iter().all(|error| error.starts_with("The databases cannot be inspected")), "{errors:?}");
        }
    });
}

#[test]
fn a_hostile_greeting_takes_little_memory() {
    wait(async {
        let switch = b"\xfemysql_native_password\0saltsaltsaltsaltsalt\0";
        let login = |answer: Vec<u8>| Attack { first: wire::greeting(), again: answer };
        for (what, attack, id) in [
            (
                "a greeting of 16 MB",
                Attack { first: vec![0xff, 0xff, 0xff, 0, 10], again: vec![b'8'; 65_536] },
                CheckId::Db03,
            ),
            (
                "a greeting without end",
                Attack { first: vec![0, 16, 0, 0, 10], again: vec![b'8'; 65_536] },
                CheckId::Db03,
            ),
            ("other plug-ins without end", login(wire::packet(2, switch).repeat(100)), CheckId::Db05),
            ("more data without end", login(wire::packet(2, &[1; 60_000])), CheckId::Db05),
        ] {
            let server = attackers::at_once(attack).await;
            let subjects = (0..AT_ONCE).map(|_| plan(server.port, "ldap://127.0.0.1:1", 1)).collect();
            are_bounded(what, subjects, &[&server], id, "").await;
        }
    });
}

/// What a directory sends, with the message of the check that reads the users.
fn of_directories() -> Vec<(&'static str, Attack)> {
    let endless = |again: Vec<u8>| Attack { first: Vec::new(), again };
    vec![
        ("200,000 empty values an entry", endless(wire::ldap_entry(2, 100_000, 0))),
        ("many entries of 256 KB with empty values", endless(wire::ldap_entry(2, 120_000, 0))),
        ("values of 1 KB", endless(wire::ldap_entry(2, 200, 1024))),
        ("values of one byte", endless(wire::ldap_entry(2, 20_000, 1))),
        ("entries without end", endless(wire::ldap_entry(2, 1, 5).repeat(100))),
        ("a length of 4 GB", Attack { first: vec![0x30, 0x84, 0xff, 0xff, 0xff, 0xff], again: vec![b'x'; 65_536] }),
        ("a length of 255 bytes", Attack { first: vec![0x30, 0xff], again: vec![0xff; 65_536] }),
        (
            "references without end",
            endless(wire::element(0x30, &[&[2, 1, 2][..], &wire::element(0x73, &[b'x'; 60_000])].concat())),
        ),
    ]
}

#[test]
fn a_hostile_directory_takes_little_memory() {
    wait(async {
        for (what, attack) in of_directories() {
            let server = attackers::ldap(attack.clone()).await;
            let url = format!("ldap://127.0.0.1:{}", server.port);
            let subjects = (0..AT_ONCE).map(|_| plan(port::closed(), &url, 1)).collect();
            are_bounded(what, subjects, &[&server], CheckId::Us02, "sends more than was requested").await;
            let server = attackers::ldap_in_tls(attack).await;
            let url = format!("ldaps://127.0.0.1:{}", server.port);
            let subjects: Vec<RunSubject> = (0..AT_ONCE).map(|_| plan(port::closed(), &url, 1)).collect();
            // The certificate names another host: no password goes there, and nothing is asked.
            are_bounded(&format!("{what}, inside TLS"), subjects, &[&server], CheckId::Us02, "US-01").await;
        }
    });
}

#[test]
fn a_hostile_web_server_takes_little_memory() {
    wait(async {
        let head = b"HTTP/1.1 302 Found\r\n";
        for (what, attack) in [
            ("a body without end", Attack { first: b"HTTP/1.1 200 OK\r\n\r\n".to_vec(), again: vec![b'x'; 65_536] }),
            ("headers without end", Attack { first: head.to_vec(), again: b"a:b\r\n".repeat(10_000) }),
            ("a header without end", Attack { first: head.to_vec(), again: vec![b'x'; 65_536] }),
            (
                "a location without end",
                Attack { first: b"HTTP/1.1 302 Found\r\nLocation: https://".to_vec(), again: vec![b'x'; 65_536] },
            ),
        ] {
            let server = attackers::https(attack).await;
            let subjects = (0..AT_ONCE).map(|_| plan(port::closed(), "ldap://127.0.0.1:1", server.port)).collect();
            are_bounded(what, subjects, &[&server], CheckId::Lb05, "").await;
        }
    });
}

/// The database, the directory and the web server of one plan attack together.
#[test]
fn all_servers_of_a_plan_together_take_little_memory() {
    wait(async {
        let database = attackers::mysql(Attack { first: wire::columns(1), again: wire::row(60_000) }).await;
        let directory = attackers::ldap(Attack { first: Vec::new(), again: wire::ldap_entry(2, 200, 1024) }).await;
        let web =
            attackers::https(Attack { first: b"HTTP/1.1 302 Found\r\n".to_vec(), again: vec![b'x'; 65_536] }).await;
        let url = format!("ldap://127.0.0.1:{}", directory.port);
        let subjects = (0..AT_ONCE).map(|_| plan(database.port, &url, web.port)).collect();
        let all = [&database, &directory, &web];
        are_bounded("all together", subjects, &all, CheckId::Db25, "the server sends more than Clusterwright reads")
            .await;
    });
}

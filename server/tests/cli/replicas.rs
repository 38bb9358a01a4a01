//! Several servers over one database: a run that one server starts is followed, cancelled and ended by another.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use serde_json::Value;
use testbed::http::{TcpResponseStream, TestRequest};
use testbed::{or_report, port};

use crate::support::{Serving, World};

/// The events of the checks of a plan, as a browser receives them.
struct CheckEvents(TcpResponseStream);

impl CheckEvents {
    fn of(server: &Serving, plan: &str) -> Self {
        Self(server.open_page(&format!("{plan}/checks/events")))
    }

    /// The next event of this kind, such as `run-finished`; others are skipped.
    fn next(&mut self, kind: &str) -> Value {
        loop {
            let event: Value = serde_json::from_str(&self.0.next_event().data).unwrap_or_default();
            if let Some(found) = event.get(kind) {
                return found.clone();
            }
        }
    }
}

/// A server with a plan whose database accepts connections and sends nothing: checks wait for it until their limit.
fn with_silent_database(world: &World) -> (Serving, String, TcpListener) {
    let server = world.serve();
    let (silent, port) = port::silent();
    let plan = server.plan_with_database(port);
    (server, plan, silent)
}

#[test]
fn a_run_is_followed_and_stopped_on_another_server() {
    let world = World::new();
    let (one, plan, _silent) = with_silent_database(&world);
    let other = world.serve();
    let mut following = CheckEvents::of(&other, &plan);
    let waiting = std::thread::scope(|scope| {
        let started = scope.spawn(|| one.post(&format!("{plan}/checks"), &[("id", "DB-03")]));
        assert_eq!(following.next("run-started")["checks"], serde_json::json!(["DB-03"]));
        // It would wait for five seconds; the cancellation ends it earlier.
        assert_eq!(other.post(&format!("{plan}/checks/cancel"), &[]).status, 303);
        assert_eq!(following.next("run-finished")["cancelled"], true);
        started.join().unwrap()
    });
    assert_eq!(waiting.status, 303);
}

#[test]
fn a_run_of_a_killed_server_is_ended_by_another_and_not_repeated() {
    let world = World::new();
    let (one, plan, silent) = with_silent_database(&world);
    let other = world.serve();
    let mut following = CheckEvents::of(&other, &plan);
    std::thread::scope(|scope| {
        // The response is not read: the server is killed during the run.
        let checks = TestRequest::post(&format!("{plan}/checks")).form(&[("id", "DB-02"), ("id", "DB-03")]);
        let _unread = one.open(checks);
        assert_eq!(following.next("finished")["id"], "DB-02");
        // Dropping kills with SIGKILL.
        scope.spawn(move || drop(one));
        let killed = Instant::now();
        assert_eq!(following.next("run-finished")["cancelled"], true);
        println!("the run was ended {:?} after its server was killed", killed.elapsed());
    });
    // Longer than the interval in which replicas look for orphaned runs: none of them dials.
    silent.set_nonblocking(true).unwrap();
    while silent.accept().is_ok() {}
    std::thread::sleep(Duration::from_secs(5));
    assert!(silent.accept().is_err(), "another server does not repeat the run");
    // A person starts another run.
    assert_eq!(other.post(&format!("{plan}/checks"), &[("id", "DB-03")]).status, 303);
    assert_eq!(following.next("run-started")["checks"], serde_json::json!(["DB-03"]));
    assert_eq!(following.next("run-finished")["cancelled"], false);
    let page = other.get(&format!("{plan}/report.txt")).text();
    assert!(page.contains("DB-02") && page.contains("DB-03"), "{page}");
}

/// Presence and changes on a page of one server arrive on a page of the other, in both directions.
fn seen_on_the_other(store: Option<&str>) {
    let world = World::new();
    let environment = [("CLUSTERWRIGHT_STORE_PASSWORD", testbed::ROOT_PASSWORD)];
    let [one, other] = [(); 2].map(|()| world.serve_over(store, &environment));
    let plan = one.plan();
    let events = |page: &str| format!("{plan}/changes/events?page={page}&step={page}&after=0");
    let follow = |server: &Serving, page: &str| server.open_page(&events(page));
    let (mut product, mut database) = (follow(&one, "product"), follow(&other, "database"));
    product.read_until("is here, on Database.");
    database.read_until("is here, on Product.");

    let save = |server: &Serving, page: &str, field: (&str, &str)| {
        let saved = server.post(&format!("{plan}/{page}"), &[field, ("page", page), ("action", "save")]);
        assert_eq!(saved.status, 303, "{}", saved.text());
    };
    save(&other, "database", ("database.host", "db1.example.com"));
    product.read_until("changed Database host at ");
    save(&one, "product", ("title", "Renamed"));
    let received = database.read_until("changed Name of the plan at ");
    assert!(!received.contains("Database host"), "a page does not receive its own changes: {received}");
    let comment = [("text", "Which port?"), ("page", "database")];
    assert_eq!(other.post(&format!("{plan}/comments/database"), &comment).status, 303);
    product.read_until("commented on Database at ");
    drop(database);
    // The presence is empty again.
    product.read_until("data: <!---->");
}

#[test]
fn what_people_do_on_one_server_is_seen_on_another() {
    seen_on_the_other(None);
    for server in [testbed::mariadb(), testbed::mysql()] {
        let Some(server) = or_report(server) else { continue };
        let database = server.create_database("utf8mb4").unwrap();
        let (user, port) = (server.administrator().0, server.port());
        seen_on_the_other(Some(&format!("mysql://{user}@127.0.0.1:{port}/{}", database.name())));
    }
    let Some(server) = or_report(testbed::postgres()) else { return };
    let database = server.create_database().unwrap();
    let (user, port) = (server.administrator().0, server.port());
    seen_on_the_other(Some(&format!("postgres://{user}@127.0.0.1:{port}/{}", database.name())));
}

//! Several servers with one database: each can follow, stop and end what another one started.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use serde_json::Value;
use testbed::or_report;

use crate::support::{DATABASE_PASSWORD, Serving, World, read_to};

const SERVE: [&str; 5] = ["serve", "--port", "0", "--data-dir", "data"];

/// Follows the checks of a plan, like a browser.
struct EventStream(BufReader<TcpStream>);

impl EventStream {
    fn of(server: &Serving, plan: &str) -> Self {
        let mut stream = server.connect();
        let port = server.port;
        write!(stream, "GET {plan}/checks/events HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n").unwrap();
        Self(BufReader::new(stream))
    }

    /// The next event with this name, such as `run-finished`; others are skipped.
    fn next(&mut self, name: &str) -> Value {
        loop {
            let mut line = String::new();
            assert!(self.0.read_line(&mut line).unwrap() > 0, "the stream ended before {name}");
            let event = line.trim().strip_prefix("data: ").or(line.trim().strip_prefix("data:"));
            let event = event.and_then(|data| serde_json::from_str::<Value>(data).ok()).unwrap_or_default();
            if let Some(found) = event.get(name) {
                return found.clone();
            }
        }
    }
}

/// A port that accepts connections and sends nothing: checks wait for it until their time limit.
fn silent_port() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    (listener, port)
}

/// A server with a plan whose database sends nothing.
fn with_silent_database(world: &World) -> (Serving, String, TcpListener) {
    let server = Serving::start(world.command(&SERVE, &[]));
    let plan = server.plan();
    let (silent, port) = silent_port();
    let fields = [("database.port", port.as_str()), ("database.password", DATABASE_PASSWORD), ("action", "save")];
    assert_eq!(server.post(&format!("{plan}/database"), &fields).status, 303);
    (server, plan, silent)
}

#[test]
fn a_run_is_followed_and_stopped_on_another_server() {
    let world = World::new();
    let (one, plan, _silent) = with_silent_database(&world);
    let other = Serving::start(world.command(&SERVE, &[]));
    let mut following = EventStream::of(&other, &plan);
    let waiting = std::thread::scope(|scope| {
        let started = scope.spawn(|| one.post(&format!("{plan}/checks"), &[("id", "DB-03")]));
        assert_eq!(following.next("run-started")["checks"], serde_json::json!(["DB-03"]));
        // It would wait for five seconds; a stop ends it at once.
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
    let other = Serving::start(world.command(&SERVE, &[]));
    let mut following = EventStream::of(&other, &plan);
    std::thread::scope(|scope| {
        // The connection breaks with the server: only its start counts.
        let mut asking = one.connect();
        let body = "id=DB-02&id=DB-03";
        let length = body.len();
        write!(
            asking,
            "POST {plan}/checks HTTP/1.1\r\nHost: localhost:{}\r\nContent-Length: {length}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\n\r\n{body}",
            one.port
        )
        .unwrap();
        assert_eq!(following.next("finished")["id"], "DB-02");
        // Dropping kills with SIGKILL.
        scope.spawn(move || drop(one));
        let killed = Instant::now();
        assert_eq!(following.next("run-finished")["cancelled"], true);
        println!("the run was ended {:?} after its server was killed", killed.elapsed());
    });
    // Longer than the interval at which a replica looks for orphans: it connects to nothing by itself.
    silent.set_nonblocking(true).unwrap();
    while silent.accept().is_ok() {}
    std::thread::sleep(Duration::from_secs(5));
    assert!(silent.accept().is_err(), "what may have stopped a server is not run by another");
    // A person starts it again.
    assert_eq!(other.post(&format!("{plan}/checks"), &[("id", "DB-03")]).status, 303);
    assert_eq!(following.next("run-started")["checks"], serde_json::json!(["DB-03"]));
    assert_eq!(following.next("run-finished")["cancelled"], false);
    let page = other.get(&format!("{plan}/report.txt")).body;
    assert!(page.contains("DB-02") && page.contains("DB-03"), "{page}");
}

/// The presence and the changes of people on one server arrive on a page of the other, both ways.
fn seen_on_the_other(store: Option<&str>) {
    let world = World::new();
    let arguments = [&SERVE[..], &store.map_or_else(Vec::new, |store| vec!["--store", store])].concat();
    let environment = [("CLUSTERWRIGHT_STORE_PASSWORD", testbed::ROOT_PASSWORD)];
    let [one, other] = [(); 2].map(|()| Serving::start(world.command(&arguments, &environment)));
    let plan = one.plan();
    let follow =
        |server: &Serving, page: &str| server.open(&format!("{plan}/changes/events?page={page}&step={page}&after=0"));
    let (mut product, mut database) = (follow(&one, "product"), follow(&other, "database"));
    read_to(&mut product, "is here, on Database.");
    read_to(&mut database, "is here, on Product.");

    let save = |server: &Serving, page: &str, field: (&str, &str)| {
        let saved = server.post(&format!("{plan}/{page}"), &[field, ("page", page), ("action", "save")]);
        assert_eq!(saved.status, 303, "{}", saved.body);
    };
    save(&other, "database", ("database.host", "db1.example.com"));
    read_to(&mut product, "changed Database host at ");
    save(&one, "product", ("title", "Renamed"));
    let told = read_to(&mut database, "changed Name of the plan at ");
    assert!(!told.contains("Database host"), "nobody is told of their own doing: {told}");
    let comment = [("text", "Which port?"), ("page", "database")];
    assert_eq!(other.post(&format!("{plan}/comments/database"), &comment).status, 303);
    read_to(&mut product, "commented on Database at ");
    drop(database);
    // The list of present users is empty again.
    read_to(&mut product, "data: <!---->");
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

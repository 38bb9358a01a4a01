//! Writes the data that the tests of later versions read: one server on which everything that can be stored happens.
//!
//! It runs with its clock in 2045 (libfaketime), so that links, sessions, tokens and the preparation have not expired
//! when the data is read. `FAKETIME_LIBRARY` names another place of `libfaketime.so.1` than Debian's.

use std::fs;
use std::net::TcpListener;

use testbed::DatabaseServer;

use super::stores::{FileStore, MySqlStore, PostgresStore, TestStore};
use super::{
    ADMIN_PASSWORD, Browser, COMMENT, COMPLETE, DATABASE_PASSWORD, Expected, INTERRUPTED, LINK_PASSWORD, OWNER, REASON,
    VERSION_NAME, VISITOR, WAITING, cookie, folder, keys_digest, serve,
};
use crate::support::{Answer, Serving, World, read_to};

const LIBRARY: &str = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";
/// Every existing kind of record.
const KINDS: [&str; 18] = [
    "comment",
    "door",
    "door-token",
    "event",
    "fact",
    "journal",
    "link",
    "link-token",
    "notice",
    "preparation",
    "preparing",
    "presence",
    "report",
    "run",
    "running",
    "secret-set",
    "session",
    "version-name",
];

/// The scripts of a pack: not WSO2's, and small.
const SCRIPTS: [&str; 4] = ["mysql.sql", "identity/mysql.sql", "consent/mysql.sql", "identity/agent/mysql.sql"];

#[test]
#[ignore = "writes the data that later versions read: run it once for each version, from a build of that version"]
fn write_the_data_of_this_version() {
    let databases = testbed::mysql().unwrap();
    let postgres = testbed::postgres().unwrap();
    let stores: [&dyn TestStore; 3] = [&FileStore, &MySqlStore::new(&databases), &PostgresStore::new(&postgres)];
    for store in stores {
        let world = World::new();
        let folder = folder(env!("CARGO_PKG_VERSION"), store.kind());
        let expected = live(&world, store, &databases);
        store.save(&folder, &world.path("data"));
        fs::write(folder.join("expected.json"), serde_json::to_string_pretty(&expected).unwrap() + "\n").unwrap();
        let dump = fs::read_to_string(folder.join("store.sql")).unwrap();
        for kind in KINDS {
            let [quoted, digits] = [format!("'{kind}'"), hex::encode(kind)];
            let is_there = dump.contains(&quoted) || dump.to_lowercase().contains(&digits);
            assert!(is_there, "{}: no record of kind {kind}", store.kind());
        }
    }
}

/// Databases that a preparation creates; dropped with this value.
struct Names<'s>(&'s DatabaseServer, String);

impl Names<'_> {
    fn of(&self, role: &str) -> String {
        format!("{}_{role}", self.1)
    }
}

impl Drop for Names<'_> {
    fn drop(&mut self) {
        for role in ["identity", "shared", "agent"] {
            drop(self.0.execute(&format!("DROP DATABASE IF EXISTS `{}`", self.of(role))));
        }
        drop(self.0.execute(&format!("DROP USER IF EXISTS '{}'@'%'", self.1)));
    }
}

/// Performs everything, and kills the server while checks run.
fn live(world: &World, store: &dyn TestStore, databases: &DatabaseServer) -> Expected {
    let address = store.address();
    let library = std::env::var("FAKETIME_LIBRARY").unwrap_or_else(|_| LIBRARY.to_owned());
    assert!(fs::exists(&library).unwrap(), "{library} does not exist: install libfaketime");
    let clock = [
        ("LD_PRELOAD", library.as_str()),
        ("FAKETIME", "@2045-01-01 09:00:00"),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        ("TZ", "UTC"),
    ];
    let mut arguments = vec!["token", "new", "--data-dir", "data"];
    arguments.extend(address.iter().flat_map(|address| ["--store", address.as_str()]));
    let password = [("CLUSTERWRIGHT_STORE_PASSWORD", testbed::ROOT_PASSWORD)];
    let made = world.run(&arguments, &[&clock[..], &password].concat()).expect(0);
    let access_token = made.stdout.trim().to_owned();

    let mut server = serve(world, address.as_deref(), &clock);
    let signed_in = server.post("/login", &[("token", &access_token), ("name", OWNER)]);
    assert_eq!(signed_in.status, 303, "{}", signed_in.body);
    let owner_cookie = cookie(&signed_in);
    let owner = Browser { server: &server, cookie: &owner_cookie };

    let names = Names(databases, format!("cw{}_{}", std::process::id(), store.kind()));
    let complete = plan(owner, COMPLETE);
    enter(owner, &complete, &names);
    owner.post(&format!("{complete}/history/name"), &[("revision", "2"), ("name", VERSION_NAME)]);
    owner.post(&format!("{complete}/checks"), &[("id", "DB-01"), ("id", "DB-02"), ("id", "DB-05")]);
    owner.post(&format!("{complete}/accept"), &[("check", "DB-05"), ("reason", REASON), ("by", OWNER)]);
    let view_link = link(owner, &complete, &[("right", "view"), ("lifetime", "1d")]);
    let locked = [("right", "edit"), ("lifetime", "1d"), ("label", "dba"), ("password", LINK_PASSWORD)];
    let edit_link = link(owner, &complete, &locked);
    let opened = server.post(&edit_link, &[("password", LINK_PASSWORD), ("name", VISITOR)]);
    let visitor_cookie = cookie(&opened);
    let visitor = Browser { server: &server, cookie: &visitor_cookie };
    visitor.post(&format!("{complete}/database"), &[("database.pool_size", "60"), ("action", "save")]);
    visitor.post(&format!("{complete}/comments/database"), &[("text", COMMENT)]);
    let probe = probe(owner, &complete);
    let keys = keys_digest(&owner.bundle(&complete));
    prepare(owner, world, &complete, databases);
    let token = token(&owner.get(&format!("{complete}/prepare")));
    owner.post(&format!("{complete}/prepare/run"), &[("token", &token), ("confirm_changes", "yes")]);
    // The response is complete when the run has ended.
    owner.get(&format!("{complete}/prepare"));

    let waiting = plan(owner, WAITING);
    let others = Names(databases, format!("cx{}_{}", std::process::id(), store.kind()));
    enter(owner, &waiting, &others);
    prepare(owner, world, &waiting, databases);
    let preparation = self::token(&owner.get(&format!("{waiting}/prepare")));

    let interrupted = plan(owner, INTERRUPTED);
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port().to_string();
    let fields = [("database.port", port.as_str()), ("database.password", DATABASE_PASSWORD), ("action", "save")];
    owner.post(&format!("{interrupted}/database"), &fields);
    // Two open pages; the first one is stored when the second one shows the owner.
    let _first = server.open_as(&owner_cookie, &format!("{interrupted}/changes/events?page=p&step=database&after=0"));
    let mut second =
        server.open_as(&owner_cookie, &format!("{interrupted}/changes/events?page=q&step=product&after=0"));
    read_to(&mut second, OWNER);
    let mut events = server.open_as(&owner_cookie, &format!("{interrupted}/checks/events"));
    let journal = owner.journal(&complete);
    std::thread::scope(|scope| {
        // The connection breaks with the server.
        let asking = server.connect();
        scope.spawn(|| begin(asking, &server, &owner_cookie, &interrupted));
        read_to(&mut events, "\"run-started\"");
    });
    server.kill();
    let prepared = names.of("identity");
    let plans = [complete, waiting, interrupted];
    Expected {
        access_token,
        owner_cookie,
        visitor_cookie,
        plans,
        view_link,
        edit_link,
        probe,
        preparation,
        prepared,
        keys,
        journal,
    }
}

/// Starts a run of checks and does not wait for its end.
fn begin(mut stream: std::net::TcpStream, server: &Serving, cookie: &str, plan: &str) {
    use std::io::Write as _;
    let body = "id=DB-02&id=DB-03";
    write!(
        stream,
        "POST {plan}/checks HTTP/1.1\r\nHost: localhost:{}\r\nCookie: {cookie}\r\nContent-Length: {}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\n\r\n{body}",
        server.port,
        body.len()
    )
    .unwrap();
    // Kept open until the server is killed.
    std::mem::forget(stream);
}

fn plan(owner: Browser<'_>, title: &str) -> String {
    let created = owner.post("/plans", &[("preset", "one-machine"), ("title", title)]);
    created.location.split("/product").next().unwrap().to_owned()
}

/// Enters the answers of every step.
fn enter(owner: Browser<'_>, plan: &str, names: &Names<'_>) {
    let port = names.0.port().to_string();
    let [identity, shared, agent] = ["identity", "shared", "agent"].map(|role| names.of(role));
    let steps: [(&str, &[(&str, &str)]); 5] = [
        ("product", &[("product.version", "7.2.0"), ("product.layout", "linux")]),
        (
            "database",
            &[
                ("database.host", "127.0.0.1"),
                ("database.port", &port),
                ("database.username", &names.1),
                ("database.password", DATABASE_PASSWORD),
                ("database.identity_db", &identity),
                ("database.shared_db", &shared),
                ("database.agent_db", &agent),
            ],
        ),
        ("user-store", &[("user_store.admin_password", ADMIN_PASSWORD), ("user_store.admin_username", "is-admin")]),
        (
            "clustering",
            &[
                ("clustering.scheme", "wka"),
                ("nodes.0.name", "node1"),
                ("nodes.0.host", "127.0.0.1"),
                ("nodes.0.offset", "0"),
                ("nodes.0.hazelcast_port", "4000"),
                ("nodes.1.name", "node2"),
                ("nodes.1.host", "127.0.0.1"),
                ("nodes.1.offset", "1"),
                ("nodes.1.hazelcast_port", "4001"),
            ],
        ),
        ("load-balancer", &[("load_balancer.hostname", "is.example.com")]),
    ];
    for (step, fields) in steps {
        owner.post(&format!("{plan}/{step}"), &[fields, &[("action", "continue")]].concat());
    }
}

/// Creates a share link; returns its path.
fn link(owner: Browser<'_>, plan: &str, fields: &[(&str, &str)]) -> String {
    let made = owner.server.request_as(owner.cookie, "POST", &format!("{plan}/share"), fields);
    assert_eq!(made.status, 200, "{}", made.body);
    let token = made.body.split("/s/").nth(1).unwrap().split(['<', '"', '&']).next().unwrap();
    format!("/s/{token}")
}

/// Sends a report of the first node; returns the path of its probe.
fn probe(owner: Browser<'_>, plan: &str) -> String {
    let page = owner.get(&format!("{plan}/clustering")).body;
    let path = page.split("/probes/").nth(1).unwrap().split(|letter: char| letter == '<' || letter.is_whitespace());
    let path = format!("/probes/{}", path.into_iter().next().unwrap());
    let script = owner.get(&path).body;
    let id = script.lines().find_map(|line| line.strip_prefix("plan='")).unwrap().trim_end_matches('\'');
    let report = format!(
        "clusterwright-probe | 1\nplan | {id}\nnode | node1\njava | 11.0.20 | java\nreached | 2\n\
         reach | node2 | hazelcast | 4001 | ok | 0.42 | 7 | 0 | node2\nend | 1\n"
    );
    // Its confirmation waits for the owner's next page.
    owner.post(&format!("{plan}/reports"), &[("report", &report)]);
    path
}

/// Lets the server inspect the databases and display the planned changes.
fn prepare(owner: Browser<'_>, world: &World, plan: &str, databases: &DatabaseServer) {
    let scripts = world.path("scripts");
    for script in SCRIPTS {
        fs::create_dir_all(scripts.join(script).parent().unwrap()).unwrap();
        fs::write(scripts.join(script), "CREATE TABLE A (A INT);").unwrap();
    }
    let server = format!("127.0.0.1:{}", databases.port());
    let folder = scripts.display().to_string();
    let fields = [
        ("server", server.as_str()),
        ("user", databases.administrator().0),
        ("password", databases.administrator().1),
        ("folder", &folder),
    ];
    let shown = owner.server.multipart_as(owner.cookie, &format!("{plan}/prepare"), &fields);
    assert_eq!(shown.status, 303, "{}", shown.body);
}

/// The token by which the preparation on a page is approved.
fn token(page: &Answer) -> String {
    let (_, rest) = page.body.split_once("name=\"token\"").unwrap_or_else(|| panic!("no token: {}", page.body));
    rest.split_once("value=\"").unwrap().1.split_once('"').unwrap().0.to_owned()
}

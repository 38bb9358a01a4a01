//! Writes the data that the tests of later versions read: one server on which everything happens that is stored.
//!
//! It runs with its clock in 2045 (libfaketime), so that links, sessions, tokens and the preparation have not expired
//! when the data is read. `FAKETIME_LIBRARY` names another place of `libfaketime.so.1` than Debian's.

use std::fs;

use domain::step::Step;
use testbed::html::{hidden_field, share_link};
use testbed::http::TestRequest;
use testbed::plan::TestPlan;
use testbed::{DatabaseNames, DatabaseServer, port, script_pack};

use super::stores::{FileStore, MySqlStore, PostgresStore, TestStore};
use super::{
    ADMIN_PASSWORD, Browser, COMMENT, COMPLETE, DATABASE_PASSWORD, Expected, INTERRUPTED, LINK_PASSWORD, OWNER, REASON,
    VERSION_NAME, VISITOR, WAITING, folder, keys_digest, serve,
};
use crate::support::World;

const LIBRARY: &str = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";
/// Every kind of record.
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

/// Does everything that is stored, and kills the server while checks run.
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
    assert_eq!(signed_in.status, 303, "{}", signed_in.text());
    let owner_cookie = signed_in.cookie;
    let owner = Browser { server: &server, cookie: &owner_cookie };

    let names = DatabaseNames::new(databases, &format!("cw_{}", store.kind()));
    let complete = plan(owner, COMPLETE);
    enter(owner, &complete, &names);
    owner.post(&format!("{complete}/history/name"), &[("revision", "2"), ("name", VERSION_NAME)]);
    owner.post(&format!("{complete}/checks"), &[("id", "DB-01"), ("id", "DB-02"), ("id", "DB-05")]);
    owner.post(&format!("{complete}/accept"), &[("check", "DB-05"), ("reason", REASON), ("by", OWNER)]);
    let view_link = link(owner, &complete, &[("right", "view"), ("lifetime", "1d")]);
    let locked = [("right", "edit"), ("lifetime", "1d"), ("label", "dba"), ("password", LINK_PASSWORD)];
    let edit_link = link(owner, &complete, &locked);
    let opened = server.post(&edit_link, &[("password", LINK_PASSWORD), ("name", VISITOR)]);
    let visitor_cookie = opened.cookie;
    let visitor = Browser { server: &server, cookie: &visitor_cookie };
    visitor.post(&format!("{complete}/database"), &[("database.pool_size", "60"), ("action", "save")]);
    visitor.post(&format!("{complete}/comments/database"), &[("text", COMMENT)]);
    let probe = probe(owner, &complete);
    let keys = keys_digest(&owner.bundle(&complete));
    prepare(owner, world, &complete, databases);
    let token = hidden_field(&owner.get(&format!("{complete}/prepare")).text(), "token");
    owner.post(&format!("{complete}/prepare/run"), &[("token", &token), ("confirm_changes", "yes")]);
    // The response ends when the run ends.
    owner.get(&format!("{complete}/prepare"));

    let waiting = plan(owner, WAITING);
    let others = DatabaseNames::new(databases, &format!("cx_{}", store.kind()));
    enter(owner, &waiting, &others);
    prepare(owner, world, &waiting, databases);
    let preparation = hidden_field(&owner.get(&format!("{waiting}/prepare")).text(), "token");

    let interrupted = plan(owner, INTERRUPTED);
    let (_silent, port) = port::silent();
    let port = port.to_string();
    let fields = [("database.port", port.as_str()), ("database.password", DATABASE_PASSWORD), ("action", "save")];
    owner.post(&format!("{interrupted}/database"), &fields);
    // Two open pages; when the second one shows the owner, the first one is stored.
    let open = |path: &str| server.open_page_as(&owner_cookie, &format!("{interrupted}/{path}"));
    let _first = open("changes/events?page=p&step=database&after=0");
    open("changes/events?page=q&step=product&after=0").read_until(OWNER);
    let mut events = open("checks/events");
    let journal = owner.journal(&complete);
    // The response is not read: the server is killed before the run ends.
    let checks = TestRequest::post(&format!("{interrupted}/checks")).cookie(&owner_cookie);
    let _unread = server.open(checks.form(&[("id", "DB-02"), ("id", "DB-03")]));
    events.read_until("\"run-started\"");
    server.kill();
    let prepared = names.database("identity");
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

fn plan(owner: Browser<'_>, title: &str) -> String {
    let created = owner.post("/plans", &[("preset", "one-machine"), ("title", title)]);
    created.plan()
}

/// Enters the answers of every step.
fn enter(owner: Browser<'_>, path: &str, names: &DatabaseNames<'_>) {
    let plan = TestPlan::one_machine()
        .with_all(names.answers())
        .with_secret("database.password", DATABASE_PASSWORD)
        .with_secret("user_store.admin_password", ADMIN_PASSWORD);
    owner.server.enter_as(owner.cookie, path, &plan, &Step::ALL.map(Step::slug));
}

/// Creates a share link; returns its path.
fn link(owner: Browser<'_>, plan: &str, fields: &[(&str, &str)]) -> String {
    let made = owner.server.post_as(owner.cookie, &format!("{plan}/share"), fields);
    assert_eq!(made.status, 200, "{}", made.text());
    share_link(&made.text())
}

/// Sends a report of the first node; returns the path of its probe.
fn probe(owner: Browser<'_>, plan: &str) -> String {
    let page = owner.get(&format!("{plan}/clustering")).text();
    let path = page.split("/probes/").nth(1).unwrap().split(|letter: char| letter == '<' || letter.is_whitespace());
    let path = format!("/probes/{}", path.into_iter().next().unwrap());
    let script = owner.get(&path).text();
    let id = script.lines().find_map(|line| line.strip_prefix("plan='")).unwrap().trim_end_matches('\'');
    let report = format!(
        "clusterwright-probe | 1\nplan | {id}\nnode | node1\njava | 11.0.20 | java\nreached | 2\n\
         reach | node2 | hazelcast | 4001 | ok | 0.42 | 7 | 0 | node2\nend | 1\n"
    );
    // The next page of the owner shows its confirmation.
    owner.post(&format!("{plan}/reports"), &[("report", &report)]);
    path
}

/// Lets the server inspect the databases and show the planned changes.
fn prepare(owner: Browser<'_>, world: &World, plan: &str, databases: &DatabaseServer) {
    let scripts = world.path("scripts");
    script_pack::write(&scripts).unwrap();
    let server = format!("127.0.0.1:{}", databases.port());
    let folder = scripts.display().to_string();
    let fields = [
        ("server", server.as_str()),
        ("user", databases.administrator().0),
        ("password", databases.administrator().1),
        ("folder", &folder),
    ];
    let shown = owner.server.multipart_as(owner.cookie, &format!("{plan}/prepare"), &fields, &[]);
    assert_eq!(shown.status, 303, "{}", shown.text());
}

//! Data of an earlier build opens: plans, secrets, history, comments, share links, sessions, results of checks, probe
//! tokens and preparations, in each kind of store.
//!
//! The data is kept as text: what the database's own dump program wrote, and the vault's key in hexadecimal digits. The
//! ignored test in [`write`] creates it for the current version. A change of the stored format must leave the folders
//! of earlier versions as they are.

mod stores;
mod write;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use testbed::bundle::unzip;
use testbed::http::TestResponse;
use testbed::or_report;

use crate::support::{Serving, World};
use stores::{FileStore, MySqlStore, PostgresStore, TestStore};

/// The versions whose data is kept.
const VERSIONS: [&str; 1] = ["0.1.0"];

const DATABASE_PASSWORD: &str = "Db-earlier-61";
const ADMIN_PASSWORD: &str = "Adm1n!earlier-62";
const LINK_PASSWORD: &str = "Link-earlier-63";
/// The first plan: complete, downloaded, prepared, shared, commented on.
const COMPLETE: &str = "Complete plan";
/// The second plan: a preparation waits for its approval.
const WAITING: &str = "Plan with a preparation";
/// The third plan: the server was killed while its checks ran.
const INTERRUPTED: &str = "Plan with an interrupted run";
const OWNER: &str = "Kasun";
const VISITOR: &str = "Ruwan";
const COMMENT: &str = "Which port does the proxy use?";
const REASON: &str = "The account is created next week.";
const VERSION_NAME: &str = "Agreed with the DBA";

/// Facts that only the writer of the data knows: tokens that are stored as hashes, and the contents at that time.
#[derive(Deserialize, Serialize)]
struct Expected {
    access_token: String,
    owner_cookie: String,
    visitor_cookie: String,
    /// The paths of the plans [`COMPLETE`], [`WAITING`] and [`INTERRUPTED`].
    plans: [String; 3],
    /// The path of a link to view the first plan.
    view_link: String,
    /// The path of a link to edit the first plan, with [`LINK_PASSWORD`].
    edit_link: String,
    /// The path of the probe of the first node.
    probe: String,
    /// The token by which the preparation of the second plan is approved.
    preparation: String,
    /// The database that the first plan's preparation created.
    prepared: String,
    /// SHA-256 of the first plan's `cluster-keys.json`.
    keys: String,
    /// The history of the first plan, as it was exported.
    journal: Vec<Value>,
}

/// Where the data of a version in a kind of store is.
fn folder(version: &str, store: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/earlier_data").join(version).join(store)
}

/// A server over `store` that requires a login.
fn serve(world: &World, store: Option<&str>, environment: &[(&str, &str)]) -> Serving {
    let access = [
        ("CLUSTERWRIGHT_ALLOWED_HOSTS", r#"["wizard.example.com"]"#),
        ("CLUSTERWRIGHT_STORE_PASSWORD", testbed::ROOT_PASSWORD),
    ];
    world.serve_over(store, &[&access, environment].concat())
}

/// The browser of a person.
#[derive(Clone, Copy)]
struct Browser<'s> {
    server: &'s Serving,
    cookie: &'s str,
}

impl Browser<'_> {
    /// A page or file that must exist.
    #[track_caller]
    fn get(&self, path: &str) -> TestResponse {
        let answer = self.server.get_as(self.cookie, path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer
    }

    /// A form that must be accepted: the response is a redirect.
    #[track_caller]
    fn post(&self, path: &str, fields: &[(&str, &str)]) -> TestResponse {
        let answer = self.server.post_as(self.cookie, path, fields);
        assert_eq!(answer.status, 303, "{path}: {}", answer.text());
        answer
    }

    fn journal(&self, plan: &str) -> Vec<Value> {
        let text = self.get(&format!("{plan}/journal.jsonl")).text();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The first plan's files with secrets.
    fn bundle(&self, plan: &str) -> std::collections::BTreeMap<String, Vec<u8>> {
        let answer = self.server.post_as(self.cookie, &format!("{plan}/bundle"), &[]);
        assert_eq!(answer.status, 200, "{}", answer.text());
        unzip(&answer.bytes)
    }
}

fn keys_digest(bundle: &std::collections::BTreeMap<String, Vec<u8>>) -> String {
    hex::encode(Sha256::digest(&bundle["cluster-keys.json"]))
}

/// Loads the data of each version into a store and reads all of it.
fn read_all(store: &dyn TestStore) {
    for version in VERSIONS {
        let world = World::new();
        let folder = folder(version, store.kind());
        let address = store.load(&folder, &world.path("data"));
        let expected = std::fs::read_to_string(folder.join("expected.json")).unwrap();
        let expected: Expected = serde_json::from_str(&expected).unwrap();
        let server = serve(&world, address.as_deref(), &[]);
        read(&server, &expected);
    }
}

fn read(server: &Serving, expected: &Expected) {
    let [complete, waiting, interrupted] = &expected.plans;
    let owner = Browser { server, cookie: &expected.owner_cookie };

    // The session and the access token.
    let list = owner.get("/").text();
    for title in [COMPLETE, WAITING, INTERRUPTED] {
        assert!(list.contains(title), "{title}: {list}");
    }
    let anonymous = Browser { server, cookie: "" };
    let signed_in = anonymous.post("/login", &[("token", &expected.access_token), ("name", OWNER)]);
    Browser { server, cookie: &signed_in.cookie }.get(&format!("{complete}/database"));

    read_history(owner, complete, expected);

    // Secrets and keys.
    let bundle = owner.bundle(complete);
    let toml = String::from_utf8_lossy(&bundle["nodes/node1/repository/conf/deployment.toml"]);
    assert!(toml.contains(DATABASE_PASSWORD) && toml.contains(ADMIN_PASSWORD), "{toml}");
    assert_eq!(keys_digest(&bundle), expected.keys, "the keys of the cluster are the same");

    // Links, and a visitor who opened one.
    let visitor = Browser { server, cookie: &expected.visitor_cookie };
    assert!(visitor.get(&format!("{complete}/database")).text().contains(VISITOR));
    anonymous.get(&expected.view_link);
    anonymous.post(&expected.view_link, &[("name", VISITOR)]);
    assert_eq!(server.post(&expected.edit_link, &[("password", "another")]).status, 422);
    anonymous.post(&expected.edit_link, &[("password", LINK_PASSWORD), ("name", VISITOR)]);
    let links = owner.get(&format!("{complete}/share")).text();
    assert_eq!(links.matches("/revoke\"").count(), 2, "{links}");

    // Checks, acceptances, comments and what the probe of a node reported.
    let report: Value = serde_json::from_str(&owner.get(&format!("{complete}/report.json")).text()).unwrap();
    let report = report.to_string();
    assert!(report.contains("DB-02") && report.contains("DB-05"), "{report}");
    let page = owner.get(&format!("{complete}/database")).text();
    assert!(page.contains(COMMENT) && page.contains(REASON), "{page}");
    assert!(owner.get(&format!("{complete}/probes")).text().starts_with("<table"));
    assert!(anonymous.get(&expected.probe).text().starts_with("#!/bin/sh\n"));

    // The preparation that ended, and the one that waits.
    let ended = owner.get(&format!("{complete}/prepare")).text();
    assert!(ended.contains(&expected.prepared), "{ended}");
    let shown = owner.get(&format!("{waiting}/prepare")).text();
    assert!(shown.contains(&expected.preparation) && shown.contains("CREATE DATABASE"), "{shown}");

    // The run whose server was killed is ended by this one.
    let mut events = server.open_page_as(&expected.owner_cookie, &format!("{interrupted}/checks/events"));
    let ended = events.read_until("\"run-finished\"");
    assert!(ended.contains("\"cancelled\":true"), "{ended}");

    // And the data can be changed.
    owner.post(&format!("{complete}/database"), &[("database.pool_size", "70"), ("action", "save")]);
    assert!(owner.journal(complete).len() > expected.journal.len());
}

/// The lines of the history are as they were. A later version may add members to them.
fn read_history(owner: Browser<'_>, plan: &str, expected: &Expected) {
    let lines = owner.journal(plan);
    for (old, new) in expected.journal.iter().zip(&lines) {
        for (name, value) in old.as_object().unwrap() {
            assert_eq!(new.get(name), Some(value), "{name} of {old}");
        }
    }
    assert!(lines.len() >= expected.journal.len());
    assert!(owner.get(&format!("{plan}/history")).text().contains(VERSION_NAME));
}

#[test]
fn a_data_folder_of_an_earlier_build_opens() {
    read_all(&FileStore);
}

#[test]
fn a_mysql_store_of_an_earlier_build_opens() {
    let Some(server) = or_report(testbed::mysql()) else { return };
    read_all(&MySqlStore::new(&server));
}

#[test]
fn a_postgresql_store_of_an_earlier_build_opens() {
    let Some(server) = or_report(testbed::postgres()) else { return };
    read_all(&PostgresStore::new(&server));
}

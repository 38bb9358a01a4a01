//! Visitors with every kind of link: they open it, receive events, request every URL, and submit every form.

use std::fs;
use std::io::BufReader;
use std::net::TcpStream;
use std::path::PathBuf;

use axum::http::Method;
use domain::rights::{Holder, LinkAccess, Permission, is_permitted};
use domain::step::Step;

use super::plan::Plan;
use super::{Canaries, shows};
use crate::bundle::unzip;
use crate::support::{Answer, Serving, World, read_to};

/// The name of every visitor.
pub(super) const NAME: &str = "Ruwan-of-the-canaries";
/// The password of the links, a wrong one, and the secrets that visitors enter.
const LINK: &str = "Link-canary-45";
const WRONG: &str = "Wrong-canary-46";
const TYPED: &str = "Typed-canary-47";
/// The kinds of visitors.
const RIGHTS: [LinkAccess; 5] =
    [LinkAccess::View, LinkAccess::Comment, LinkAccess::Fill(Step::Database), LinkAccess::Download, LinkAccess::Edit];
/// Files of the bundle that contain secrets.
const FILES: [&str; 3] = ["nodes/node1/repository/conf/deployment.toml", "database/grants.sql", "plan.toml"];

/// A visitor.
struct Visitor {
    right: LinkAccess,
    token: String,
    cookie: String,
    followed: Vec<Followed>,
}

/// A stream, and the event at which reading it ends.
struct Followed(BufReader<TcpStream>, &'static str);

/// Performs everything that each visitor can do; returns what they entered, and the tokens of their links and sessions.
pub(super) fn come_and_look(server: &Serving, world: &World, plan: &Plan) -> Vec<String> {
    let passwords = [LINK, WRONG, TYPED, testbed::ROOT_PASSWORD].map(str::to_owned);
    let secrets = plan.canaries.and(passwords.clone());
    let mut visitors: Vec<Visitor> = RIGHTS.map(|right| open(server, plan, right, &secrets)).into();
    let tokens: Vec<String> = visitors.iter().flat_map(|visitor| [visitor.token.clone(), mark(visitor)]).collect();
    let canaries = secrets.and(tokens.clone());
    happen(server, plan, &canaries);
    for visitor in &mut visitors {
        for Followed(stream, last) in &mut visitor.followed {
            let text = read_to(stream, last);
            canaries.assert_absent("a stream", text.as_bytes());
        }
    }
    for visitor in &visitors {
        look_at_everything(server, plan, Some(visitor), [&canaries, &secrets]);
        download(server, plan, visitor, &canaries);
    }
    prepare(server, world, plan, &visitors, &canaries);
    for visitor in &visitors {
        send_everything(server, plan, visitor, [&canaries, &secrets]);
    }
    let history = server.get(&format!("{}/journal.jsonl", plan.address));
    assert!(history.body.contains(NAME) && history.body.contains("database.password"), "{}", history.body);
    // What a visitor entered must not appear on the pages of others.
    look_at_everything(server, plan, None, [&canaries, &secrets]);
    look_at_everything(server, plan, visitors.first(), [&canaries, &secrets]);
    passwords.into_iter().chain(tokens).collect()
}

/// The value of a visitor's cookie.
fn mark(visitor: &Visitor) -> String {
    visitor.cookie.split_once('=').unwrap().1.to_owned()
}

/// Creates a link, tries a wrong password, opens it and receives events.
fn open(server: &Serving, plan: &Plan, right: LinkAccess, secrets: &Canaries) -> Visitor {
    let (slug, step) = match right {
        LinkAccess::Fill(step) => ("fill".to_owned(), step.slug()),
        right => (right.slug(), ""),
    };
    let fields = [("right", slug.as_str()), ("step", step), ("lifetime", "1h"), ("password", LINK)];
    let made = server.post(&format!("{}/share", plan.address), &fields);
    assert_clean("the page of a new link", &made, secrets);
    let token = made.body.split("/s/").nth(1).unwrap().split(['<', '"', '&']).next().unwrap().to_owned();
    let link = format!("/s/{token}");
    assert_clean("the page of a link", &server.get(&link), secrets);
    let wrong = server.post(&link, &[("password", WRONG)]);
    assert_eq!(wrong.status, 422, "{}", wrong.body);
    assert_clean("a wrong password", &wrong, secrets);
    let opened = server.post(&link, &[("password", LINK), ("name", NAME)]);
    assert_eq!(opened.status, 303, "{}", opened.body);
    assert_clean("an opened link", &opened, secrets);
    let cookie = opened.head.split("set-cookie: ").nth(1).unwrap().split(';').next().unwrap().to_owned();
    let page = format!("page=page{slug}&step=database&after=0");
    let followed = [
        ("changes/events", format!("?{page}"), "event: changed"),
        ("checks/events", String::new(), "\"run-finished\""),
    ];
    let followed = followed.map(|(name, query, last)| {
        let stream = server.open_as(&cookie, &format!("{}/{name}{query}", plan.address));
        Followed(stream, last)
    });
    Visitor { right, token, cookie, followed: followed.into() }
}

/// What causes events: a change with a secret, and checks that use secrets.
fn happen(server: &Serving, plan: &Plan, canaries: &Canaries) {
    let password = &plan.canaries.0[0];
    let fields = [("database.pool_size", "60"), ("database.password", password), ("action", "save")];
    assert_clean("a save", &server.post(&format!("{}/database", plan.address), &fields), canaries);
    let checks = ["DB-02", "DB-05", "US-01"].map(|id| ("id", id));
    let run = server.post(&format!("{}/checks", plan.address), &checks);
    assert_eq!(run.status, 303, "{}", run.body);
    assert_clean("a run of checks", &run, canaries);
}

/// Requests every URL that answers GET; those without permission are refused.
fn look_at_everything(server: &Serving, plan: &Plan, actor: Option<&Visitor>, clean: [&Canaries; 2]) {
    let cookie = actor.map_or("", |visitor| &visitor.cookie);
    let mut seen = 0;
    for path in addresses(&Method::GET, plan, actor) {
        let answer = server.request_as(cookie, "GET", &path, &[]);
        assert!(answer.status < 500, "{path}: {}", answer.body);
        assert_clean(&path, &answer, allowed(&path, clean));
        assert!(!path.starts_with("/probes/") || answer.status == 200, "{path}: {}", answer.body);
        seen += usize::from(answer.status == 200 && path.starts_with(&plan.address));
        // The previews and pages of permitted steps exist.
        let step = Step::ALL.into_iter().find(|step| path == format!("{}/{}", plan.address, step.slug()));
        let reads =
            |step| actor.is_none_or(|visitor| is_permitted(Holder::Link(visitor.right), Permission::ReadStep(step)));
        assert!(step.is_none_or(|step| reads(step) == (answer.status == 200)), "{path}: {}", answer.status);
    }
    assert!(seen >= 1, "somebody sees something");
}

/// Submits a form with secrets to every URL that accepts one, except signing out.
fn send_everything(server: &Serving, plan: &Plan, visitor: &Visitor, clean: [&Canaries; 2]) {
    let secrets = domain::steps::all().filter(|setting| setting.control.is_secret());
    let mut fields: Vec<(&str, &str)> = secrets.map(|setting| (setting.key, TYPED)).collect();
    fields.extend([("action", "save"), ("text", "Which port?"), ("name", NAME), ("password", TYPED)]);
    for path in addresses(&Method::POST, plan, Some(visitor)).into_iter().filter(|path| !path.ends_with("/leave")) {
        let answer = server.request_as(&visitor.cookie, "POST", &path, &fields);
        assert!(answer.status < 500, "{path}: {}", answer.body);
        assert_clean(&path, &answer, allowed(&path, clean));
    }
}

/// Only the page of a link contains a token, its own.
fn allowed<'c>(path: &str, [all, secrets]: [&'c Canaries; 2]) -> &'c Canaries {
    if path.starts_with("/s/") { secrets } else { all }
}

/// Downloads the files without secrets, if permitted.
fn download(server: &Serving, plan: &Plan, visitor: &Visitor, canaries: &Canaries) {
    let path = format!("{}/bundle/incomplete", plan.address);
    let answer = server.request_as(&visitor.cookie, "POST", &path, &[]);
    let may_take = is_permitted(Holder::Link(visitor.right), Permission::DownloadWithoutSecrets);
    assert_eq!(answer.status == 200, may_take, "{}", answer.body);
    if may_take {
        for (name, bytes) in unzip(&answer.bytes) {
            canaries.assert_absent(&name, &bytes);
        }
    }
}

/// A visitor who edits the Database step enters an administrator's password; a preparation then waits for approval.
fn prepare(server: &Serving, world: &World, plan: &Plan, visitors: &[Visitor], canaries: &Canaries) {
    let scripts = world.path("scripts");
    for script in ["mysql.sql", "identity/mysql.sql", "consent/mysql.sql", "identity/agent/mysql.sql"] {
        fs::create_dir_all(PathBuf::from(&scripts).join(script).parent().unwrap()).unwrap();
        fs::write(scripts.join(script), "CREATE TABLE A (A INT);").unwrap();
    }
    let folder = scripts.display().to_string();
    let path = format!("{}/prepare", plan.address);
    // The form displays the server to which the password belongs.
    let form = server.get(&path).body;
    let shown = form.split_once("name=\"server\" value=\"").and_then(|(_, rest)| rest.split('"').next()).unwrap_or("");
    let fields =
        [("server", shown), ("user", "root"), ("password", testbed::ROOT_PASSWORD), ("folder", folder.as_str())];
    for visitor in
        visitors.iter().filter(|visitor| is_permitted(Holder::Link(visitor.right), Permission::PrepareDatabases))
    {
        let looked = server.multipart_as(&visitor.cookie, &path, &fields);
        assert_eq!(looked.status, if plan.has_database { 303 } else { 422 }, "{}", looked.body);
        assert_clean(&path, &looked, canaries);
        let page = server.request_as(&visitor.cookie, "GET", &path, &[]);
        assert!(!plan.has_database || page.body.contains("CREATE DATABASE"), "{}", page.body);
        assert_clean(&path, &page, canaries);
    }
}

/// Every URL of a method, with values for its parameters. Streams are read separately.
fn addresses(method: &Method, plan: &Plan, actor: Option<&Visitor>) -> Vec<String> {
    let link = format!("/s/{}", actor.map_or("0123456789", |visitor| &visitor.token));
    let mut found = Vec::new();
    for (_, route) in server::http::router::addresses().into_iter().filter(|(known, _)| known == method) {
        let mut paths = vec![route.replace("/plans/{plan}", &plan.address)];
        if route.ends_with("/events") {
            continue;
        }
        let steps = Step::ALL.map(Step::slug);
        let places: [(&str, &[&str]); 7] = [
            ("{step}", &steps),
            ("{check}", &["DB-05"]),
            ("{*path}", &FILES),
            ("/s/{token}", &[&link]),
            ("{token}", &[&plan.probe]),
            ("{node}", &["node1"]),
            ("{link}", &["0123"]),
        ];
        for (place, values) in places {
            let filled = |path: &String| values.iter().map(|value| path.replace(place, value)).collect::<Vec<_>>();
            if route.contains(place) {
                paths = paths.iter().flat_map(filled).collect();
            }
        }
        // URLs whose response depends on their query.
        match route {
            "/plans/{plan}/preview.json" => {
                let asked = steps.map(|step| format!("{}?step={step}", paths[0]));
                paths.extend(asked);
            }
            "/plans/{plan}/history" => paths.push(format!("{}?from=1&to=9", paths[0])),
            _ => {}
        }
        assert!(!paths.iter().any(|path| path.contains('{')), "what stands in {route} is not known here");
        found.extend(paths);
    }
    found
}

fn assert_clean(place: &str, answer: &Answer, canaries: &Canaries) {
    canaries.assert_absent(place, &answer.bytes);
    // Only opening a link sets the cookie of a visitor's session.
    canaries.assert_absent(&format!("the headers of {place}"), answer.head.as_bytes());
    assert!(!shows(&answer.location, "canary"), "{place} leads to {}", answer.location);
}

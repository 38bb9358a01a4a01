//! Visitors with every kind of link: they open it, read streams, request every page and send every form.

use axum::http::Method;
use domain::rights::{Holder, LinkAccess, Permission, is_permitted};
use domain::step::Step;
use testbed::bundle::unzip;
use testbed::html::{hidden_field, share_link};
use testbed::http::{TcpResponseStream, TestResponse};
use testbed::plan::DATABASE_PASSWORD;
use testbed::script_pack;

use super::plan::Plan;
use super::{Canaries, shows};
use crate::support::{Serving, World};

/// The name of every visitor.
pub(super) const NAME: &str = "Ruwan-of-the-canaries";
/// The password of the links, a wrong one, and the secrets that visitors enter.
const LINK: &str = "Link-canary-45";
const WRONG: &str = "Wrong-canary-46";
const TYPED: &str = "Typed-canary-47";
/// The links of the visitors.
const RIGHTS: [LinkAccess; 5] =
    [LinkAccess::View, LinkAccess::Comment, LinkAccess::Fill(Step::Database), LinkAccess::Download, LinkAccess::Edit];
/// Files that contain secrets in the bundle.
const FILES: [&str; 3] = ["nodes/node1/repository/conf/deployment.toml", "database/grants.sql", "plan.toml"];

/// A person who opened a link.
struct Visitor {
    right: LinkAccess,
    token: String,
    cookie: String,
    followed: Vec<Followed>,
}

/// A stream, and the event that ends the reading of it.
struct Followed(TcpResponseStream, &'static str);

/// Lets the visitors do everything, and returns the secrets that they entered and the tokens of their links and sessions.
pub(super) fn visit(server: &Serving, world: &World, plan: &Plan) -> Vec<String> {
    let passwords = [LINK, WRONG, TYPED, testbed::ROOT_PASSWORD].map(str::to_owned);
    let secrets = plan.canaries.and(passwords.clone());
    let mut visitors: Vec<Visitor> = RIGHTS.map(|right| open(server, plan, right, &secrets)).into();
    let tokens: Vec<String> = visitors.iter().flat_map(|visitor| [visitor.token.clone(), mark(visitor)]).collect();
    let canaries = secrets.and(tokens.clone());
    change_and_check(server, plan, &canaries);
    for visitor in &mut visitors {
        for Followed(stream, last) in &mut visitor.followed {
            let head = stream.head();
            let text = stream.read_until(last);
            canaries.assert_absent("a stream", format!("{head}{text}").as_bytes());
        }
    }
    for visitor in &visitors {
        get_everything(server, plan, Some(visitor), [&canaries, &secrets]);
        download(server, plan, visitor, &canaries);
    }
    prepare(server, world, plan, &visitors, &canaries);
    for visitor in &visitors {
        send_everything(server, plan, visitor, [&canaries, &secrets]);
    }
    let history = server.get(&format!("{}/journal.jsonl", plan.address));
    assert!(history.text().contains(NAME) && history.text().contains("database.password"), "{}", history.text());
    // Pages of others contain nothing that a visitor has entered as a secret.
    get_everything(server, plan, None, [&canaries, &secrets]);
    get_everything(server, plan, visitors.first(), [&canaries, &secrets]);
    passwords.into_iter().chain(tokens).collect()
}

/// The value of a visitor's cookie.
fn mark(visitor: &Visitor) -> String {
    visitor.cookie.split_once('=').unwrap().1.to_owned()
}

/// Creates a link, tries a wrong password, opens it and opens the streams of the plan.
fn open(server: &Serving, plan: &Plan, right: LinkAccess, secrets: &Canaries) -> Visitor {
    let (slug, step) = match right {
        LinkAccess::Fill(step) => ("fill".to_owned(), step.slug()),
        right => (right.slug(), ""),
    };
    let fields = [("right", slug.as_str()), ("step", step), ("lifetime", "1h"), ("password", LINK)];
    let made = server.post(&format!("{}/share", plan.address), &fields);
    assert_clean("the page of a new link", &made, secrets);
    let link = share_link(&made.text());
    let token = link["/s/".len()..].to_owned();
    assert_clean("the page of a link", &server.get(&link), secrets);
    let wrong = server.post(&link, &[("password", WRONG)]);
    assert_eq!(wrong.status, 422, "{}", wrong.text());
    assert_clean("a wrong password", &wrong, secrets);
    let opened = server.post(&link, &[("password", LINK), ("name", NAME)]);
    assert_eq!(opened.status, 303, "{}", opened.text());
    assert_clean("an opened link", &opened, secrets);
    let cookie = opened.cookie;
    let page = format!("page=page{slug}&step=database&after=0");
    let followed = [
        ("changes/events", format!("?{page}"), "event: changed"),
        ("checks/events", String::new(), "\"run-finished\""),
    ];
    let followed = followed.map(|(name, query, last)| {
        let stream = server.open_page_as(&cookie, &format!("{}/{name}{query}", plan.address));
        Followed(stream, last)
    });
    Visitor { right, token, cookie, followed: followed.into() }
}

/// The events of the streams: a change with a secret, and checks that use secrets.
fn change_and_check(server: &Serving, plan: &Plan, canaries: &Canaries) {
    let fields = [("database.pool_size", "60"), ("database.password", DATABASE_PASSWORD), ("action", "save")];
    assert_clean("a save", &server.post(&format!("{}/database", plan.address), &fields), canaries);
    let checks = ["DB-02", "DB-05", "US-01"].map(|id| ("id", id));
    let run = server.post(&format!("{}/checks", plan.address), &checks);
    assert_eq!(run.status, 303, "{}", run.text());
    assert_clean("a run of checks", &run, canaries);
}

/// Requests every page; a client without the permission is refused.
fn get_everything(server: &Serving, plan: &Plan, actor: Option<&Visitor>, clean: [&Canaries; 2]) {
    let cookie = actor.map_or("", |visitor| &visitor.cookie);
    let mut seen = 0;
    for path in addresses(&Method::GET, plan, actor) {
        let answer = server.get_as(cookie, &path);
        assert!(!answer.status.is_server_error(), "{path}: {}", answer.text());
        assert_clean(&path, &answer, allowed(&path, clean));
        assert!(!path.starts_with("/probes/") || answer.status == 200, "{path}: {}", answer.text());
        seen += usize::from(answer.status == 200 && path.starts_with(&plan.address));
        // The pages of steps that the visitor may read exist.
        let step = Step::ALL.into_iter().find(|step| path == format!("{}/{}", plan.address, step.slug()));
        let reads =
            |step| actor.is_none_or(|visitor| is_permitted(Holder::Link(visitor.right), Permission::ReadStep(step)));
        assert!(step.is_none_or(|step| reads(step) == (answer.status == 200)), "{path}: {}", answer.status);
    }
    assert!(seen >= 1, "the client sees a page");
}

/// Sends a form with secrets to every address that accepts one, except the one that ends the session.
fn send_everything(server: &Serving, plan: &Plan, visitor: &Visitor, clean: [&Canaries; 2]) {
    let secrets = domain::steps::all().filter(|setting| setting.control.is_secret());
    let mut fields: Vec<(&str, &str)> = secrets.map(|setting| (setting.key, TYPED)).collect();
    fields.extend([("action", "save"), ("text", "Which port?"), ("name", NAME), ("password", TYPED)]);
    for path in addresses(&Method::POST, plan, Some(visitor)).into_iter().filter(|path| !path.ends_with("/leave")) {
        let answer = server.post_as(&visitor.cookie, &path, &fields);
        assert!(!answer.status.is_server_error(), "{path}: {}", answer.text());
        assert_clean(&path, &answer, allowed(&path, clean));
    }
}

/// The page of a link contains its token; no other page contains one.
fn allowed<'c>(path: &str, [all, secrets]: [&'c Canaries; 2]) -> &'c Canaries {
    if path.starts_with("/s/") { secrets } else { all }
}

/// Downloads the bundle without secrets, if the link permits it.
fn download(server: &Serving, plan: &Plan, visitor: &Visitor, canaries: &Canaries) {
    let path = format!("{}/bundle/incomplete", plan.address);
    let answer = server.post_as(&visitor.cookie, &path, &[]);
    let may_take = is_permitted(Holder::Link(visitor.right), Permission::DownloadWithoutSecrets);
    assert_eq!(answer.status == 200, may_take, "{}", answer.text());
    if may_take {
        for (name, bytes) in unzip(&answer.bytes) {
            canaries.assert_absent(&name, &bytes);
        }
    }
}

/// A visitor who fills in the Database step enters an administrator's password; the preparation that waits is stored.
fn prepare(server: &Serving, world: &World, plan: &Plan, visitors: &[Visitor], canaries: &Canaries) {
    let scripts = world.path("scripts");
    script_pack::write(&scripts).unwrap();
    let folder = scripts.display().to_string();
    let path = format!("{}/prepare", plan.address);
    // The password is for the server that the form shows.
    let shown = hidden_field(&server.get(&path).text(), "server");
    let fields = [
        ("server", shown.as_str()),
        ("user", "root"),
        ("password", testbed::ROOT_PASSWORD),
        ("folder", folder.as_str()),
    ];
    for visitor in
        visitors.iter().filter(|visitor| is_permitted(Holder::Link(visitor.right), Permission::PrepareDatabases))
    {
        let inspected = server.multipart_as(&visitor.cookie, &path, &fields, &[]);
        assert_eq!(inspected.status, if plan.has_database { 303 } else { 422 }, "{}", inspected.text());
        assert_clean(&path, &inspected, canaries);
        let page = server.get_as(&visitor.cookie, &path);
        assert!(!plan.has_database || page.text().contains("CREATE DATABASE"), "{}", page.text());
        assert_clean(&path, &page, canaries);
    }
}

/// Every address of a method with values for its parameters. Streams are read separately.
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
        // Addresses with a query.
        match route {
            "/plans/{plan}/preview.json" => {
                let asked = steps.map(|step| format!("{}?step={step}", paths[0]));
                paths.extend(asked);
            }
            "/plans/{plan}/history" => paths.push(format!("{}?from=1&to=9", paths[0])),
            _ => {}
        }
        assert!(!paths.iter().any(|path| path.contains('{')), "the test has no value for a parameter of {route}");
        found.extend(paths);
    }
    found
}

fn assert_clean(place: &str, answer: &TestResponse, canaries: &Canaries) {
    canaries.assert_absent(place, &answer.bytes);
    // The response to an opened link is the only one with the token of a session.
    canaries.assert_absent(&format!("the headers of {place}"), answer.head.as_bytes());
    assert!(!shows(&answer.location, "canary"), "{place} redirects to {}", answer.location);
}

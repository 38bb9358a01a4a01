//! Every route for everybody, as requests through the router.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use axum::routing::get;
use axum::{Extension, Router};
use domain::draft::Draft;
use domain::rights::{Holder, Right};
use domain::secret::{Secret, Secrets};
use domain::step::Step;
use store::SqliteStore;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use super::{Needs, at, table};
use crate::person::Person;
use crate::plans::Plans;
use crate::vault::Vault;
use crate::web::{Site, admitting};

/// Who gets an answer, by method and path: `O`wner, links to `V`iew, `C`omment, `D`ownload, `E`dit, those that fill in
/// the `F`irst step of two (the one in the address, or Database), those that fill in another step, as `f`, and `N`obody.
const EXPECTED: &str = "
GET  /                                O
POST /plans                           O
POST /plans/open                      O
GET  /plans/{plan}/{step}             OVCDEF
POST /plans/{plan}/{step}             OEF
POST /plans/{plan}/draft              OEFf
GET  /plans/{plan}/review             OVCDE
GET  /plans/{plan}/accept/{check}     OE
POST /plans/{plan}/accept             OE
POST /plans/{plan}/bundle             O
GET  /plans/{plan}/plan.toml          ODE
GET  /plans/{plan}/report.txt         OVCDE
GET  /plans/{plan}/report.json        OVCDE
GET  /plans/{plan}/report.xml         OVCDE
GET  /plans/{plan}/report.html        OVCDE
GET  /plans/{plan}/delete             O
POST /plans/{plan}/delete             O
GET  /plans/{plan}/preview            OVCDE
GET  /plans/{plan}/preview.json       OVCDE
GET  /plans/{plan}/preview/{*path}    OVCDE
POST /plans/{plan}/checks             OEFf
POST /plans/{plan}/checks/cancel      OEFf
GET  /plans/{plan}/checks/events      OVCDEFf
POST /plans/{plan}/reports            OEc
GET  /probes/{token}/{node}           OVCDEFfN
POST /probes/{token}/{node}           OVCDEFfN
GET  /checks                          OVCDEFfN
GET  /checks/{check}                  OVCDEFfN
GET  /healthz                         OVCDEFfN
GET  /assets/{*path}                  OVCDEFfN
";

/// A site with one plan.
async fn site() -> (Site, String, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("clusterwright.db")).await.unwrap();
    let vault = Vault::open(folder.path(), Some(&Secret::new("00".repeat(32)))).unwrap();
    let plans = Plans::new(Arc::new(store), vault);
    let plan = plans.create(&Draft::default(), &Secrets::new()).await.unwrap();
    (Site::new(plans, CancellationToken::new()), plan.to_string(), folder)
}

/// The letters of the table for somebody at a route about `step`.
fn letter(person: Option<&Person>, step: Step) -> char {
    match person.map(|person| person.holder) {
        None => 'N',
        Some(Holder::Owner) => 'O',
        Some(Holder::Link(Right::View)) => 'V',
        Some(Holder::Link(Right::Comment)) => 'C',
        Some(Holder::Link(Right::Download)) => 'D',
        Some(Holder::Link(Right::Edit)) => 'E',
        Some(Holder::Link(Right::Fill(mine))) if mine == step => 'F',
        Some(Holder::Link(Right::Fill(_))) => 'f',
    }
}

fn everybody() -> Vec<Option<Person>> {
    let by_link = |right| Some(Person { holder: Holder::Link(right), name: "Ruwan".to_owned(), via: "1".to_owned() });
    let mut everybody = vec![None, Some(Person::owner(""))];
    everybody.extend(Right::ALL.map(by_link));
    everybody
}

async fn ask(router: &Router, method: &Method, path: &str) -> StatusCode {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::HOST, "localhost:3000")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::empty())
        .unwrap();
    router.clone().oneshot(request).await.unwrap().status()
}

#[tokio::test]
async fn every_route_lets_in_whom_its_row_names_and_nobody_else() {
    let rows: Vec<Vec<&str>> =
        EXPECTED.lines().filter(|line| !line.is_empty()).map(|line| line.split_whitespace().collect()).collect();
    let expected: BTreeSet<(String, String)> = rows.iter().map(|row| (row[0].to_owned(), row[1].to_owned())).collect();
    let found: BTreeSet<(String, String)> =
        table().into_iter().map(|route| (route.method.to_string(), route.path.to_owned())).collect();
    assert_eq!(expected, found, "the table of this test has every route");
    let (site, plan, _folder) = site().await;
    for person in everybody() {
        let mut router = admitting(table(), site.clone());
        if let Some(person) = &person {
            router = router.layer(Extension(person.clone()));
        }
        for row in &rows {
            let (method, path, allowed) = (row[0].parse::<Method>().unwrap(), row[1], row[2]);
            for step in if path.contains("{step}") { &Step::ALL[..] } else { &[Step::Database] } {
                // The owner deletes the plan for real, so that nobody else could see it any more.
                if path.ends_with("/delete") && method == Method::POST && letter(person.as_ref(), *step) == 'O' {
                    continue;
                }
                let address = path
                    .replace("{plan}", &plan)
                    .replace("{step}", step.slug())
                    .replace("{check}", "DB-02")
                    .replace("{*path}", "README.md")
                    .replace("{token}", "0")
                    .replace("{node}", "is-1");
                let status = ask(&router, &method, &address).await;
                let is_in = !matches!(
                    status,
                    StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::METHOD_NOT_ALLOWED
                );
                // `c`: the one route of Clustering alone.
                let own_clustering = allowed.contains('c')
                    && matches!(&person, Some(Person { holder: Holder::Link(Right::Fill(Step::Clustering)), .. }));
                let may = allowed.contains(letter(person.as_ref(), *step)) || own_clustering;
                assert_eq!(is_in, may, "{person:?}: {method} {address} gives {status}");
                if person.is_none() {
                    assert!(is_in || status == StatusCode::UNAUTHORIZED, "{method} {address}: {status}");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_route_that_is_not_in_the_table_is_refused() {
    let (site, _, _folder) = site().await;
    let router = admitting(table(), site).layer(Extension(Person::owner("")));
    assert_eq!(ask(&router, &Method::DELETE, "/plans").await, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(ask(&router, &Method::GET, "/plans").await, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(ask(&router, &Method::GET, "/nowhere").await, StatusCode::NOT_FOUND);
    // One that somebody adds beside the table: the same layer stands before it.
    let needed = crate::web::admission::Needed::of(&[at(Method::GET, "/known", Needs::Nothing, get(|| async {}))]);
    let beside: Router = Router::new()
        .route("/known", get(|| async {}).post(|| async {}))
        .route("/beside", get(|| async {}))
        .layer(axum::middleware::from_fn_with_state(needed, crate::web::admission::admit));
    assert_eq!(ask(&beside, &Method::GET, "/known").await, StatusCode::OK);
    assert_eq!(ask(&beside, &Method::HEAD, "/known").await, StatusCode::OK);
    assert_eq!(ask(&beside, &Method::POST, "/known").await, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(ask(&beside, &Method::GET, "/beside").await, StatusCode::NOT_FOUND);
}

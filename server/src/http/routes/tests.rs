//! Every route for everybody, as requests through the router.
#![expect(clippy::disallowed_methods, reason = "a test shows the token that it got")]

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use axum::routing::get;
use domain::author::Author;
use domain::draft::Draft;
use domain::rights::{Holder, LinkAccess};
use domain::secret::Secrets;
use domain::server_credential::ServerCredential;
use domain::step::Step;
use store::SqliteStore;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use crate::http::router::with_authorization;
use crate::http::routes::{at, table};
use crate::http::security::authorization::{Authorization, authorize};
use crate::http::security::login_state::LoginState;
use crate::http::security::permission::RequiredPermission;
use crate::http::state::AppState;
use service::access::access_token::AccessToken;
use service::plans::Plans;
use service::sharing::NewLink;
use service::vault::Vault;

/// Who gets an answer, by method and path: `O`wner, links to `V`iew, `C`omment, `D`ownload, `E`dit, those that fill in
/// the `F`irst step of two (the one in the address, or Database), those that fill in another step, as `f`, and `N`obody.
const EXPECTED: &str = "
GET  /                                O
POST /plans                           O
POST /plans/open                      O
GET  /plans/{plan}/{step}             OVCDEF
POST /plans/{plan}/{step}             OEF
POST /plans/{plan}/draft              OEFf
POST /plans/{plan}/comments           OCE
POST /plans/{plan}/comments/{step}    OCEF
POST /plans/{plan}/comments/done      OEFf
GET  /plans/{plan}/history            OVCDE
POST /plans/{plan}/history/name       OE
POST /plans/{plan}/history/restore    OE
POST /plans/{plan}/history/undo       OEFf
GET  /plans/{plan}/journal.jsonl      OVCDE
GET  /plans/{plan}/journal.csv        OVCDE
GET  /plans/{plan}/changes/events     OVCDEFf
GET  /plans/{plan}/review             OVCDE
GET  /plans/{plan}/standing           OVCDEFf
GET  /plans/{plan}/accept/{check}     OE
POST /plans/{plan}/accept             OE
POST /plans/{plan}/bundle             O
GET  /plans/{plan}/keys               O
POST /plans/{plan}/keys/upload        O
POST /plans/{plan}/keys/renew-tls     O
POST /plans/{plan}/keys/new           O
POST /plans/{plan}/bundle/incomplete  ODE
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
GET  /plans/{plan}/reports            OVCDEc
POST /plans/{plan}/reports            OEc
GET  /plans/{plan}/probes             OVCDEc
GET  /plans/{plan}/probes/{node}      OVCDEc
GET  /plans/{plan}/verify             OVCDE
POST /plans/{plan}/verify             O
GET  /plans/{plan}/prepare            OEF
POST /plans/{plan}/prepare            OEF
POST /plans/{plan}/prepare/run        OEF
POST /plans/{plan}/prepare/withdraw   OEF
GET  /plans/{plan}/share              O
POST /plans/{plan}/share              O
POST /plans/{plan}/share/{link}/revoke  O
POST /plans/{plan}/leave              OVCDEFfN
GET  /s/{token}                       OVCDEFfN
POST /s/{token}                       OVCDEFfN
GET  /probes/{token}/{node}           OVCDEFfN
POST /probes/{token}/{node}           OVCDEFfN
GET  /logs                            O
POST /logs                            O
GET  /checks                          OVCDEFfN
GET  /checks/{check}                  OVCDEFfN
GET  /login                           OVCDEFfN
POST /login                           OVCDEFfN
POST /logout                          OVCDEFfN
GET  /account                         O
POST /account                         O
GET  /healthz                         OVCDEFfN
GET  /readyz                          OVCDEFfN
GET  /metrics                         OVCDEFfN
GET  /assets/{*path}                  OVCDEFfN
";

/// A site with one plan.
async fn site() -> (AppState, String, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("clusterwright.db")).await.unwrap();
    let vault = Vault::open(folder.path(), Some(&ServerCredential::new("00".repeat(32)))).unwrap();
    let plans = Plans::new(Arc::new(store), vault);
    let plan = plans.create(&Author::default(), &Draft::default(), &Secrets::new()).await.unwrap();
    (AppState::new(plans, CancellationToken::new()), plan.to_string(), folder)
}

/// The letters of the table for a holder at a route about `step`.
fn letter(holder: Option<Holder>, step: Step) -> char {
    match holder {
        None => 'N',
        Some(Holder::Owner) => 'O',
        Some(Holder::Link(LinkAccess::View)) => 'V',
        Some(Holder::Link(LinkAccess::Comment)) => 'C',
        Some(Holder::Link(LinkAccess::Download)) => 'D',
        Some(Holder::Link(LinkAccess::Edit)) => 'E',
        Some(Holder::Link(LinkAccess::Fill(mine))) if mine == step => 'F',
        Some(Holder::Link(LinkAccess::Fill(_))) => 'f',
    }
}

/// Everybody there is, each with the cookies they come with.
async fn every_actor(site: &AppState, plan: &str) -> Vec<(Option<Holder>, String)> {
    let mut every_actor = vec![(None, String::new()), (Some(Holder::Owner), String::new())];
    for right in LinkAccess::ALL {
        let wanted =
            NewLink { right, seconds: 3600, label: String::new(), made_by: None, password: None, most_uses: None };
        let (token, _) = site.links.make(plan.parse().unwrap(), wanted).await.unwrap();
        let router =
            crate::http::router::router(site.clone(), crate::http::security::request_context::AllowedHosts::new(&[]));
        let request = Request::post(format!("/s/{}", token.reveal()))
            .header(header::HOST, "localhost:3000")
            .body(Body::from("name=Ruwan"))
            .unwrap();
        let answer = router.oneshot(request).await.unwrap();
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        let cookie = answer.headers()[header::SET_COOKIE].to_str().unwrap();
        every_actor.push((Some(Holder::Link(right)), cookie.split(';').next().unwrap().to_owned()));
    }
    every_actor
}

async fn ask(router: &Router, method: &Method, path: &str, cookie: &str) -> StatusCode {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::HOST, "localhost:3000")
        .header(header::COOKIE, cookie)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::empty())
        .unwrap();
    router.clone().oneshot(request).await.unwrap().status()
}

#[tokio::test]
async fn every_route_accepts_the_actors_of_its_row_and_no_other() {
    let rows: Vec<Vec<&str>> =
        EXPECTED.lines().filter(|line| !line.is_empty()).map(|line| line.split_whitespace().collect()).collect();
    let expected: BTreeSet<(String, String)> = rows.iter().map(|row| (row[0].to_owned(), row[1].to_owned())).collect();
    let found: BTreeSet<(String, String)> =
        table().into_iter().map(|route| (route.method.to_string(), route.path.to_owned())).collect();
    assert_eq!(expected, found, "the table of this test has every route");
    let (site, plan, _folder) = site().await;
    for (holder, cookie) in every_actor(&site, &plan).await {
        // Where no login is required, every client without a link is the owner.
        let (store, vault) = (Arc::clone(site.plans.store()), site.plans.vault().clone());
        let token = AccessToken::new(store, vault, Some(&ServerCredential::new("an access token")));
        let login = (holder != Some(Holder::Owner)).then(|| LoginState::with(token));
        let router = with_authorization(table(), site.clone().with_login(login));
        for row in &rows {
            let (method, path, allowed) = (row[0].parse::<Method>().unwrap(), row[1], row[2]);
            for step in if path.contains("{step}") { &Step::ALL[..] } else { &[Step::Database] } {
                // The owner deletes the plan for real, so that no other client could see it any more.
                if path.ends_with("/delete") && method == Method::POST && letter(holder, *step) == 'O' {
                    continue;
                }
                let address = path
                    .replace("{plan}", &plan)
                    .replace("{step}", step.slug())
                    .replace("{check}", "DB-02")
                    .replace("{*path}", "README.md")
                    .replace("{token}", "0")
                    .replace("{link}", "0")
                    .replace("{node}", "is-1");
                let status = ask(&router, &method, &address, &cookie).await;
                let is_in = !matches!(
                    status,
                    StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::METHOD_NOT_ALLOWED
                );
                // `c`: the one route of Clustering alone.
                let own_clustering =
                    allowed.contains('c') && holder == Some(Holder::Link(LinkAccess::Fill(Step::Clustering)));
                let may = allowed.contains(letter(holder, *step)) || own_clustering;
                assert_eq!(is_in, may, "{holder:?}: {method} {address} gives {status}");
                if holder.is_none() {
                    assert!(is_in || status == StatusCode::UNAUTHORIZED, "{method} {address}: {status}");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_route_that_is_not_in_the_table_is_refused() {
    let (site, _, _folder) = site().await;
    let router = with_authorization(table(), site.clone());
    let ask = async |router: &Router, method: Method, path: &str| ask(router, &method, path, "").await;
    assert_eq!(ask(&router, Method::DELETE, "/plans").await, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(ask(&router, Method::GET, "/plans").await, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(ask(&router, Method::GET, "/nowhere").await, StatusCode::NOT_FOUND);
    // A route that is added outside the table: the same layer protects it.
    let known = [at(Method::GET, "/known", RequiredPermission::Nothing, get(|| async {}))];
    let beside: Router = Router::new()
        .route("/known", get(|| async {}).post(|| async {}))
        .route("/beside", get(|| async {}))
        .layer(axum::middleware::from_fn_with_state(
            Authorization::of(known.iter().map(|route| (route.path, route.method.clone(), route.needs)), site),
            authorize,
        ));
    assert_eq!(ask(&beside, Method::GET, "/known").await, StatusCode::OK);
    assert_eq!(ask(&beside, Method::HEAD, "/known").await, StatusCode::OK);
    assert_eq!(ask(&beside, Method::POST, "/known").await, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(ask(&beside, Method::GET, "/beside").await, StatusCode::NOT_FOUND);
}

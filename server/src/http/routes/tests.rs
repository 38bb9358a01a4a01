//! Every route for every actor, as requests through the router.
#![expect(clippy::disallowed_methods, reason = "a test shows the token that it received")]

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Router;
use axum::http::{Method, StatusCode};
use axum::routing::get;
use domain::author::Author;
use domain::draft::Draft;
use domain::rights::{Holder, LinkAccess};
use domain::secret::Secrets;
use domain::server_credential::ServerCredential;
use domain::step::Step;
use store::SqliteStore;
use tempfile::TempDir;
use testbed::http::{HttpClient, RouterTransport, TestRequest};
use tokio_util::sync::CancellationToken;

use crate::http::router::{router, with_authorization};
use crate::http::routes::{at, table};
use crate::http::security::authorization::{Authorization, authorize};
use crate::http::security::login_state::LoginState;
use crate::http::security::permission::RequiredPermission;
use crate::http::security::request_context::AllowedHosts;
use crate::http::state::AppState;
use service::access::access_token::AccessToken;
use service::plans::Plans;
use service::sharing::NewLink;
use service::vault::Vault;

/// The actors that are accepted, by method and path: `O`wner, links to `V`iew, `C`omment, `D`ownload, `E`dit, those that
/// fill in the `F`irst step of two (the one in the address, or Database), those that fill in another step, as `f`, and
/// `N`o actor.
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
POST /plans/{plan}/verify/report      O
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

/// Every actor with the cookies of its browser.
async fn every_actor(site: &AppState, plan: &str) -> Vec<(Option<Holder>, String)> {
    let mut every_actor = vec![(None, String::new()), (Some(Holder::Owner), String::new())];
    for right in LinkAccess::ALL {
        let link =
            NewLink { right, seconds: 3600, label: String::new(), made_by: None, password: None, most_uses: None };
        let (token, _) = site.links.make(plan.parse().unwrap(), link).await.unwrap();
        let client = client(router(site.clone(), AllowedHosts::new(&[])));
        let opened = client.post(&format!("/s/{}", token.reveal()), &[("name", "Ruwan")]).await;
        assert_eq!(opened.status, StatusCode::SEE_OTHER);
        every_actor.push((Some(Holder::Link(right)), opened.cookie));
    }
    every_actor
}

fn client(router: Router) -> HttpClient<RouterTransport> {
    HttpClient::new(RouterTransport::new(router))
}

/// The status of the response to an empty form.
async fn status(client: &HttpClient<RouterTransport>, method: &Method, path: &str, cookie: &str) -> StatusCode {
    let request = TestRequest::new(method.clone(), path).cookie(cookie).form(&[]);
    // Only the head: a stream does not end.
    client.open(request).await.status()
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
        let client = client(with_authorization(table(), site.clone().with_login(login)));
        for row in &rows {
            let (method, path, allowed) = (row[0].parse::<Method>().unwrap(), row[1], row[2]);
            for step in if path.contains("{step}") { &Step::ALL[..] } else { &[Step::Database] } {
                // The owner would delete the plan, and the requests after it would not find it.
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
                let status = status(&client, &method, &address, &cookie).await;
                let is_in = !matches!(
                    status,
                    StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::METHOD_NOT_ALLOWED
                );
                // `c`: a route of Clustering only.
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
    let listed = client(with_authorization(table(), site.clone()));
    let status = async |client: &HttpClient<RouterTransport>, method: Method, path: &str| {
        status(client, &method, path, "").await
    };
    assert_eq!(status(&listed, Method::DELETE, "/plans").await, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(status(&listed, Method::GET, "/plans").await, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(status(&listed, Method::GET, "/nowhere").await, StatusCode::NOT_FOUND);
    // The same layer protects a route that is added outside the table.
    let known = [at(Method::GET, "/known", RequiredPermission::Nothing, get(|| async {}))];
    let router: Router = Router::new()
        .route("/known", get(|| async {}).post(|| async {}))
        .route("/unlisted", get(|| async {}))
        .layer(axum::middleware::from_fn_with_state(
            Authorization::of(known.iter().map(|route| (route.path, route.method.clone(), route.needs)), site),
            authorize,
        ));
    let unlisted = client(router);
    assert_eq!(status(&unlisted, Method::GET, "/known").await, StatusCode::OK);
    assert_eq!(status(&unlisted, Method::HEAD, "/known").await, StatusCode::OK);
    assert_eq!(status(&unlisted, Method::POST, "/known").await, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(status(&unlisted, Method::GET, "/unlisted").await, StatusCode::NOT_FOUND);
}

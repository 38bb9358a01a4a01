//! VF-02 and VF-03: the addresses that clients see, through the load balancer and at each node asked with the public hostname.

use std::collections::BTreeSet;

use domain::sites::reported;
use futures::future::join_all;
use serde_json::Value;

use super::cluster::{Cluster, RequestError, sentence_start};
use super::endpoint::ClusterEndpoint;
use super::failure::quoted;
use crate::fault::Verdict;
use crate::https::{HttpRequest, HttpResponse};
use crate::origins::{origin, origins_in, printable};

const REQUIRED_URLS: &str =
    "Discovery, signing keys, Console and My Account answer with the hostname that clients use.";
const REQUIRED_REDIRECTS: &str = "No redirect names a node, another port or this machine.";
/// Where IS publishes its issuer and endpoints (OpenID Connect Discovery 1.0).
const DISCOVERY_PATH: &str = "/oauth2/token/.well-known/openid-configuration";
const JWKS_PATH: &str = "/oauth2/jwks";
/// Pages that answer without a login.
const PAGES: [&str; 2] = ["/console", "/myaccount"];
/// Paths that answer with a redirect; the last one, a request of an unknown client, with one to the error page.
const REDIRECTING_PATHS: [&str; 3] =
    ["/", "/carbon", "/oauth2/authorize?response_type=code&client_id=cw-verify&scope=openid"];
const REMEDY: &str = "Use the generated deployment.toml: hostname, proxyPort and base_path decide these addresses. Let the load \
                      balancer set Host and X-Forwarded-* as the generated file does.";

/// VF-02: one verdict for each endpoint.
pub(super) async fn check(cluster: &Cluster<'_>) -> Vec<Verdict> {
    let verdicts = join_all(cluster.endpoints().map(|endpoint| urls_of(cluster, endpoint))).await;
    cluster.endpoints().zip(verdicts).map(|(endpoint, verdict)| verdict.subject(endpoint.name.clone())).collect()
}

async fn urls_of(cluster: &Cluster<'_>, endpoint: &ClusterEndpoint) -> Verdict {
    match discovery(cluster, endpoint).await {
        Ok(None) => {}
        Ok(Some(verdict)) => return verdict,
        Err(error) => return error.verdict(endpoint, REQUIRED_URLS),
    }
    for path in std::iter::once(JWKS_PATH).chain(PAGES) {
        let response = match cluster.request(endpoint, HttpRequest::get(path)).await {
            Ok(response) => response,
            Err(error) => return error.verdict(endpoint, REQUIRED_URLS),
        };
        if !matches!(response.status, 200 | 302) {
            return unexpected_status(path, response.status);
        }
    }
    Verdict::passed(format!("The issuer and all endpoints are at https://{}.", cluster.authority), REQUIRED_URLS)
}

fn unexpected_status(path: &str, status: u16) -> Verdict {
    Verdict::failed(format!("{path} answers with status {status}."), REQUIRED_URLS).remedy(
        "Wait until the node has started completely. If the status stays, look for \"failed to deploy\" in wso2carbon.log.",
    )
}

/// The verdict about the discovery document; `None` if nothing is wrong.
async fn discovery(cluster: &Cluster<'_>, endpoint: &ClusterEndpoint) -> Result<Option<Verdict>, RequestError> {
    let request = HttpRequest::get(DISCOVERY_PATH).header("accept", "application/json");
    let response = cluster.request(endpoint, request).await?;
    let document = response.json().unwrap_or_default();
    let stated = document["issuer"].as_str().unwrap_or_default();
    let Some(issuer) = origin(stated).filter(|_| response.status == 200) else {
        return Ok(Some(unexpected_status(DISCOVERY_PATH, response.status)));
    };
    if !cluster.is_public(&issuer) {
        let current = format!("The issuer is at {} instead of https://{}.", printable(&issuer), cluster.authority);
        return Ok(Some(Verdict::failed(current, REQUIRED_URLS).remedy(REMEDY)));
    }
    if let Some((member, other)) = other_endpoint(cluster, &document) {
        let what = reported(format!("{member} of the discovery document"));
        let current = format!("{what} is at {} instead of https://{}.", printable(&other), cluster.authority);
        return Ok(Some(Verdict::failed(current, REQUIRED_URLS).remedy(REMEDY)));
    }
    if let Some(internal) = origins_in(&response.text()).into_iter().find(|origin| cluster.is_internal(origin)) {
        let what = reported("A URL of the discovery document");
        let current = format!("{what} is at {}.", printable(&internal));
        return Ok(Some(Verdict::failed(current, REQUIRED_URLS).remedy(REMEDY)));
    }
    if issuer.ends_with(":443") {
        let current = format!("The issuer names the port: {}.", printable(stated));
        return Ok(Some(Verdict::warned(current, REQUIRED_URLS).remedy(
            "Set base_path to the hostname without a port, before clients store this issuer: the generated file does.",
        )));
    }
    Ok(None)
}

/// The first endpoint of a discovery document (OpenID Connect Discovery 1.0, section 3) that is not at the hostname that clients
/// use, and its origin.
fn other_endpoint(cluster: &Cluster<'_>, document: &Value) -> Option<(String, String)> {
    let members = document.as_object().into_iter().flatten();
    let mut endpoints = members.filter(|(member, _)| member.ends_with("_endpoint") || *member == "jwks_uri");
    endpoints.find_map(|(member, url)| {
        let other = origin(url.as_str()?).filter(|origin| !cluster.is_public(origin))?;
        Some((quoted(member), other))
    })
}

/// The origin of the issuer that an endpoint states.
async fn stated_issuer(cluster: &Cluster<'_>, endpoint: &ClusterEndpoint) -> Option<String> {
    let document = cluster.request(endpoint, HttpRequest::get(DISCOVERY_PATH)).await.ok()?.json()?;
    origin(document["issuer"].as_str()?)
}

/// VF-03: one verdict for each endpoint.
pub(super) async fn check_redirects(cluster: &Cluster<'_>) -> Vec<Verdict> {
    let verdicts = join_all(cluster.endpoints().map(|endpoint| redirects_of(cluster, endpoint))).await;
    cluster.endpoints().zip(verdicts).map(|(endpoint, verdict)| verdict.subject(endpoint.name.clone())).collect()
}

async fn redirects_of(cluster: &Cluster<'_>, endpoint: &ClusterEndpoint) -> Verdict {
    let requests = REDIRECTING_PATHS.map(|path| cluster.request(endpoint, HttpRequest::get(path)));
    let mut redirects = 0;
    let mut internal = BTreeSet::new();
    for (path, answer) in REDIRECTING_PATHS.into_iter().zip(join_all(requests).await) {
        let response = match answer {
            Ok(response) => response,
            Err(error) => return error.verdict(endpoint, REQUIRED_REDIRECTS),
        };
        redirects += locations(&response).count();
        let path = path.split('?').next().unwrap_or(path);
        // A redirect leaves the hostname for nowhere; a URL inside one may be that of another system.
        let targets = locations(&response).filter_map(target_origin).filter(|origin| !cluster.is_public(origin));
        let inside = locations(&response).flat_map(origins_in).filter(|origin| cluster.is_internal(origin));
        internal.extend(targets.chain(inside).map(|origin| (path, origin)));
    }
    let issuer = stated_issuer(cluster, endpoint).await;
    if issuer.is_some_and(|issuer| !internal.is_empty() && internal.iter().all(|(_, origin)| *origin == issuer)) {
        return Verdict::skipped("Redirects go where the issuer is.", REQUIRED_REDIRECTS)
            .remedy("See VF-02: hostname or proxyPort of this node is wrong.");
    }
    if let Some((path, origin)) = internal.first() {
        let current = format!("{} redirects {path} to {}.", sentence_start(&endpoint.name), printable(origin));
        Verdict::failed(current, REQUIRED_REDIRECTS).remedy(REMEDY)
    } else if redirects == 0 {
        Verdict::failed("No answer contains a redirect.", REQUIRED_REDIRECTS)
            .remedy("Wait until the node has started completely, and check that IS answers at this address.")
    } else {
        Verdict::passed(format!("{redirects} redirects stay on the hostname."), REQUIRED_REDIRECTS)
    }
}

/// The origin to which a redirect goes; `None` if it stays at the same one (RFC 9110, section 10.2.2).
fn target_origin(location: &str) -> Option<String> {
    let before_query = location.split(['?', '#']).next().unwrap_or(location);
    match before_query.strip_prefix("//") {
        Some(rest) => origin(&format!("https://{rest}")),
        None => origin(before_query),
    }
}

fn locations(response: &HttpResponse) -> impl Iterator<Item = &str> {
    response.header_values("location")
}

//! VF-06: a login that changes the node with every request, single sign-on on the other node, and logout everywhere. It
//! proves that the nodes share sessions, and nothing about Hazelcast (docs/wso2.md).

use domain::check::CheckId;
use domain::sites::reported;
use futures::future::join_all;
use tokio::time::sleep;

use super::api::{TestApplication, TestUser, TokenFormat};
use super::browser::{Browser, query_parameter};
use super::cluster::{NodePair, RequestError};
use super::encode::{login_form, logout_path, query_encoded};
use super::endpoint::ClusterEndpoint;
use super::failure::{FailedOperation, Operation};
use super::objects::Workshop;
use super::poll::INVALIDATION_DELAY;
use crate::fault::Verdict;
use crate::https::HttpResponse;

const REQUIRED: &str = "A login continues on another node, and single sign-on and logout work on all nodes.";
const REMEDY_SESSIONS: &str = "Compare [database.*] of the nodes: sessions are stored in the identity database. See VF-07 for the \
                               caches, and wso2carbon.log of both nodes at this time.";

/// VF-06: one verdict for each pair of nodes.
pub(super) async fn check(workshop: &Workshop<'_>) -> Vec<Verdict> {
    let pairs = match workshop.cluster.two_nodes_each(REQUIRED) {
        Ok(pairs) => pairs,
        Err(verdict) => return vec![*verdict],
    };
    join_all(pairs.iter().map(|pair| evaluate(workshop, pair))).await
}

async fn evaluate(workshop: &Workshop<'_>, pair: &NodePair<'_>) -> Verdict {
    let verdict = match journey(workshop, pair.first, pair.second).await {
        Ok(verdict) => verdict,
        Err(Stopped::Operation(failed)) => failed.verdict(workshop.cluster, CheckId::Vf06, REQUIRED).await,
        Err(Stopped::Request(endpoint, error)) => error.verdict(&endpoint, REQUIRED),
    };
    verdict.subject(format!("{} and {}", pair.first.name, pair.second.name))
}

/// Logs a test user in at `node` and returns the authorization code that it issues; `None` if the login does not end, which VF-06
/// reports.
pub(super) async fn authorization_code(
    workshop: &Workshop<'_>,
    application: &TestApplication,
    node: &ClusterEndpoint,
) -> Result<Option<String>, FailedOperation> {
    let user = workshop.user(node).await?;
    let steps = Steps { workshop, application };
    match steps.log_in(&mut Browser::default(), &user, node, node).await {
        Ok(logged_in) => Ok(logged_in.ok()),
        Err(Stopped::Operation(failed)) => Err(failed),
        Err(Stopped::Request(endpoint, error)) => {
            Err(FailedOperation::new(&endpoint, Operation::ExchangeCode, error.into()))
        }
    }
}

/// Why the journey stopped before it could be judged.
enum Stopped {
    Operation(FailedOperation),
    Request(ClusterEndpoint, RequestError),
}

impl From<FailedOperation> for Stopped {
    fn from(failed: FailedOperation) -> Self {
        Self::Operation(failed)
    }
}

/// Where a redirect sends the browser.
enum Target {
    LoginPage { session_data_key: String },
    Callback { code: String },
    Other { url: String },
}

/// Reads the target of an answer.
fn target(response: &HttpResponse, callback: &str) -> Target {
    let url = response.header_values("location").next().unwrap_or_default().to_owned();
    let code = query_parameter(&url, "code").filter(|_| url.starts_with(callback));
    let key = query_parameter(&url, "sessionDataKey").filter(|_| url.contains("/authenticationendpoint/login.do"));
    match (code, key) {
        (Some(code), _) => Target::Callback { code: code.to_owned() },
        (_, Some(key)) => Target::LoginPage { session_data_key: key.to_owned() },
        _ => Target::Other { url },
    }
}

async fn journey(
    workshop: &Workshop<'_>,
    first: &ClusterEndpoint,
    second: &ClusterEndpoint,
) -> Result<Verdict, Stopped> {
    let user = workshop.user(first).await?;
    let application = workshop.application(first, TokenFormat::Opaque).await?;
    // Nodes with different databases are the finding of VF-08.
    workshop.api(second).has_given_name(&user.id, "").await?;
    let mut browser = Browser::default();
    let steps = Steps { workshop, application: &application };
    let code = match steps.log_in(&mut browser, &user, first, second).await? {
        Ok(code) => code,
        Err(verdict) => return Ok(verdict),
    };
    let Some(id_token) = workshop.api(second).redeem(&application, &code).await? else {
        return Ok(failed(reported("The code that another node issued is refused."), second));
    };
    let Target::Callback { .. } = steps.authorize(&mut browser, second).await? else {
        return Ok(failed(reported("A person who is logged in on another node has to log in again."), second));
    };
    // The node that issued the ID token ends the session.
    let mut copied_cookies = browser.clone();
    let logout = logout_path(&id_token, &workshop.cluster.callback());
    steps.sent(second, browser.get(workshop.cluster, second, &logout).await)?;
    if let Target::Callback { .. } = steps.authorize(&mut browser, first).await? {
        return Ok(failed(reported("A person who logged out on another node is still logged in."), first));
    }
    sleep(INVALIDATION_DELAY).await;
    if let Target::Callback { .. } = steps.authorize(&mut copied_cookies, first).await? {
        let current = format!("{} accepts cookies copied before the logout on another node.", first.name);
        return Ok(Verdict::warned(current, REQUIRED).remedy(REMEDY_SESSIONS));
    }
    Ok(Verdict::passed("Login, single sign-on and logout work across both nodes.", REQUIRED))
}

fn failed(what: String, at: &ClusterEndpoint) -> Verdict {
    Verdict::failed(format!("{}: {what}", at.name), REQUIRED).remedy(REMEDY_SESSIONS)
}

/// The requests of one journey.
struct Steps<'a> {
    workshop: &'a Workshop<'a>,
    application: &'a TestApplication,
}

impl Steps<'_> {
    /// Begins a login (RFC 6749, section 4.1.1).
    async fn authorize(&self, browser: &mut Browser, at: &ClusterEndpoint) -> Result<Target, Stopped> {
        let callback = self.workshop.cluster.callback();
        let url = format!(
            "/oauth2/authorize?response_type=code&scope=openid&client_id={}&redirect_uri={}",
            query_encoded(&self.application.client_id),
            query_encoded(&callback)
        );
        let answer = self.sent(at, browser.get(self.workshop.cluster, at, &url).await)?;
        let mut found = target(&answer, &callback);
        // IS may send a browser that has a session through one more redirect.
        if let Target::Other { url } = &found
            && url.contains("/oauth2/authorize")
        {
            let answer = self.sent(at, browser.get(self.workshop.cluster, at, url).await)?;
            found = target(&answer, &callback);
        }
        Ok(found)
    }

    /// Logs in at `first` with the password sent to `second`; the code that `first` issues, or the verdict about what failed.
    async fn log_in(
        &self,
        browser: &mut Browser,
        user: &TestUser,
        first: &ClusterEndpoint,
        second: &ClusterEndpoint,
    ) -> Result<Result<String, Verdict>, Stopped> {
        let workshop = self.workshop;
        let Target::LoginPage { session_data_key } = self.authorize(browser, first).await? else {
            return Ok(Err(failed(reported("The request to authorize does not show the login page."), first)));
        };
        let form = login_form(user.name.text(), workshop.test_password(), &session_data_key);
        let answer = self.sent(second, browser.post(workshop.cluster, second, "/commonauth", form).await)?;
        let Some(next) = answer.header_values("location").next().map(str::to_owned) else {
            return Ok(Err(failed(
                reported("The login is not continued after the password was sent to another node."),
                second,
            )));
        };
        let answer = self.sent(first, browser.get(workshop.cluster, first, &next).await)?;
        Ok(match target(&answer, &workshop.cluster.callback()) {
            Target::Callback { code } => Ok(code),
            _ => {
                Err(failed(reported("The login that began on this node and continued on another does not end."), first))
            }
        })
    }

    fn sent(&self, at: &ClusterEndpoint, sent: Result<HttpResponse, RequestError>) -> Result<HttpResponse, Stopped> {
        sent.map_err(|error| Stopped::Request(at.clone(), error))
    }
}

//! A cluster for a test, and a client that asks its nodes as an administrator, a user or an application.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::{HeaderMap, Request};
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use rcgen::{KeyPair, PKCS_RSA_SHA256};
use serde_json::{Value, json};
use standin::{ClusterOptions, Faults, NodeOptions, StandInCluster, StandInVersion};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

pub(crate) const HOSTNAME: &str = "login.example.test";
pub(crate) const ADMIN: (&str, &str) = ("is-admin", "Admin#12345");
pub(crate) const USERS: &str = "/scim2/Users";
pub(crate) const APPLICATIONS: &str = "/api/server/v1/applications";
pub(crate) const PROVIDERS: &str = "/api/server/v1/identity-providers";
/// How long a test waits for a state that must come.
const STATE_TIMEOUT: Duration = Duration::from_secs(20);
const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// The signing key of all clusters of these tests: generating one takes a while.
fn signing_key() -> String {
    static KEY: OnceLock<String> = OnceLock::new();
    KEY.get_or_init(|| KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap().serialize_pem()).clone()
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn location(&self) -> &str {
        self.header("location")
    }

    /// The last part of the Location header: the id of what was created.
    pub(crate) fn created_id(&self) -> String {
        assert_eq!(self.status, 201, "{self:?}");
        self.location().rsplit('/').next().unwrap().to_owned()
    }
}

/// A cluster whose nodes are `is-1`, `is-2` and so on.
pub(crate) struct Site {
    pub(crate) cluster: StandInCluster,
    tls: TlsConnector,
    /// Connections that wait for a further request, by node: most of the time of these tests is handshakes.
    idle: Mutex<HashMap<usize, Vec<SendRequest<Full<Bytes>>>>>,
}

/// A node's name.
pub(crate) fn name(number: usize) -> String {
    format!("is-{number}")
}

/// The options of a cluster with a node for each entry of `faults`, and what trusts its certificate.
pub(crate) fn options(version: StandInVersion, faults: &[Faults]) -> (ClusterOptions, TlsConnector) {
    let certified = rcgen::generate_simple_self_signed(vec![HOSTNAME.to_owned()]).unwrap();
    let (certificate, key) = (certified.cert.pem(), certified.signing_key.serialize_pem());
    let node = |(row, faults): (usize, &Faults)| {
        let mut node = NodeOptions::new(&name(row + 1), &certificate, &key);
        node.faults = faults.clone();
        node
    };
    let nodes: Vec<NodeOptions> = faults.iter().enumerate().map(node).collect();
    let mut options = ClusterOptions::new(version, HOSTNAME, ADMIN.0, ADMIN.1, nodes);
    options.signing_key_pem = Some(signing_key());
    let mut roots = RootCertStore::empty();
    roots.add(certified.cert.der().clone()).unwrap();
    let configuration = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    (options, TlsConnector::from(Arc::new(configuration)))
}

/// A healthy cluster of two nodes.
pub(crate) async fn healthy(version: StandInVersion) -> Site {
    with_faults(version, Faults::default()).await
}

/// Two nodes, of which the second has faults.
pub(crate) async fn with_faults(version: StandInVersion, faults: Faults) -> Site {
    Site::start(version, &[Faults::default(), faults]).await
}

/// The value of an Authorization header.
pub(crate) fn basic((user, password): (&str, &str)) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

/// A body that is a form.
pub(crate) fn form(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

impl Site {
    pub(crate) async fn start(version: StandInVersion, faults: &[Faults]) -> Self {
        let (options, tls) = options(version, faults);
        Self { cluster: StandInCluster::start(options).await.unwrap(), tls, idle: Mutex::default() }
    }

    pub(crate) fn address(&self, node: usize) -> SocketAddr {
        self.cluster.address(&name(node)).unwrap()
    }

    pub(crate) async fn set_faults(&self, node: usize, faults: Faults) {
        self.cluster.set_faults(&name(node), faults).await.unwrap();
    }

    /// Sends a request, over a connection that no other request uses meanwhile.
    pub(crate) async fn send(
        &self,
        node: usize,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Reply {
        let mut request = Request::builder().method(method).uri(path);
        if !headers.iter().any(|(name, _)| *name == "host") {
            request = request.header("host", HOSTNAME);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(body.into())).unwrap();
        let idle = self.idle.lock().get_mut(&node).and_then(Vec::pop);
        let answered = match idle {
            // The node may have closed it.
            Some(mut sender) => sender.send_request(request.clone()).await.ok().map(|answer| (sender, answer)),
            None => None,
        };
        let (sender, answer) = match answered {
            Some(answered) => answered,
            None => {
                let mut sender = self.connect(node).await;
                let answer = sender.send_request(request).await.unwrap();
                (sender, answer)
            }
        };
        let (head, body) = answer.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        self.idle.lock().entry(node).or_default().push(sender);
        Reply { status: head.status.as_u16(), headers: head.headers, text: String::from_utf8(body.to_vec()).unwrap() }
    }

    #[expect(clippy::disallowed_methods, reason = "a test dials nodes that it started")]
    async fn connect(&self, node: usize) -> SendRequest<Full<Bytes>> {
        let stream = TcpStream::connect(self.address(node)).await.unwrap();
        let stream = self.tls.connect(ServerName::try_from(HOSTNAME).unwrap(), stream).await.unwrap();
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        sender
    }

    pub(crate) async fn get(&self, node: usize, path: &str) -> Reply {
        self.send(node, "GET", path, &[], "").await
    }

    /// A request with credentials and perhaps JSON.
    pub(crate) async fn by(
        &self,
        account: (&str, &str),
        node: usize,
        method: &str,
        path: &str,
        document: Option<Value>,
    ) -> Reply {
        let headers = [("authorization", basic(account)), ("content-type", "application/json".to_owned())];
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let body = document.map(|document| document.to_string()).unwrap_or_default();
        self.send(node, method, path, &headers, body).await
    }

    /// The same as the administrator.
    pub(crate) async fn admin(&self, node: usize, method: &str, path: &str, document: Option<Value>) -> Reply {
        self.by(ADMIN, node, method, path, document).await
    }

    pub(crate) async fn admin_get(&self, node: usize, path: &str) -> Reply {
        self.admin(node, "GET", path, None).await
    }

    /// Posts a form with Basic credentials.
    pub(crate) async fn post_form(
        &self,
        account: (&str, &str),
        node: usize,
        path: &str,
        fields: &[(&str, &str)],
    ) -> Reply {
        let headers = [("authorization", &*basic(account)), ("content-type", "application/x-www-form-urlencoded")];
        self.send(node, "POST", path, &headers, form(fields)).await
    }

    /// Creates a user with the password `Test#12345`; returns the id.
    pub(crate) async fn create_user(&self, node: usize, user_name: &str) -> String {
        let document =
            json!({"userName": user_name, "password": "Test#12345", "emails": [{"value": "a@example.test"}]});
        let reply = self.admin(node, "POST", USERS, Some(document)).await;
        assert_eq!(reply.json()["id"], reply.created_id());
        reply.created_id()
    }

    /// Creates an application that may use every grant type, with the members of `further`.
    pub(crate) async fn create_application(&self, node: usize, name: &str, oidc: Value) -> Application {
        let mut settings = json!({
            "grantTypes": ["authorization_code", "client_credentials", "password", "refresh_token"],
            "callbackURLs": ["https://client.example.test/cb"],
        });
        for (key, value) in oidc.as_object().unwrap() {
            settings[key] = value.clone();
        }
        let document = json!({
            "name": name, "description": "one", "advancedConfigurations": {"skipLoginConsent": true},
            "inboundProtocolConfiguration": {"oidc": settings},
        });
        let id = self.admin(node, "POST", APPLICATIONS, Some(document)).await.created_id();
        let oidc = self.admin_get(node, &format!("{APPLICATIONS}/{id}/inbound-protocols/oidc")).await.json();
        let text = |key: &str| oidc[key].as_str().unwrap().to_owned();
        Application { client_id: text("clientId"), client_secret: text("clientSecret"), id }
    }

    /// A token of the application itself.
    pub(crate) async fn client_token(&self, node: usize, application: &Application) -> String {
        let reply = self.token(node, application, &[("grant_type", "client_credentials")]).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        reply.json()["access_token"].as_str().unwrap().to_owned()
    }

    /// A request to the token endpoint.
    pub(crate) async fn token(&self, node: usize, application: &Application, fields: &[(&str, &str)]) -> Reply {
        self.post_form(application.credentials(), node, "/oauth2/token", fields).await
    }

    /// Whether a node takes a token for active.
    pub(crate) async fn is_active(&self, node: usize, token: &str) -> bool {
        let reply = self.post_form(ADMIN, node, "/oauth2/introspect", &[("token", token)]).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        reply.json()["active"].as_bool().unwrap()
    }
}

/// An application that a test created.
pub(crate) struct Application {
    pub(crate) id: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
}

impl Application {
    pub(crate) fn credentials(&self) -> (&str, &str) {
        (&self.client_id, &self.client_secret)
    }

    pub(crate) fn path(&self) -> String {
        format!("{APPLICATIONS}/{}", self.id)
    }
}

/// Waits until `state` holds.
pub(crate) async fn eventually(what: &str, mut state: impl AsyncFnMut() -> bool) {
    let polling = async {
        while !state().await {
            sleep(POLL_INTERVAL).await;
        }
    };
    assert!(timeout(STATE_TIMEOUT, polling).await.is_ok(), "never: {what}");
}

/// Whether `state` holds at some moment within `period`.
pub(crate) async fn within(period: Duration, mut state: impl AsyncFnMut() -> bool) -> bool {
    let end = Instant::now() + period;
    loop {
        if state().await {
            return true;
        }
        if Instant::now() > end {
            return false;
        }
        sleep(POLL_INTERVAL).await;
    }
}

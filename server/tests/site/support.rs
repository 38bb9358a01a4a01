//! A wizard in process: a router on a new data folder, and a browser without JavaScript.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response, StatusCode, header};
use domain::server_credential::ServerCredential;
use http_body_util::BodyExt as _;
use probe::address::AllowedNetworks;
use server::http::router::router;
use server::http::security::request_context::AllowedHosts;
use server::http::state::AppState;
use service::plans::Plans;
use service::vault::Vault;
use store::SqliteStore;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

/// The vault key of tests: 32 bytes as hexadecimal digits.
pub(crate) const VAULT_KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

pub(crate) struct Wizard {
    router: Router,
    pub(crate) folder: TempDir,
}

/// A response.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) location: String,
    pub(crate) headers: String,
    /// The cookie that was set, as the browser sends it back; empty if none was.
    pub(crate) cookie: String,
    /// The same with its attributes, as the server sent it.
    pub(crate) set_cookie: String,
    pub(crate) bytes: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

async fn router_over(folder: &Path, vault_key: &str, allowed: AllowedNetworks) -> Router {
    let store = SqliteStore::open(folder.join("clusterwright.db")).await.unwrap();
    let vault = Vault::open(folder, Some(&ServerCredential::new(vault_key))).unwrap();
    let plans = Plans::new(Arc::new(store), vault);
    let site = AppState::new(plans, CancellationToken::new()).dialling(allowed);
    router(site, AllowedHosts::new(&[]))
}

impl Wizard {
    pub(crate) async fn new() -> Self {
        Self::over(tempfile::tempdir().unwrap(), VAULT_KEY).await
    }

    /// A wizard on the data of an earlier one in `folder`.
    pub(crate) async fn over(folder: TempDir, vault_key: &str) -> Self {
        Self::with(folder, vault_key, AllowedNetworks::default()).await
    }

    /// A wizard that may connect only to these networks.
    pub(crate) async fn dialling(allowed: AllowedNetworks) -> Self {
        Self::with(tempfile::tempdir().unwrap(), VAULT_KEY, allowed).await
    }

    async fn with(folder: TempDir, vault_key: &str, allowed: AllowedNetworks) -> Self {
        Self { router: router_over(folder.path(), vault_key, allowed).await, folder }
    }

    /// A second process on the same data, like a replica.
    pub(crate) async fn second_replica(&self) -> Self {
        let router = router_over(self.folder.path(), VAULT_KEY, AllowedNetworks::default()).await;
        Self { router, folder: tempfile::tempdir().unwrap() }
    }

    /// A wizard that the test has configured itself.
    pub(crate) fn with_router(router: Router, folder: TempDir) -> Self {
        Self { router, folder }
    }

    pub(crate) fn database(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response: Response<Body> = self.router.clone().oneshot(request).await.unwrap();
        let headers = format!("{:?}", response.headers());
        let location = response
            .headers()
            .get(header::LOCATION)
            .map_or_else(String::new, |location| location.to_str().unwrap().to_owned());
        let cookie = response.headers().get(header::SET_COOKIE).map_or("", |cookie| cookie.to_str().unwrap());
        let set_cookie = cookie.to_owned();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        let status = response.status();
        let bytes = response.into_body().collect().await.unwrap().to_bytes().to_vec();
        Answer { status, location, headers, cookie, set_cookie, bytes }
    }

    /// Like [`Self::get`], with a cookie.
    pub(crate) async fn get_as(&self, cookie: &str, path: &str) -> Answer {
        let path = path.split('#').next().unwrap();
        let request = Request::get(path).header(header::HOST, "localhost:3000").header(header::COOKIE, cookie);
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// Like [`Self::post`], with a cookie.
    pub(crate) async fn post_as(&self, cookie: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(fields);
        let request = Request::post(path)
            .header(header::HOST, "localhost:3000")
            .header(header::ORIGIN, "http://localhost:3000")
            .header(header::COOKIE, cookie)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body.finish()))
            .unwrap();
        self.send(request).await
    }

    /// The body of a response that does not end.
    pub(crate) async fn stream(&self, request: Request<Body>) -> Body {
        self.router.clone().oneshot(request).await.unwrap().into_body()
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        let path = path.split('#').next().unwrap();
        self.get_as("", path).await
    }

    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.post_as("", path, fields).await
    }

    /// Runs checks of `plan` and waits for their end: on a busy machine they take longer than a page without JavaScript waits.
    pub(crate) async fn run_checks(&self, plan: &str, fields: &[(&str, &str)]) -> Answer {
        let answer = self.post(&format!("{plan}/checks"), fields).await;
        self.wait_until_idle(plan).await;
        answer
    }

    /// Waits for the end of the run that `plan` is in.
    pub(crate) async fn wait_until_idle(&self, plan: &str) {
        let request = Request::get(format!("{plan}/checks/events")).header(header::HOST, "localhost:3000");
        let mut events = self.stream(request.body(Body::empty()).unwrap()).await;
        read_until_any(&mut events, &mut String::new(), &["\"running\":false", "run-finished"]).await;
    }

    pub(crate) async fn upload(&self, path: &str, name: &str, bytes: &[u8]) -> Answer {
        self.multipart(path, &[], ("file", name, bytes)).await
    }

    /// A form with texts and one file, as a browser sends it.
    pub(crate) async fn multipart(&self, path: &str, fields: &[(&str, &str)], file: (&str, &str, &[u8])) -> Answer {
        let part = |name: &str, more: &str| {
            format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"{more}\r\n\r\n").into_bytes()
        };
        let mut body = Vec::new();
        for (name, value) in fields {
            body.extend([part(name, ""), value.as_bytes().to_vec(), b"\r\n".to_vec()].concat());
        }
        let (field, name, bytes) = file;
        body.extend([&part(field, &format!("; filename=\"{name}\"")), bytes, b"\r\n--b--\r\n"].concat());
        let request = Request::post(path)
            .header(header::HOST, "localhost:3000")
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=b")
            .header(header::CONTENT_LENGTH, body.len())
            .body(Body::from(body))
            .unwrap();
        self.send(request).await
    }

    /// A new plan of two nodes on this machine; returns its URL, such as `/plans/abc`.
    pub(crate) async fn plan(&self) -> String {
        let answer = self.post("/plans", &[("preset", "one-machine"), ("title", "Test cluster")]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        answer.location.split("/product").next().unwrap().to_owned()
    }

    /// Completes every step of `plan` with correct answers.
    pub(crate) async fn walk(&self, plan: &str, database: &[(&str, &str)]) {
        let steps: [(&str, Vec<(&str, &str)>); 5] = [
            ("product", vec![("product.version", "7.2.0"), ("product.layout", "linux")]),
            ("database", [&[("database.password", "Db-canary-1"), ("database.host", "127.0.0.1")], database].concat()),
            (
                "user-store",
                vec![("user_store.admin_password", "Adm1n!canary-2"), ("user_store.admin_username", "is-admin")],
            ),
            ("clustering", nodes()),
            ("load-balancer", vec![("load_balancer.hostname", "is.example.com")]),
        ];
        for (step, mut fields) in steps {
            fields.push(("action", "continue"));
            let answer = self.post(&format!("{plan}/{step}"), &fields).await;
            assert_eq!(answer.status, StatusCode::SEE_OTHER, "{step}: {}", answer.text());
        }
    }
}

/// The journal of a plan, as it is exported.
pub(crate) async fn journal(wizard: &Wizard, plan: &str) -> Vec<serde_json::Value> {
    let text = wizard.get(&format!("{plan}/journal.jsonl")).await.text();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A new plan, whose keys its first download creates.
pub(crate) async fn made_plan(wizard: &Wizard) -> String {
    wizard.plan().await
}

/// Reads a stream until `wanted` arrives.
pub(crate) async fn read_until(stream: &mut Body, text: &mut String, wanted: &str) {
    read_until_any(stream, text, &[wanted]).await;
}

/// Reads a stream until one of `wanted` arrives.
async fn read_until_any(stream: &mut Body, text: &mut String, wanted: &[&str]) {
    let read = async {
        while !wanted.iter().any(|wanted| text.contains(wanted)) {
            let frame = stream.frame().await.unwrap().unwrap();
            text.push_str(&String::from_utf8_lossy(&frame.into_data().unwrap_or_default()));
        }
    };
    let came = tokio::time::timeout(Duration::from_secs(60), read).await.is_ok();
    assert!(came, "{wanted:?} did not come: {text}");
}

/// The node table of two nodes on one machine, as the form submits it.
pub(crate) fn nodes() -> Vec<(&'static str, &'static str)> {
    vec![
        ("clustering.scheme", "wka"),
        ("nodes.0.name", "node1"),
        ("nodes.0.host", "127.0.0.1"),
        ("nodes.0.offset", "0"),
        ("nodes.0.hazelcast_port", "4000"),
        ("nodes.1.name", "node2"),
        ("nodes.1.host", "127.0.0.1"),
        ("nodes.1.offset", "1"),
        ("nodes.1.hazelcast_port", "4001"),
    ]
}

/// The names in a zip, and one file's text.
pub(crate) fn unzip(bytes: &[u8]) -> std::collections::BTreeMap<String, Vec<u8>> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut files = std::collections::BTreeMap::new();
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).unwrap();
        let name = file.name().unwrap().into_owned();
        let mut content = Vec::new();
        std::io::Read::read_to_end(&mut file, &mut content).unwrap();
        files.insert(name, content);
    }
    files
}

/// The text of a page, without its markup.
pub(crate) fn words(html: &str) -> String {
    let of_tag = |part: &str| part.split_once('>').map_or_else(|| part.to_owned(), |(_, text)| text.to_owned());
    html.split('<').map(of_tag).collect()
}

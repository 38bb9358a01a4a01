//! A wizard in process: a router on a new data folder, and a browser without JavaScript.

use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use domain::server_credential::ServerCredential;
use probe::address::AllowedNetworks;
use server::http::router::router;
use server::http::security::request_context::AllowedHosts;
use server::http::state::AppState;
use service::plans::Plans;
use service::vault::Vault;
use store::SqliteStore;
use tempfile::TempDir;
use testbed::http::{HttpClient, RouterTransport, TestResponse};
use testbed::plan::{TestPlan, borrowed};
use tokio_util::sync::CancellationToken;

/// The vault key of tests: 32 bytes as hexadecimal digits.
pub(crate) const VAULT_KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

pub(crate) struct Wizard {
    client: HttpClient<RouterTransport>,
    pub(crate) folder: TempDir,
}

/// Requests are sent with the client.
impl Deref for Wizard {
    type Target = HttpClient<RouterTransport>;

    fn deref(&self) -> &Self::Target {
        &self.client
    }
}

/// The plans in a data folder, which may be empty.
pub(crate) async fn plans_in(folder: &Path, vault_key: &str) -> Plans {
    let store = SqliteStore::open(folder.join("clusterwright.db")).await.unwrap();
    let vault = Vault::open(folder, Some(&ServerCredential::new(vault_key))).unwrap();
    Plans::new(Arc::new(store), vault)
}

async fn router_over(folder: &Path, vault_key: &str, allowed: AllowedNetworks) -> Router {
    let site = AppState::new(plans_in(folder, vault_key).await, CancellationToken::new()).dialling(allowed);
    router(site, AllowedHosts::new(&[]))
}

impl Wizard {
    pub(crate) async fn new() -> Self {
        Self::over(tempfile::tempdir().unwrap(), VAULT_KEY).await
    }

    /// A wizard on the data of an earlier one in `folder`.
    pub(crate) async fn over(folder: TempDir, vault_key: &str) -> Self {
        Self::with_router(router_over(folder.path(), vault_key, AllowedNetworks::default()).await, folder)
    }

    /// A wizard that may connect only to these networks.
    pub(crate) async fn dialling(allowed: AllowedNetworks) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self::with_router(router_over(folder.path(), VAULT_KEY, allowed).await, folder)
    }

    /// A second process on the same data, like a replica.
    pub(crate) async fn second_replica(&self) -> Self {
        let router = router_over(self.folder.path(), VAULT_KEY, AllowedNetworks::default()).await;
        Self::with_router(router, tempfile::tempdir().unwrap())
    }

    /// A wizard that the test has configured itself.
    pub(crate) fn with_router(router: Router, folder: TempDir) -> Self {
        Self { client: HttpClient::new(RouterTransport::new(router)), folder }
    }

    pub(crate) fn database(&self) -> &Path {
        self.folder.path()
    }

    /// Runs checks of `plan` and waits for their end: on a busy machine they take longer than a page without JavaScript waits.
    pub(crate) async fn run_checks(&self, plan: &str, fields: &[(&str, &str)]) -> TestResponse {
        let response = self.post(&format!("{plan}/checks"), fields).await;
        self.wait_until_idle(plan).await;
        response
    }

    /// Waits for the end of the run that `plan` is in.
    pub(crate) async fn wait_until_idle(&self, plan: &str) {
        let mut events = self.open_page(&format!("{plan}/checks/events")).await;
        events.read_until_any(&["\"running\":false", "run-finished"]).await;
    }

    /// A new plan of two nodes on this machine; gives its path, such as `/plans/abc`.
    pub(crate) async fn plan(&self) -> String {
        self.plan_from("one-machine").await
    }

    /// A new plan from this preset; gives its path.
    pub(crate) async fn plan_from(&self, preset: &str) -> String {
        let created = self.post("/plans", &[("preset", preset), ("title", "Test cluster")]).await;
        assert_eq!(created.status, StatusCode::SEE_OTHER, "{}", created.text());
        created.plan()
    }

    /// Enters a complete plan on every step of `plan`, with other `answers` to some settings.
    pub(crate) async fn complete(&self, plan: &str, answers: &[(&str, &str)]) {
        let answers = TestPlan::one_machine().with_all(answers.iter().copied());
        for (step, fields) in answers.forms() {
            let response = self.post(&format!("{plan}/{step}"), &borrowed(&fields)).await;
            assert_eq!(response.status, StatusCode::SEE_OTHER, "{step}: {}", response.text());
        }
    }

    /// Sends the form of one step with the answers of `plan` and this button.
    pub(crate) async fn enter(&self, path: &str, plan: &TestPlan, step: &str, button: &str) -> TestResponse {
        let fields = plan.form(step);
        let fields = [&borrowed(&fields)[..], &[("action", button)]].concat();
        self.post(&format!("{path}/{step}"), &fields).await
    }
}

/// The journal of a plan, as it is exported.
pub(crate) async fn journal(wizard: &Wizard, plan: &str) -> Vec<serde_json::Value> {
    let text = wizard.get(&format!("{plan}/journal.jsonl")).await.text();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A port of this machine where nothing listens, as a person enters it.
pub(crate) fn closed_port() -> String {
    testbed::port::closed().to_string()
}

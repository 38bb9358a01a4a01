//! What a node caches is fresh after a change on another node, and stays stale with Hazelcast off. What comes from the
//! database alone is fresh in both cases, and proves nothing of Hazelcast.

use std::time::Duration;

use serde_json::{Value, json};
use standin::{Faults, StandInVersion};

use crate::client::{APPLICATIONS, Application, PROVIDERS, Site, USERS, healthy, within};

/// Healthy clusters were fresh within 225 ms; the messages of these tests take 50 ms.
const FRESH_TIMEOUT: Duration = Duration::from_secs(10);
/// For how long a test watches that something stays stale.
const STALE_PERIOD: Duration = Duration::from_millis(300);

fn clustering_off() -> Faults {
    Faults { clustering_off: true, ..Faults::default() }
}

/// Whether node `reader` sees each change of node `writer` after it has read the object before.
async fn fresh_rows(site: &Site, writer: usize, reader: usize, limit: Duration) -> Vec<(&'static str, bool)> {
    let mut rows = Vec::new();
    let application = site.create_application(writer, &format!("cached {writer}"), json!({})).await;
    let path = application.path();
    let description = async || site.admin_get(reader, &path).await.json()["description"].clone();
    assert_eq!(description().await, "one");
    site.admin(writer, "PATCH", &path, Some(json!({"description": "two"}))).await;
    rows.push(("application", within(limit, async || description().await == "two").await));

    rows.extend(callback_rows(site, &application, writer, reader, limit).await);

    let token = site.client_token(writer, &application).await;
    assert!(site.is_active(writer, &token).await && site.is_active(reader, &token).await);
    assert_eq!(site.client_token(reader, &application).await, token, "an opaque token is issued again");
    site.post_form(application.credentials(), reader, "/oauth2/revoke", &[("token", &token)]).await;
    assert!(!site.is_active(reader, &token).await, "at once where it was revoked");
    rows.push(("revoked token", within(limit, async || !site.is_active(writer, &token).await).await));
    rows.push(("token after a revocation", site.client_token(writer, &application).await != token));

    let provider = json!({"name": format!("provider {writer}"), "description": "one"});
    let provider = site.admin(writer, "POST", PROVIDERS, Some(provider)).await.created_id();
    let provider = format!("{PROVIDERS}/{provider}");
    let description = async || site.admin_get(reader, &provider).await.json()["description"].clone();
    assert_eq!(description().await, "one");
    let operation = json!([{"operation": "REPLACE", "path": "/description", "value": "two"}]);
    assert_eq!(site.admin(writer, "PATCH", &provider, Some(operation)).await.status, 200);
    rows.push(("identity provider", within(limit, async || description().await == "two").await));

    let user = format!("{USERS}/{}", site.create_user(writer, &format!("cached{writer}")).await);
    assert_eq!(site.admin_get(reader, &user).await.status, 200);
    site.admin(writer, "DELETE", &user, None).await;
    rows.push(("deleted user", within(limit, async || site.admin_get(reader, &user).await.status == 404).await));

    site.client_token(reader, &application).await;
    assert_eq!(site.admin(writer, "DELETE", &path, None).await.status, 204);
    rows.push(("deleted application", within(limit, async || site.admin_get(reader, &path).await.status == 404).await));
    let grant = [("grant_type", "client_credentials")];
    let refused = async || site.token(reader, &application, &grant).await.status == 401;
    rows.push(("token of a deleted application", within(limit, refused).await));
    rows
}

async fn callback_rows(
    site: &Site,
    application: &Application,
    writer: usize,
    reader: usize,
    limit: Duration,
) -> [(&'static str, bool); 2] {
    let settings = format!("{APPLICATIONS}/{}/inbound-protocols/oidc", application.id);
    let authorize = format!(
        "/oauth2/authorize?response_type=code&client_id={}&redirect_uri=https%3A%2F%2Fnew.example.test%2Fcb",
        application.client_id
    );
    let shows_new = async || site.admin_get(reader, &settings).await.text.contains("new.example.test");
    let accepts_new = async || site.get(reader, &authorize).await.location().contains("login.do");
    assert!(!shows_new().await && !accepts_new().await);
    let mut document: Value = site.admin_get(writer, &settings).await.json();
    document["callbackURLs"] = json!(["https://client.example.test/cb", "https://new.example.test/cb"]);
    assert_eq!(site.admin(writer, "PUT", &settings, Some(document)).await.status, 200);
    [("callback accepted", within(limit, accepts_new).await), ("callback shown", within(limit, shows_new).await)]
}

#[tokio::test]
async fn a_healthy_cluster_is_fresh_in_both_directions() {
    let site = healthy(StandInVersion::V7_2).await;
    for (writer, reader) in [(1, 2), (2, 1)] {
        for (row, is_fresh) in fresh_rows(&site, writer, reader, FRESH_TIMEOUT).await {
            assert!(is_fresh, "{row} from {writer} to {reader}");
        }
    }
}

#[tokio::test]
async fn with_hazelcast_off_every_cached_object_stays_stale() {
    let site = Site::start(StandInVersion::V7_2, &[clustering_off(), clustering_off()]).await;
    for (writer, reader) in [(1, 2), (2, 1)] {
        for (row, is_fresh) in fresh_rows(&site, writer, reader, STALE_PERIOD).await {
            assert!(!is_fresh, "{row} from {writer} to {reader}");
        }
    }
}

#[tokio::test]
async fn users_are_fresh_with_hazelcast_off_too() {
    let site = Site::start(StandInVersion::V7_2, &[clustering_off(), clustering_off()]).await;
    let user = format!("{USERS}/{}", site.create_user(1, "anna").await);
    assert_eq!(site.admin_get(2, &user).await.json()["userName"], "anna");
    assert_eq!(site.admin_get(2, "/scim2/Users?filter=userName+eq+anna").await.json()["totalResults"], 1);
    let operations = json!([
        {"op": "replace", "value": {"nickName": "two"}}, {"op": "replace", "path": "password", "value": "Other#12345"},
    ]);
    assert_eq!(site.admin(1, "PATCH", &user, Some(json!({"Operations": operations}))).await.status, 200);
    assert_eq!(site.admin_get(2, &user).await.json()["nickName"], "two");
    let me = async |password| site.by(("anna", password), 2, "GET", "/scim2/Me", None).await.status;
    assert_eq!((me("Other#12345").await, me("Test#12345").await), (200, 401));
    site.admin(1, "PUT", &user, Some(json!({"userName": "anna", "nickName": "three"}))).await;
    assert_eq!(site.admin_get(2, &user).await.json()["nickName"], "three");
    site.admin(1, "DELETE", &user, None).await;
    assert_eq!(me("Other#12345").await, 401);
}

#[tokio::test]
async fn a_cut_is_healed_and_what_was_stale_meanwhile_stays_so() {
    let site = healthy(StandInVersion::V7_2).await;
    let application = site.create_application(1, "cut", json!({})).await;
    let path = application.path();
    let description = async || site.admin_get(2, &path).await.json()["description"].clone();
    assert_eq!(description().await, "one");
    let change = async |text: &str| site.admin(1, "PATCH", &path, Some(json!({"description": text}))).await;
    site.set_faults(1, clustering_off()).await;
    change("two").await;
    assert!(!within(STALE_PERIOD, async || description().await == "two").await);
    site.set_faults(1, Faults::default()).await;
    assert_eq!(description().await, "one", "no message repeats what was lost");
    change("three").await;
    assert!(within(FRESH_TIMEOUT, async || description().await == "three").await);
    let joined = |node| site.cluster.log(node).unwrap().iter().filter(|line| line.contains("Member joined")).count();
    // The first node has logged the second one's start, too.
    assert_eq!(joined("is-1"), 2);
    assert!(within(FRESH_TIMEOUT, async || joined("is-2") == 1).await);
}

#[tokio::test]
async fn after_a_merge_only_new_objects_are_fresh() {
    let site = healthy(StandInVersion::V7_2).await;
    let application = site.create_application(1, "merged", json!({})).await;
    let (path, new_path) = (application.path(), site.create_application(1, "new", json!({})).await.path());
    let description = async |path: &str| site.admin_get(2, path).await.json()["description"].clone();
    assert_eq!(description(&path).await, "one");
    site.set_faults(2, Faults { stale_after_merge: true, ..Faults::default() }).await;
    assert_eq!(description(&new_path).await, "one");
    for path in [&path, &new_path] {
        site.admin(1, "PATCH", path, Some(json!({"description": "two"}))).await;
    }
    assert!(within(FRESH_TIMEOUT, async || description(&new_path).await == "two").await);
    assert!(!within(STALE_PERIOD, async || description(&path).await == "two").await);
    // A restart cures it.
    site.cluster.stop_node("is-2").await.unwrap();
    site.cluster.start_node("is-2").await.unwrap();
    assert_eq!(description(&path).await, "two");
}

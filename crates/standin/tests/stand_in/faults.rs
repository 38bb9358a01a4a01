//! The faults that a node shows by itself: health, the database, time.

use std::time::Duration;

use serde_json::json;
use standin::{Faults, StandInVersion};
use tokio::time::Instant;

use crate::client::{ADMIN, Site, USERS, healthy, with_faults};

const HEALTH: &str = "/api/health-check/v1.0/health";

/// The status of one request of each kind: health, SCIM, management, a token, discovery, JWKS, a page.
async fn statuses(site: &Site, node: usize) -> [u16; 7] {
    let fields = [("grant_type", "client_credentials")];
    [
        site.get(node, HEALTH).await.status,
        site.admin_get(node, "/scim2/Users?count=1").await.status,
        site.admin_get(node, "/api/server/v1/applications").await.status,
        site.post_form(("nope", "x"), node, "/oauth2/token", &fields).await.status,
        site.get(node, "/oauth2/token/.well-known/openid-configuration").await.status,
        site.get(node, "/oauth2/jwks").await.status,
        site.get(node, "/console").await.status,
    ]
}

#[tokio::test]
async fn health_lists_what_the_version_has() {
    for (version, has_agents, has_workflow_engine) in
        [(StandInVersion::V6_1, false, true), (StandInVersion::V7_1, false, false), (StandInVersion::V7_2, true, false)]
    {
        let site = healthy(version).await;
        let reply = site.get(1, HEALTH).await;
        assert_eq!(reply.status, 200);
        assert!(reply.text.contains("jdbc/WSO2IdentityDB.connectivity.time.ms"));
        let primary = json!({"key": "PRIMARY.userstore.health", "value": "healthy"});
        assert!(reply.json()["health"].as_array().unwrap().contains(&primary));
        assert_eq!(reply.text.contains("AgentIdentity"), has_agents, "{version:?}");
        assert_eq!(reply.text.contains("\"bpsds."), has_workflow_engine, "{version:?}");
    }
}

#[tokio::test]
async fn each_fault_shows_in_its_own_requests() {
    let healthy = [200, 200, 200, 401, 200, 200, 200];
    let none = Faults::default();
    for (faults, expected) in [
        (none.clone(), healthy),
        (Faults { unhealthy: true, ..none.clone() }, [503, 200, 200, 401, 200, 200, 200]),
        (Faults { health_disabled: true, ..none.clone() }, healthy),
        (Faults { database_down: true, ..none.clone() }, [503, 401, 401, 500, 200, 200, 200]),
        (Faults { status_500_on_scim: true, ..none.clone() }, [200, 500, 200, 401, 200, 200, 200]),
        (Faults { own_database: true, ..none.clone() }, healthy),
        (Faults { no_proxy_port: true, ..none.clone() }, healthy),
        (Faults { sick_under_parallel_load: true, ..none.clone() }, healthy),
    ] {
        let site = with_faults(StandInVersion::V7_2, faults.clone()).await;
        assert_eq!(statuses(&site, 2).await, expected, "{faults:?}");
        assert_eq!(statuses(&site, 1).await, healthy, "{faults:?}");
    }
}

#[tokio::test]
async fn health_that_is_off_is_an_empty_list_and_a_bad_one_has_a_code() {
    let site = with_faults(StandInVersion::V7_2, Faults { health_disabled: true, ..Faults::default() }).await;
    assert_eq!(site.get(2, HEALTH).await.json(), json!({"health": []}));
    site.set_faults(2, Faults { unhealthy: true, ..Faults::default() }).await;
    assert_eq!(site.get(2, HEALTH).await.json()["errors"][0]["code"], "HC_00001");
    site.set_faults(2, Faults::default()).await;
    assert_eq!(site.get(2, HEALTH).await.status, 200);
}

#[tokio::test]
async fn parallel_requests_find_a_node_with_connections_that_break() {
    let site = with_faults(StandInVersion::V7_2, Faults { sick_under_parallel_load: true, ..Faults::default() }).await;
    for _ in 0..3 {
        assert_eq!(site.admin_get(2, USERS).await.status, 200, "one after another");
    }
    let all = async |node| {
        let request = async || site.admin_get(node, USERS).await.status;
        let mut statuses: Vec<u16> = Vec::new();
        let (a, b, c, d, e, f, g, h) =
            tokio::join!(request(), request(), request(), request(), request(), request(), request(), request());
        statuses.extend([a, b, c, d, e, f, g, h]);
        statuses
    };
    assert_eq!(all(1).await, [200; 8]);
    let sick = all(2).await;
    assert!(sick.contains(&200) && sick.iter().filter(|status| **status == 503).count() >= 4, "{sick:?}");
    assert!(sick.iter().all(|status| [200, 401, 503].contains(status)), "{sick:?}");
}

#[tokio::test]
async fn a_node_with_a_database_of_its_own_knows_nothing_of_the_others() {
    let site = with_faults(StandInVersion::V7_2, Faults { own_database: true, ..Faults::default() }).await;
    let user = format!("{USERS}/{}", site.create_user(1, "anna").await);
    let application = site.create_application(1, "app", json!({})).await;
    assert_eq!((site.admin_get(1, &user).await.status, site.admin_get(2, &user).await.status), (200, 404));
    assert_eq!(site.admin_get(2, &application.path()).await.status, 404);
    assert_eq!(site.token(2, &application, &[("grant_type", "client_credentials")]).await.status, 401);
    let issuer = async |node| {
        let path = "/oauth2/token/.well-known/openid-configuration";
        site.get(node, path).await.json()["issuer"].clone()
    };
    assert_eq!(issuer(1).await, issuer(2).await);
}

#[tokio::test]
async fn a_slow_node_takes_its_time_for_each_answer() {
    let delay = Duration::from_millis(300);
    let site = with_faults(StandInVersion::V7_2, Faults { slow: Some(delay), ..Faults::default() }).await;
    let begin = Instant::now();
    assert_eq!(site.get(2, HEALTH).await.status, 200);
    assert!(begin.elapsed() >= delay);
    assert_eq!(site.by(ADMIN, 2, "GET", USERS, None).await.status, 200);
}

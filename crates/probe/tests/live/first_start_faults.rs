//! Faults of the first start, injected into databases that WSO2's own scripts filled.

use domain::check::CheckId;

use crate::support::{fill, prepare, servers, wait};

#[test]
fn two_simultaneous_first_starts_leave_duplicate_resources() {
    for server in servers() {
        let prepared = prepare(&server);
        if fill(&server, &prepared).is_none() {
            return;
        }
        let checks = [CheckId::Db11, CheckId::Db43];
        wait(prepared.plan.run(&checks)).is_healthy();
        let table = format!("`{}`.API_RESOURCE", prepared.identity.name());
        let insert = |id: &str| {
            let columns = "ID, NAME, IDENTIFIER, TENANT_ID, TYPE, REQUIRES_AUTHORIZATION";
            let values = format!("'{id}', 'Applications', '/api/server/v1/applications', NULL, 'TENANT', 1");
            server.execute(&format!("INSERT INTO {table} ({columns}) VALUES ({values})")).unwrap();
        };
        insert("one");
        wait(prepared.plan.run(&checks)).is_healthy();
        insert("two");
        let found = wait(prepared.plan.run(&checks));
        found.fails_alone(
            CheckId::Db43,
            "1 API resources are registered twice, for example /api/server/v1/applications",
        );
    }
}

#[test]
fn callbacks_that_were_stored_for_another_hostname() {
    for server in servers() {
        let prepared = prepare(&server);
        if fill(&server, &prepared).is_none() {
            return;
        }
        let checks = [CheckId::Db11, CheckId::Db44];
        wait(prepared.plan.run(&checks)).is_healthy();
        let table = format!("`{}`.IDN_OAUTH_CONSUMER_APPS", prepared.identity.name());
        for (key, host) in [("CONSOLE", "login.example.com"), ("MY_ACCOUNT", "old.example.com:9443")] {
            let callback = format!("regexp=(https://{host}/console|https://{host}/console/login)");
            server
                .execute(&format!(
                    "INSERT INTO {table} (CONSUMER_KEY, APP_NAME, CALLBACK_URL) VALUES ('{key}', '{key}', '{callback}')"
                ))
                .unwrap();
            if key == "CONSOLE" {
                wait(prepared.plan.run(&checks)).is_healthy();
            }
        }
        let found = wait(prepared.plan.run(&checks));
        found.warns_alone(CheckId::Db44, "The callbacks of the consoles are stored for old.example.com");
    }
}

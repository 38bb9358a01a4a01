//! Preparing databases on real servers, with WSO2's scripts and with small ones.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use domain::product::{DatabaseRole, Version};
use domain::schema::{SchemaState, diagnose};
use domain::secret::Secret;
use probe::address::AllowedNetworks;
use probe::prepare::{
    Administrator, DatabaseAction, DatabaseAdmin, PackScript, PreparationEvent, PreparationJob, TargetDatabase,
};
use testbed::DatabaseServer;

use crate::fingerprints::{look, scripts};
use crate::support::{PASSWORD, Plan, Prepared, prepare, servers, wait};

pub(crate) fn administrator(server: &DatabaseServer) -> Administrator {
    let (user, password) = server.administrator();
    Administrator { user: user.to_owned(), password: Secret::new(password) }
}

pub(crate) async fn find(server: &DatabaseServer, plan: &Plan) -> DatabaseAdmin {
    DatabaseAdmin::find(&plan.subject().answers, administrator(server), AllowedNetworks::default()).await.unwrap()
}

/// Small scripts: the beginning of the agent script, so that the facts know the states.
const SMALL: &str = "CREATE TABLE UM_ROLE (UM_ID INTEGER NOT NULL AUTO_INCREMENT, UM_ROLE_UUID VARCHAR(255) NOT NULL, \n\
    UM_ROLE_NAME VARCHAR(255) NOT NULL, UM_TENANT_ID INTEGER DEFAULT 0, PRIMARY KEY (UM_ID, UM_TENANT_ID));\n\
    CREATE TABLE UM_USER (UM_ID INTEGER NOT NULL AUTO_INCREMENT PRIMARY KEY);\n\n\
    -- a comment; with a semicolon\nCREATE TABLE UM_BROKEN (A NONSENSE);\nCREATE TABLE UM_USER_ROLE (A INT);\n";

fn agent(name: &str, text: &str) -> TargetDatabase {
    TargetDatabase {
        role: DatabaseRole::Agent,
        name: name.to_owned(),
        create: format!("CREATE DATABASE `{name}` CHARACTER SET latin1"),
        scripts: vec![PackScript::read("identity/agent/mysql.sql", text)],
    }
}

pub(crate) fn job(targets: Vec<TargetDatabase>, grants: &str) -> PreparationJob {
    PreparationJob { version: Version::V7_3_0, targets, grants: Secret::new(grants) }
}

/// The targets of a plan with WSO2's own scripts.
pub(crate) fn targets(prepared: &Prepared<'_>, version: Version) -> Vec<TargetDatabase> {
    let folder = scripts(version).unwrap();
    let of = |role: DatabaseRole, name: &str| {
        let own = version.scripts().into_iter().filter(|script| script.database == role);
        let read = |path: &str| PackScript::read(path, &std::fs::read_to_string(folder.join(path)).unwrap());
        TargetDatabase {
            role,
            name: name.to_owned(),
            create: format!("CREATE DATABASE `{name}` CHARACTER SET latin1"),
            scripts: own.map(|script| read(script.path)).collect(),
        }
    };
    vec![
        of(DatabaseRole::Shared, prepared.shared.name()),
        of(DatabaseRole::Identity, prepared.identity.name()),
        of(DatabaseRole::Agent, prepared.agent.name()),
    ]
}

pub(crate) fn drop_all(server: &DatabaseServer, job: &PreparationJob) {
    job.targets.iter().for_each(|target| drop(server.execute(&format!("DROP DATABASE `{}`", target.name))));
}

#[test]
fn databases_are_created_filled_and_verified_and_a_second_run_has_nothing_to_do() {
    for server in servers() {
        let version = Version::V7_3_0;
        if testbed::or_report(scripts(version)).is_none() {
            return;
        }
        let prepared = prepare(&server);
        let account = format!("{}_new", prepared.user.name());
        let grants = format!(
            "CREATE USER IF NOT EXISTS '{account}'@'%' IDENTIFIED BY '{PASSWORD}';\nGRANT SELECT ON `{}`.* TO '{account}'@'%';",
            prepared.shared.name()
        );
        let job = job(targets(&prepared, version), &grants);
        drop_all(&server, &job);
        wait(async {
            let tool = find(&server, &prepared.plan).await;
            let todos = tool.plan(&job).await.unwrap();
            assert_eq!(todos, [DatabaseAction::Create, DatabaseAction::Create, DatabaseAction::Create]);
            let reported = Mutex::new(Vec::new());
            let outcome = tool.run(&job, &todos, |event| reported.lock().unwrap().push(format!("{event:?}"))).await;
            assert_eq!(outcome.failures, []);
            assert_eq!(outcome.complete.len(), 3);
            let reported = reported.into_inner().unwrap();
            assert_eq!(reported.iter().filter(|event| event.starts_with("Created")).count(), 3);
            assert_eq!(reported.iter().filter(|event| event.starts_with("Verified")).count(), 3);
            assert_eq!(reported.iter().filter(|event| event.starts_with("Statement")).count(), 251 + 20 + 105 + 6);
            assert_eq!(reported.last().unwrap(), "Granted");
            assert_eq!(
                tool.plan(&job).await.unwrap(),
                [DatabaseAction::Leave, DatabaseAction::Leave, DatabaseAction::Leave]
            );
            let again =
                tool.run(&job, &[DatabaseAction::Leave, DatabaseAction::Leave, DatabaseAction::Leave], |_| {}).await;
            assert_eq!(again.failures, []);
        });
        server.execute(&format!("DROP USER '{account}'@'%'")).unwrap();
        for target in &job.targets {
            let state = diagnose(version, &[target.role], &look(&server, &target.name)).state;
            assert_eq!(state, SchemaState::Complete(vec![]), "{}", target.name);
        }
    }
}

#[test]
fn an_error_names_the_statement_and_its_effects_and_a_new_run_resumes() {
    for server in servers() {
        let prepared = prepare(&server);
        let name = prepared.agent.name();
        let broken = job(vec![agent(name, SMALL)], "");
        let mended = job(vec![agent(name, &SMALL.replace("UM_BROKEN (A NONSENSE)", "UM_USER_ATTRIBUTE (A INT)"))], "");
        wait(async {
            let tool = find(&server, &prepared.plan).await;
            let todos = tool.plan(&broken).await.unwrap();
            assert_eq!(todos, [DatabaseAction::Resume { script: 0, statement: 0 }]);
            let outcome = tool.run(&broken, &todos, |_| {}).await;
            let [failure] = outcome.failures.as_slice() else { panic!("{outcome:?}") };
            assert!(
                failure.reason.starts_with("identity/agent/mysql.sql, line 6, statement 3 of 4: ERROR "),
                "{failure:?}"
            );
            assert!(failure.aftermath.starts_with("2 of 4 statements of identity/agent/mysql.sql ran"), "{failure:?}");
            let todos = tool.plan(&mended).await.unwrap();
            assert_eq!(todos, [DatabaseAction::Resume { script: 0, statement: 2 }]);
            let outcome = tool.run(&mended, &todos, |_| {}).await;
            // All of it ran, but its tables are not those of IS: its end alone does not prove success.
            assert!(
                outcome.complete.is_empty() && outcome.failures[0].reason.contains("The schema differs"),
                "{outcome:?}"
            );
        });
        assert_eq!(server.execute(&format!("SHOW TABLES FROM `{name}`")).unwrap().lines().count(), 4);
    }
}

#[test]
fn an_administrator_that_may_not_create_is_refused_before_anything_runs() {
    for server in servers() {
        if testbed::or_report(scripts(Version::V7_3_0)).is_none() {
            return;
        }
        let prepared = prepare(&server);
        let job = job(targets(&prepared, Version::V7_3_0), "");
        let user = prepared.user.name().to_owned();
        let account = Administrator { user, password: Secret::new(PASSWORD) };
        wait(async {
            let tool = DatabaseAdmin::find(&prepared.plan.subject().answers, account, AllowedNetworks::default())
                .await
                .unwrap();
            for action in tool.plan(&job).await.unwrap() {
                let DatabaseAction::Refuse { reason, .. } = action else { panic!("{action:?}") };
                assert_eq!(
                    reason,
                    "The administrator lacks the privileges CREATE, ALTER, INDEX, REFERENCES, DROP on it."
                );
            }
        });
    }
}

/// The tables of one script are missing in databases in use: only that script runs.
#[test]
fn a_script_that_never_ran_runs_alone_next_to_data() {
    for server in servers() {
        if testbed::or_report(scripts(Version::V7_3_0)).is_none() {
            return;
        }
        let prepared = prepare(&server);
        crate::table_faults::fill(&server, &prepared, Version::V7_3_0, &["consent/mysql.sql"]);
        let table = format!("`{}`.IDN_OAUTH_CONSUMER_APPS", prepared.identity.name());
        server.execute(&format!("INSERT INTO {table} (CONSUMER_KEY, APP_NAME) VALUES ('a', 'a')")).unwrap();
        let job = job(targets(&prepared, Version::V7_3_0), "");
        wait(async {
            let tool = find(&server, &prepared.plan).await;
            let todos = tool.plan(&job).await.unwrap();
            assert_eq!(
                todos,
                [DatabaseAction::Leave, DatabaseAction::Resume { script: 1, statement: 0 }, DatabaseAction::Leave]
            );
            let outcome = tool.run(&job, &todos, |_| {}).await;
            assert_eq!(outcome.failures, []);
        });
        assert_eq!(server.execute(&format!("SELECT COUNT(*) FROM {table}")).unwrap().trim(), "1", "the data stays");
    }
}

/// `read_only` does not bind an administrator, and changes on a replica stop its replication.
#[test]
fn nothing_is_prepared_on_a_replica() {
    let refused = |server: &DatabaseServer, words: &str| {
        let prepared = prepare(server);
        wait(async {
            let name = format!("{}_new", prepared.agent.name());
            let job = job(vec![agent(&name, SMALL)], "");
            let error = find(server, &prepared.plan).await.plan(&job).await.unwrap_err().to_string();
            assert!(error.contains(words) && error.contains("address of the primary server"), "{error}");
        });
    };
    for start in [testbed::mariadb_with as fn(&[&str]) -> _, testbed::mysql_with] {
        let Some(server) = testbed::or_report(start(&[])) else { continue };
        server.execute("SET GLOBAL read_only = ON").unwrap();
        refused(&server, "The server is read-only");
        server.execute("SET GLOBAL read_only = OFF").unwrap();
        if server.product() == testbed::TestServerProduct::MySql {
            server.execute("CHANGE REPLICATION SOURCE TO SOURCE_HOST = '127.0.0.1', SOURCE_USER = 'nobody'").unwrap();
            refused(&server, "replicates from another one");
        }
    }
}

/// Scripts run with an administrator's rights: statements that no script of IS contains are not sent.
#[test]
fn a_script_holds_what_scripts_of_is_hold_and_nothing_else() {
    for unfit in [
        "/*!DROP DATABASE crm*/;",
        "CREATE TABLE A (A INT) /*! DATA DIRECTORY='/' */;",
        "DROP/**/DATABASE crm;",
        "DROP TABLE IF EXISTS crm.customers;",
        "DROP TABLE IF EXISTS CUSTOMERS;",
        "ALTER USER root@localhost IDENTIFIED BY 'x';",
        "SET PERSIST read_only = ON;",
        "TRUNCATE other.t;",
        "UPDATE mysql.user SET a = 1;",
        "INSERT INTO mysql.user VALUES (1);",
        "CREATE TABLE `crm`.`t` (A INT);",
    ] {
        assert!(PackScript::read("mysql.sql", unfit).refusal().is_some(), "{unfit}");
    }
    let fit = "CREATE TABLE IF NOT EXISTS A (A INT); DROP TABLE IF EXISTS A; CREATE INDEX I ON A(A); INSERT INTO A VALUES (1);";
    assert_eq!(PackScript::read("mysql.sql", fit).refusal(), None);
    for version in Version::ALL.iter().copied() {
        let Some(folder) = testbed::or_report(scripts(version)) else { return };
        for script in version.scripts() {
            let text = std::fs::read_to_string(folder.join(script.path)).unwrap();
            assert_eq!(PackScript::read(script.path, &text).refusal(), None, "{version:?} {}", script.path);
        }
    }
}

#[test]
fn what_must_not_be_touched_is_refused_and_stays_as_it_is() {
    for server in servers() {
        let prepared = prepare(&server);
        let name = prepared.agent.name();
        let job = job(vec![agent(name, SMALL)], "");
        for (make, mend, words) in [
            ("CREATE TABLE orders (a INT)", "DROP TABLE orders", "It holds tables that IS does not create: orders"),
            ("CREATE VIEW v AS SELECT 1 AS a", "DROP VIEW v", "It holds 1 views or procedures"),
            (
                "CREATE TABLE UM_ROLE (a INT); INSERT INTO UM_ROLE VALUES (1)",
                "DROP TABLE UM_ROLE",
                "It holds data: UM_ROLE",
            ),
            ("CREATE TABLE UM_USER (a INT)", "DROP TABLE UM_USER", "Its tables differ from those of the scripts"),
            (
                "CREATE TABLE IDN_BASE_TABLE (a INT)",
                "DROP TABLE IDN_BASE_TABLE",
                "Scripts for another database ran in it: identity/mysql.sql",
            ),
            (
                "ALTER DATABASE CHARACTER SET utf8mb4",
                "ALTER DATABASE CHARACTER SET latin1",
                "Its character set is utf8mb4",
            ),
        ] {
            server.execute(&format!("USE `{name}`; {make}")).unwrap();
            let before = look(&server, name);
            wait(async {
                let tool = find(&server, &prepared.plan).await;
                let todos = tool.plan(&job).await.unwrap();
                let [DatabaseAction::Refuse { reason, .. }] = todos.as_slice() else { panic!("{words}: {todos:?}") };
                assert!(reason.contains(words), "{reason:?} says {words:?}");
                let outcome = tool.run(&job, &todos, |_| {}).await;
                assert!(
                    outcome.complete.is_empty() && outcome.failures[0].aftermath == "The database was not changed."
                );
                // A plan from before the change is not applied.
                let outcome = tool.run(&job, &[DatabaseAction::Resume { script: 0, statement: 0 }], |_| {}).await;
                assert!(outcome.failures[0].reason.contains("has changed since it was inspected"), "{outcome:?}");
            });
            assert_eq!(look(&server, name), before);
            server.execute(&format!("USE `{name}`; {mend}")).unwrap();
        }
    }
}

#[test]
fn a_run_that_is_cut_off_anywhere_is_resumed() {
    let version = Version::V7_3_0;
    for server in servers() {
        if testbed::or_report(scripts(version)).is_none() {
            return;
        }
        let prepared = prepare(&server);
        let job = job(targets(&prepared, version), "");
        for cut_after in [1, 40, 150] {
            wait(async {
                let tool = find(&server, &prepared.plan).await;
                let todos = tool.plan(&job).await.unwrap();
                let seen = AtomicUsize::new(0);
                let stop = tokio::sync::Notify::new();
                let watch = |event: PreparationEvent<'_>| {
                    if matches!(event, PreparationEvent::Statement { .. })
                        && seen.fetch_add(1, Ordering::Relaxed) == cut_after
                    {
                        stop.notify_one();
                    }
                };
                // Dropping the run closes its connections, like the end of the process.
                tokio::select! {
                    outcome = tool.run(&job, &todos, watch) => assert_eq!(outcome.failures, []),
                    () = stop.notified() => {}
                }
            });
        }
        wait(async {
            let tool = find(&server, &prepared.plan).await;
            let todos = tool.plan(&job).await.unwrap();
            assert!(
                todos.iter().all(|action| matches!(action, DatabaseAction::Resume { .. } | DatabaseAction::Leave)),
                "{todos:?}"
            );
            let outcome = tool.run(&job, &todos, |_| {}).await;
            assert_eq!(outcome.failures, []);
            assert_eq!(outcome.complete.len(), 3);
        });
        for target in &job.targets {
            assert_eq!(
                diagnose(version, &[target.role], &look(&server, &target.name)).state,
                SchemaState::Complete(vec![])
            );
        }
    }
}

#[test]
fn an_account_with_password_is_wrong_or_refused_is_not_reported() {
    for server in servers() {
        let prepared = prepare(&server);
        let answers = prepared.plan.subject().answers.clone();
        let error = wait(async {
            let administrator = Administrator { user: "root".to_owned(), password: Secret::new("wrong-canary-1") };
            let tool = DatabaseAdmin::find(&answers, administrator, AllowedNetworks::default()).await.unwrap();
            tool.plan(&job(vec![agent(prepared.agent.name(), SMALL)], "")).await.unwrap_err()
        });
        let reported = format!("{error} {error:?}");
        assert!(
            reported.contains("The administrator root cannot log in") && !reported.contains("canary"),
            "{reported}"
        );

        let outcome = wait(async {
            let tool = find(&server, &prepared.plan).await;
            tool.run(&job(vec![], "CREATE NONSENSE 'grants-canary-2'"), &[], |_| {}).await
        });
        let reported = format!("{outcome:?}");
        assert!(
            reported.contains("Statement 1 of database/grants.sql failed: ERROR 1064") && !reported.contains("canary"),
            "{reported}"
        );
    }
}

//! Preparing the databases: the form, the planned changes that wait for confirmation, a run, and both ends.

use app::view::{
    PrepareBar, PrepareChanges, PrepareDatabase, PrepareEnd, PrepareForm, PreparePlan, PrepareStage, PrepareView,
};

use super::{HOSTILE, assets, head, moment};

const NAMES: [&str; 3] = ["wso2identity_db", "wso2shared_db", "wso2agent_db"];

/// The pages with the names of their states.
pub fn all() -> Vec<(String, String)> {
    let form = PrepareForm {
        server: "db.internal.example.com:3306".to_owned(),
        databases: NAMES.map(str::to_owned).into(),
        user: "root".to_owned(),
        folder: "/opt/wso2is-7.3.0/dbscripts".to_owned(),
        problems: Vec::new(),
    };
    let problems = vec![
        ("prepare-password", "Enter the administrator's password.".to_owned()),
        ("prepare-pack", format!("“{HOSTILE}” is no zip. Upload a zip of dbscripts.")),
    ];
    let wrong = PrepareForm { problems, ..form.clone() };
    let unconfirmed = ("prepare-changes", "Read the differences and confirm them, or choose other scripts.".to_owned());
    let changed = PreparePlan { changes: Some(changes()), has_password: false, ..plan() };
    let failed = PreparePlan { problem: Some(unconfirmed), ..changed.clone() };
    let stages = [
        ("prepare", PrepareStage::Form(form)),
        ("prepare-errors", PrepareStage::Form(wrong)),
        ("prepare-plan", PrepareStage::Plan(plan())),
        ("prepare-plan-changes", PrepareStage::Plan(changed)),
        ("prepare-plan-errors", PrepareStage::Plan(failed)),
        ("prepare-done", PrepareStage::Ended(lines(), end(true))),
        ("prepare-stopped", PrepareStage::Ended(lines(), end(false))),
    ];
    let mut pages: Vec<_> =
        stages.into_iter().map(|(name, stage)| (name.to_owned(), app::pages::prepare(&view(stage)))).collect();
    let [before, between, after] = app::pages::prepare_running(&view(PrepareStage::Running));
    let pieces: String = (0..2).map(|piece| app::pages::prepare_piece(&lines()[piece..=piece], &bars(false))).collect();
    pages.push(("prepare-running".to_owned(), format!("{before}{pieces}{between}{after}")));
    pages
}

fn view(stage: PrepareStage) -> PrepareView {
    PrepareView { assets: assets(), plan: head(), version: "7.3.0".to_owned(), stage }
}

fn plan() -> PreparePlan {
    let database = |name: &str| PrepareDatabase {
        name: name.to_owned(),
        words: "create it, then run identity/mysql.sql (251 statements), consent/mysql.sql (14 statements)".to_owned(),
        sql: format!("CREATE DATABASE `{name}` CHARACTER SET latin1;"),
        remedy: String::new(),
    };
    PreparePlan {
        databases: NAMES.map(database).into(),
        account: "CREATE USER IF NOT EXISTS 'wso2is'@'10.20.0.%' IDENTIFIED BY '••••••••';\nGRANT SELECT, INSERT, UPDATE, DELETE ON `wso2identity_db`.* TO 'wso2is'@'10.20.0.%';".to_owned(),
        server: "db.internal.example.com:3306".to_owned(),
        user: "root".to_owned(),
        token: "0123".to_owned(),
        has_password: true,
        changes: None,
        problem: None,
        until: moment(),
    }
}

fn changes() -> PrepareChanges {
    let statement = |place: &str, sql: &str| (place.to_owned(), sql.to_owned());
    PrepareChanges {
        summary: "These scripts have 2 statements that IS 7.3.0 was not released with, and lack 1 statement."
            .to_owned(),
        statements: vec![
            statement(
                "identity/mysql.sql:412",
                "CREATE INDEX IDX_IDN_OAUTH2_ACCESS_TOKEN_CONSUMER_KEY_ID_TOKEN_STATE ON IDN_OAUTH2_ACCESS_TOKEN (CONSUMER_KEY_ID, TOKEN_STATE)",
            ),
            statement("consent/mysql.sql:9", "ALTER TABLE CM_RECEIPT\n  ADD COLUMN NOTE VARCHAR(255)"),
        ],
    }
}

fn lines() -> Vec<String> {
    ["wso2identity_db: created", "wso2identity_db: identity/mysql.sql, 150 of 251 statements"].map(str::to_owned).into()
}

fn bars(complete: bool) -> Vec<PrepareBar> {
    let bar =
        |name: &str| PrepareBar { name: name.to_owned(), done: if complete { 265 } else { 150 }, of: 265, complete };
    NAMES.map(bar).into()
}

fn end(complete: bool) -> PrepareEnd {
    let failure = (
        "wso2identity_db: identity/mysql.sql, line 412: ERROR 1142".to_owned(),
        "150 statements of identity/mysql.sql ran and nothing after them.".to_owned(),
    );
    PrepareEnd {
        bars: bars(complete),
        at: moment(),
        words: if complete {
            "All databases are complete.".to_owned()
        } else {
            "2 of 3 databases are complete. Nothing was dropped.".to_owned()
        },
        failures: if complete { Vec::new() } else { vec![failure] },
        complete,
    }
}

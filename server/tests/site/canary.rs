//! Secrets that are entered in the wizard appear nowhere but in the zip (ARCHITECTURE, I6 and I7).

use testbed::bundle::unzip;
use testbed::http::{FormFile, TestResponse};
use testbed::plan::{ADMIN_PASSWORD, DATABASE_PASSWORD};
use testbed::script_pack;

use crate::support::Wizard;

/// The secrets of the plan, and the password of a database administrator.
const CANARIES: [&str; 3] = [DATABASE_PASSWORD, ADMIN_PASSWORD, "Root-canary-3"];

fn assert_clean(place: &str, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for canary in CANARIES {
        assert!(!text.contains(canary), "{canary} shows in {place}");
        let encoded: String = form_urlencoded::byte_serialize(canary.as_bytes()).collect();
        assert!(!text.contains(&encoded), "{canary}, encoded, shows in {place}");
    }
}

#[tokio::test]
async fn secrets_show_up_in_the_zip_alone() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    wizard.complete(&plan, &[]).await;
    // The page of a form with problems does not contain the secrets that were entered.
    let fields = [("database.password", CANARIES[0]), ("database.port", "0"), ("action", "continue")];
    let failed = wizard.post(&format!("{plan}/database"), &fields).await;
    assert_clean("the page of a failed form", &failed.bytes);
    let weak = wizard
        .post(&format!("{plan}/user-store"), &[("user_store.admin_password", "canary{{x"), ("action", "continue")])
        .await;
    assert!(!weak.text().contains("canary{{x"));
    for (step, fields) in [
        ("database", vec![("database.port", "3306")]),
        ("user-store", vec![("user_store.admin_password", CANARIES[1])]),
    ] {
        let mut fields = fields;
        fields.push(("action", "continue"));
        let answer = wizard.post(&format!("{plan}/{step}"), &fields).await;
        assert_clean("a redirect", answer.head.as_bytes());
        assert_eq!(answer.status, 303);
    }
    let mut paths: Vec<String> = [
        "product",
        "database",
        "user-store",
        "clustering",
        "load-balancer",
        "review",
        "preview",
        "plan.toml",
        "delete",
    ]
    .iter()
    .map(|page| format!("{plan}/{page}"))
    .collect();
    paths.push("/".to_owned());
    paths.extend(
        ["product", "database", "user-store", "clustering", "load-balancer"]
            .map(|step| format!("{plan}/preview.json?step={step}")),
    );
    for path in paths {
        let answer = wizard.get(&path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert_clean(&path, &answer.bytes);
        assert_clean("headers", answer.head.as_bytes());
    }
    // Live checks use the password; the port is closed, so that they reach no database.
    let checked = wizard.run_checks(&plan, &[("id", "DB-02"), ("id", "DB-05"), ("step", "database")]).await;
    assert_eq!(checked.status, 303);
    assert_clean("the page with check results", &wizard.get(&checked.location).await.bytes);
    for extension in ["txt", "json", "xml", "html"] {
        assert_clean(extension, &wizard.get(&format!("{plan}/report.{extension}")).await.bytes);
    }

    // A preparation uses it too, and an administrator's password, which is never stored.
    let scripts = tempfile::tempdir().unwrap();
    script_pack::write(scripts.path()).unwrap();
    let folder = scripts.path().display().to_string();
    let fields = [("user", "root"), ("password", CANARIES[2]), ("folder", &folder)];
    let prepared = wizard.multipart(&format!("{plan}/prepare"), &fields, &[FormFile("pack", "", b"")]).await;
    assert_eq!(prepared.status, 422, "nothing listens there");
    assert!(prepared.text().contains("3306"), "the server was dialled: {}", prepared.text());
    assert_clean("the form of an administrator", &prepared.bytes);
    assert_clean("the form that is asked for again", &wizard.get(&format!("{plan}/prepare")).await.bytes);

    let accept = [("check", "DB-02"), ("reason", "nothing listens in this test")];
    assert_eq!(wizard.post(&format!("{plan}/accept"), &accept).await.status, 303);
    let zip = wizard.post(&format!("{plan}/bundle"), &[]).await;
    let files = unzip(&zip.bytes);
    let deployment = String::from_utf8_lossy(&files["nodes/node1/repository/conf/deployment.toml"]).into_owned();
    assert!(CANARIES[..2].iter().all(|canary| deployment.contains(canary)), "the zip contains them");
    assert_clean("plan.toml of the zip", &files["plan.toml"]);

    for entry in std::fs::read_dir(wizard.database()).unwrap() {
        let path = entry.unwrap().path();
        assert_clean(&path.display().to_string(), &std::fs::read(&path).unwrap());
    }
}

/// A private key in the field of a certificate, a common mistake: it is on no page and in no file.
#[tokio::test]
async fn a_private_key_in_a_certificates_field_is_kept_nowhere() {
    const KEY: &str = "TUlJRXZBSUJBREFOQmdrcWhraUc5dzBCQVFFRkFBU0NCS1l3Z2dTaUFnRUFBb0lC";
    const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\nTUlJQmVyUmlmaWNhdGU=\n-----END CERTIFICATE-----\n";
    let block = |kind: &str| format!("-----BEGIN {kind}-----\n{KEY}\n-----END {kind}-----\n");
    let clean = |place: &str, answer: &TestResponse| assert!(!answer.text().contains(KEY), "{place}");
    let wizard = Wizard::new().await;
    let fields = ["database.ca_certificate", "load_balancer.provided_certificate", "user_store.ca_certificate"];
    let fields: Vec<&str> = fields.into_iter().filter(|field| domain::steps::setting(field).is_some()).collect();
    assert!(fields.len() > 1);
    let mut plans = Vec::new();
    for kind in ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY"] {
        let text = format!("{}{CERTIFICATE}", block(kind));
        let plan = wizard.plan().await;
        for field in &fields {
            let page = format!("{plan}/{}", domain::steps::setting(field).unwrap().step.slug());
            clean("autosave", &wizard.post(&format!("{plan}/draft"), &[(field, &text)]).await);
            clean("the page after autosave", &wizard.get(&page).await);
            for action in ["save", "continue"] {
                clean("the form", &wizard.post(&page, &[(field, &text), ("action", action)]).await);
                clean("the page after the form", &wizard.get(&page).await);
            }
            let name = format!("{field}.file");
            let upload =
                wizard.multipart(&page, &[("action", "save")], &[FormFile(&name, "server.pem", text.as_bytes())]).await;
            clean("an upload", &upload);
            // The form of an earlier version, from a second window: the page asks which value to keep.
            let stale = wizard.post(&page, &[(field, &text), ("revision", "1"), ("action", "continue")]).await;
            clean("a form of an earlier version", &stale);
        }
        let comment = format!("{text} is this right?");
        assert_eq!(wizard.post(&format!("{plan}/comments"), &[("text", &comment)]).await.status, 303);
        wizard.post(&format!("{plan}/accept"), &[("check", "DB-02"), ("reason", &text)]).await;
        wizard.post(&format!("{plan}/history/name"), &[("revision", "1"), ("name", &text)]).await;
        let file = format!(
            "format = 1\n[product]\n[database]\nca_certificate = \"\"\"\n{text}\"\"\"\n[user_store]\n[clustering]\n[load_balancer]\n"
        );
        let opened = wizard.upload("/plans/open", "plan.toml", file.as_bytes()).await;
        assert_eq!(opened.status, 303, "{}", opened.text());
        plans.push(opened.plan());
        plans.push(plan);
    }
    for plan in &plans {
        for step in ["undo", "redo"] {
            let undone = wizard.post(&format!("{plan}/history/undo"), &[("step", "database"), ("act", step)]).await;
            clean(step, &undone);
        }
        let viewer = crate::sharing::visit(&wizard, plan, &[("right", "view")]).await;
        for page in ["database", "load-balancer", "review", "history", "journal.jsonl", "journal.csv", "report.json"] {
            let answer = wizard.get_as(&viewer, &format!("{plan}/{page}")).await;
            assert_eq!(answer.status, 200, "{page}");
            clean(page, &answer);
        }
        let file = wizard.get(&format!("{plan}/plan.toml")).await;
        clean("plan.toml", &file);
        let kept = file.text() + &wizard.get(&format!("{plan}/journal.jsonl")).await.text();
        // The opened plan file does not enable TLS, so it contains no CA certificate.
        let is_opened = !kept.contains("\"act\":\"save\"");
        assert!(is_opened || kept.contains("TUlJQmVyUmlmaWNhdGU="), "the certificate is kept: {kept}");
    }
    for entry in std::fs::read_dir(wizard.database()).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        assert!(!bytes.windows(KEY.len()).any(|window| window == KEY.as_bytes()), "{}", path.display());
    }
}

/// A password in a pasted URL, in every field and file that a plan is entered with.
#[tokio::test]
async fn a_password_in_a_pasted_text_is_kept_nowhere() {
    let wizard = Wizard::new().await;
    let urls = [
        "jdbc:mysql://db.example.com/db?user=u&password=Db-canary-1",
        "jdbc:mysql:loadbalance://u:Db-canary-1@db.example.com:3306,other/db",
        "JDBC:POSTGRESQL://db.example.com/db?PASSWORD=Db-canary-1",
        "//u:Db-canary-1@db.example.com",
        "https://bob:Db-canary-1@host.example.com/carbon",
        "ldaps://cn=admin:Db-canary-1@ldap.example.com:636",
    ];
    for url in urls {
        let plan = wizard.plan().await;
        let title = [("preset", "one-machine"), ("title", url)];
        assert_eq!(wizard.post("/plans", &title).await.status, 303);
        for setting in domain::steps::all().filter(|setting| !setting.control.is_secret()) {
            let name = setting.key.strip_prefix("clustering.nodes.").map(|column| format!("nodes.0.{column}"));
            let name = name.unwrap_or_else(|| setting.key.to_owned());
            let field = [(name.as_str(), url), ("clustering.scheme", "wka")];
            let of_nodes = name.starts_with("nodes.");
            let fields = if of_nodes { &field[..] } else { &field[..1] };
            let saved = wizard.post(&format!("{plan}/draft"), fields).await;
            assert_eq!(saved.status, 200);
            assert_clean("the response of autosave", &saved.bytes);
            let page = format!("{plan}/{}", setting.step.slug());
            let shown = wizard.get(&page).await;
            assert!(shown.text().contains("which was removed"), "{name} with {url}: the page reports it");
            assert_clean("the page after autosave", &shown.bytes);
            for action in ["save", "continue"] {
                let mut fields = fields.to_vec();
                fields.push(("action", action));
                let answer = wizard.post(&page, &fields).await;
                assert_clean("the response of the form", &answer.bytes);
                assert_clean("the page after the form", &wizard.get(&page).await.bytes);
            }
        }
        let pasted = format!("is-1 {url}\n{url}\n");
        let fields = [("clustering.scheme", "wka"), ("paste", &pasted), ("action", "paste-nodes")];
        assert_eq!(wizard.post(&format!("{plan}/clustering"), &fields).await.status, 303);
        let accept = [("check", "DB-02"), ("reason", url)];
        assert_eq!(wizard.post(&format!("{plan}/accept"), &accept).await.status, 303);

        let toml = wizard.get(&format!("{plan}/plan.toml")).await;
        assert_clean("plan.toml", &toml.bytes);
        let file = format!(
            "format = 1\ntitle = '{url}'\n[product]\n[database]\nhost = '{url}'\n[user_store]\nconnection_url = '{url}'\n\
             [clustering]\n[[clustering.nodes]]\nhost = '{url}'\n[load_balancer]\nhostname = '{url}'\n"
        );
        let opened = wizard.upload("/plans/open", "plan.toml", file.as_bytes()).await;
        assert_eq!(opened.status, 303, "{}", opened.text());
        let new_plan = opened.plan();
        let pages = ["product", "database", "user-store", "clustering", "load-balancer", "review", "plan.toml"];
        for plan in [&plan, &new_plan] {
            for page in pages {
                assert_clean(page, &wizard.get(&format!("{plan}/{page}")).await.bytes);
            }
        }
        assert_clean("the start page", &wizard.get("/").await.bytes);
    }
    for entry in std::fs::read_dir(wizard.database()).unwrap() {
        let path = entry.unwrap().path();
        assert_clean(&path.display().to_string(), &std::fs::read(&path).unwrap());
    }
}

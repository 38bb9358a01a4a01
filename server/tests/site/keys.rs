//! The keys of a running cluster are never replaced by accident.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::http::StatusCode;
use service::clock;
use testbed::bundle::{keys_of, unzip};
use testbed::http::FormFile;
use testbed::plan::TestPlan;

use crate::support::{Wizard, journal};

async fn download(wizard: &Wizard, plan: &str) -> Vec<u8> {
    let zip = wizard.post(&format!("{plan}/bundle"), &[]).await;
    assert_eq!(zip.status, StatusCode::OK, "{}", zip.text());
    zip.bytes
}

async fn open(wizard: &Wizard, name: &str, bytes: &[u8]) -> String {
    let opened = wizard.upload("/plans/open", name, bytes).await;
    assert_eq!(opened.status, StatusCode::SEE_OTHER, "{}", opened.text());
    opened.plan()
}

/// A plan that was downloaded once, and its zip.
async fn running(wizard: &Wizard) -> (String, Vec<u8>) {
    let plan = wizard.plan().await;
    wizard.complete(&plan, &[]).await;
    let zip = download(wizard, &plan).await;
    (plan, zip)
}

#[tokio::test]
async fn a_bundle_opened_three_times_keeps_every_key() {
    let wizard = Wizard::new().await;
    let (_, first) = running(&wizard).await;
    let mut zip = first.clone();
    for turn in 0..3 {
        let plan = open(&wizard, "bundle.zip", &zip).await;
        let page = wizard.get(&format!("{plan}/product")).await.text();
        assert!(page.contains("were taken from the bundle"), "turn {turn}: {page}");
        zip = download(&wizard, &plan).await;
        assert!(keys_of(&zip) == keys_of(&first), "turn {turn}: keys changed");
    }
}

#[tokio::test]
async fn the_first_download_marks_the_cluster_as_running_and_no_answer_changes_its_keys() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    wizard.complete(&plan, &[]).await;
    assert!(wizard.get(&format!("{plan}/plan.toml")).await.text().contains("cluster = \"new\""));
    let review = wizard.get(&format!("{plan}/review")).await.text();
    assert!(review.contains("The first download with passwords and keys creates the keys"), "{review}");
    // A bundle without secrets cannot run.
    let incomplete = wizard.post(&format!("{plan}/bundle/incomplete"), &[]).await;
    assert_eq!(incomplete.status, StatusCode::OK);
    assert!(wizard.get(&format!("{plan}/plan.toml")).await.text().contains("cluster = \"new\""));
    let first = download(&wizard, &plan).await;
    assert!(wizard.get(&format!("{plan}/plan.toml")).await.text().contains("cluster = \"running\""));
    let made = journal(&wizard, &plan).await.iter().filter(|entry| entry["act"] == "make-keys").count();
    assert_eq!(made, 1);
    let fields = [
        ("load_balancer.hostname", "other.example.com"),
        ("load_balancer.certificate", "private-ca"),
        ("action", "save"),
    ];
    assert_eq!(wizard.post(&format!("{plan}/load-balancer"), &fields).await.status, StatusCode::SEE_OTHER);
    // Also if the answer is that the cluster is new: existing keys stay.
    let fields =
        [("product.version", "7.2.0"), ("product.layout", "linux"), ("product.cluster", "new"), ("action", "save")];
    assert_eq!(wizard.post(&format!("{plan}/product"), &fields).await.status, StatusCode::SEE_OTHER);
    let second = download(&wizard, &plan).await;
    let primary = "nodes/node1/repository/resources/security/cluster-primary.p12";
    let [first, second] = [first, second].map(|zip| (unzip(&zip).remove(primary).unwrap(), keys_of(&zip)));
    assert!(first.0 == second.0, "the signing certificate follows the hostname");
    let symmetric =
        |keys: &BTreeMap<String, Vec<u8>>| keys["nodes/node1/repository/conf/deployment.toml [encryption]"].clone();
    assert!(symmetric(&first.1) == symmetric(&second.1));
    let review = wizard.get(&format!("{plan}/review")).await.text();
    for words in ["fingerprint of the signing certificate", "Keys created", "Expires ", "/keys"] {
        assert!(review.contains(words), "{words}");
    }
}

#[tokio::test]
async fn a_hostname_changed_after_a_download_is_warned_of_on_step_and_review_until_it_is_accepted() {
    let wizard = Wizard::new().await;
    let (plan, _) = running(&wizard).await;
    let step = format!("{plan}/load-balancer");
    let words = "The last downloaded bundle has the hostname is.example.com";
    assert!(!wizard.get(&step).await.text().contains(words));
    let changed = [("load_balancer.hostname", "sso.example.com"), ("action", "save")];
    assert_eq!(wizard.post(&step, &changed).await.status, StatusCode::SEE_OTHER);
    for path in [step, format!("{plan}/review")] {
        let page = wizard.get(&path).await.text();
        assert!(page.contains(words) && page.contains("stored callbacks"), "{path}: {page}");
    }
    let reason = [("check", "load_balancer.hostname"), ("reason", "callbacks are changed tonight")];
    assert_eq!(wizard.post(&format!("{plan}/accept"), &reason).await.status, StatusCode::SEE_OTHER);
    let review = wizard.get(&format!("{plan}/review")).await.text();
    assert!(review.contains("Accepted:") && review.contains("callbacks are changed tonight"), "{review}");
    let readme = unzip(&download(&wizard, &plan).await).remove("README.md").unwrap();
    assert!(String::from_utf8(readme).unwrap().contains("callbacks are changed tonight"));
    // The bundle with the new name is now the last one.
    assert!(!wizard.get(&format!("{plan}/review")).await.text().contains(words));
}

#[tokio::test]
async fn a_running_cluster_without_keys_is_refused_until_its_key_file_comes() {
    let wizard = Wizard::new().await;
    let (plan, first) = running(&wizard).await;
    let files = unzip(&first);
    let incomplete = wizard.post(&format!("{plan}/bundle/incomplete"), &[]).await.bytes;
    for (name, bytes) in [("plan.toml", files["plan.toml"].clone()), ("incomplete.zip", incomplete)] {
        let opened = open(&wizard, name, &bytes).await;
        let page = wizard.get(&format!("{opened}/product")).await.text();
        assert!(page.contains("The file holds no keys, and its cluster runs."), "{name}: {page}");
        for step in ["database", "user-store"] {
            wizard.enter(&opened, &TestPlan::one_machine(), step, "save").await;
        }
        let refused = wizard.post(&format!("{opened}/bundle"), &[]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        assert!(refused.text().contains("its keys are missing") && refused.text().contains("on the page Keys"));
        let nothing = wizard.upload(&format!("{opened}/keys/upload"), "", b"").await;
        assert!(nothing.text().contains("Choose a key file or a bundle."), "{}", nothing.text());
        let wrong = wizard.upload(&format!("{opened}/keys/upload"), "plan.toml", &files["plan.toml"]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.text().contains("contains no keys of a cluster"), "{}", wrong.text());
        let taken = wizard.upload(&format!("{opened}/keys/upload"), "k.json", &files["cluster-keys.json"]).await;
        assert_eq!(taken.status, StatusCode::SEE_OTHER, "{}", taken.text());
        assert!(keys_of(&download(&wizard, &opened).await) == keys_of(&first), "{name}");
    }
}

#[tokio::test]
async fn new_keys_and_other_keys_are_taken_only_after_a_confirmation() {
    let wizard = Wizard::new().await;
    let (plan, first) = running(&wizard).await;
    let page = wizard.get(&format!("{plan}/keys")).await.text();
    for lost in domain::rules::keys::EFFECTS_OF_NEW_KEYS {
        assert!(page.contains(&lost.replace('\'', "&#x27;")) || page.contains(lost), "{lost}");
    }
    let refused = wizard.post(&format!("{plan}/keys/new"), &[]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(keys_of(&download(&wizard, &plan).await) == keys_of(&first));
    let created = wizard.post(&format!("{plan}/keys/new"), &[("confirm", "yes")]).await;
    assert_eq!(created.status, StatusCode::SEE_OTHER);
    assert!(wizard.get(&format!("{plan}/keys")).await.text().contains("--replace-keys"));
    assert!(keys_of(&download(&wizard, &plan).await) != keys_of(&first));
    // Back to the first keys, which differ from the plan's.
    let path = format!("{plan}/keys/upload");
    let refused = wizard.upload(&path, "bundle.zip", &first).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let taken = wizard.multipart(&path, &[("confirm", "yes")], &[FormFile("file", "bundle.zip", &first)]).await;
    assert_eq!(taken.status, StatusCode::SEE_OTHER, "{}", taken.text());
    assert!(keys_of(&download(&wizard, &plan).await) == keys_of(&first));
}

#[tokio::test]
async fn renewing_tls_certificates_keeps_the_signing_key_and_the_symmetric_key() {
    let wizard = Wizard::new().await;
    let (plan, first) = running(&wizard).await;
    // Certificates have times in seconds: a renewal in the second of the creation would change nothing.
    let made_in = clock::now();
    while clock::now() == made_in {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(wizard.post(&format!("{plan}/keys/renew-tls"), &[]).await.status, StatusCode::SEE_OTHER);
    let second = download(&wizard, &plan).await;
    let (first, second) = (unzip(&first), unzip(&second));
    let security = "nodes/node1/repository/resources/security";
    assert!(first[&format!("{security}/cluster-primary.p12")] == second[&format!("{security}/cluster-primary.p12")]);
    assert!(first["certificates/cluster-primary.crt"] == second["certificates/cluster-primary.crt"]);
    assert!(first["certificates/load-balancer.crt"] != second["certificates/load-balancer.crt"]);
    assert!(first["certificates/node-node1.crt"] != second["certificates/node-node1.crt"]);
}

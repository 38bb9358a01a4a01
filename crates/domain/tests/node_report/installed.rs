//! What is installed on a node: JDK, driver, update level, folders of user stores.

use domain::check::{CheckId, NodeCheck, Outcome};
use domain::inputs::ReadableAnswers;
use domain::node_report::evaluate;
use testbed::faults;

use crate::cluster::{all, answers, draft, received, reported, secrets, texts, words_of};

/// Files of user stores that exist on only one node are missing on the others.
#[test]
fn a_folder_that_is_not_shared_is_reported() {
    let mut draft = draft();
    draft.set("clustering.artefacts", "shared");
    draft.set("clustering.shared_folder", "/mnt/is");
    let (answers, _) = ReadableAnswers::read(&draft, &secrets());
    let good =
        |texts: Vec<String>| texts.into_iter().map(|text| text.replace("/dev/sda1 | 0", "nfs.example.com:/is | 4"));
    let healthy: Vec<String> = good(texts(&answers)).collect();
    assert!(reported(&all(&answers, &healthy)).is_empty());
    let line = "artefacts | repository/tenants | writable | nfs.example.com:/is | 4 | e3";
    for (to, words) in [
        ("artefacts | repository/tenants | missing | - | 0 | -", "repository/tenants is missing"),
        ("artefacts | repository/tenants | readable | nfs.example.com:/is | 4 | e3", "is not writable"),
        ("artefacts | repository/tenants | writable | /dev/sda1 | 4 | e3", "is on /dev/sda1, a disk of this machine"),
        (
            "artefacts | repository/tenants | writable | old.example.com:/is | 4 | e3",
            "on other nodes on nfs.example.com:/is",
        ),
        (
            "artefacts | repository/tenants | writable | nfs.example.com:/is | 5 | ff",
            "has different files from those on other nodes",
        ),
    ] {
        let mut texts = healthy.clone();
        texts[1] = texts[1].replace(line, to);
        let results = all(&answers, &texts);
        let reported = reported(&results);
        let found = words_of(&reported);
        faults::expect(to, "warned ND-19", &found, domain::sites::take());
        assert!(reported[&CheckId::Nd19][0].current.contains(words), "{reported:#?}");
    }
    draft.set("clustering.artefacts", "copied");
    let (answers, _) = ReadableAnswers::read(&draft, &secrets());
    let mut texts = texts(&answers);
    assert!(reported(&all(&answers, &texts)).is_empty());
    texts[2] = texts[2].replace("tenants | writable | /dev/sda1 | 0 | e3", "tenants | writable | /dev/sda1 | 1 | ff");
    let results = all(&answers, &texts);
    let reported = reported(&results);
    faults::expect("not copied", "warned ND-19", &words_of(&reported), domain::sites::take());
}

/// Without TLS an old driver is only old; with TLS it cannot keep IS's key store from the server.
#[test]
fn a_driver_that_does_not_know_the_option_fails_where_the_plan_uses_tls() {
    for tls in ["required", "verify-ca"] {
        let mut draft = draft();
        draft.set("database.tls", tls);
        let (answers, _) = ReadableAnswers::read(&draft, &secrets());
        for (version, words) in
            [("8.0.21", "does not support fallbackToSystemKeyStore"), ("8.0.22", "older than 8.2.0")]
        {
            let mut texts = texts(&answers);
            texts[0] = texts[0].replace(
                "driver | lib | mysql-connector-j-9.3.0.jar | jar\ndriver | dropins | mysql_connector_j_9.3.0_1.0.0.jar | jar\n",
                &format!("driver | lib | mysql-connector-java-{version}.jar | jar\n"),
            );
            let results = all(&answers, &texts);
            let reported = reported(&results);
            let found = words_of(&reported);
            let expected = if version == "8.0.21" { "failed DB-41" } else { "warned DB-41" };
            faults::expect(&format!("Connector/J {version} with {tls}"), expected, &found, domain::sites::take());
            assert!(reported[&CheckId::Db41][0].current.contains(words), "{reported:#?}");
        }
    }
}

/// The source of the level is reported, and an absent level is reported as absent.
#[test]
fn the_update_level_is_reported_with_its_source() {
    let answers = answers();
    let texts = texts(&answers);
    let result_of = |texts: &[String]| evaluate(NodeCheck::Nd13, &answers, &received(texts))[0].clone();
    let found = result_of(&texts);
    assert_eq!(found.outcome, Outcome::Passed);
    assert!(found.current.contains("update level 12, read from updates/config.json on is-1."), "{found:#?}");
    let none: Vec<String> = texts.iter().map(|text| text.replace("update-level | 12", "update-level |")).collect();
    let not_found = result_of(&none);
    assert_eq!(not_found.outcome, Outcome::Passed);
    assert!(not_found.current.contains("no update level was found in updates/config.json on is-1."), "{not_found:#?}");
    let mut mixed = none;
    mixed[2] = texts[2].clone();
    let alone = evaluate(NodeCheck::Nd13, &answers, &received(&mixed))[2].clone();
    assert_eq!(alone.outcome, Outcome::Failed);
    assert!(alone.current.contains("on is-3; none was found on other nodes."), "{alone:#?}");
}

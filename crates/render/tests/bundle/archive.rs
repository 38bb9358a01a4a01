//! The zip: the same bytes for the same plan and keys, sorted, with modes and fixed times; opened again for its plan.

use std::io::Cursor;

use domain::secret::Secrets;
use render::{Bundle, OpenBundleError, open_bundle};
use zip::ZipArchive;

use crate::scenario::{SCENARIOS, scenario};
use crate::world::{Unpacked, reveal, ring};

fn zip(name: &str, seed: u8) -> Vec<u8> {
    let scenario = scenario(name);
    Bundle::build(&scenario.plan(), &ring(seed), &scenario.secrets).unwrap().zip().unwrap()
}

fn zipped(entries: &[(&str, &[u8])]) -> Vec<u8> {
    testbed::bundle::zip(entries.iter().copied())
}

#[test]
fn the_same_plan_and_keys_give_the_same_bytes() {
    let first = zip("three-nodes-7.2", 1);
    assert!(first == zip("three-nodes-7.2", 1));
    assert!(first != zip("three-nodes-7.2", 2));
}

#[test]
fn entries_are_sorted_and_their_times_fixed() {
    let bytes = zip("one-machine-5.11", 1);
    let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut names = Vec::new();
    for index in 0..archive.len() {
        let entry = archive.by_index(index).unwrap();
        names.push(entry.name().unwrap().into_owned());
        assert_eq!(entry.last_modified().unwrap().to_string(), "1980-01-01 00:00:00");
        assert!(entry.name().unwrap().is_ascii());
    }
    assert!(names.is_sorted());
}

#[test]
fn every_file_with_a_secret_is_closed_to_others() {
    for scenario in SCENARIOS.iter() {
        let secrets: Vec<String> = scenario.secrets.iter().map(|(_, secret)| reveal(secret)).collect();
        let made = [ring(1).keystore_password(), ring(1).app_password(), ring(1).encryption_key()];
        let secrets: Vec<String> = secrets.into_iter().chain(made.iter().map(reveal)).collect();
        for (path, (mode, content)) in &Unpacked::of(scenario).0 {
            let text = String::from_utf8_lossy(content);
            // Hostile secrets are escaped in these two files; elsewhere they would be unescaped.
            let secret = path.ends_with("/deployment.toml")
                || path == "database/grants.sql"
                || text.contains("PRIVATE KEY")
                || path == "cluster-keys.json"
                || secrets.iter().any(|secret| text.contains(secret.trim()))
                || path.contains("resources/security/");
            let expected = if secret {
                0o600
            } else if path.ends_with(".sh") {
                0o755
            } else {
                0o644
            };
            assert_eq!(mode & 0o777, expected, "{} {path}", scenario.name);
        }
    }
}

#[test]
fn the_manifest_lists_every_other_file_with_its_digest() {
    let bundle = Unpacked::of(&scenario("one-machine-5.11"));
    let manifest: serde_json::Value = serde_json::from_str(bundle.text("manifest.json")).unwrap();
    let files = manifest["files"].as_array().unwrap();
    assert_eq!(files.len() + 1, bundle.0.len());
    assert_eq!(manifest["format"], 1);
    for file in files {
        let (mode, content) = &bundle.0[file["path"].as_str().unwrap()];
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, content);
        assert_eq!(file["sha256"], hex::encode(digest));
        assert_eq!(file["mode"], format!("{:04o}", mode & 0o777));
        assert!(!file["purpose"].as_str().unwrap().is_empty());
    }
}

#[test]
fn the_plan_is_restored_from_the_zip() {
    for name in ["three-nodes-7.2", "hostile-7.3"] {
        let opened = open_bundle(&zip(name, 1)).unwrap();
        let read = domain::plan_file::read(&opened.plan).unwrap();
        let draft = scenario(name).draft;
        assert_eq!(read.draft.text("product.cluster"), "running", "whoever opens a bundle may have installed it");
        assert_eq!(read.draft.title, draft.title);
        assert_eq!(read.draft.nodes, draft.nodes);
        assert_eq!(read.draft.accepted, draft.accepted);
        for key in draft.answers.keys().filter(|key| *key != "product.cluster") {
            assert_eq!(read.draft.text(key), draft.text(key), "{key}");
        }
    }
}

/// A zip contains everything that a bundle needs besides its plan: the next bundle has the same bytes.
#[test]
fn the_keys_and_passwords_come_back_from_the_zip() {
    for scenario in SCENARIOS.iter() {
        let first = zip(scenario.name, 1);
        let opened = open_bundle(&first).unwrap();
        let keys = opened.keys.as_ref().expect("the key file is in the zip");
        assert!(keys.is_same(&ring(1)) && !keys.is_same(&ring(2)), "{}", scenario.name);
        assert!(opened.has_key_stores);
        let draft = domain::plan_file::read(&opened.plan).unwrap().draft;
        let mut again = Secrets::new();
        for (setting, secret) in opened.secrets_for(&draft) {
            let entered = scenario.secrets.get(setting).unwrap_or_else(|| panic!("{} {setting}", scenario.name));
            assert_eq!(reveal(secret).trim_end(), reveal(entered).trim_end(), "{} {setting}", scenario.name);
            again.insert(setting, secret.clone());
        }
        let second = Bundle::build(&scenario.plan(), keys, &again).unwrap().zip().unwrap();
        assert!(first == second, "{}: the bundle from its own zip differs", scenario.name);
    }
}

#[test]
fn a_bundle_without_secrets_brings_no_keys_and_no_passwords() {
    let scenario = scenario("hostile-7.3");
    let opened = open_bundle(&Bundle::without_secrets(&scenario.plan()).unwrap().zip().unwrap()).unwrap();
    assert!(opened.keys.is_none() && !opened.has_key_stores);
    assert_eq!(opened.secrets.settings().count(), 0);
}

#[test]
fn a_damaged_key_file_is_named() {
    let damaged = zipped(&[("plan.toml", b"format = 1"), ("cluster-keys.json", b"{}")]);
    assert!(matches!(open_bundle(&damaged), Err(OpenBundleError::Keys(_))));
}

#[test]
fn a_bundle_in_a_folder_of_its_own_opens_too() {
    assert_eq!(
        open_bundle(&zipped(&[("my/README.md", b""), ("my/plan.toml", b"format = 1\n")])).unwrap().plan,
        "format = 1\n"
    );
    let with_notes = zipped(&[("my/plan.toml", b"x"), ("__MACOSX/plan.toml", b"y"), ("a/b/plan.toml", b"z")]);
    assert_eq!(open_bundle(&with_notes).unwrap().plan, "x");
}

#[test]
fn what_is_no_bundle_is_refused() {
    assert!(matches!(open_bundle(b""), Err(OpenBundleError::NotAZip(_))));
    assert!(matches!(open_bundle(b"format = 1"), Err(OpenBundleError::NotAZip(_))));
    let whole = zip("one-machine-5.11", 1);
    assert!(matches!(open_bundle(&whole[..whole.len() / 2]), Err(OpenBundleError::NotAZip(_))));
    assert!(matches!(open_bundle(&zipped(&[("a.txt", b"")])), Err(OpenBundleError::NoPlan)));
    let two = zipped(&[("plan.toml", b""), ("a/plan.toml", b"")]);
    assert!(matches!(open_bundle(&two), Err(OpenBundleError::TwoPlans)));
    assert!(matches!(open_bundle(&zipped(&[("plan.toml", &[0xff, 0xfe])])), Err(OpenBundleError::NotText { .. })));
    assert!(matches!(open_bundle(&vec![0; 17 << 20]), Err(OpenBundleError::TooLarge { .. })));
    let names: Vec<String> = (0..5000).map(|number| number.to_string()).collect();
    let many: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b""[..])).collect();
    assert!(matches!(open_bundle(&zipped(&many)), Err(OpenBundleError::TooManyEntries { .. })));
}

/// 100 MB of zeros are 100 KB in a zip; whatever size the entry states, unpacking stops at the limit.
#[test]
fn a_zip_bomb_does_not_go_off() {
    let bomb = zipped(&[("plan.toml", &vec![b'0'; 100 << 20])]);
    assert!(bomb.len() < 1 << 20);
    assert!(matches!(open_bundle(&bomb), Err(OpenBundleError::EntryTooLarge { .. })));
}

#[test]
fn a_flipped_byte_in_the_plan_is_seen() {
    let mut bytes = zipped(&[("plan.toml", &b"format = 1\n".repeat(100))]);
    bytes[45] ^= 0x10;
    assert!(open_bundle(&bytes).is_err());
}

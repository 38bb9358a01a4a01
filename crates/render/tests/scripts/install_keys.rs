//! install.sh and the existing keys of a node: nothing is lost without an option, and a fresh pack needs none.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::pack::Pack;
use crate::scenario::other_authority;

const SCENARIO: &str = "three-nodes-7.2";
const DEPLOYMENT: &str = "repository/conf/deployment.toml";
const PRIMARY: &str = "repository/resources/security/cluster-primary.p12";

/// Runs install.sh; expects that it refuses with each of `sentences`, and that nothing changed.
fn refuses(pack: &Pack, sentences: &[&str]) {
    let before = pack.state();
    let (succeeded, said) = pack.run("install.sh", &[]);
    for sentence in sentences {
        assert!(!succeeded && said.contains(sentence), "{sentence}\n{said}");
    }
    assert!(said.contains("Nothing was changed."), "{said}");
    assert!(pack.state() == before, "something was changed");
}

#[test]
fn other_keys_are_named_and_replaced_only_with_an_option() {
    let Some(pack) = Pack::of(SCENARIO) else { return };
    assert!(pack.run("install.sh", &[]).0);
    let installed = pack.state();
    // Another bundle with other keys: keystore, symmetric key, signing certificate and CA.
    let bundle = pack.bundle();
    fs::write(bundle.join(PRIMARY), "another key store").unwrap();
    let text = fs::read_to_string(bundle.join(DEPLOYMENT)).unwrap();
    let (head, tail) = text.split_once("[encryption]\nkey = \"").unwrap();
    fs::write(bundle.join(DEPLOYMENT), format!("{head}[encryption]\nkey = \"{}{}", "A".repeat(32), &tail[32..]))
        .unwrap();
    fs::write(bundle.join("trust/cluster-primary.crt"), other_authority(7)).unwrap();
    fs::write(bundle.join("trust/cluster-ca.crt"), other_authority(8)).unwrap();
    refuses(
        &pack,
        &[
            "cluster-primary.p12 contains a different signing key or certificate",
            "deployment.toml contains a different encryption key ([encryption] key)",
            "The truststore contains a different certificate cluster-primary",
            "The truststore contains a different certificate cluster-ca",
            "open an earlier bundle",
            "--replace-keys",
        ],
    );
    let (succeeded, said) = pack.run("install.sh", &["--replace-trust"]);
    assert!(!succeeded && said.contains("--replace-keys"), "the other option is not enough: {said}");
    let (succeeded, said) = pack.run("install.sh", &["--replace-keys"]);
    assert!(succeeded, "{said}");
    assert_eq!(pack.read(PRIMARY), b"another key store");
    assert!(pack.run("rollback.sh", &[]).0);
    assert!(pack.state() == installed, "the keys are back");
}

#[test]
fn another_trusted_certificate_has_an_option_of_its_own() {
    let Some(pack) = Pack::of(SCENARIO) else { return };
    assert!(pack.run("install.sh", &[]).0);
    fs::write(pack.bundle().join("trust/database-ca.crt"), other_authority(9)).unwrap();
    refuses(&pack, &["The truststore contains a different certificate database-ca", "--replace-trust"]);
    let (succeeded, said) = pack.run("install.sh", &["--replace-trust"]);
    assert!(succeeded && said.contains("replace certificate database-ca"), "{said}");
}

#[test]
fn foreign_keys_are_noticed_in_a_pack_that_was_configured_by_hand() {
    let Some(pack) = Pack::of(SCENARIO) else { return };
    let name = "deployment.toml names a different primary keystore: company.p12";
    let symmetric = "deployment.toml contains a different encryption key";
    for (text, sentence) in [
        ("[keystore.primary]\nfile_name = \"company.p12\"\n", name),
        ("  [ keystore.primary ]\n\tfile_name='company.p12' # ours\n", name),
        ("keystore.primary.file_name = \"company.p12\"\n", name),
        ("[encryption]\nkey = \"0123456789ABCDEF0123456789ABCDEF\"\n", symmetric),
        ("[encryption]\nkey = '$secret{key}'\n", symmetric),
        ("encryption.key = \"0123456789ABCDEF0123456789ABCDEF\"\n", symmetric),
    ] {
        pack.write(DEPLOYMENT, text);
        refuses(&pack, &[sentence]);
    }
}

/// The files of the eight packs, and the public values in all of them.
#[test]
fn a_fresh_pack_of_every_version_needs_no_option() {
    let Some(pack) = Pack::of(SCENARIO) else { return };
    let mut stock = vec![(
        "public defaults".to_owned(),
        "[keystore.primary]\nfile_name = \"wso2carbon.p12\"\n[encryption]\nkey = \"03BAFEB27A8E871CAD83C5CD4E771DAB\"\n"
            .to_owned(),
    )];
    if let Some(shared) = crate::world::shared() {
        for version in ["5.10.0", "5.11.0", "6.0.0", "6.1.0", "7.0.0", "7.1.0", "7.2.0", "7.3.0"] {
            let file = shared.join("conf").join(version).join("deployment.toml");
            stock.push((version.to_owned(), fs::read_to_string(file).unwrap()));
        }
    }
    for (version, text) in stock {
        pack.write(DEPLOYMENT, &text);
        pack.write("repository/resources/security/wso2carbon.p12", "stands for the pack's public key store\n");
        let (succeeded, said) = pack.run("install.sh", &["--dry-run"]);
        assert!(
            succeeded && said.contains("would write repository/resources/security/cluster-primary.p12"),
            "{version}: {said}"
        );
    }
}

/// IS writes passwords into files of repository/conf with mode 644: the mode of the folder protects them.
#[test]
fn the_folder_with_passwords_is_private_and_its_mode_is_restored() {
    let Some(pack) = Pack::of(SCENARIO) else { return };
    let conf = pack.home().join("repository/conf");
    let mode = || fs::metadata(&conf).unwrap().permissions().mode() & 0o777;
    for before in [0o755, 0o750, 0o775] {
        fs::set_permissions(&conf, fs::Permissions::from_mode(before)).unwrap();
        let (succeeded, said) = pack.run("install.sh", &["--dry-run"]);
        assert!(succeeded && said.contains("would close repository/conf to other accounts"), "{said}");
        assert_eq!(mode(), before);
        assert!(pack.run("install.sh", &[]).0);
        assert_eq!(mode(), 0o700);
        assert!(pack.run("install.sh", &[]).1.contains("Everything is already in place"));
        assert!(pack.run("rollback.sh", &[]).0);
        assert_eq!(mode(), before);
    }
}

#[test]
fn rollback_touches_nothing_outside_the_pack() {
    let Some(pack) = Pack::of(SCENARIO) else { return };
    assert!(pack.run("install.sh", &[]).0);
    let victim = pack.folder().join("victim");
    fs::write(&victim, "not the pack's").unwrap();
    let backup = "repository/clusterwright-backup/1";
    let kept: Vec<(String, Vec<u8>)> =
        ["added", "replaced"].map(|list| (format!("{backup}/{list}"), pack.read(&format!("{backup}/{list}")))).into();
    let absolute = victim.to_str().unwrap().to_owned();
    for path in
        ["../victim", "repository/conf/../../../victim", &absolute, "repository/conf/..", "bin/wso2server.sh", ""]
    {
        for (list, text) in &kept {
            let hostile = [text, format!("{path}\n").as_bytes()].concat();
            fs::write(pack.home().join(list), hostile).unwrap();
            let before = pack.state();
            let (succeeded, said) = pack.run("rollback.sh", &[]);
            assert!(!succeeded && said.contains("Nothing was changed."), "{path}: {said}");
            assert!(pack.state() == before);
            assert_eq!(fs::read_to_string(&victim).unwrap(), "not the pack's", "{path}");
            fs::write(pack.home().join(list), text).unwrap();
        }
    }
    // A copied link would put the content of another file into the pack.
    let copy = pack.home().join(backup).join("files").join(DEPLOYMENT);
    fs::remove_file(&copy).unwrap();
    std::os::unix::fs::symlink(&victim, &copy).unwrap();
    let (succeeded, said) = pack.run("rollback.sh", &[]);
    assert!(!succeeded && said.contains("is incomplete"), "{said}");
}

//! Certificates and keystores of whole bundles, read by their real readers: `openssl verify` and `keytool`.

use domain::error_text::error_chain;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::scenario::SCENARIOS;
use crate::world::{MADE_AT, Unpacked, has, reveal, ring};

fn run(folder: &Path, program: &str, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new(program).args(arguments).current_dir(folder).env("LC_ALL", "C").output().unwrap();
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    if output.status.success() { Ok(text) } else { Err(format!("{program} {arguments:?}\n{text}")) }
}

#[test]
fn openssl_verifies_what_the_load_balancer_and_the_nodes_show() {
    if !has("openssl") {
        return;
    }
    let at = (MADE_AT + 60).to_string();
    for scenario in SCENARIOS.iter() {
        let (plan, folder) = (scenario.plan(), tempfile::tempdir().unwrap());
        let bundle = Unpacked::of(scenario);
        bundle.write(folder.path());
        let kind = plan.load_balancer.kind.value();
        let hostname = &plan.load_balancer.hostname;
        let nodes_authority = format!("load-balancer/{kind}/tls/{hostname}.nodes-ca.crt");
        let verify = |name: &str, files: &[&str]| {
            let options = ["verify", "-attime", &at, "-purpose", "sslserver", "-verify_hostname", name];
            run(folder.path(), "openssl", &[&options, files].concat())
                .unwrap_or_else(|error| panic!("{}: {error}", scenario.name));
        };
        for node in &plan.nodes {
            // As the load balancer does: it requires the hostname from every node.
            let certificate = format!("certificates/node-{}.crt", node.name);
            for name in [hostname, &node.name, "localhost"] {
                verify(name, &["-CAfile", &nodes_authority, &certificate]);
            }
        }
        // As clients do: the chain as it is sent, verified with its last certificate.
        let chain = bundle.text("certificates/load-balancer.crt");
        let last = &chain[chain.rfind("-----BEGIN").unwrap()..];
        fs::write(folder.path().join("root.pem"), last).unwrap();
        let sent = "certificates/load-balancer.crt";
        verify(hostname, &["-CAfile", "root.pem", "-untrusted", sent, sent]);
        // The key belongs to it.
        let key = if kind == "haproxy" {
            format!("load-balancer/haproxy/tls/{hostname}.pem")
        } else {
            format!("load-balancer/nginx/tls/{hostname}.key")
        };
        assert_eq!(
            run(folder.path(), "openssl", &["pkey", "-in", &key, "-pubout"]).unwrap(),
            run(folder.path(), "openssl", &["x509", "-in", "certificates/load-balancer.crt", "-pubkey", "-noout"])
                .unwrap(),
        );
    }
}

#[test]
fn keytool_lists_what_deployment_toml_contains() {
    if !has("keytool") {
        return;
    }
    let password = reveal(&ring(1).keystore_password());
    // One scenario per type is sufficient: each Java call takes a second.
    for name in ["macos-ldap-multicast-5.10", "macos-ecs-7.0", "three-nodes-7.2"] {
        let scenario = crate::scenario::scenario(name);
        let folder = tempfile::tempdir().unwrap();
        let bundle = Unpacked::of(&scenario);
        bundle.write(folder.path());
        let (path, text) = bundle.ending("deployment.toml").next().unwrap();
        let keys = crate::deployment::flat(text);
        let text = |key: &str| keys[key].as_str().unwrap().to_owned();
        let security = path.replace("conf/deployment.toml", "resources/security");
        for store in ["keystore.primary", "keystore.tls"] {
            let file = format!("{security}/{}", text(&format!("{store}.file_name")));
            assert_eq!(text(&format!("{store}.password")), password);
            let said =
                run(folder.path(), "keytool", &["-list", "-v", "-keystore", &file, "-storepass", &password]).unwrap();
            for line in [
                format!("Keystore type: {}", text(&format!("{store}.type"))),
                format!("Alias name: {}", text(&format!("{store}.alias"))),
                "Entry type: PrivateKeyEntry".to_owned(),
            ] {
                assert!(said.contains(&line), "{name}: {line}\n{said}");
            }
            let algorithm = if store == "keystore.primary" { "2048-bit RSA key" } else { "256-bit EC" };
            assert!(said.contains(algorithm), "{name}: {said}");
        }
    }
}

#[test]
fn the_primary_key_store_is_one_and_the_tls_key_stores_are_each_their_own() {
    let bundle = Unpacked::of(&crate::scenario::scenario("three-nodes-7.2"));
    let store = |node: u8, file: &str| &bundle.0[&format!("nodes/is-{node}/repository/resources/security/{file}")].1;
    assert!(store(1, "cluster-primary.p12") == store(2, "cluster-primary.p12"));
    assert!(store(1, "node-tls.p12") != store(2, "node-tls.p12"));
}

#[test]
fn a_missing_secret_is_named_and_no_bundle_is_created() {
    let mut scenario = crate::scenario::scenario("ad-kubernetes-6.0");
    let plan = scenario.plan();
    for setting in ["database.password", "user_store.connection_password", "load_balancer.provided_key"] {
        let mut without = scenario.secrets.clone();
        without.remove(setting);
        let error = render::Bundle::build(&plan, &ring(1), &without).err().unwrap().to_string();
        assert!(error.contains(setting), "{error}");
    }
    scenario.secret("database.password", "with\u{1}control");
    let without = render::Bundle::build(&plan, &ring(1), &scenario.secrets).err().unwrap();
    assert!(!error_chain(&without).contains("with"), "the secret is in the error");
}

/// keytool would stop install.sh with it, on every node.
#[test]
fn a_ca_that_is_no_certificate_blocks_at_its_field() {
    let outline = "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUQ29sb3Vy\n-----END CERTIFICATE-----\n";
    for (name, setting) in
        [("three-nodes-7.2", "database.ca_certificate"), ("macos-ldap-multicast-5.10", "user_store.ca_certificate")]
    {
        let whole = crate::scenario::scenario(name);
        assert!(whole.try_plan().is_ok());
        let second = format!("{}{outline}", whole.draft.text(setting));
        for text in [outline, &second] {
            let blocked = whole.clone().with(setting, text).try_plan().unwrap_err();
            assert!(blocked.contains(setting) && blocked.lines().count() == 1, "{blocked}");
        }
    }
}

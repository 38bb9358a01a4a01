//! The keystores, read by keytool and openssl.

use crate::world::{World, requests, reveal, ring, three_nodes};
use domain::audit::{DeploymentFile, KeyStoreFault};
use domain::product::KeyStoreType;
use domain::secret::Secret;
use render::certificates::{IssuedCertificate, SigningAuthority, issue};
use render::keystore::{KeyStoreEntry, KeyStoreError, write};
use render::{BundleFiles, KeyStoreContent};
use testbed::bundle::zip;

const PASSWORD: &str = "Kq7vN2xT9mB4wZ8c";
const TYPES: [KeyStoreType; 2] = [KeyStoreType::Jks, KeyStoreType::Pkcs12];

fn entry(identity: &IssuedCertificate) -> KeyStoreEntry<'_> {
    KeyStoreEntry { alias: "wso2carbon", key: identity.key(), chain: &identity.chain }
}

fn store(kind: KeyStoreType, identity: &IssuedCertificate) -> Vec<u8> {
    write(&ring(1), kind, &entry(identity), &Secret::new(PASSWORD)).unwrap()
}

#[test]
fn keytool_lists_the_entry_with_its_whole_chain() {
    let Some(world) = World::with(&["keytool"]) else { return };
    let set = three_nodes(SigningAuthority::PrivateAuthority);
    for kind in TYPES {
        for (identity, length) in [(&set.primary, 1), (&set.nodes[0], 2)] {
            world.write("store", store(kind, identity));
            let text = world.run(&format!("keytool -list -v -keystore store -storepass {PASSWORD}"));
            for line in [
                &format!("Keystore type: {}", kind.name()),
                "Your keystore contains 1 entry",
                "Alias name: wso2carbon",
                // The date is the ring's, not the time of reading: 2026-01-01 UTC.
                "Entry type: PrivateKeyEntry",
                &format!("Certificate chain length: {length}"),
            ] {
                assert!(text.contains(line), "{line}\n{text}");
            }
            assert!(text.contains("Jan 1, 2026") || text.contains("Dec 31, 2025"), "{text}");
        }
    }
}

#[test]
fn keytool_exports_the_very_certificate() {
    let Some(world) = World::with(&["keytool"]) else { return };
    let set = three_nodes(SigningAuthority::PrivateAuthority);
    for kind in TYPES {
        world.write("store", store(kind, &set.nodes[2]));
        world.run(&format!(
            "keytool -exportcert -alias wso2carbon -keystore store -storepass {PASSWORD} -file exported.der"
        ));
        assert_eq!(std::fs::read(world.path().join("exported.der")).unwrap(), set.nodes[2].chain[0]);
    }
}

#[test]
fn the_private_key_opens_with_the_password_and_is_the_one_written() {
    let Some(world) = World::with(&["keytool", "openssl"]) else { return };
    let set = three_nodes(SigningAuthority::PrivateAuthority);
    for kind in TYPES {
        for (position, identity) in [&set.primary, &set.nodes[0]].into_iter().enumerate() {
            let (from, to) = (format!("{}{position}", kind.name()), format!("{}{position}.p12", kind.name()));
            world.write(&from, store(kind, identity));
            // Only a program that opens the key can write it into another keystore.
            world.run(&format!(
                "keytool -importkeystore -noprompt -srckeystore {from} -srcstorepass {PASSWORD} -destkeystore {to} \
                 -deststoretype PKCS12 -deststorepass {PASSWORD}"
            ));
            world.run(&format!("openssl pkcs12 -in {to} -passin pass:{PASSWORD} -nodes -nocerts -out key.pem"));
            world.write("own.pem", reveal(&identity.key_pem()));
            assert_eq!(
                world.run("openssl pkey -in key.pem -outform PEM -pubout"),
                world.run("openssl pkey -in own.pem -outform PEM -pubout")
            );
        }
    }
}

#[test]
fn openssl_reads_the_pkcs12_store() {
    let Some(world) = World::with(&["openssl"]) else { return };
    let set = three_nodes(SigningAuthority::PrivateAuthority);
    world.write("store.p12", store(KeyStoreType::Pkcs12, &set.nodes[0]));
    let text = world.run(&format!("openssl pkcs12 -in store.p12 -passin pass:{PASSWORD} -info -noout"));
    assert!(text.contains("MAC: sha256, Iteration 10000"), "{text}");
    assert_eq!(text.matches("PBES2, PBKDF2, AES-256-CBC, Iteration 10000, PRF hmacWithSHA256").count(), 2, "{text}");
    let chain = world.run(&format!("openssl pkcs12 -in store.p12 -passin pass:{PASSWORD} -nokeys"));
    assert_eq!(chain.matches("BEGIN CERTIFICATE").count(), 2, "{chain}");
    assert_eq!(chain.matches("friendlyName: wso2carbon").count(), 1, "{chain}");
    world.run("openssl asn1parse -inform DER -in store.p12");
}

#[test]
fn another_password_opens_nothing() {
    let Some(world) = World::with(&["keytool"]) else { return };
    let set = three_nodes(SigningAuthority::SelfSigned);
    for kind in TYPES {
        world.write("store", store(kind, &set.primary));
        let (opened, text) = world.try_run("keytool -list -keystore store -storepass another-password");
        assert!(!opened && text.contains("password was incorrect"), "{text}");
        let mut damaged = store(kind, &set.primary);
        let middle = damaged.len() / 2;
        damaged[middle] ^= 1;
        world.write("store", damaged);
        assert!(!world.try_run(&format!("keytool -list -keystore store -storepass {PASSWORD}")).0);
    }
}

#[test]
fn a_derived_password_opens_its_store() {
    let Some(world) = World::with(&["keytool"]) else { return };
    let ring = ring(3);
    let set = issue(&ring, &requests(SigningAuthority::SelfSigned, &[])).unwrap();
    for kind in TYPES {
        world.write("store", write(&ring, kind, &entry(&set.primary), &ring.keystore_password()).unwrap());
        world.run(&format!("keytool -list -keystore store -storepass {}", reveal(&ring.keystore_password())));
    }
}

#[test]
fn the_same_content_gives_the_same_bytes_and_another_content_other_salts() {
    let set = three_nodes(SigningAuthority::PrivateAuthority);
    for kind in TYPES {
        let first = store(kind, &set.nodes[0]);
        assert_eq!(first, store(kind, &set.nodes[0]));
        assert_ne!(first, store(kind, &set.nodes[1]));
    }
}

#[test]
fn what_java_could_not_find_or_open_is_refused() {
    let set = three_nodes(SigningAuthority::SelfSigned);
    let with = |alias: &str, password: &str, chain: &[Vec<u8>]| {
        let entry = KeyStoreEntry { alias, key: set.primary.key(), chain };
        write(&ring(1), KeyStoreType::Jks, &entry, &Secret::new(password))
    };
    let chain = &set.primary.chain;
    for alias in ["", "WSO2carbon", "two words", "ä", &"a".repeat(65)] {
        assert!(matches!(with(alias, PASSWORD, chain), Err(KeyStoreError::Alias { .. })), "{alias}");
    }
    for password in ["", "short", "with blank", "pässword"] {
        assert!(matches!(with("wso2carbon", password, chain), Err(KeyStoreError::Password)), "{password}");
    }
    assert!(matches!(with("wso2carbon", PASSWORD, &[]), Err(KeyStoreError::Chain)));
}

/// What a node finds in a bundle with this keystore, and the password of these tests.
fn opened(store: &[u8], kind: &str, password: &str) -> Result<KeyStoreContent, KeyStoreFault> {
    let path = "nodes/is1/repository/resources/security/store";
    let files = BundleFiles::unpack(&zip([("plan.toml", b"".as_slice()), (path, store)])).unwrap();
    let declared = format!(
        "[keystore.tls]\nfile_name = \"store\"\ntype = \"{kind}\"\npassword = \"{password}\"\nalias = \"wso2carbon\"\n\
         key_password = \"{password}\"\n"
    );
    let declared = DeploymentFile::read("is1", &declared).unwrap();
    KeyStoreContent::open(&files, "keystore.tls", &declared).map_err(|facts| facts.fault.unwrap())
}

#[test]
fn key_and_chain_are_read_from_stores_of_this_crate_of_openssl_and_of_keytool() {
    let Some(world) = World::with(&["keytool", "openssl"]) else { return };
    let set = three_nodes(SigningAuthority::PrivateAuthority);
    let identity = &set.nodes[0];
    let (key, chain) = (reveal(&identity.key_pem()), identity.chain_pem());
    world.write("key.pem", &key);
    world.write("chain.pem", &chain);
    world.write("store.jks", store(KeyStoreType::Jks, identity));
    let pass = format!("pass:{PASSWORD}");
    world.run(&format!(
        "openssl pkcs12 -export -in chain.pem -inkey key.pem -name wso2carbon -passout {pass} -out openssl.p12"
    ));
    world.run(&format!(
        "keytool -importkeystore -srckeystore store.jks -srcstoretype JKS -srcstorepass {PASSWORD} -destkeystore keytool.p12 \
         -deststoretype PKCS12 -deststorepass {PASSWORD}"
    ));
    let read = |name: &str| std::fs::read(world.path().join(name)).unwrap();
    for (name, kind, content) in [
        ("ours", "JKS", read("store.jks")),
        ("ours", "PKCS12", store(KeyStoreType::Pkcs12, identity)),
        ("openssl", "PKCS12", read("openssl.p12")),
        ("keytool", "PKCS12", read("keytool.p12")),
    ] {
        let found = opened(&content, kind, PASSWORD).unwrap_or_else(|fault| panic!("{name} {kind}: {fault:?}"));
        assert_eq!(found.chain_pem, chain, "{name} {kind}");
        assert_eq!(reveal(&found.key_pem).trim(), key.trim(), "{name} {kind}");
        assert_eq!(opened(&content, kind, "another-password").err(), Some(KeyStoreFault::Seal), "{name} {kind}");
    }
}

#[test]
fn the_fingerprint_is_that_of_the_certificate_and_not_of_the_file() {
    let set = three_nodes(SigningAuthority::PrivateAuthority);
    let print = |kind, name, identity| opened(&store(kind, identity), name, PASSWORD).unwrap().fingerprint;
    let [jks, pkcs12] = [(KeyStoreType::Jks, "JKS"), (KeyStoreType::Pkcs12, "PKCS12")]
        .map(|(kind, name)| print(kind, name, &set.nodes[0]));
    assert_eq!(jks, pkcs12);
    assert_ne!(jks, print(KeyStoreType::Jks, "JKS", &set.nodes[1]));
}

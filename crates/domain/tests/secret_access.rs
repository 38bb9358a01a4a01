//! Every place of the product that reads the value of a cluster's secret or of a server credential. clippy requires a
//! reason at each; with this list, a further place is a change that a reviewer sees.

use std::collections::{BTreeMap, BTreeSet};

use testbed::sources::{Source, production};

/// A file, how often it reads a value, and the purpose.
type Access = (&'static str, usize, &'static str);

/// `Secret::expose`: passwords and keys that belong into the files of a cluster.
const SECRETS: [Access; 10] = [
    ("crates/probe/src/facts/directory.rs", 1, "the bind password goes to the directory"),
    ("crates/probe/src/mysql/session.rs", 1, "the account's password goes to the database server"),
    ("crates/probe/src/prepare/fill.rs", 1, "the statements that create the account go to the database server"),
    (
        "crates/probe/src/verification/encode.rs",
        7,
        "the account, test users and tokens of a verification go to the cluster",
    ),
    (
        "crates/rehearsal/src/stand_ins.rs",
        3,
        "the nodes of a rehearsal have the super admin and the keys of the bundle",
    ),
    ("crates/render/src/bundle.rs", 2, "the bundle's files contain passwords and keys"),
    ("crates/render/src/certificates/inspect.rs", 1, "a private key is compared with its certificate"),
    ("crates/render/src/keyring/sealed.rs", 2, "the key ring is read, and written to a key file"),
    ("crates/render/src/keystore/write.rs", 1, "a key store is protected with its password"),
    ("crates/service/src/vault/mod.rs", 1, "the vault seals"),
];

/// `ServerCredential::reveal`: the credentials of Clusterwright itself.
const CREDENTIALS: [Access; 11] = [
    ("crates/render/src/certificates/inspect.rs", 1, "the server's TLS key is compared with its certificate"),
    ("crates/service/src/random_token.rs", 1, "a token is kept and compared as a hash"),
    ("crates/service/src/reports/key.rs", 1, "the seed becomes the key that signs reports"),
    ("crates/service/src/vault/key.rs", 1, "the vault's key is parsed"),
    ("crates/service/src/vault/mod.rs", 1, "the vault seals probe tokens, and digests of records"),
    ("crates/store/src/sql_server/connect.rs", 1, "the store's password goes to the database server"),
    ("server/src/cli/output.rs", 1, "a new access token is printed once"),
    ("server/src/http/checks/probes_view.rs", 1, "the page shows the probe URLs"),
    ("server/src/http/security/cookies.rs", 2, "a session's token goes into its cookie"),
    ("server/src/http/sharing/links.rs", 1, "the page shows the URL of a new share link once"),
    ("server/src/net/tls_file.rs", 1, "the server's TLS key goes to the TLS library and into its file"),
];

/// How often each file calls the method, or passes it as a function.
fn count(method: &str, type_name: &str) -> BTreeMap<String, usize> {
    let words = [format!(".{method}()"), format!("{type_name}::{method}")];
    let count = |code: &str| words.iter().map(|word| code.matches(word.as_str()).count()).sum();
    let counted = production().into_iter().map(|Source { path, code }| (path, count(&code)));
    counted.filter(|(_, count)| *count > 0).collect()
}

fn assert_listed(method: &str, type_name: &str, listed: impl IntoIterator<Item = Access>) {
    let listed: BTreeMap<String, usize> = listed.into_iter().map(|(path, count, _)| (path.to_owned(), count)).collect();
    let found = count(method, type_name);
    let paths: BTreeSet<&String> = listed.keys().chain(found.keys()).collect();
    let number = |counts: &BTreeMap<String, usize>, path: &String| counts.get(path).copied().unwrap_or_default();
    let differences: Vec<String> = (paths.into_iter())
        .filter(|path| found.get(*path) != listed.get(*path))
        .map(|path| format!("{path}: {} found, {} listed", number(&found, path), number(&listed, path)))
        .collect();
    assert!(
        differences.is_empty(),
        "{type_name}::{method}: pass the value on without reading it, or list the place with its purpose in this file:\n{}",
        differences.join("\n")
    );
}

#[test]
fn secrets_of_a_cluster_are_exposed_in_listed_places_only() {
    assert_listed("expose", "Secret", SECRETS);
}

#[test]
fn credentials_of_the_server_are_revealed_in_listed_places_only() {
    assert_listed("reveal", "ServerCredential", CREDENTIALS);
}

//! Looks at a finished bundle as the nodes will: opens its key stores, reads its trust folders. Facts only; whether they
//! are good enough is for [`domain::audit`].

use std::collections::BTreeMap;

use aws_lc_rs::digest;
use domain::audit::{DeploymentFile, KeyStoreFacts, KeyStoreFault, TrustFolder, TrustedAuthority};
use domain::secret::Secret;

use crate::certificates::{inspect, pem};
use crate::keystore::read::{DeclaredPasswords, open};
use crate::unpacked::BundleFiles;

/// Where a node's configuration is, below its folder.
const DEPLOYMENT_PATH: &str = "repository/conf/deployment.toml";
/// The tables of deployment.toml that name key stores of ours.
const KEY_STORE_TABLES: [&str; 2] = ["keystore.primary", "keystore.tls"];

/// What a bundle turned out to be.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct BundleFacts {
    /// The key stores that the nodes' deployment.toml name.
    pub key_stores: Vec<KeyStoreFacts>,
    /// The trust folders of the nodes.
    pub trust: Vec<TrustFolder>,
    /// The authorities that signed the certificates of the nodes and the load balancer, if this crate created them.
    pub authorities: Vec<TrustedAuthority>,
}

/// Looks at the files of a bundle, by their paths.
#[must_use]
pub fn verify<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> BundleFacts {
    let files: BTreeMap<&str, &[u8]> = files.into_iter().collect();
    let mut verified = BundleFacts::default();
    for (path, text) in &files {
        let Some(node) = path.strip_prefix("nodes/").and_then(|rest| rest.strip_suffix(DEPLOYMENT_PATH)) else {
            continue;
        };
        let node = node.trim_end_matches('/');
        // Passwords are in it; it is gone at the end of this turn and nothing of it is handed on.
        let deployment = std::str::from_utf8(text).ok().and_then(|text| DeploymentFile::read(node, text).ok());
        verified
            .key_stores
            .extend(KEY_STORE_TABLES.iter().map(|table| key_store(&files, node, table, deployment.as_ref())));
        verified.trust.push(trust_folder(&files, node));
    }
    verified.authorities = authorities(&files);
    verified
}

fn key_store(
    files: &BTreeMap<&str, &[u8]>,
    node: &str,
    table: &str,
    declared: Option<&DeploymentFile>,
) -> KeyStoreFacts {
    match open_named(&|path| files.get(path).copied(), node, table, declared) {
        Ok(opened) => KeyStoreFacts { node: node.to_owned(), table: table.to_owned(), file: opened.file, fault: None },
        Err(facts) => facts,
    }
}

/// The private key and the certificates of a key store that a node's deployment.toml names.
#[derive(Debug)]
pub struct KeyStoreContent {
    /// The file's name.
    pub file: String,
    /// The private key: PKCS#8 in PEM.
    pub key_pem: Secret,
    /// The certificates in PEM, the key's own first.
    pub chain_pem: String,
    /// SHA-256 of the key's own certificate, in hexadecimal.
    pub fingerprint: String,
}

impl KeyStoreContent {
    /// Opens the key store of `table`, such as `keystore.primary`, with the passwords of the node's deployment.toml.
    ///
    /// # Errors
    /// The fault that IS would have with it.
    pub fn open(files: &BundleFiles, table: &str, declared: &DeploymentFile) -> Result<Self, KeyStoreFacts> {
        open_named(&|path| files.get(path), &declared.node, table, Some(declared))
    }
}

fn open_named<'a>(
    file_at: &dyn Fn(&str) -> Option<&'a [u8]>,
    node: &str,
    table: &str,
    declared: Option<&DeploymentFile>,
) -> Result<KeyStoreContent, KeyStoreFacts> {
    let get = |key: &str| declared.and_then(|file| file.get(&format!("{table}.{key}")));
    let file = get("file_name").unwrap_or_default().to_owned();
    let fault = |fault| KeyStoreFacts {
        node: node.to_owned(),
        table: table.to_owned(),
        file: file.clone(),
        fault: Some(fault),
    };
    let (Some(kind), Some(password), Some(alias), Some(key_password)) =
        (get("type"), get("password"), get("alias"), get("key_password"))
    else {
        return Err(fault(KeyStoreFault::NotDeclared));
    };
    let bytes = file_at(&format!("nodes/{node}/repository/resources/security/{file}"));
    let bytes = bytes.ok_or_else(|| fault(KeyStoreFault::Missing))?;
    let opened = open(bytes, &DeclaredPasswords { kind, password, alias, key_password }).map_err(fault)?;
    let own = opened.chain.first().map_or(&[][..], Vec::as_slice);
    let fingerprint = hex::encode(digest::digest(&digest::SHA256, own));
    let chain_pem = opened.chain.iter().map(|der| pem::write("CERTIFICATE", der)).collect();
    let key_pem = Secret::new(pem::write("PRIVATE KEY", &opened.key));
    Ok(KeyStoreContent { key_pem, chain_pem, fingerprint, file: file.clone() })
}

fn trust_folder(files: &BTreeMap<&str, &[u8]>, node: &str) -> TrustFolder {
    let folder = format!("nodes/{node}/trust/");
    let certificates = files.iter().filter(|(path, _)| path.starts_with(&folder) && path.ends_with(".crt"));
    let install = files.get(format!("nodes/{node}/install.sh").as_str()).map(|text| String::from_utf8_lossy(text));
    // Where the platform assigns addresses there are no scripts of machines: the runbook asks for the import.
    let has_scripts = files.keys().any(|path| path.starts_with("nodes/") && path.ends_with("/install.sh"));
    let is_configuration_only = !has_scripts && files.keys().any(|path| path.starts_with("platform/"));
    TrustFolder {
        node: node.to_owned(),
        fingerprints: certificates.flat_map(|(_, pem)| fingerprints(pem)).collect(),
        is_imported: is_configuration_only
            || install.is_some_and(|text| text.contains("in \"$here\"/trust/*.crt") && text.contains("-importcert")),
    }
}

fn authorities(files: &BTreeMap<&str, &[u8]>) -> Vec<TrustedAuthority> {
    let of = |path: &str, of| files.get(path).map(|pem| TrustedAuthority { of, fingerprints: fingerprints(pem) });
    // With a CA of the cluster's own, it signed all; otherwise each certificate stands for itself.
    of("certificates/cluster-ca.crt", "the cluster")
        .or_else(|| of("certificates/load-balancer.crt", "the load balancer"))
        .into_iter()
        .collect()
}

fn fingerprints(pem: &[u8]) -> Vec<String> {
    let read = inspect::inspect_provided(&String::from_utf8_lossy(pem), None);
    read.map(|facts| facts.certificates.into_iter().map(|certificate| certificate.fingerprint).collect())
        .unwrap_or_default()
}

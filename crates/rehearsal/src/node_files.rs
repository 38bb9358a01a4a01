//! The files of one node as IS would read them at its start: deployment.toml and the keystores that it names.

use std::collections::BTreeSet;

use domain::audit::{DeploymentFile, DeploymentFileError, KeyStoreFacts, audit_key_stores};
use domain::render_plan::unescape_mapper;
use domain::secret::Secret;
use render::{BundleFiles, KeyStoreContent};

use crate::error::RehearsalError;

/// The databases that all nodes share.
const SHARED_DATABASES: [&str; 2] = ["identity_db", "shared_db"];

/// What the files of a node state.
pub(crate) struct NodeFiles {
    pub(crate) name: String,
    pub(crate) hostname: String,
    /// The port offset.
    pub(crate) offset: u16,
    pub(crate) proxy_port: Option<u16>,
    /// Whether URLs of OAuth get the port from `base_path`.
    pub(crate) has_port_in_base_path: bool,
    /// `None` without clustering.
    pub(crate) membership: Option<Membership>,
    pub(crate) encryption_key: Option<Secret>,
    pub(crate) databases: Vec<SharedDatabase>,
    pub(crate) has_health_check: bool,
    pub(crate) super_admin: (String, Secret),
    pub(crate) tls: KeyStoreContent,
    pub(crate) primary: KeyStoreContent,
}

/// How a node finds the others.
pub(crate) struct Membership {
    pub(crate) scheme: String,
    pub(crate) domain: String,
    /// Where the others find it, as host and port.
    pub(crate) member: String,
    /// Whom it asks at its start, with well-known addressing.
    pub(crate) well_known: BTreeSet<String>,
}

/// A database of all nodes as one node names it.
#[derive(Eq, PartialEq)]
pub(crate) struct SharedDatabase {
    /// Its key in deployment.toml.
    pub(crate) key: &'static str,
    /// `None` for H2, which each node has alone.
    pub(crate) url: Option<String>,
}

impl NodeFiles {
    /// Reads the files of a node.
    ///
    /// # Errors
    /// For a file that is missing or with which IS does not start.
    pub(crate) fn read(files: &BundleFiles, name: &str) -> Result<Self, RehearsalError> {
        let path = format!("nodes/{name}/repository/conf/deployment.toml");
        let wrong = |reason: String| RehearsalError::File { path: path.clone(), reason };
        let bytes = files.get(&path).ok_or_else(|| RehearsalError::FileMissing { path: path.clone() })?;
        let text = std::str::from_utf8(bytes).map_err(|_| wrong("it is not UTF-8 text.".to_owned()))?;
        let file = DeploymentFile::read(name, text).map_err(|error| match error {
            DeploymentFileError::RepeatedKey(reason) | DeploymentFileError::Other(reason) => wrong(reason),
        })?;
        if let Some(too_new) = file.too_new.first() {
            return Err(wrong(too_new.clone()));
        }
        let text = |key: &str| file.get(key).map(unescape_mapper);
        let number = |key: &str| {
            let parse = |value: &str| value.parse::<u16>().map_err(|_| wrong(format!("{key} is not a port number.")));
            file.get(key).map(parse).transpose()
        };
        let key_store =
            |table: &str| KeyStoreContent::open(files, table, &file).map_err(|facts| unusable_key_store(&path, facts));
        let primary = key_store("keystore.primary")?;
        // Without this table IS uses the primary keystore for HTTPS.
        let tls = if file.get("keystore.tls.file_name").is_some() { "keystore.tls" } else { "keystore.primary" };
        Ok(Self {
            name: name.to_owned(),
            hostname: text("server.hostname").unwrap_or_else(|| "localhost".to_owned()),
            offset: number("server.offset")?.unwrap_or_default(),
            proxy_port: number("transport.https.properties.proxyPort")?,
            has_port_in_base_path: text("server.base_path")
                .is_some_and(|path| path.contains("{carbon.management.port}")),
            membership: membership(&file),
            encryption_key: text("encryption.key").map(Secret::new),
            databases: SHARED_DATABASES.map(|key| shared_database(&file, key)).into(),
            has_health_check: file.get("carbon_health_check.enable") == Some("true"),
            super_admin: (
                text("super_admin.username").unwrap_or_else(|| "admin".to_owned()),
                Secret::new(text("super_admin.password").unwrap_or_else(|| "admin".to_owned())),
            ),
            tls: key_store(tls)?,
            primary,
        })
    }
}

fn unusable_key_store(path: &str, facts: KeyStoreFacts) -> RehearsalError {
    let findings = audit_key_stores(&[facts]);
    let what = findings.first().map(|finding| finding.what.as_str()).unwrap_or_default();
    // The finding begins with the file and its node, which the path names.
    let reason = what.split_once(": ").map_or(what, |(_, reason)| reason).to_owned();
    RehearsalError::File { path: path.to_owned(), reason }
}

fn membership(file: &DeploymentFile) -> Option<Membership> {
    let get = |key: &str| file.get(&format!("clustering.{key}"));
    let scheme = get("membership_scheme")?.to_owned();
    let host = get("local_member_host").or_else(|| file.get("server.node_ip")).unwrap_or("127.0.0.1");
    let port = get("local_member_port").unwrap_or("4000");
    Some(Membership {
        scheme,
        domain: get("domain").unwrap_or("wso2.carbon.domain").to_owned(),
        member: format!("{host}:{port}"),
        well_known: get("members").unwrap_or_default().lines().map(str::to_owned).collect(),
    })
}

fn shared_database(file: &DeploymentFile, key: &'static str) -> SharedDatabase {
    let get = |name: &str| file.get(&format!("database.{key}.{name}"));
    let is_h2 = get("type").is_some_and(|kind| kind.eq_ignore_ascii_case("h2"));
    // Without the table IS uses the H2 database of its pack.
    let url = get("url").filter(|url| !is_h2 && !url.starts_with("jdbc:h2:"));
    SharedDatabase { key, url: url.map(unescape_mapper) }
}

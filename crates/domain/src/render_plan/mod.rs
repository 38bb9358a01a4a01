//! The render plan: every decision that the templates need.
//!
//! Plain data, built from a [`Cluster`] by [`RenderPlan::new`]. It contains no secret: templates name a secret by its
//! [`SecretId`], and the bundle writer inserts dots or the value. Values that reach XML through IS's config mapper are
//! already escaped here, because the mapper copies them unchanged (product-is#28431).

mod balancer;
mod certificates;
mod database;
mod node;
mod platform;
mod probe;
mod product;
mod remote_ip;
mod tasks;
mod user_store;

pub(crate) use balancer::MIN_NGINX_HTTP2_DIRECTIVE;
pub use balancer::{LoadBalancerPaths, LoadBalancerPlan, UpstreamPlan};
pub use certificates::{CertificatesPlan, KeyStoresPlan, LeafPlan, TrustedPlan};
pub use database::{DatabasePlan, DatabasesPlan, RESERVED_CONNECTIONS, ScriptPlan, SqlHostname, SqlPlan, WorkflowPlan};
pub use node::{ArtefactsPlan, ClusteringPlan, HostLine, HostsPlan, NodePlan, PortPlan, PropertyPlan};
pub use platform::{ASSIGNED_ADDRESS, PlatformPlan, ServicePlan};
pub use probe::{ProbeNode, ProbePlan, node_table_fingerprint};
pub use product::ProductPlan;
pub use remote_ip::RemoteIpPlan;
pub use tasks::{AcceptedPlan, IssuePlan, TasksPlan};
pub use user_store::{SuperAdminPlan, UserStorePlan, containers};

use serde::Serialize;

use crate::check::CheckReport;
use crate::cluster::Cluster;
use crate::issues::Issues;
use crate::milestones::Prepared;
use crate::steps::keys;

/// The generator in the manifest and README of a bundle.
pub const GENERATOR: &str = concat!("Clusterwright ", env!("CARGO_PKG_VERSION"));

/// The name of a secret within a template: `{{ secret.database_password }}`.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretId {
    /// The run-time account's password.
    DatabasePassword,
    /// The super admin's password.
    AdminPassword,
    /// The same, escaped for the key that IS copies into a .properties file.
    AdminPasswordForProperties,
    /// The bind password of the directory.
    ConnectionPassword,
    /// The secret key of the AWS membership scheme.
    AwsSecretKey,
    /// The encryption key of the cluster. Generated, not entered.
    SymmetricKey,
    /// The password of the keystores. Generated, not entered.
    KeyStorePassword,
    /// The password of IS's own web applications. Generated, not entered.
    EndpointPassword,
    /// The SHA-256 of the endpoint password, in hexadecimal digits.
    EndpointHash,
}

impl SecretId {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::DatabasePassword,
        Self::AdminPassword,
        Self::AdminPasswordForProperties,
        Self::ConnectionPassword,
        Self::AwsSecretKey,
        Self::SymmetricKey,
        Self::KeyStorePassword,
        Self::EndpointPassword,
        Self::EndpointHash,
    ];

    /// Its name in templates.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::DatabasePassword => "database_password",
            Self::AdminPassword => "admin_password",
            Self::AdminPasswordForProperties => "admin_password_for_properties",
            Self::ConnectionPassword => "connection_password",
            Self::AwsSecretKey => "aws_secret_key",
            Self::SymmetricKey => "symmetric_key",
            Self::KeyStorePassword => "key_store_password",
            Self::EndpointPassword => "endpoint_password",
            Self::EndpointHash => "endpoint_hash",
        }
    }

    /// The key of deployment.toml that contains the entered value, escaped with [`escape_mapper`]; `None` for generated
    /// secrets.
    #[must_use]
    pub const fn deployment_key(self) -> Option<&'static str> {
        match self {
            Self::DatabasePassword => Some("database.identity_db.password"),
            Self::AdminPassword => Some("super_admin.password"),
            Self::AdminPasswordForProperties => None,
            Self::ConnectionPassword => Some("user_store.connection_password"),
            Self::AwsSecretKey => Some("clustering.properties.secretKey"),
            Self::SymmetricKey | Self::KeyStorePassword | Self::EndpointPassword | Self::EndpointHash => None,
        }
    }

    /// Escapes the secret for its reader in IS; the mapper copies it unchanged into XML, or into a .properties file.
    #[must_use]
    pub fn for_mapper(self, value: &str) -> String {
        match self {
            Self::AdminPasswordForProperties => escape_properties(value),
            _ => escape_mapper(value),
        }
    }

    /// The setting of the secret; `None` for generated secrets.
    #[must_use]
    pub const fn setting(self) -> Option<&'static str> {
        match self {
            Self::DatabasePassword => Some(keys::DATABASE.password),
            Self::AdminPassword | Self::AdminPasswordForProperties => Some(keys::USER_STORE.admin_password),
            Self::ConnectionPassword => Some(keys::USER_STORE.connection_password),
            Self::AwsSecretKey => Some(keys::CLUSTERING.aws_secret_key),
            Self::SymmetricKey | Self::KeyStorePassword | Self::EndpointPassword | Self::EndpointHash => None,
        }
    }
}

/// Every decision that the templates need.
#[derive(Clone, Debug, Serialize)]
pub struct RenderPlan {
    /// The name of the plan.
    pub title: String,
    /// The generator.
    pub generator: &'static str,
    /// Facts about the chosen IS.
    pub product: ProductPlan,
    /// The databases and the connections of the nodes to them.
    pub databases: DatabasesPlan,
    /// One sentence about databases that are already prepared; `None` if the operator creates them.
    pub prepared: Option<String>,
    /// The user store.
    pub user_store: UserStorePlan,
    /// The first administrator.
    pub super_admin: SuperAdminPlan,
    /// How members find each other.
    pub clustering: ClusteringPlan,
    /// Further requirements of a platform that provides the members.
    pub platform: Option<PlatformPlan>,
    /// The nodes, in the order of their start.
    pub nodes: Vec<NodePlan>,
    /// The input of the probe scripts.
    pub probe: ProbePlan,
    /// The load balancer, to which clients connect.
    pub load_balancer: LoadBalancerPlan,
    /// How nodes determine the client's address; `None` if IS has no setting for it (before 6.0).
    pub remote_ip: Option<RemoteIpPlan>,
    /// IS's keystores.
    pub key_stores: KeyStoresPlan,
    /// The certificates and the entries of each truststore.
    pub certificates: CertificatesPlan,
    /// Entries for hosts files.
    pub hosts: HostsPlan,
    /// Open tasks, by step of the runbook.
    pub tasks: TasksPlan,
    /// Warnings that are not accepted.
    pub warnings: Vec<IssuePlan>,
    /// Accepted warnings and open tasks, with the reason.
    pub accepted: Vec<AcceptedPlan>,
    /// The plan as a file, without secrets.
    pub plan_file: String,
    /// The cluster as an SVG file.
    pub topology: String,
}

impl RenderPlan {
    /// Makes every remaining decision, without results of checks.
    #[must_use]
    pub fn new(cluster: &Cluster) -> Self {
        Self::with_checks(cluster, &CheckReport::default())
    }

    /// The same, with the results of checks: the runbook lists failures as open tasks.
    #[must_use]
    pub fn with_checks(cluster: &Cluster, report: &CheckReport) -> Self {
        let issues = Issues::of(cluster.findings(), report, cluster.accepted());
        let nodes = node::nodes(cluster);
        let inputs = cluster.inputs();
        let (database, balancer) = (Some(&inputs.database), Some(&inputs.load_balancer));
        Self {
            title: match cluster.title().trim() {
                "" => format!("Cluster {}", cluster.inputs().load_balancer.hostname.as_str()),
                title => title.to_owned(),
            },
            generator: GENERATOR,
            product: ProductPlan::new(&inputs.product),
            databases: DatabasesPlan::new(&inputs.product, &inputs.database, inputs.nodes.len()),
            prepared: cluster.prepared().map(Prepared::sentence),
            user_store: UserStorePlan::new(cluster),
            super_admin: SuperAdminPlan::new(cluster),
            clustering: ClusteringPlan::new(cluster),
            platform: PlatformPlan::new(cluster),
            probe: ProbePlan::new(
                &inputs.product,
                &inputs.nodes,
                database,
                Some(&inputs.user_store),
                Some(&inputs.clustering),
                balancer,
            ),
            load_balancer: LoadBalancerPlan::new(cluster),
            remote_ip: RemoteIpPlan::new(cluster),
            key_stores: KeyStoresPlan::new(cluster),
            certificates: CertificatesPlan::new(cluster),
            hosts: HostsPlan::new(cluster),
            tasks: TasksPlan::new(&issues),
            warnings: tasks::warnings(&issues),
            accepted: tasks::accepted(cluster.accepted(), &issues),
            plan_file: cluster.plan_file().to_owned(),
            topology: cluster.topology().svg_file(),
            nodes,
        }
    }
}

/// Escapes a value that IS's mapper copies unchanged into a .properties file, which IS reads with
/// `Properties.load(InputStream)`: a backslash escapes, a leading space is dropped, and non-ASCII characters are read
/// as ISO 8859-1.
#[must_use]
pub fn escape_properties(text: &str) -> String {
    use std::fmt::Write as _;
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\\' => escaped.push_str("\\\\"),
            ' ' if escaped.is_empty() => escaped.push_str("\\ "),
            _ if letter.is_ascii() && !letter.is_ascii_control() => escaped.push(letter),
            _ => {
                for unit in letter.encode_utf16(&mut [0; 2]) {
                    // Writing to a String does not fail.
                    let _ = write!(escaped, "\\u{unit:04x}");
                }
            }
        }
    }
    escaped
}

/// The inverse of [`escape_mapper`]: the value that IS reads.
#[must_use]
pub fn unescape_mapper(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// Escapes a value that IS's mapper copies unchanged into XML: `&`, `<` and `>` (product-is#28431).
#[must_use]
pub fn escape_mapper(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// `Properties.load(InputStream)` for one value, after its specification: ISO 8859-1, escapes, no leading spaces.
    fn loaded(bytes: &[u8]) -> String {
        let mut letters =
            bytes.iter().map(|byte| char::from(*byte)).skip_while(|letter| matches!(letter, ' ' | '\t' | '\u{c}'));
        let mut units: Vec<u16> = Vec::new();
        while let Some(letter) = letters.next() {
            let unit = match letter {
                '\\' => match letters.next().expect("a continued line") {
                    'u' => {
                        let digits: String = letters.by_ref().take(4).collect();
                        u16::from_str_radix(&digits, 16).expect("four hexadecimal digits")
                    }
                    't' => 9,
                    'n' => 10,
                    'f' => 12,
                    'r' => 13,
                    other => u32::from(other) as u16,
                },
                '\n' | '\r' => panic!("the value ends here"),
                other => u32::from(other) as u16,
            };
            units.push(unit);
        }
        String::from_utf16(&units).expect("whole characters")
    }

    proptest! {
        #[test]
        fn a_properties_reader_gets_every_text_back(text in "\\PC{0,40}|[\\x00-\\x7f]{0,20}") {
            let written = escape_properties(&text);
            prop_assert!(written.is_ascii());
            prop_assert_eq!(loaded(written.as_bytes()), text);
        }

        #[test]
        fn the_mapper_and_back(text in "\\PC{0,40}|[&;<>a-z]{0,20}") {
            prop_assert_eq!(unescape_mapper(&escape_mapper(&text)), text);
        }
    }
}

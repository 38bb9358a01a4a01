//! What a cluster of stand-ins is started with, and the faults that can be injected.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::version::StandInVersion;

/// How long a message to the other members takes. Real clusters took 24 to 225 ms from a change to the fresh answer.
const DEFAULT_INVALIDATION_DELAY: Duration = Duration::from_millis(50);

/// The domain of a node that was given none.
const DEFAULT_CLUSTER_DOMAIN: &str = "clusterwright.stand-in";

/// Defects of one node, each as it was seen in real clusters. The default has none.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Faults {
    /// Hazelcast is off: nothing is sent to other members, and nothing from them is accepted, so that cached objects stay
    /// stale. A node that starts with it has no members and logs no line about a cluster. Set later, it acts as a cut of the
    /// network between the members; cleared after that, all members log `Member joined`.
    pub clustering_off: bool,
    /// `[encryption] key` differs: secrets that other nodes stored cannot be read (500, `IDP-65027`).
    pub other_symmetric_key: bool,
    /// The primary keystore differs: another key id, and JSON Web Tokens of other nodes are not accepted.
    pub other_key_store: bool,
    /// The node uses H2 of its own: what other nodes store does not exist here.
    pub own_database: bool,
    /// proxyPort is missing: the issuer, discovery, redirects and `Location` headers have `:9443` (plus the port offset).
    pub no_proxy_port: bool,
    /// Each answer takes this long.
    pub slow: Option<Duration>,
    /// The health API answers 503 with `HC_00001`. Everything else works.
    pub unhealthy: bool,
    /// The health API is not enabled: 200 with an empty list.
    pub health_disabled: bool,
    /// The database does not answer: health 503, SCIM and the management APIs 401 to the right password, tokens 500. Discovery,
    /// JWKS and pages work.
    pub database_down: bool,
    /// What is in the caches when this is set (or when [`Self::clustering_off`] is cleared while it is set) stays stale until
    /// it expires, as after the merge of a divided cluster. What is cached later is removed as usual.
    pub stale_after_merge: bool,
    /// As with 6.x and our base path: the issuer, discovery, and redirects of authorize and logout have `:443`.
    pub issuer_with_443: bool,
    /// Every request to SCIM is answered with 500.
    pub status_500_on_scim: bool,
    /// Redirects carry the address of the node instead of the hostname.
    pub node_address_in_redirects: bool,
    /// Connections to the database that are opened now fail, the one that is open still works: a single request is answered,
    /// of parallel ones all but the first get 503, and some 401.
    pub sick_under_parallel_load: bool,
}

/// Receives each line of a node's log when it is written, in the layout of `wso2carbon.log`.
pub type LogSink = Arc<dyn Fn(&str) + Send + Sync>;

/// One node.
#[derive(Clone)]
pub struct NodeOptions {
    pub(crate) name: String,
    pub(crate) certificate_pem: String,
    pub(crate) key_pem: String,
    /// The address to listen at. The default is 127.0.0.1.
    pub address: IpAddr,
    /// The port of HTTPS; 0, the default, for one that is free.
    pub https_port: u16,
    /// The port for the other members; 0, the default, for one that is free.
    pub cluster_port: u16,
    /// The port offset, which appears only in URLs of a node without proxyPort.
    pub port_offset: u16,
    /// What is wrong with the node from its start.
    pub faults: Faults,
    /// The hostname in its URLs, if it is not that of the cluster.
    pub hostname: Option<String>,
    /// The port in its URLs, if it is not that of the cluster.
    pub public_port: Option<u16>,
    /// The domain of its cluster: nodes of another domain are not its members.
    pub cluster_domain: String,
    /// A file that each line of the log is appended to, in the layout of `wso2carbon.log`.
    pub log_file: Option<PathBuf>,
    /// What receives each line of the log.
    pub log_sink: Option<LogSink>,
}

impl NodeOptions {
    /// A node with its server certificate (with its chain) and its private key, both in PEM. `name` has 1 to 63 letters, digits,
    /// hyphens and dots.
    #[must_use]
    pub fn new(name: &str, certificate_pem: &str, key_pem: &str) -> Self {
        Self {
            name: name.to_owned(),
            certificate_pem: certificate_pem.to_owned(),
            key_pem: key_pem.to_owned(),
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            https_port: 0,
            cluster_port: 0,
            port_offset: 0,
            faults: Faults::default(),
            hostname: None,
            public_port: None,
            cluster_domain: DEFAULT_CLUSTER_DOMAIN.to_owned(),
            log_file: None,
            log_sink: None,
        }
    }
}

/// A cluster: nodes with one database.
#[derive(Clone)]
pub struct ClusterOptions {
    pub(crate) version: StandInVersion,
    pub(crate) hostname: String,
    pub(crate) admin_user: String,
    pub(crate) admin_password: String,
    pub(crate) nodes: Vec<NodeOptions>,
    /// The port at which clients reach the load balancer, if it is not 443: it appears in URLs.
    pub public_port: Option<u16>,
    /// How long a message to the other members takes. The default is 50 ms.
    pub invalidation_delay: Duration,
    /// The RSA key that signs tokens, as PKCS#8 PEM of 2048 to 8192 bits. Without it a cluster generates one.
    pub signing_key_pem: Option<String>,
}

impl ClusterOptions {
    /// A cluster that is known as `hostname`, with a super admin and its nodes in the order in which they start.
    #[must_use]
    pub fn new(
        version: StandInVersion,
        hostname: &str,
        admin_user: &str,
        admin_password: &str,
        nodes: impl IntoIterator<Item = NodeOptions>,
    ) -> Self {
        Self {
            version,
            hostname: hostname.to_owned(),
            admin_user: admin_user.to_owned(),
            admin_password: admin_password.to_owned(),
            nodes: nodes.into_iter().collect(),
            public_port: None,
            invalidation_delay: DEFAULT_INVALIDATION_DELAY,
            signing_key_pem: None,
        }
    }
}

//! One node as its handlers see it: its database, its caches, its keys, its URLs and its faults.

use std::net::SocketAddr;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, OnceLock};

use parking_lot::RwLock;

use crate::cache::{CacheKind, NodeCaches};
use crate::database::SharedDatabase;
use crate::error::StandInError;
use crate::identifiers::IdGenerator;
use crate::log::NodeLog;
use crate::membership::members::Members;
use crate::options::Faults;
use crate::request_log::RequestRecorder;
use crate::signing_key::SigningKey;
use crate::version::StandInVersion;

/// The port of HTTPS of a node with offset 0, which appears in URLs where proxyPort is missing.
const HTTPS_PORT: u16 = 9443;

/// What the nodes of a cluster have in common.
pub(crate) struct ClusterFacts {
    pub(crate) version: StandInVersion,
    pub(crate) admin_user: String,
    pub(crate) database: SharedDatabase,
    pub(crate) signing_key: SigningKey,
}

/// A node, running or not.
pub(crate) struct NodeState {
    pub(crate) name: String,
    pub(crate) cluster: Arc<ClusterFacts>,
    pub(crate) caches: Arc<NodeCaches>,
    pub(crate) ids: IdGenerator,
    pub(crate) log: Arc<NodeLog>,
    pub(crate) requests: RequestRecorder,
    /// How many requests use the database at this moment.
    pub(crate) database_requests: AtomicUsize,
    /// Where HTTPS is served.
    pub(crate) address: SocketAddr,
    /// The hostname in URLs.
    pub(crate) hostname: String,
    /// The domain of its cluster.
    pub(crate) cluster_domain: String,
    /// The port of the load balancer in URLs; none for 443.
    public_port: Option<u16>,
    port_offset: u16,
    own_database: SharedDatabase,
    other_signing_key: OnceLock<SigningKey>,
    faults: RwLock<Faults>,
    members: RwLock<Option<Arc<Members>>>,
}

/// What a node is made of.
pub(crate) struct NodeSetup {
    pub(crate) name: String,
    pub(crate) cluster: Arc<ClusterFacts>,
    pub(crate) ids: IdGenerator,
    pub(crate) log: NodeLog,
    pub(crate) address: SocketAddr,
    pub(crate) hostname: String,
    pub(crate) cluster_domain: String,
    pub(crate) public_port: Option<u16>,
    pub(crate) port_offset: u16,
    /// The database that a node with [`Faults::own_database`] uses.
    pub(crate) own_database: SharedDatabase,
}

impl NodeState {
    pub(crate) fn new(setup: NodeSetup) -> Self {
        Self {
            name: setup.name,
            cluster: setup.cluster,
            caches: Arc::default(),
            ids: setup.ids,
            log: Arc::new(setup.log),
            requests: RequestRecorder::default(),
            database_requests: AtomicUsize::new(0),
            address: setup.address,
            hostname: setup.hostname,
            cluster_domain: setup.cluster_domain,
            public_port: setup.public_port,
            port_offset: setup.port_offset,
            own_database: setup.own_database,
            other_signing_key: OnceLock::new(),
            faults: RwLock::default(),
            members: RwLock::default(),
        }
    }

    pub(crate) fn version(&self) -> StandInVersion {
        self.cluster.version
    }

    pub(crate) fn faults(&self) -> Faults {
        self.faults.read().clone()
    }

    /// Injects `faults` in place of the present ones. The first time that a node has another keystore, a key is generated.
    pub(crate) async fn set_faults(&self, faults: Faults) -> Result<(), StandInError> {
        if faults.other_key_store && self.other_signing_key.get().is_none() {
            let generated = tokio::task::spawn_blocking(SigningKey::generate).await;
            let key = generated.map_err(|error| StandInError::SigningKey { reason: error.to_string() })??;
            // Another call may have been first; either key is another one.
            drop(self.other_signing_key.set(key));
        }
        let former = std::mem::replace(&mut *self.faults.write(), faults.clone());
        let is_merged = former.clustering_off && !faults.clustering_off;
        if !faults.stale_after_merge {
            self.caches.keep_stale(false);
        } else if is_merged || !former.stale_after_merge {
            self.caches.keep_stale(true);
        }
        if let Some(members) = self.members() {
            members.set_cut(faults.clustering_off);
        }
        Ok(())
    }

    /// The members that this node knows; none while it does not run or runs without clustering.
    pub(crate) fn members(&self) -> Option<Arc<Members>> {
        self.members.read().clone()
    }

    pub(crate) fn set_members(&self, members: Option<Arc<Members>>) {
        *self.members.write() = members;
    }

    /// The database that this node uses.
    pub(crate) fn database(&self) -> &SharedDatabase {
        if self.faults.read().own_database { &self.own_database } else { &self.cluster.database }
    }

    /// The names of the objects in the shared database and in one of its own.
    pub(crate) fn object_names(&self) -> Vec<String> {
        [&self.cluster.database, &self.own_database].into_iter().flat_map(SharedDatabase::object_names).collect()
    }

    /// The key that signs the tokens of this node.
    pub(crate) fn signing_key(&self) -> &SigningKey {
        let other = self.other_signing_key.get().filter(|_| self.faults.read().other_key_store);
        other.unwrap_or(&self.cluster.signing_key)
    }

    /// The name of the symmetric key that encrypts the secrets of this node.
    pub(crate) fn symmetric_key(&self) -> String {
        if self.faults.read().other_symmetric_key { format!("of {}", self.name) } else { "of the cluster".to_owned() }
    }

    /// This node has changed an object: neither it nor another member may use what it has cached.
    pub(crate) fn invalidate(&self, kind: CacheKind, key: &str) {
        self.caches.remove(kind, key);
        if let Some(members) = self.members() {
            members.broadcast(kind, key);
        }
    }

    /// A URL of this server as clients know it. `path` begins with a slash.
    pub(crate) fn public_url(&self, path: &str) -> String {
        self.url(self.advertised_port(), path)
    }

    /// A URL of OAuth: in the issuer, in discovery, and in redirects of authorize and logout.
    pub(crate) fn oauth_url(&self, path: &str) -> String {
        let port = self.advertised_port().or(self.faults.read().issuer_with_443.then_some(443));
        self.url(port, path)
    }

    /// Where a redirect to a page of this server goes.
    pub(crate) fn redirect_url(&self, path: &str) -> String {
        if self.faults.read().node_address_in_redirects {
            return format!("https://{}{path}", self.address);
        }
        self.oauth_url(path)
    }

    /// The issuer of tokens.
    pub(crate) fn issuer(&self) -> String {
        self.oauth_url("/oauth2/token")
    }

    /// The port that URLs have: that of the load balancer, unless it is 443, or that of the node where proxyPort is missing.
    pub(crate) fn advertised_port(&self) -> Option<u16> {
        match self.faults.read().no_proxy_port {
            true => Some(HTTPS_PORT.saturating_add(self.port_offset)),
            false => self.public_port,
        }
    }

    fn url(&self, port: Option<u16>, path: &str) -> String {
        let hostname = &self.hostname;
        port.map_or_else(|| format!("https://{hostname}{path}"), |port| format!("https://{hostname}:{port}{path}"))
    }
}

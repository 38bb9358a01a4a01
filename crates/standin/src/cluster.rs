//! A cluster: its nodes are started one after another, stopped, and given faults.

use std::collections::BTreeSet;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::clock;
use crate::connection;
use crate::database::SharedDatabase;
use crate::error::StandInError;
use crate::identifiers::{IdGenerator, draw_seed};
use crate::log::NodeLog;
use crate::membership::link;
use crate::membership::members::{Members, MembershipSetup};
use crate::membership::wire::MemberIdentity;
use crate::node::{ClusterFacts, NodeSetup, NodeState};
use crate::options::{ClusterOptions, Faults, NodeOptions};
use crate::ports::ReservedPort;
use crate::request_log::RequestLog;
use crate::signing_key::SigningKey;
use crate::{NOTICE, first_records, tls};

/// How many nodes a cluster may have.
const MAX_NODES: usize = 16;
/// How long the name of a node may be.
const MAX_NAME_CHARS: usize = 63;
/// How long a node that stops may take to close its connections.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// A member of a cluster as one of its nodes knows it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ClusterMember {
    /// The name of the node.
    pub name: String,
    /// New at each start.
    pub uuid: String,
    /// Where it listens for other members.
    pub address: SocketAddr,
}

/// What runs while a node runs.
struct RunningNode {
    stopping: CancellationToken,
    /// Hold the ports of the node.
    serving: Vec<JoinHandle<()>>,
    _stopped_when_dropped: DropGuard,
}

struct ClusterNode {
    state: Arc<NodeState>,
    tls: TlsAcceptor,
    cluster_address: SocketAddr,
    /// The ports for HTTPS and for other members, while the node does not listen.
    ports: Mutex<Option<(ReservedPort, ReservedPort)>>,
    running: Mutex<Option<RunningNode>>,
}

/// Nodes that share a database. When it is dropped, all of their sockets are closed.
pub struct StandInCluster {
    nodes: Vec<ClusterNode>,
    delay: Duration,
    ids: IdGenerator,
    /// Nodes start and stop one at a time.
    lifecycle: tokio::sync::Mutex<()>,
}

impl StandInCluster {
    /// Starts all nodes, one after another in their order.
    ///
    /// # Errors
    /// [`StandInError`], for a name, certificate, key, port or log file that cannot be used. Nothing keeps running then.
    pub async fn start(options: ClusterOptions) -> Result<Self, StandInError> {
        check_names(&options.nodes)?;
        let signing_key = signing_key(options.signing_key_pem).await?;
        let seed = draw_seed().map_err(StandInError::Random)?;
        let ids = IdGenerator::new(&seed, "cluster");
        let hostname = options.hostname.to_lowercase();
        let new_database = || async {
            let database = SharedDatabase::default();
            first_records::store(&database, &ids, &hostname, &options.admin_user, &options.admin_password).await?;
            Ok::<_, StandInError>(database)
        };
        let facts = Arc::new(ClusterFacts {
            version: options.version,
            admin_user: options.admin_user.clone(),
            database: new_database().await?,
            signing_key,
        });
        let mut nodes = Vec::new();
        for node in &options.nodes {
            let tls = tls::acceptor(&node.name, &node.certificate_pem, &node.key_pem)?;
            let reserve = |port| {
                let reserved = ReservedPort::reserve(node.address, port);
                let named = reserved.and_then(|reserved| Ok((reserved.address()?, reserved)));
                named.map_err(|source| cannot_listen(&node.name, SocketAddr::new(node.address, port), source))
            };
            let (https_address, https) = reserve(node.https_port)?;
            let (cluster_address, cluster) = reserve(node.cluster_port)?;
            let setup = NodeSetup {
                name: node.name.clone(),
                cluster: facts.clone(),
                ids: IdGenerator::new(&seed, &format!("node {}", node.name)),
                log: NodeLog::open(node.log_file.as_deref(), node.log_sink.clone())?,
                address: https_address,
                hostname: node.hostname.as_ref().map_or_else(|| hostname.clone(), |hostname| hostname.to_lowercase()),
                cluster_domain: node.cluster_domain.clone(),
                // URLs do not show the port that is the default of their scheme.
                public_port: node.public_port.or(options.public_port).filter(|port| *port != 443),
                port_offset: node.port_offset,
                own_database: new_database().await?,
            };
            let state = Arc::new(NodeState::new(setup));
            state.set_faults(node.faults.clone()).await?;
            let ports = Mutex::new(Some((https, cluster)));
            nodes.push(ClusterNode { state, tls, cluster_address, ports, running: Mutex::default() });
        }
        let delay = options.invalidation_delay;
        let started = Self { nodes, delay, ids, lifecycle: tokio::sync::Mutex::default() };
        for node in &options.nodes {
            started.start_node(&node.name).await?;
        }
        Ok(started)
    }

    fn node(&self, name: &str) -> Result<&ClusterNode, StandInError> {
        let found = self.nodes.iter().find(|node| node.state.name == name);
        found.ok_or_else(|| StandInError::UnknownNode { name: name.to_owned() })
    }

    /// The names of all nodes in their order, and where each serves HTTPS, running or not.
    #[must_use]
    pub fn nodes(&self) -> Vec<(String, SocketAddr)> {
        self.nodes.iter().map(|node| (node.state.name.clone(), node.state.address)).collect()
    }

    /// Where a node serves HTTPS. It stays the same when the node is stopped and started.
    ///
    /// # Errors
    /// [`StandInError::UnknownNode`].
    pub fn address(&self, name: &str) -> Result<SocketAddr, StandInError> {
        Ok(self.node(name)?.state.address)
    }

    /// Starts a node that was stopped, on the same ports and with empty caches; nothing if it runs.
    ///
    /// # Errors
    /// [`StandInError::UnknownNode`], and [`StandInError::Listen`] when a port has been taken.
    pub async fn start_node(&self, name: &str) -> Result<(), StandInError> {
        let _one_at_a_time = self.lifecycle.lock().await;
        let node = self.node(name)?;
        if node.running.lock().is_some() {
            return Ok(());
        }
        let begin = Instant::now();
        let (https, cluster) = listen(node)?;
        let stopping = CancellationToken::new();
        node.state.caches.clear();
        node.state.log.info("org.wso2.carbon.core.internal.CarbonCoreActivator", NOTICE);
        // Hazelcast comes before the ports.
        let mut serving = Vec::new();
        if node.state.faults().clustering_off {
            drop(cluster);
        } else {
            let (members, accepting) = self.join(node, cluster, stopping.clone()).await;
            node.state.set_members(Some(members));
            serving.push(accepting);
        }
        let served = connection::serve(node.state.clone(), https, node.tls.clone(), stopping.clone());
        serving.push(tokio::spawn(served));
        log_started(&node.state, begin);
        let _stopped_when_dropped = stopping.clone().drop_guard();
        *node.running.lock() = Some(RunningNode { stopping, serving, _stopped_when_dropped });
        Ok(())
    }

    /// Joins the members that run, with the log lines of that.
    async fn join(
        &self,
        node: &ClusterNode,
        listener: TcpListener,
        stopping: CancellationToken,
    ) -> (Arc<Members>, JoinHandle<()>) {
        let begin = Instant::now();
        let domain = &node.state.cluster_domain;
        let listed: Vec<&ClusterNode> =
            self.nodes.iter().filter(|other| other.state.cluster_domain == *domain).collect();
        let others = listed.iter().filter(|other| other.state.name != node.state.name);
        let well_known: Vec<SocketAddr> = others.map(|other| other.cluster_address).collect();
        let identity = MemberIdentity {
            uuid: self.ids.uuid(),
            name: node.state.name.clone(),
            address: node.cluster_address,
            started_at: u64::try_from(clock::unix_time().as_micros()).unwrap_or_default(),
        };
        let members = Arc::new(Members::new(MembershipSetup {
            identity: identity.clone(),
            well_known,
            version: node.state.version(),
            caches: node.state.caches.clone(),
            log: node.state.log.clone(),
            delay: self.delay,
            stopping,
        }));
        let agent = |text: &str| members.log("HazelcastClusteringAgent", text);
        let scheme = |text: &str| members.log("wka.WKABasedMembershipScheme", text);
        let host = |address: SocketAddr| format!("Host:{}, Remote Host:null, Port: {}", address.ip(), address.port());
        agent(&format!("Cluster domain: {domain}"));
        agent("Loading hazelcast configuration from axis2 clustering configuration");
        agent("Using wka based membership management scheme");
        for other in listed {
            scheme(&format!("Added member: {}", host(other.cluster_address)));
        }
        agent("Hazelcast cluster is initializing...");
        let accepting = link::join(&members, listener).await;
        agent(&format!("Hazelcast initialized in {}ms", begin.elapsed().as_millis()));
        agent(&format!("Local member: [{}] - {}", identity.uuid, host(identity.address)));
        members.log_if_elected();
        agent("Cluster initialization completed");
        (members, accepting)
    }

    /// Stops a node as SIGKILL does: all of its connections end. Nothing if it does not run.
    ///
    /// # Errors
    /// [`StandInError::UnknownNode`].
    pub async fn stop_node(&self, name: &str) -> Result<(), StandInError> {
        let _one_at_a_time = self.lifecycle.lock().await;
        let node = self.node(name)?;
        let running = node.running.lock().take();
        if let Some(running) = running {
            running.stopping.cancel();
            node.state.set_members(None);
            for serving in running.serving {
                if timeout(STOP_TIMEOUT, serving).await.is_err() {
                    tracing::warn!(node = name, "a stand-in has not closed its connections");
                }
            }
        }
        Ok(())
    }

    /// Injects faults in place of those that the node has. [`Faults::clustering_off`] of a node that was started with it is
    /// cleared by the next start.
    ///
    /// # Errors
    /// [`StandInError::UnknownNode`], and [`StandInError::SigningKey`] where a key cannot be generated.
    pub async fn set_faults(&self, name: &str, faults: Faults) -> Result<(), StandInError> {
        self.node(name)?.state.set_faults(faults).await
    }

    /// The requests that a node has answered since the cluster was started.
    ///
    /// # Errors
    /// [`StandInError::UnknownNode`].
    pub fn requests(&self, name: &str) -> Result<RequestLog, StandInError> {
        Ok(self.node(name)?.state.requests.log())
    }

    /// The names of all users, applications and identity providers that the nodes store.
    #[must_use]
    pub fn object_names(&self) -> Vec<String> {
        self.nodes.iter().flat_map(|node| node.state.object_names()).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// The last lines that a node has logged, in the layout of `wso2carbon.log`.
    ///
    /// # Errors
    /// [`StandInError::UnknownNode`].
    pub fn log(&self, name: &str) -> Result<Vec<String>, StandInError> {
        Ok(self.node(name)?.state.log.lines())
    }

    /// The members that a node knows, itself among them, the coordinator first; none while it does not run or runs without
    /// clustering.
    ///
    /// # Errors
    /// [`StandInError::UnknownNode`].
    pub fn members(&self, name: &str) -> Result<Vec<ClusterMember>, StandInError> {
        let members = self.node(name)?.state.members();
        let member = |identity: MemberIdentity| ClusterMember {
            name: identity.name,
            uuid: identity.uuid,
            address: identity.address,
        };
        Ok(members.map(|members| members.list().into_iter().map(member).collect()).unwrap_or_default())
    }
}

fn log_started(state: &NodeState, begin: Instant) {
    let page = |name: &str, path: &str| {
        state.log.info(
            "org.wso2.carbon.ui.internal.CarbonUIServiceComponent",
            &format!("{name} : {}", state.public_url(path)),
        );
    };
    page("My Account URL", "/myaccount");
    page("Console URL", "/console");
    let finalizer = "org.wso2.carbon.core.internal.StartupFinalizerServiceComponent";
    let number = state.version().number();
    state.log.info(finalizer, &format!("Server           :  Stand-in for WSO2 Identity Server-{number}"));
    let seconds = begin.elapsed().as_secs().max(1);
    state.log.info(finalizer, &format!("WSO2 Carbon started in {seconds} sec"));
}

fn check_names(nodes: &[NodeOptions]) -> Result<(), StandInError> {
    if nodes.is_empty() || nodes.len() > MAX_NODES {
        return Err(StandInError::NodeCount { count: nodes.len(), max: MAX_NODES });
    }
    for (row, node) in nodes.iter().enumerate() {
        let is_letter = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '.';
        let is_usable = (1..=MAX_NAME_CHARS).contains(&node.name.len()) && node.name.chars().all(is_letter);
        if !is_usable || nodes[..row].iter().any(|other| other.name == node.name) {
            return Err(StandInError::NodeName { name: node.name.clone() });
        }
    }
    Ok(())
}

async fn signing_key(pem: Option<String>) -> Result<SigningKey, StandInError> {
    let made =
        tokio::task::spawn_blocking(move || pem.map_or_else(SigningKey::generate, |pem| SigningKey::from_pem(&pem)));
    made.await.map_err(|error| StandInError::SigningKey { reason: error.to_string() })?
}

fn cannot_listen(name: &str, address: SocketAddr, source: io::Error) -> StandInError {
    StandInError::Listen { name: name.to_owned(), address: address.ip(), port: address.port(), source }
}

/// Opens the ports of a node, which it has reserved or had before.
fn listen(node: &ClusterNode) -> Result<(TcpListener, TcpListener), StandInError> {
    let (https, cluster) = match node.ports.lock().take() {
        Some((https, cluster)) => (Some(https), Some(cluster)),
        None => (None, None),
    };
    let open = |reserved: Option<ReservedPort>, address: SocketAddr| {
        let reserved = reserved.map_or_else(|| ReservedPort::reserve(address.ip(), address.port()), Ok);
        let listener = reserved.and_then(ReservedPort::listen);
        listener.map_err(|source| cannot_listen(&node.state.name, address, source))
    };
    Ok((open(https, node.state.address)?, open(cluster, node.cluster_address)?))
}

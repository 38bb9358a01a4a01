//! The member list of one node, its coordinator, and what the node logs about both. It opens no connection: `link` does.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::cache::{CacheKind, NodeCaches};
use crate::log::NodeLog;
use crate::membership::wire::{MemberIdentity, MemberMessage};
use crate::version::StandInVersion;

/// How many messages wait for one member. Further ones are lost, as with a member that does not answer.
const MAX_WAITING_MESSAGES: usize = 4096;

/// A message and the moment at which it leaves.
pub(super) struct Outgoing {
    pub(super) due: Instant,
    pub(super) message: MemberMessage,
}

struct Member {
    identity: MemberIdentity,
    outgoing: mpsc::Sender<Outgoing>,
}

/// What a node needs to take part in a cluster.
pub(crate) struct MembershipSetup {
    pub(crate) identity: MemberIdentity,
    /// The addresses of all other nodes, running or not.
    pub(crate) well_known: Vec<SocketAddr>,
    pub(crate) version: StandInVersion,
    pub(crate) caches: Arc<NodeCaches>,
    pub(crate) log: Arc<NodeLog>,
    /// How long a message takes.
    pub(crate) delay: Duration,
    /// Ends all connections.
    pub(crate) stopping: CancellationToken,
}

/// The members that a running node knows.
pub(crate) struct Members {
    pub(super) setup: MembershipSetup,
    /// The other members by age, the oldest first.
    others: Mutex<BTreeMap<(u64, String), Member>>,
    is_joining: AtomicBool,
    is_cut: AtomicBool,
}

impl Members {
    pub(crate) fn new(setup: MembershipSetup) -> Self {
        Self { setup, others: Mutex::default(), is_joining: AtomicBool::new(true), is_cut: AtomicBool::new(false) }
    }

    /// All members with this one, the oldest first.
    pub(crate) fn list(&self) -> Vec<MemberIdentity> {
        let mut members: Vec<MemberIdentity> =
            self.others.lock().values().map(|member| member.identity.clone()).collect();
        members.push(self.setup.identity.clone());
        members.sort_by_key(age);
        members
    }

    /// Tells all other members that an object has changed.
    pub(crate) fn broadcast(&self, kind: CacheKind, key: &str) {
        if !self.is_cut.load(Ordering::Relaxed) {
            self.send(&MemberMessage::Invalidate { kind, key: key.to_owned() }, self.setup.delay);
        }
    }

    /// Cuts this member off from the others, or connects it again. The connections stay open; nothing passes through them
    /// meanwhile, as with a firewall that drops packets for less time than Hazelcast's heartbeat.
    pub(crate) fn set_cut(&self, is_cut: bool) {
        let was_cut = self.is_cut.swap(is_cut, Ordering::Relaxed);
        if was_cut && !is_cut {
            for member in self.list() {
                if member != self.setup.identity {
                    self.log_membership("joined", &member);
                }
            }
            self.send(&MemberMessage::Rejoined, Duration::ZERO);
        }
    }

    fn send(&self, message: &MemberMessage, delay: Duration) {
        let due = Instant::now() + delay;
        for member in self.others.lock().values() {
            if member.outgoing.try_send(Outgoing { due, message: message.clone() }).is_err() {
                tracing::debug!(member = member.identity.name, "a message to a stand-in is lost");
            }
        }
    }

    /// A message from another member.
    pub(super) fn receive(&self, sender: &MemberIdentity, message: MemberMessage) {
        if self.is_cut.load(Ordering::Relaxed) {
            return;
        }
        match message {
            MemberMessage::Invalidate { kind, key } => self.setup.caches.invalidate(kind, &key),
            MemberMessage::Rejoined => self.log_membership("joined", sender),
        }
    }

    /// Whether the node still looks for the members that were there before it.
    pub(super) fn is_joining(&self) -> bool {
        self.is_joining.load(Ordering::Relaxed)
    }

    pub(super) fn is_known(&self, member: &MemberIdentity) -> bool {
        self.others.lock().contains_key(&age(member))
    }

    /// Adds a member; the messages for it come out of the channel. `None` if it is in the list already.
    pub(super) fn add(&self, identity: MemberIdentity) -> Option<mpsc::Receiver<Outgoing>> {
        let (outgoing, waiting) = mpsc::channel(MAX_WAITING_MESSAGES);
        let mut others = self.others.lock();
        if others.contains_key(&age(&identity)) {
            return None;
        }
        others.insert(age(&identity), Member { identity, outgoing });
        Some(waiting)
    }

    /// Every member that was there has been added. IS logs no `Member joined` for those, since it listens to Hazelcast only
    /// after the start of the latter.
    pub(super) fn finish_joining(&self) {
        self.is_joining.store(false, Ordering::Relaxed);
    }

    /// At the end of a start: a node that is alone, or the oldest, is the coordinator.
    pub(crate) fn log_if_elected(&self) {
        if self.is_coordinator() {
            self.log_election();
        }
    }

    /// A member that was not there when this node started.
    pub(super) fn log_joined(&self, member: &MemberIdentity) {
        self.log_membership("joined", member);
    }

    /// The connection from a member has ended.
    pub(super) fn remove(&self, member: &MemberIdentity) {
        let was_coordinator = self.is_coordinator();
        if self.others.lock().remove(&age(member)).is_none() || self.setup.stopping.is_cancelled() {
            return;
        }
        if !was_coordinator && self.is_coordinator() {
            self.log_election();
        }
        self.log_membership("left", member);
    }

    /// Whether this member is the oldest.
    pub(crate) fn is_coordinator(&self) -> bool {
        let others = self.others.lock();
        others.keys().next().is_none_or(|oldest| age(&self.setup.identity) < *oldest)
    }

    fn log_election(&self) {
        let text = format!("Elected this member [{}] as the Coordinator node", self.setup.identity.uuid);
        self.log("HazelcastClusteringAgent", &text);
    }

    fn log_membership(&self, change: &str, member: &MemberIdentity) {
        let text = format!("Member {change} [{}]: /{}", member.uuid, member.address);
        self.log("wka.WKABasedMembershipScheme", &text);
    }

    /// Adds a line by a class of the package for clusters.
    pub(crate) fn log(&self, class: &str, text: &str) {
        let class = format!("{}.{class}", self.setup.version.clustering_package());
        self.setup.log.info(&class, text);
    }
}

/// What members are ordered by.
fn age(member: &MemberIdentity) -> (u64, String) {
    (member.started_at, member.uuid.clone())
}

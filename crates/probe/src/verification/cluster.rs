//! The endpoints of a deployed cluster, and requests to them.

use std::time::{Duration, Instant};

use domain::ports::HTTPS_PORT;
use rustls::pki_types::CertificateDer;
use tokio_rustls::client::TlsStream;

use super::access::{ClusterAccess, VerificationAccount};
use super::endpoint::{self, ClusterEndpoint};
use crate::address::PinnedAddress;
use crate::certificate::{self, UntrustedReason};
use crate::facts::Facts;
use crate::fault::Verdict;
use crate::https::{self, HttpRequest, HttpResponse};
use crate::tcp::{self, TcpConnection};
use crate::tls::{self, KeyProof};

/// How long IS may take for one request. The first requests of a node take some seconds: it loads classes for them.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(15);

/// What to do when an endpoint does not answer.
const START_IT: &str = "Start the node with start.sh, and check the firewall between this machine and its HTTPS port.";

/// Two nodes: what the first one does, the second one must follow.
#[derive(Clone, Copy)]
pub(super) struct NodePair<'a> {
    pub(super) first: &'a ClusterEndpoint,
    pub(super) second: &'a ClusterEndpoint,
}

/// Why a request has no answer. The texts follow the name of an endpoint in a sentence.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(super) enum RequestError {
    /// The name has no address, or one that is not dialled.
    #[error("cannot be reached: {0}")]
    Address(String),
    /// No connection opens.
    #[error("does not accept a connection: {0}")]
    Connect(String),
    /// No TLS session.
    #[error("does not complete the TLS handshake")]
    Tls,
    /// Its certificate is not one of the cluster.
    #[error("has a certificate that {0}, so the password is not sent")]
    Untrusted(UntrustedReason),
    /// No answer in HTTP, or not in time.
    #[error("does not answer in HTTP within {} s", REQUEST_TIMEOUT.as_secs())]
    NoAnswer,
}

/// A deployed cluster.
pub(crate) struct Cluster<'a> {
    facts: &'a Facts,
    access: &'a ClusterAccess,
    /// The hostname that clients use.
    pub(super) hostname: &'a str,
    /// The HTTPS port that clients use.
    port: u16,
    /// Hostname and port as clients write them.
    pub(super) authority: String,
    pub(super) balancer: ClusterEndpoint,
    pub(super) nodes: Vec<ClusterEndpoint>,
}

impl<'a> Cluster<'a> {
    /// The cluster of the answers.
    ///
    /// # Errors
    /// The verdict of a check that cannot start.
    pub(super) fn of(facts: &'a Facts) -> Result<Self, Box<Verdict>> {
        let Some(access) = facts.cluster_access() else {
            let verdict = Verdict::skipped("This run does not verify the cluster.", "");
            return Err(verdict.remedy("Start a verification on the Verify page, or run clusterwright verify.").into());
        };
        let mut endpoints = ClusterEndpoint::list(facts.answers(), &access.addresses)?;
        if let Some(confirmed) = &access.confirmed
            && *confirmed != endpoints.iter().map(ClusterEndpoint::address).collect::<Vec<_>>()
        {
            let verdict = Verdict::skipped("The addresses changed after they were confirmed.", "");
            return Err(verdict.remedy("Open the Verify page again, read its addresses, and start again.").into());
        }
        let Some(load_balancer) = &facts.answers().load_balancer else {
            return Err(endpoint::incomplete_load_balancer());
        };
        let (hostname, port) = (load_balancer.hostname.as_str(), load_balancer.https_port.get());
        let balancer = endpoints.remove(0);
        Ok(Self {
            facts,
            access,
            hostname,
            port,
            authority: if port == 443 { hostname.to_owned() } else { format!("{hostname}:{port}") },
            balancer,
            nodes: endpoints,
        })
    }

    /// Every endpoint, the load balancer first.
    pub(super) fn endpoints(&self) -> impl Iterator<Item = &ClusterEndpoint> {
        std::iter::once(&self.balancer).chain(&self.nodes)
    }

    /// Each node with the next one, so that every node is once the first and once the second of a pair. Empty for one node.
    pub(super) fn pairs(&self) -> Vec<NodePair<'_>> {
        let next = self.nodes.iter().cycle().skip(1);
        let pairs = self.nodes.iter().zip(next).map(|(first, second)| NodePair { first, second });
        if self.nodes.len() > 1 { pairs.collect() } else { Vec::new() }
    }

    /// The same for a check that proves nothing about one node.
    ///
    /// # Errors
    /// Its verdict.
    pub(super) fn two_nodes_each(&self, required: &str) -> Result<Vec<NodePair<'_>>, Box<Verdict>> {
        let pairs = self.pairs();
        if pairs.is_empty() {
            let verdict = Verdict::skipped("The plan has one node.", required);
            return Err(verdict.remedy("Add a node on the Clustering step.").into());
        }
        Ok(pairs)
    }

    /// The account that creates test objects.
    ///
    /// # Errors
    /// The verdict of a check that needs one.
    pub(super) fn account(&self, required: &str) -> Result<&VerificationAccount, Box<Verdict>> {
        self.access.account.as_ref().ok_or_else(|| {
            let verdict = Verdict::skipped("This verification only reads.", required);
            verdict.remedy("Enter an account of IS on the Verify page, or run clusterwright verify with --user.").into()
        })
    }

    /// The redirect URI of test applications. Nothing answers there, and nothing is sent there.
    pub(super) fn callback(&self) -> String {
        format!("https://{}/cw-verify", self.authority)
    }

    /// Whether `origin` (scheme, host and port) is one that clients use for this cluster.
    pub(super) fn is_public(&self, origin: &str) -> bool {
        let port = self.port;
        origin == format!("https://{}", self.authority) || origin == format!("https://{}:{port}", self.hostname)
    }

    /// Whether no client may be sent to `origin`: a node, this machine, the hostname with another port or scheme, or port 9443,
    /// which is that of a node.
    pub(super) fn is_internal(&self, origin: &str) -> bool {
        let authority = origin.split_once("://").map_or("", |(_, authority)| authority);
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => (host, port),
            _ => (authority, ""),
        };
        let nodes = self.facts.answers().nodes.as_deref().unwrap_or_default();
        let is_of_cluster = host.eq_ignore_ascii_case(self.hostname)
            || host == "localhost"
            || host.starts_with("127.")
            || host == "[::1]"
            || port == HTTPS_PORT.to_string()
            || self.nodes.iter().any(|node| node.host == host || node.name.eq_ignore_ascii_case(host))
            || nodes.iter().filter_map(|node| node.address()).any(|address| address == host);
        is_of_cluster && !self.is_public(origin)
    }

    /// Sends `request` without a password. Any certificate is accepted.
    pub(super) async fn request(
        &self,
        to: &ClusterEndpoint,
        request: HttpRequest,
    ) -> Result<HttpResponse, RequestError> {
        let deadline = Instant::now() + REQUEST_TIMEOUT;
        let stream = self.open(to, KeyProof::NotAsked, deadline).await?;
        https::send(stream, &self.authority, request, deadline).await.ok_or(RequestError::NoAnswer)
    }

    /// Sends `request`, which contains a password or a token, to an endpoint that proves to belong to the cluster.
    pub(super) async fn request_with_secret(
        &self,
        to: &ClusterEndpoint,
        request: HttpRequest,
    ) -> Result<HttpResponse, RequestError> {
        let deadline = Instant::now() + REQUEST_TIMEOUT;
        let stream = self.open(to, KeyProof::OfKey, deadline).await?;
        let verified = match to.is_node {
            true => {
                let names = [self.hostname, to.host.as_str()];
                certificate::verify_strictly(chain(&stream), &self.access.node_authorities, &names)
            }
            false => certificate::verify_strictly(chain(&stream), &self.access.balancer_authorities, &[self.hostname]),
        };
        verified.map_err(RequestError::Untrusted)?;
        https::send(stream, &self.authority, request, deadline).await.ok_or(RequestError::NoAnswer)
    }

    /// The certificate that an endpoint shows first, and its successors.
    pub(super) async fn certificates(
        &self,
        to: &ClusterEndpoint,
    ) -> Result<Vec<CertificateDer<'static>>, RequestError> {
        let stream = self.open(to, KeyProof::NotAsked, Instant::now() + REQUEST_TIMEOUT).await?;
        Ok(chain(&stream).iter().map(|certificate| certificate.clone().into_owned()).collect())
    }

    async fn open(
        &self,
        to: &ClusterEndpoint,
        proof: KeyProof,
        deadline: Instant,
    ) -> Result<TlsStream<TcpConnection>, RequestError> {
        let stream = self.connect(to, deadline).await?;
        let opened = match proof {
            KeyProof::NotAsked => tls::handshake(stream, self.hostname, deadline).await,
            KeyProof::OfKey => tls::handshake_with_proof(stream, self.hostname, deadline).await,
        };
        opened.map_err(|_| RequestError::Tls)
    }

    async fn connect(&self, to: &ClusterEndpoint, deadline: Instant) -> Result<TcpConnection, RequestError> {
        let names = &self.facts.names;
        let found = names.addresses(&to.host).await;
        let found = found.map_err(|error| RequestError::Address(format!("{} {error}", to.host)))?;
        let pinned: Result<Vec<PinnedAddress>, _> = found.into_iter().map(|found| names.pin(found, to.port)).collect();
        let pinned = pinned.map_err(|refusal| RequestError::Address(format!("{} is {refusal}", to.host)))?;
        let connected = tcp::connect_any(&pinned, deadline).await;
        connected
            .map(|connected| connected.stream)
            .map_err(|errors| RequestError::Connect(tcp::describe(&errors).trim_end_matches('.').to_owned()))
    }
}

impl RequestError {
    /// The verdict of a check that needs the answer.
    pub(super) fn verdict(&self, endpoint: &ClusterEndpoint, required: &str) -> Verdict {
        let verdict = Verdict::skipped(format!("{} {self}.", sentence_start(&endpoint.name)), required);
        match self {
            Self::Untrusted(_) => verdict.remedy(
                "Verify with the keys of this plan: the certificate must be issued by the CA of the plan, or be the one provided.",
            ),
            _ => verdict.remedy(START_IT),
        }
    }
}

/// The certificates that the other end has sent, its own first.
fn chain(stream: &TlsStream<TcpConnection>) -> &[CertificateDer<'static>] {
    stream.get_ref().1.peer_certificates().unwrap_or_default()
}

/// The name of an endpoint at the start of a sentence.
pub(super) fn sentence_start(name: &str) -> String {
    match name.strip_prefix("the ") {
        Some(rest) => format!("The {rest}"),
        None => name.to_owned(),
    }
}

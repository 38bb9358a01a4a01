//! The certificates, their names, and the truststore entries of each node.

use serde::Serialize;

use super::PlatformPlan;

use crate::cluster::Cluster;
use crate::product::KeyStoreType;
use crate::steps::CertificateSource;

/// IS's keystores, with the same names on every node.
#[derive(Clone, Debug, Serialize)]
pub struct KeyStoresPlan {
    /// Written as `JKS` or `PKCS12`.
    pub kind: KeyStoreType,
    /// The primary keystore, the same on all nodes.
    pub primary_file: String,
    /// Alias of the key that signs tokens.
    pub primary_alias: &'static str,
    /// The TLS keystore; each node has its own file of this name.
    pub tls_file: String,
    /// Alias of the TLS key.
    pub tls_alias: &'static str,
    /// The pack's truststore: certificates are imported into it. It is never replaced, because it contains the public
    /// CAs.
    pub truststore_file: String,
    /// Its default password in the pack. It protects no secret.
    pub truststore_password: &'static str,
}

/// The certificates to create.
#[derive(Clone, Debug, Serialize)]
pub struct CertificatesPlan {
    /// `self-signed`, `private-ca` or `provided`.
    pub source: &'static str,
    /// Whether a CA is created: for `private-ca`, and for the nodes of `provided`.
    pub has_ca: bool,
    /// The load balancer's certificate, unless it is provided.
    pub load_balancer: Option<LeafPlan>,
    /// One per node, in the order of the nodes.
    pub nodes: Vec<LeafPlan>,
    /// The entries of each node's truststore.
    pub trusted: Vec<TrustedPlan>,
    /// The provided chain, for the load balancer.
    #[serde(skip)]
    pub provided_chain: Option<String>,
    /// CA certificates of other systems that nodes connect to: file name and PEM.
    #[serde(skip)]
    pub other_authorities: Vec<(String, String)>,
}

/// One certificate.
#[derive(Clone, Debug, Serialize)]
pub struct LeafPlan {
    /// The name of its key in the key ring: `load-balancer`, `node/is-1`.
    pub label: String,
    /// File name without ending, below `certificates/`.
    pub file: String,
    /// Subject.
    pub common_name: String,
    /// DNS names.
    pub dns_names: Vec<String>,
    /// IP addresses.
    pub addresses: Vec<String>,
}

/// A certificate each node trusts.
#[derive(Clone, Debug, Serialize)]
pub struct TrustedPlan {
    /// Alias in the truststore.
    pub alias: String,
    /// File below `certificates/`.
    pub file: String,
    /// Why it is needed.
    pub why: &'static str,
}

impl KeyStoresPlan {
    pub(super) fn new(cluster: &Cluster) -> Self {
        let kind: KeyStoreType = cluster.inputs().product.version.facts().key_store;
        let extension = kind.extension();
        Self {
            kind,
            primary_file: format!("cluster-primary.{extension}"),
            primary_alias: "cluster-primary",
            tls_file: format!("node-tls.{extension}"),
            tls_alias: "node-tls",
            truststore_file: format!("client-truststore.{extension}"),
            truststore_password: "wso2carbon",
        }
    }
}

impl CertificatesPlan {
    pub(super) fn new(cluster: &Cluster) -> Self {
        let inputs = cluster.inputs();
        let balancer = &inputs.load_balancer;
        let hostname = balancer.hostname.as_str();
        let source = balancer.certificate;
        let service_names = PlatformPlan::new(cluster).map(|platform| platform.service_names()).unwrap_or_default();
        let nodes: Vec<LeafPlan> = (inputs.nodes.iter())
            .map(|node| {
                let name = node.name.as_str();
                let mut dns_names = vec![hostname.to_owned(), name.to_owned(), "localhost".to_owned()];
                let mut addresses = vec!["127.0.0.1".to_owned()];
                match &node.host {
                    Some(host) if host.address().is_some() => addresses.push(host.as_str().to_owned()),
                    Some(host) => dns_names.push(host.as_str().to_owned()),
                    None => dns_names.extend(service_names.iter().cloned()),
                }
                keep_first(&mut dns_names);
                keep_first(&mut addresses);
                LeafPlan {
                    label: format!("node/{name}"),
                    file: format!("node-{name}"),
                    common_name: name.to_owned(),
                    dns_names,
                    addresses,
                }
            })
            .collect();
        let load_balancer = (source != CertificateSource::Provided).then(|| LeafPlan {
            label: "load-balancer".to_owned(),
            file: "load-balancer".to_owned(),
            common_name: hostname.to_owned(),
            dns_names: vec![hostname.to_owned()],
            addresses: Vec::new(),
        });
        let mut other_authorities = Vec::new();
        if let Some(authority) = &inputs.database.ca_certificate {
            other_authorities.push(("database-ca".to_owned(), authority.as_str().to_owned()));
        }
        if let Some(authority) = &inputs.user_store.ca_certificate {
            other_authorities.push(("directory-ca".to_owned(), authority.as_str().to_owned()));
        }
        let has_ca = source != CertificateSource::SelfSigned;
        Self {
            source: source.value(),
            has_ca,
            trusted: trusted(has_ca, load_balancer.is_none(), &nodes, &other_authorities),
            load_balancer,
            nodes,
            provided_chain: balancer.provided_certificate.as_ref().map(|chain| chain.as_str().to_owned()),
            other_authorities,
        }
    }
}

fn trusted(has_ca: bool, provided: bool, nodes: &[LeafPlan], others: &[(String, String)]) -> Vec<TrustedPlan> {
    let entry =
        |alias: &str, file: &str, why| TrustedPlan { alias: alias.to_owned(), file: format!("{file}.crt"), why };
    let mut list = vec![entry("cluster-primary", "cluster-primary", "verifies tokens that any node signed")];
    if has_ca {
        list.push(entry("cluster-ca", "cluster-ca", "issued the certificates of the nodes"));
    } else {
        list.extend(nodes.iter().map(|node| entry(&node.file, &node.file, "IS connects to this node over TLS")));
        list.push(entry("load-balancer", "load-balancer", "IS connects to the public hostname over TLS"));
    }
    if provided {
        list.push(entry("load-balancer", "load-balancer", "IS connects to the public hostname over TLS"));
    }
    for (file, _) in others {
        list.push(entry(file, file, "issued the certificate of a system that IS connects to"));
    }
    list
}

/// Drops later repetitions and keeps the order.
fn keep_first(names: &mut Vec<String>) {
    let mut seen = std::collections::BTreeSet::new();
    names.retain(|name| seen.insert(name.clone()));
}

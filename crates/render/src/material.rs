//! The certificates of one plan, by the file names the plan gives them, and its keys, still closed.

use std::collections::BTreeMap;
use std::net::IpAddr;

use domain::render_plan::{LeafPlan, RenderPlan};
use domain::secret::{Secret, Secrets};
use domain::steps::keys;

use crate::certificates::{CertificateRequests, CertificateSet, LeafRequest, SigningAuthority, issue};
use crate::error::RenderError;
use crate::keyring::KeyRing;

/// The setting that holds the provided key.
const PROVIDED_KEY: &str = keys::LOAD_BALANCER.provided_key;
const LOAD_BALANCER_CERTIFICATE: &str = "load-balancer.crt";

/// The certificates that prove the endpoints of the cluster, as PEM.
#[derive(Clone, Debug)]
pub struct TrustedCertificates {
    /// The CA of the nodes, or their own certificates.
    pub nodes: String,
    /// Those of the load balancer.
    pub load_balancer: String,
}

/// The certificates that prove the endpoints of the cluster.
///
/// # Errors
/// Where the certificates cannot be issued, or the provided key is missing.
pub fn trusted_certificates(
    plan: &RenderPlan,
    ring: &KeyRing,
    secrets: &Secrets,
) -> Result<TrustedCertificates, RenderError> {
    let KeyMaterial { nodes_authority, mut certificates, .. } = KeyMaterial::new(plan, ring, secrets)?;
    let load_balancer = certificates.remove(LOAD_BALANCER_CERTIFICATE).unwrap_or_default();
    Ok(TrustedCertificates { nodes: nodes_authority, load_balancer })
}

/// Everything made from the key ring.
pub(crate) struct KeyMaterial {
    pub(crate) set: CertificateSet,
    /// PEM by file name below `certificates/`.
    certificates: BTreeMap<String, String>,
    pub(crate) load_balancer_key: Secret,
    /// What the load balancer checks the nodes' certificates against, as PEM.
    pub(crate) nodes_authority: String,
}

impl KeyMaterial {
    pub(crate) fn new(plan: &RenderPlan, ring: &KeyRing, secrets: &Secrets) -> Result<Self, RenderError> {
        let wanted = &plan.certificates;
        let hostname = &plan.load_balancer.hostname;
        let requests = CertificateRequests {
            trust: match (wanted.has_ca, wanted.load_balancer.is_some()) {
                (false, _) => SigningAuthority::SelfSigned,
                (true, true) => SigningAuthority::PrivateAuthority,
                (true, false) => SigningAuthority::Provided,
            },
            load_balancer: (wanted.load_balancer.as_ref())
                .map_or_else(|| LeafRequest::load_balancer(hostname), request),
            nodes: wanted.nodes.iter().map(request).collect(),
            hostname: hostname.clone(),
        };
        let set = issue(ring, &requests).map_err(RenderError::Certificates)?;
        let mut certificates: BTreeMap<String, String> =
            [("cluster-primary.crt".to_owned(), set.primary.chain_pem())].into();
        let load_balancer_key = match &set.load_balancer {
            Some(identity) => {
                certificates.insert(LOAD_BALANCER_CERTIFICATE.to_owned(), identity.chain_pem());
                identity.key_pem()
            }
            None => {
                certificates
                    .insert(LOAD_BALANCER_CERTIFICATE.to_owned(), wanted.provided_chain.clone().unwrap_or_default());
                secrets.get(PROVIDED_KEY).cloned().ok_or(RenderError::MissingSecret { setting: PROVIDED_KEY })?
            }
        };
        for (leaf, identity) in wanted.nodes.iter().zip(&set.nodes) {
            certificates.insert(format!("{}.crt", leaf.file), identity.chain_pem());
        }
        let nodes_authority = match &set.authority {
            Some(authority) => {
                certificates.insert("cluster-ca.crt".to_owned(), authority.certificate_pem());
                authority.certificate_pem()
            }
            None => set.nodes.iter().map(|identity| identity.certificate_pem()).collect(),
        };
        let others = wanted.other_authorities.iter();
        certificates.extend(others.map(|(file, pem)| (format!("{file}.crt"), pem.clone())));
        Ok(Self { set, certificates, load_balancer_key, nodes_authority })
    }

    /// The certificate of this file name; empty where the plan has none of that name.
    pub(crate) fn certificate(&self, file: &str) -> &str {
        self.certificates.get(file).map_or("", String::as_str)
    }
}

fn request(leaf: &LeafPlan) -> LeafRequest {
    LeafRequest {
        subject: leaf.common_name.clone(),
        dns_names: leaf.dns_names.clone(),
        ip_addresses: leaf.addresses.iter().filter_map(|address| address.parse::<IpAddr>().ok()).collect(),
        label: leaf.label.clone(),
    }
}

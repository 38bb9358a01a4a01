//! TL-05 on the wire: neither load balancer nor nodes use the certificate that every pack of WSO2 contains, recognised by its
//! subject. An endpoint that does not answer yet is not evaluated. Rules evaluate the certificate that the plan provides.

use domain::check::CheckId;
use domain::rules::is_pack_certificate;
use futures::future::join_all;
use rustls::pki_types::CertificateDer;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;

use super::endpoint::{Endpoint, without_address};
use crate::facts::Facts;
use crate::facts::time::deadline_from_now;
use crate::fault::Verdict;
use crate::tls;

const REQUIRED: &str = "No certificate of the chain is the one that every WSO2 pack contains.";

pub(crate) async fn check(facts: &Facts) -> Vec<Verdict> {
    let Some(balancer) = &facts.answers().load_balancer else {
        return vec![Verdict::incomplete("Load balancer", "the hostname is missing or cannot be read")];
    };
    let nodes = facts.answers().nodes.as_deref().unwrap_or_default();
    let of_nodes = nodes.iter().map(async |node| {
        let verdict = match Endpoint::of_node(node) {
            Some(endpoint) => evaluate(facts, endpoint).await,
            None => without_address(REQUIRED),
        };
        verdict.subject(node.name.as_str())
    });
    let of_balancer = async { evaluate(facts, Endpoint::of_load_balancer(balancer)).await.subject("load balancer") };
    let (balancer, nodes) = tokio::join!(of_balancer, join_all(of_nodes));
    std::iter::once(balancer).chain(nodes).collect()
}

async fn evaluate(facts: &Facts, endpoint: Endpoint<'_>) -> Verdict {
    let deadline = deadline_from_now();
    let connected = match endpoint.connect(facts, deadline).await {
        Ok(connected) => connected,
        Err(reason) => {
            return Verdict::skipped(reason, REQUIRED).remedy("Run the check again when it is installed and running.");
        }
    };
    let to = connected.to;
    let Ok(stream) = tls::handshake(connected.stream, endpoint.name, deadline).await else {
        return Verdict::skipped(format!("{to} sends no certificate over TLS 1.2 or 1.3."), REQUIRED)
            .remedy(format!("See {}.", CheckId::Tl08));
    };
    let chain = stream.get_ref().1.peer_certificates().unwrap_or_default();
    if !chain.iter().any(is_from_pack) {
        return Verdict::passed(format!("The certificate of {to} is not that of the pack."), REQUIRED);
    }
    let current =
        format!("{to} uses the certificate of WSO2's packs (CN=localhost, O=WSO2). Its private key is public.");
    Verdict::warned(current, REQUIRED).remedy(
        "Install the files of the bundle and restart it. If they are installed, deployment.toml names another keystore, or \
         another program listens on this port.",
    )
}

fn is_from_pack(certificate: &CertificateDer<'_>) -> bool {
    let parsed = X509Certificate::from_der(certificate).ok();
    parsed.is_some_and(|(_, certificate)| is_pack_certificate(&certificate.subject().to_string()))
}

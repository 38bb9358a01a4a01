//! TL-05 on the wire: neither load balancer nor nodes show the certificate that every pack of WSO2 carries, as its subject
//! tells. What does not answer yet is not judged. The certificate that the plan provides is judged by the rules.

use domain::check::CheckId;
use domain::rules::is_of_the_pack;
use futures::future::join_all;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;

use super::front::{self, Front, reach};
use super::front_tls::of_node;
use super::node_port::without_address;
use crate::fault::Verdict;
use crate::shared::{Shared, deadline_from_now};
use crate::tls;

const REQUIRED: &str = "certificates of your own, from the one that answers to the last of its chain";

pub(crate) async fn check(shared: &Shared) -> Vec<Verdict> {
    let Some(balancer) = &shared.answers().load_balancer else {
        return vec![Verdict::incomplete("Load balancer", "the hostname is missing or cannot be read")];
    };
    let nodes = shared.answers().nodes.as_deref().unwrap_or_default();
    let of_nodes = nodes.iter().map(async |node| {
        let verdict = match of_node(node) {
            Some(front) => judge(shared, front).await,
            None => without_address(),
        };
        verdict.of(node.name.as_str())
    });
    let of_balancer = async { judge(shared, front::of(balancer)).await.of("load balancer") };
    let (front, behind) = tokio::join!(of_balancer, join_all(of_nodes));
    std::iter::once(front).chain(behind).collect()
}

async fn judge(shared: &Shared, front: Front<'_>) -> Verdict {
    let deadline = deadline_from_now();
    let later = "Check again when it is installed and runs.";
    let connected = match reach(shared, &front, deadline).await {
        Ok(connected) => connected,
        Err(because) => return Verdict::could_not_check(because, REQUIRED).remedy(later),
    };
    let to = connected.to;
    let Ok(stream) = tls::handshake(connected.stream, front.name, deadline).await else {
        return Verdict::could_not_check(format!("{to} shows no certificate: no TLS 1.2 or 1.3"), REQUIRED)
            .remedy(format!("See {}.", CheckId::Tl08));
    };
    let chain = stream.get_ref().1.peer_certificates().unwrap_or_default();
    let is_own = |der: &rustls::pki_types::CertificateDer<'_>| {
        let read = X509Certificate::from_der(der).ok();
        !read.is_some_and(|(_, certificate)| is_of_the_pack(&certificate.subject().to_string()))
    };
    if chain.iter().all(is_own) {
        return Verdict::passed(format!("{to} shows a certificate that is not the pack's"), REQUIRED);
    }
    Verdict::warned(
        format!("{to} shows the certificate of WSO2's packs (CN=localhost, O=WSO2): its private key is public"),
        REQUIRED,
    )
    .remedy(
        "Install the bundle's files on it and start it again. Where they are installed: deployment.toml names another key \
         store, or another program answers there.",
    )
}

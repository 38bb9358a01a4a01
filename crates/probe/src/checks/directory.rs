//! US-01: every server of the directory answers, has a certificate that the nodes trust, and accepts the bind account.

use domain::check::CheckId;

use crate::facts::Facts;
use crate::facts::directory::{REQUIRED, Server};
use crate::fault::Verdict;

pub(crate) async fn check(facts: &Facts) -> Vec<Verdict> {
    match facts.directory_store() {
        Err(fault) => return vec![fault.verdict_for(CheckId::Us01, REQUIRED)],
        Ok(None) => return vec![Verdict::passed("Users are stored in the shared database.", REQUIRED)],
        Ok(Some(_)) => {}
    }
    let servers = match facts.directory_servers().await {
        Ok(servers) => servers,
        Err(fault) => return vec![fault.verdict_for(CheckId::Us01, REQUIRED)],
    };
    let of_server = |server: &Server| match &server.name {
        Some(name) if servers.len() > 1 => evaluate(server).subject(name),
        _ => evaluate(server),
    };
    servers.iter().map(of_server).collect()
}

fn evaluate(server: &Server) -> Verdict {
    match &server.login {
        // The truststores of the nodes decide, which are not visible from here.
        Ok(directory) if directory.has_unknown_issuer => Verdict::warned(directory.description.clone(), REQUIRED).remedy(
            "Enter the certificate of the CA that issued it: install.sh imports it on every node. A node whose client \
             truststore lacks it rejects the directory, and no user can log in. Accept this only if the certificate is \
             imported in another way.",
        ),
        Ok(directory) => Verdict::passed(directory.description.clone(), REQUIRED),
        Err(fault) => fault.verdict_for(CheckId::Us01, REQUIRED),
    }
}

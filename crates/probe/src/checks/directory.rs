//! US-01: the directory answers, has a certificate that the nodes trust, and accepts the bind account.

use domain::check::CheckId;

use crate::facts::Facts;
use crate::facts::directory::REQUIRED;
use crate::fault::Verdict;

pub(crate) async fn check(facts: &Facts) -> Vec<Verdict> {
    vec![match facts.directory_store() {
        Err(fault) => fault.verdict_for(CheckId::Us01, REQUIRED),
        Ok(None) => Verdict::passed("Users are stored in the shared database.", REQUIRED),
        Ok(Some(_)) => match facts.directory().await {
            // The truststores of the nodes decide, which are not visible from here.
            Ok(directory) if directory.has_unknown_issuer => Verdict::warned(directory.description.clone(), REQUIRED).remedy(
                "Enter the certificate of the CA that issued it: install.sh imports it on every node. A node whose client \
                 truststore lacks it rejects the directory, and no user can log in. Accept this only if the certificate is \
                 imported in another way.",
            ),
            Ok(directory) => Verdict::passed(directory.description.clone(), REQUIRED),
            Err(fault) => fault.verdict_for(CheckId::Us01, REQUIRED),
        },
    }]
}

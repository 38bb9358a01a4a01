//! VF-14: how long the certificates on the way from client to node are still valid.

use futures::future::join_all;

use super::cluster::Cluster;
use super::endpoint::ClusterEndpoint;
use crate::clock;
use crate::fault::Verdict;
use crate::mysql::certificate;

const REQUIRED: &str = "Every certificate is valid for 30 more days.";
const MIN_DAYS_LEFT: i64 = 30;
const SECONDS_PER_DAY: i64 = 24 * 60 * 60;

/// VF-14: one verdict for each endpoint.
pub(super) async fn check(cluster: &Cluster<'_>) -> Vec<Verdict> {
    let verdicts = join_all(cluster.endpoints().map(|endpoint| expiry_of(cluster, endpoint))).await;
    cluster.endpoints().zip(verdicts).map(|(endpoint, verdict)| verdict.subject(endpoint.name.clone())).collect()
}

async fn expiry_of(cluster: &Cluster<'_>, endpoint: &ClusterEndpoint) -> Verdict {
    let chain = match cluster.certificates(endpoint).await {
        Ok(chain) => chain,
        Err(error) => return error.verdict(endpoint, REQUIRED),
    };
    let now = i64::try_from(clock::now().as_secs()).unwrap_or(i64::MAX);
    let dates =
        chain.iter().filter_map(|one| Some((certificate::parse(one)?.not_after, certificate::parse(one)?.name)));
    let Some((not_after, name)) = dates.min() else {
        return Verdict::skipped("The certificate cannot be read.", REQUIRED)
            .remedy("Check with openssl s_client what answers at this address.");
    };
    let days = (not_after - now).div_euclid(SECONDS_PER_DAY);
    let name: String = name.chars().filter(|letter| !letter.is_control()).take(80).collect();
    if days < 0 {
        Verdict::failed(format!("The certificate of {name} has expired."), REQUIRED)
            .remedy("Renew the TLS certificates on the Keys page. The signing key stays.")
    } else if days < MIN_DAYS_LEFT {
        Verdict::warned(format!("The certificate of {name} expires in {days} days."), REQUIRED)
            .remedy("Renew the TLS certificates on the Keys page. The signing key stays.")
    } else {
        Verdict::passed(format!("The first certificate to expire, {name}, is valid for {days} days."), REQUIRED)
    }
}

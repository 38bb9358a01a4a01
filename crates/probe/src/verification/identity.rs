//! VF-04: the nodes act as one identity provider: the same signing keys, tokens of one accepted by the other, and one symmetric
//! key for stored secrets. Each fault shows in one of the three alone (docs/wso2.md).

use std::collections::BTreeSet;

use domain::check::CheckId;
use futures::future::join_all;

use super::api::TokenFormat;
use super::cluster::{Cluster, ClusterEndpoint, RequestError};
use super::failure::{ApiError, FailedOperation};
use super::objects::Workshop;
use crate::fault::Verdict;
use crate::https::HttpRequest;

const REQUIRED_KEYS: &str = "All nodes publish the same signing keys.";
const REQUIRED_TOKENS: &str = "A token that one node signed is accepted by the others.";
const REQUIRED_SECRETS: &str = "A secret stored through one node can be read through the others.";
const JWKS_PATH: &str = "/oauth2/jwks";

/// VF-04, the part that needs no account.
pub(super) async fn check_keys(cluster: &Cluster<'_>) -> Verdict {
    let lists = join_all(cluster.nodes.iter().map(|node| key_ids(cluster, node))).await;
    let mut different = Vec::new();
    let mut first: Option<(&str, BTreeSet<String>)> = None;
    for (node, list) in cluster.nodes.iter().zip(lists) {
        let list = match list {
            Ok(list) => list,
            Err(error) => return error.verdict(node, REQUIRED_KEYS).subject("Signing keys"),
        };
        if list.is_empty() {
            return Verdict::failed(format!("{} publishes no signing key.", node.name), REQUIRED_KEYS)
                .remedy("Look for errors about the key store in wso2carbon.log of this node.")
                .subject("Signing keys");
        }
        match &first {
            None => first = Some((&node.name, list)),
            Some((_, known)) if *known == list => {}
            Some((name, _)) => different.push(format!("{} publishes other keys than {name}", node.name)),
        }
    }
    let verdict = if different.is_empty() {
        Verdict::passed("All nodes publish the same signing keys.", REQUIRED_KEYS)
    } else {
        Verdict::failed(format!("{}.", different.join("; ")), REQUIRED_KEYS)
            .remedy("Copy the primary key store of the bundle to every node (CL-07), and restart the node.")
    };
    verdict.subject("Signing keys")
}

/// The IDs of the keys that a node publishes.
async fn key_ids(cluster: &Cluster<'_>, node: &ClusterEndpoint) -> Result<BTreeSet<String>, RequestError> {
    let request = HttpRequest::get(JWKS_PATH).header("accept", "application/json");
    let document = cluster.request(node, request).await?.json().unwrap_or_default();
    let keys = document["keys"].as_array().into_iter().flatten();
    Ok(keys.filter_map(|key| key["kid"].as_str()).map(str::to_owned).collect())
}

/// VF-04, the parts that create test objects: one verdict for tokens, one for stored secrets.
pub(super) async fn check_objects(workshop: &Workshop<'_>) -> Vec<Verdict> {
    let pairs = workshop.cluster.pairs();
    let tokens = join_all(pairs.iter().map(|pair| token_problem(workshop, pair.first, pair.second)));
    let secrets = join_all(pairs.iter().map(|pair| secret_problem(workshop, pair.first, pair.second)));
    let (tokens, secrets) = futures::future::join(tokens, secrets).await;
    let cluster = workshop.cluster;
    vec![
        verdict(
            cluster,
            tokens,
            REQUIRED_TOKENS,
            "Every node accepts the tokens of the others.",
            "See CL-07: the primary key stores of the nodes differ.",
        )
        .await
        .subject("Signed tokens"),
        verdict(
            cluster,
            secrets,
            REQUIRED_SECRETS,
            "Every node reads the secrets of the others.",
            "See CL-07: [encryption] key differs between the nodes. Use the bundle's key on all of them.",
        )
        .await
        .subject("Stored secrets"),
    ]
}

async fn verdict(
    cluster: &Cluster<'_>,
    problems: Vec<Result<Option<String>, FailedOperation>>,
    required: &str,
    passed: &str,
    remedy: &str,
) -> Verdict {
    let mut found = Vec::new();
    for problem in problems {
        match problem {
            Ok(problem) => found.extend(problem),
            Err(failed) => return failed.verdict(cluster, CheckId::Vf04, required).await,
        }
    }
    if found.is_empty() {
        Verdict::passed(passed, required)
    } else {
        Verdict::failed(format!("{}.", found.join("; ")), required).remedy(remedy)
    }
}

/// Whether `reader` rejects a token that `signer` signed.
async fn token_problem(
    workshop: &Workshop<'_>,
    signer: &ClusterEndpoint,
    reader: &ClusterEndpoint,
) -> Result<Option<String>, FailedOperation> {
    let application = workshop.application("signed-token", signer, TokenFormat::Jwt).await?;
    // Nodes with different databases are the finding of VF-08.
    workshop.api(reader).has_description(&application.id, "").await?;
    let token = workshop.api(signer).token(&application).await?;
    let is_rejected = workshop.api(reader).is_inactive(&token).await?;
    Ok(is_rejected.then(|| format!("{} rejects a token that {} signed", reader.name, signer.name)))
}

/// Whether `reader` cannot decrypt a secret that `writer` stored.
async fn secret_problem(
    workshop: &Workshop<'_>,
    writer: &ClusterEndpoint,
    reader: &ClusterEndpoint,
) -> Result<Option<String>, FailedOperation> {
    let id = workshop.identity_provider("stored-secret", writer).await?;
    match workshop.api(reader).read_stored_secret(&id).await {
        Ok(()) => Ok(None),
        // The error code for a secret that cannot be decrypted.
        Err(FailedOperation { error: ApiError::Status { status: 500, body }, .. }) if body.contains("IDP-65027") => {
            Ok(Some(format!("{} cannot read a secret that {} stored", reader.name, writer.name)))
        }
        Err(failed) => Err(failed),
    }
}

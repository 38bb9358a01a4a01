//! The nodes act as one identity provider. VF-04 compares the signing keys and needs no account; VF-15 uses a token and a stored
//! secret of one node on another. A symmetric key that differs shows in the stored secret alone (docs/wso2.md).

use std::collections::BTreeSet;

use domain::check::CheckId;
use futures::future::join_all;

use super::api::TokenFormat;
use super::cluster::{Cluster, RequestError};
use super::endpoint::ClusterEndpoint;
use super::failure::{ApiError, FailedOperation};
use super::objects::Workshop;
use crate::fault::Verdict;
use crate::https::HttpRequest;

const REQUIRED_KEYS: &str = "All nodes publish the same signing keys.";
const REQUIRED_TOKENS: &str = "A token that one node signed is accepted by the others.";
const REQUIRED_SECRETS: &str = "A secret stored through one node can be read through the others.";
const JWKS_PATH: &str = "/oauth2/jwks";

/// VF-04.
pub(super) async fn check_keys(cluster: &Cluster<'_>) -> Verdict {
    let lists = join_all(cluster.nodes.iter().map(|node| key_ids(cluster, node))).await;
    let mut different = Vec::new();
    let mut first: Option<(&str, BTreeSet<String>)> = None;
    for (node, list) in cluster.nodes.iter().zip(lists) {
        let list = match list {
            Ok(list) => list,
            Err(error) => return error.verdict(node, REQUIRED_KEYS),
        };
        if list.is_empty() {
            return Verdict::failed(format!("{} publishes no signing key.", node.name), REQUIRED_KEYS)
                .remedy("Look for errors about the key store in wso2carbon.log of this node.");
        }
        match &first {
            None => first = Some((&node.name, list)),
            Some((_, known)) if *known == list => {}
            Some((name, _)) => different.push(format!("{} publishes other keys than {name}", node.name)),
        }
    }
    if different.is_empty() {
        Verdict::passed("All nodes publish the same signing keys.", REQUIRED_KEYS)
    } else {
        Verdict::failed(format!("{}.", different.join("; ")), REQUIRED_KEYS)
            .remedy("Copy the primary key store of the bundle to every node (CL-07), and restart the node.")
    }
}

/// The IDs of the keys that a node publishes.
async fn key_ids(cluster: &Cluster<'_>, node: &ClusterEndpoint) -> Result<BTreeSet<String>, RequestError> {
    let request = HttpRequest::get(JWKS_PATH).header("accept", "application/json");
    let document = cluster.request(node, request).await?.json().unwrap_or_default();
    let keys = document["keys"].as_array().into_iter().flatten();
    Ok(keys.filter_map(|key| key["kid"].as_str()).map(str::to_owned).collect())
}

/// VF-15: one verdict for tokens, one for stored secrets.
pub(super) async fn check_objects(workshop: &Workshop<'_>) -> Vec<Verdict> {
    let pairs = match workshop.cluster.two_nodes_each(REQUIRED_TOKENS) {
        Ok(pairs) => pairs,
        Err(verdict) => return vec![*verdict],
    };
    let tokens = join_all(pairs.iter().map(|pair| use_token(workshop, pair.first, pair.second)));
    let secrets = join_all(pairs.iter().map(|pair| use_secret(workshop, pair.first, pair.second)));
    let (tokens, secrets) = futures::future::join(tokens, secrets).await;
    let cluster = workshop.cluster;
    let tokens = match problems(cluster, tokens, REQUIRED_TOKENS).await {
        Err(verdict) => verdict,
        Ok(found) if found.is_empty() => {
            Verdict::passed("Every node accepts the tokens of the others.", REQUIRED_TOKENS)
        }
        Ok(found) => Verdict::failed(format!("{}.", found.join("; ")), REQUIRED_TOKENS)
            .remedy("Look for errors about tokens in wso2carbon.log of the node that rejects them, and see VF-07."),
    };
    let secrets = match problems(cluster, secrets, REQUIRED_SECRETS).await {
        Err(verdict) => verdict,
        Ok(found) if found.is_empty() => {
            Verdict::passed("Every node reads the secrets of the others.", REQUIRED_SECRETS)
        }
        Ok(found) => Verdict::failed(format!("{}.", found.join("; ")), REQUIRED_SECRETS)
            .remedy("See CL-07: [encryption] key differs between the nodes. Use the bundle's key on all of them."),
    };
    vec![tokens.subject("Signed tokens"), secrets.subject("Stored secrets")]
}

/// What one pair of nodes showed.
enum Observation {
    Fine,
    /// As a sentence without its end.
    Problem(String),
    /// The signing keys differ, which VF-04 reports.
    OtherKeys,
}

type Observed = Result<Observation, FailedOperation>;

/// The problems that the pairs of nodes showed, or the verdict if one pair showed nothing.
async fn problems(cluster: &Cluster<'_>, observed: Vec<Observed>, required: &str) -> Result<Vec<String>, Verdict> {
    let mut found = Vec::new();
    for observed in observed {
        match observed {
            Ok(Observation::Fine) => {}
            Ok(Observation::Problem(problem)) => found.push(problem),
            Ok(Observation::OtherKeys) => {
                return Err(Verdict::skipped("The signing keys of the nodes differ.", required).remedy("See VF-04."));
            }
            Err(failed) => return Err(failed.verdict(cluster, CheckId::Vf15, required).await),
        }
    }
    Ok(found)
}

/// Whether `reader` accepts a token that `signer` signed.
async fn use_token(workshop: &Workshop<'_>, signer: &ClusterEndpoint, reader: &ClusterEndpoint) -> Observed {
    let application = workshop.application(signer, TokenFormat::Jwt).await?;
    // Nodes with different databases are the finding of VF-08.
    workshop.api(reader).has_description(&application.id, "").await?;
    let token = workshop.api(signer).token(&application).await?;
    if !workshop.api(reader).is_inactive(&token).await? {
        return Ok(Observation::Fine);
    }
    let keys = (key_ids(workshop.cluster, signer).await, key_ids(workshop.cluster, reader).await);
    Ok(match keys {
        (Ok(signer), Ok(reader)) if signer != reader => Observation::OtherKeys,
        _ => Observation::Problem(format!("{} rejects a token that {} signed", reader.name, signer.name)),
    })
}

/// Whether `reader` decrypts a secret that `writer` stored.
async fn use_secret(workshop: &Workshop<'_>, writer: &ClusterEndpoint, reader: &ClusterEndpoint) -> Observed {
    let id = workshop.identity_provider(writer).await?;
    match workshop.api(reader).read_stored_secret(&id).await {
        Ok(()) => Ok(Observation::Fine),
        // The error code for a secret that cannot be decrypted.
        Err(FailedOperation { error: ApiError::Status { status: 500, body }, .. }) if body.contains("IDP-65027") => {
            Ok(Observation::Problem(format!("{} cannot read a secret that {} stored", reader.name, writer.name)))
        }
        Err(failed) => Err(failed),
    }
}

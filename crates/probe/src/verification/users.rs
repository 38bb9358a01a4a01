//! VF-08: the user test of WSO2's guide, and an application, which is in another database. It proves that the nodes use the same
//! databases, and nothing about Hazelcast: it passes with clustering switched off (docs/wso2.md).

use std::time::Instant;

use domain::check::CheckId;
use futures::future::join_all;

use super::api::TokenFormat;
use super::cluster::NodePair;
use super::endpoint::ClusterEndpoint;
use super::failure::FailedOperation;
use super::objects::Workshop;
use super::poll::{Polled, until_visible};
use crate::fault::Verdict;

const REQUIRED: &str =
    "A user and an application created on one node exist on the others: the nodes use the same databases.";
const NEW_NAME: &str = "After";

/// VF-08: one verdict for each pair of nodes, and one through the load balancer.
pub(super) async fn check(workshop: &Workshop<'_>) -> Vec<Verdict> {
    let cluster = workshop.cluster;
    let mut pairs = cluster.pairs();
    pairs.extend(cluster.nodes.first().map(|node| NodePair { first: node, second: &cluster.balancer }));
    join_all(pairs.iter().map(|pair| evaluate(workshop, pair))).await
}

async fn evaluate(workshop: &Workshop<'_>, pair: &NodePair<'_>) -> Verdict {
    let verdict = match journey(workshop, pair.first, pair.second).await {
        Ok(verdict) => verdict,
        Err(failed) => failed.verdict(workshop.cluster, CheckId::Vf08, REQUIRED).await,
    };
    verdict.subject(format!("{} to {}", pair.first.name, pair.second.name))
}

async fn journey(
    workshop: &Workshop<'_>,
    writer: &ClusterEndpoint,
    reader: &ClusterEndpoint,
) -> Result<Verdict, FailedOperation> {
    let (at_writer, at_reader) = (workshop.api(writer), workshop.api(reader));
    let application = workshop.application(writer, TokenFormat::Opaque).await?;
    let started = Instant::now();
    let user = workshop.user(writer).await?;
    let created = started.elapsed();
    if at_reader.is_user_missing(&user.id).await? {
        let current = format!("{} does not find the user that {} created.", reader.name, writer.name);
        return Ok(Verdict::failed(current, REQUIRED).remedy(
            "Compare [database.*] and [user_store] in deployment.toml of both nodes: one of them uses another database or H2.",
        ));
    }
    if at_reader.is_application_missing(&application.id).await? {
        let current = format!("{} does not find the application that {} created.", reader.name, writer.name);
        return Ok(Verdict::failed(current, REQUIRED).remedy(
            "Compare [database.identity_db] in deployment.toml of both nodes: one of them uses another database or H2.",
        ));
    }
    at_writer.rename_user(&user.id, NEW_NAME).await?;
    let renamed = until_visible(|| at_reader.has_given_name(&user.id, NEW_NAME)).await;
    at_reader.delete_user(&user.id).await?;
    Ok(match renamed {
        Polled::Visible(took) => {
            let current =
                format!("Created in {} ms; the change is visible after {} ms.", created.as_millis(), took.as_millis());
            Verdict::passed(current, REQUIRED)
        }
        Polled::Stale => {
            let current = format!("{} does not show the change of {} within 12 s.", reader.name, writer.name);
            Verdict::failed(current, REQUIRED)
                .remedy("Compare [database.*] and [user_store] of both nodes, then see VF-07.")
        }
        Polled::Failed(failed) => return Err(failed),
    })
}

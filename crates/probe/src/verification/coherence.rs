//! VF-07: a change on one node reaches the cache of another one. It proves Hazelcast: each operation here stayed stale for good on
//! clusters with clustering switched off (docs/wso2.md), while users and groups were fresh.
//!
//! Of each pair of nodes the second one reads an object first, so that its cache is warm. The first one changes it, and the
//! second one is polled.

use std::time::Duration;

use domain::check::CheckId;
use futures::future::join_all;

use super::api::{FIRST_DESCRIPTION, TokenFormat};
use super::cluster::{Cluster, NodePair};
use super::encode::FIRST_NAME;
use super::endpoint::ClusterEndpoint;
use super::failure::FailedOperation;
use super::login;
use super::objects::Workshop;
use super::poll::{CHANGE_TIMEOUT, INVALIDATION_DELAY, PROMPT_TIMEOUT, Polled, median_and_maximum, until_visible};
use crate::fault::Verdict;

const SECOND_DESCRIPTION: &str = "Test application of Clusterwright, after the change.";
const REQUIRED: &str = "A change on one node is visible on the others within 2 s.";
const REMEDY: &str = "Compare the nodes: clustering switched off or another membership scheme (CL-01, CL-09), a member missing \
                      from a list (CL-04), another cluster domain (CL-05), or a closed Hazelcast port (ND-03). The page Logs \
                      reads from wso2carbon.log which members a node sees. After a long network partition, restart one node.";

/// One kind of change.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Change {
    ApplicationDescription,
    TokenRevocation,
    DeletedApplication,
    DeletedUser,
    UsedCode,
}

impl Change {
    const ALL: [Self; 5] = [
        Self::ApplicationDescription,
        Self::TokenRevocation,
        Self::DeletedApplication,
        Self::DeletedUser,
        Self::UsedCode,
    ];

    const fn title(self) -> &'static str {
        match self {
            Self::ApplicationDescription => "Description of an application",
            Self::TokenRevocation => "Revoked token",
            Self::DeletedApplication => "Deleted application",
            Self::DeletedUser => "Deleted user",
            Self::UsedCode => "Used authorization code",
        }
    }

    /// What a node does that did not hear of the change.
    const fn stale(self) -> &'static str {
        match self {
            Self::ApplicationDescription => "still shows the old description",
            Self::TokenRevocation => "still accepts the revoked token",
            Self::DeletedApplication => "still shows the deleted application",
            Self::DeletedUser => "still shows the deleted user",
            Self::UsedCode => "accepts the used code again",
        }
    }
}

/// VF-07: one verdict for each kind of change.
pub(super) async fn check(workshop: &Workshop<'_>) -> Vec<Verdict> {
    let pairs = match workshop.cluster.two_nodes_each(REQUIRED) {
        Ok(pairs) => pairs,
        Err(verdict) => return vec![*verdict],
    };
    join_all(Change::ALL.into_iter().map(|change| evaluate(workshop, change, &pairs))).await
}

/// The verdict about one kind of change.
async fn evaluate(workshop: &Workshop<'_>, change: Change, pairs: &[NodePair<'_>]) -> Verdict {
    let measured = join_all(pairs.iter().map(|pair| measure(workshop, change, pair))).await;
    verdict(workshop.cluster, change, pairs, &measured).await.subject(change.title())
}

/// What one pair of nodes showed.
enum Observation {
    /// The change was made; whether and when the other node showed it.
    Changed(Polled<FailedOperation>),
    /// The node did not show the object before the change: VF-08 reports why.
    NotWarm,
    /// No code was issued, or the other node refused it: VF-06 reports why.
    NoCode,
}

type Measured = Result<Observation, FailedOperation>;

async fn measure(workshop: &Workshop<'_>, change: Change, pair: &NodePair<'_>) -> Measured {
    let NodePair { first: writer, second: reader } = pair;
    match change {
        Change::ApplicationDescription => description(workshop, writer, reader).await,
        Change::TokenRevocation => revocation(workshop, writer, reader).await,
        Change::DeletedApplication => deleted_application(workshop, writer, reader).await,
        Change::DeletedUser => deleted_user(workshop, writer, reader).await,
        Change::UsedCode => used_code(workshop, writer, reader).await,
    }
}

async fn description(workshop: &Workshop<'_>, writer: &ClusterEndpoint, reader: &ClusterEndpoint) -> Measured {
    let application = workshop.application(writer, TokenFormat::Opaque).await?;
    let (at_writer, at_reader) = (workshop.api(writer), workshop.api(reader));
    if !at_reader.has_description(&application.id, FIRST_DESCRIPTION).await? {
        return Ok(Observation::NotWarm);
    }
    at_writer.describe_application(&application.id, SECOND_DESCRIPTION).await?;
    Ok(Observation::Changed(until_visible(|| at_reader.has_description(&application.id, SECOND_DESCRIPTION)).await))
}

async fn revocation(workshop: &Workshop<'_>, writer: &ClusterEndpoint, reader: &ClusterEndpoint) -> Measured {
    let application = workshop.application(writer, TokenFormat::Opaque).await?;
    let (at_writer, at_reader) = (workshop.api(writer), workshop.api(reader));
    let token = at_writer.token(&application).await?;
    if at_reader.is_inactive(&token).await? {
        return Ok(Observation::NotWarm);
    }
    at_writer.revoke(&application, &token).await?;
    Ok(Observation::Changed(until_visible(|| at_reader.is_inactive(&token)).await))
}

async fn deleted_application(workshop: &Workshop<'_>, writer: &ClusterEndpoint, reader: &ClusterEndpoint) -> Measured {
    let application = workshop.application(writer, TokenFormat::Opaque).await?;
    let (at_writer, at_reader) = (workshop.api(writer), workshop.api(reader));
    if !at_reader.has_description(&application.id, FIRST_DESCRIPTION).await? {
        return Ok(Observation::NotWarm);
    }
    at_writer.delete_application(&application.id).await?;
    Ok(Observation::Changed(until_visible(|| at_reader.is_application_missing(&application.id)).await))
}

async fn deleted_user(workshop: &Workshop<'_>, writer: &ClusterEndpoint, reader: &ClusterEndpoint) -> Measured {
    let user = workshop.user(writer).await?;
    let (at_writer, at_reader) = (workshop.api(writer), workshop.api(reader));
    if !at_reader.has_given_name(&user.id, FIRST_NAME).await? {
        return Ok(Observation::NotWarm);
    }
    at_writer.delete_user(&user.id).await?;
    Ok(Observation::Changed(until_visible(|| at_reader.is_user_missing(&user.id)).await))
}

/// The node that issued a code has it in its cache. It is used on the other node and then again here. Only one attempt is made, as
/// it uses the code up, so the message of the other node gets some time.
async fn used_code(workshop: &Workshop<'_>, writer: &ClusterEndpoint, reader: &ClusterEndpoint) -> Measured {
    let application = workshop.application(reader, TokenFormat::Opaque).await?;
    let Some(code) = login::authorization_code(workshop, &application, reader).await? else {
        return Ok(Observation::NoCode);
    };
    if workshop.api(writer).redeem(&application, &code).await?.is_none() {
        return Ok(Observation::NoCode);
    }
    tokio::time::sleep(INVALIDATION_DELAY).await;
    let is_accepted = workshop.api(reader).redeem(&application, &code).await?.is_some();
    Ok(Observation::Changed(if is_accepted { Polled::Stale } else { Polled::Visible(Duration::ZERO) }))
}

/// The verdict about one kind of change from what all pairs showed; the worst comes first.
async fn verdict(cluster: &Cluster<'_>, change: Change, pairs: &[NodePair<'_>], measured: &[Measured]) -> Verdict {
    let mut times = Vec::new();
    let (mut stale, mut late) = (Vec::new(), Vec::new());
    for (NodePair { first: writer, second: reader }, measured) in pairs.iter().zip(measured) {
        match measured {
            Err(failed) | Ok(Observation::Changed(Polled::Failed(failed))) => {
                return failed.verdict(cluster, CheckId::Vf07, REQUIRED).await;
            }
            Ok(Observation::NotWarm) => {
                let current = format!("{} did not show the object before {} changed it.", reader.name, writer.name);
                return Verdict::skipped(current, REQUIRED).remedy("See VF-08.");
            }
            Ok(Observation::NoCode) => {
                return Verdict::skipped("No code was issued, or another node refused it.", REQUIRED)
                    .remedy("See VF-06.");
            }
            Ok(Observation::Changed(Polled::Stale)) => {
                stale.push(format!("{} {} of {}", reader.name, change.stale(), writer.name))
            }
            Ok(Observation::Changed(Polled::Visible(took))) => {
                times.push(*took);
                if *took > PROMPT_TIMEOUT {
                    late.push(format!("{} after {}", reader.name, seconds(*took)));
                }
            }
        }
    }
    let (median, maximum) = median_and_maximum(&times);
    let all = pairs.len();
    let summary = match change {
        Change::UsedCode => format!("{} of {all} nodes refuse it.", times.len()),
        _ => {
            let (median, maximum) = (seconds(median), seconds(maximum));
            format!("{} of {all} nodes followed (median {median}, at most {maximum}).", times.len())
        }
    };
    if !stale.is_empty() {
        let wait = CHANGE_TIMEOUT.as_secs();
        let followed = if times.is_empty() { String::new() } else { format!(" {summary}") };
        Verdict::failed(format!("After {wait} s, {}.{followed}", stale.join("; ")), REQUIRED).remedy(REMEDY)
    } else if !late.is_empty() {
        Verdict::warned(format!("The change became visible late: {}. {summary}", late.join("; ")), REQUIRED)
            .remedy("Check the network between the nodes and their load. Clusters take less than 0.5 s.")
    } else {
        Verdict::passed(summary, REQUIRED)
    }
}

/// A time in milliseconds, or in seconds from one second on.
fn seconds(time: Duration) -> String {
    if time < Duration::from_secs(1) {
        format!("{} ms", time.as_millis())
    } else {
        format!("{:.1} s", time.as_secs_f32())
    }
}

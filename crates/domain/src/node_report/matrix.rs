//! The reachability matrix of the pages, as plain data.

use super::{ConnectionOutcome, MachineRole, ProbedPort, ReceivedReport};
use crate::inputs::ReadableAnswers;
use crate::render_plan::ProbePlan;

/// The matrix: one row per connecting node, one column per destination.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ReachabilityMatrix {
    /// The nodes' names, in their order.
    pub nodes: Vec<String>,
    /// The time of each node's latest report, in Unix seconds.
    pub reported_at: Vec<Option<u64>>,
    /// The rows: `None` from a node to itself.
    pub rows: Vec<Vec<Option<ReachabilityCell>>>,
}

/// The connection from one node to another.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ReachabilityCell {
    /// The Hazelcast port.
    pub hazelcast: ReachVerdict,
    /// The HTTPS port.
    pub https: ReachVerdict,
    /// The shortest round trip in tenths of a millisecond.
    pub tenths: Option<u64>,
    /// The lead of the other clock, in milliseconds.
    pub ahead: Option<i64>,
}

/// The outcome of one connection, for the matrix.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ReachVerdict {
    /// Not known.
    Unknown,
    /// It answered as required.
    Met,
    /// It answered, but not with the token.
    Other,
    /// It refused the connection.
    Refused,
    /// It did not answer, or is unreachable.
    Silent,
}

impl ReachVerdict {
    /// A few words for the matrix.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unknown => "not checked",
            Self::Met => "reached",
            Self::Other => "something else answers",
            Self::Refused => "refused",
            Self::Silent => "silent",
        }
    }

    const fn of(answer: ConnectionOutcome) -> Self {
        match answer {
            ConnectionOutcome::Token
            | ConnectionOutcome::Connected
            | ConnectionOutcome::Tls
            | ConnectionOutcome::Http => Self::Met,
            ConnectionOutcome::Other
            | ConnectionOutcome::OtherPlan
            | ConnectionOutcome::OtherNode
            | ConnectionOutcome::Closed
            | ConnectionOutcome::Mute => Self::Other,
            ConnectionOutcome::Refused => Self::Refused,
            ConnectionOutcome::Silent | ConnectionOutcome::Unreachable | ConnectionOutcome::Unresolved => Self::Silent,
        }
    }
}

impl ReachabilityMatrix {
    /// The matrix of the current node table; `None` for fewer than two nodes.
    #[must_use]
    pub fn of(answers: &ReadableAnswers, reports: &[ReceivedReport]) -> Option<Self> {
        let plan = ProbePlan::of(answers)?;
        if plan.nodes.len() < 2 {
            return None;
        }
        let of = |name: &str| {
            let fits = |received: &&ReceivedReport| {
                let report = &received.report;
                report.role == MachineRole::Node && report.node == name && report.plan == plan.plan
            };
            reports.iter().filter(fits).collect::<Vec<_>>()
        };
        let mut matrix = Self { nodes: plan.nodes.iter().map(|node| node.name.clone()).collect(), ..Self::default() };
        for from in &plan.nodes {
            matrix.reported_at.push(of(&from.name).iter().map(|received| received.at).max());
            let reached = of(&from.name)
                .into_iter()
                .filter(|received| received.report.has_reached)
                .max_by_key(|received| received.at);
            let row = plan.nodes.iter().map(|to| {
                if to.name == from.name {
                    return None;
                }
                let look = |kind, port| reached.and_then(|received| received.report.reach(&to.name, kind, port));
                let (hazelcast, https) =
                    (look(ProbedPort::Hazelcast, to.hazelcast_port), look(ProbedPort::Https, to.https_port));
                let meeting = |found: Option<&super::ConnectionResult>| {
                    found.map_or(ReachVerdict::Unknown, |found| ReachVerdict::of(found.answer))
                };
                let first =
                    || hazelcast.into_iter().chain(https).filter(|found| found.answer == ConnectionOutcome::Token);
                Some(ReachabilityCell {
                    hazelcast: meeting(hazelcast),
                    https: meeting(https),
                    tenths: first().find_map(|found| tenths(found.milliseconds?)),
                    ahead: first().find_map(|found| found.ahead),
                })
            });
            matrix.rows.push(row.collect());
        }
        Some(matrix)
    }
}

/// Whole tenths of a millisecond, of a number from a bounded text.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and a minute")]
fn tenths(milliseconds: f64) -> Option<u64> {
    (0.0..60_000.0).contains(&milliseconds).then(|| (milliseconds * 10.0).round() as u64)
}

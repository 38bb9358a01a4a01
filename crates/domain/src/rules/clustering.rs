//! CL-09: requirements of a membership scheme besides its settings. For a file of the bundle or a role of the platform,
//! a note states the requirement: the check cannot see whether it was applied.

use crate::check::CheckId;
use crate::finding::{Finding, FindingLocation, Severity, found};
use crate::product::Version;
use crate::sites::reported;
use crate::step::Step;
use crate::steps::{ClusterNode, Clustering, MembershipScheme, keys};

pub(super) fn check_membership(clustering: &Clustering, version: Option<Version>) -> Vec<Finding> {
    let mut findings = Vec::new();
    if clustering.scheme == MembershipScheme::Aws {
        let (key, secret) = (clustering.aws_access_key.is_some(), clustering.aws_secret_key.is_some());
        if key != secret {
            let setting = if key { keys::CLUSTERING.aws_secret_key } else { keys::CLUSTERING.aws_access_key };
            findings.push(finding(
                Severity::Blocks,
                setting,
                "The access key and the secret key belong together.",
                "Enter both, or neither and an IAM role.",
            ));
        } else if !key && clustering.aws_iam_role.is_none() {
            findings.push(finding(
                Severity::Blocks,
                keys::CLUSTERING.aws_iam_role,
                "Without a role or an access key, the nodes cannot list each other.",
                "Enter the IAM role of the instances.",
            ));
        }
        if key && secret && clustering.aws_iam_role.is_some() {
            findings.push(finding(
                Severity::Warns,
                keys::CLUSTERING.aws_access_key,
                "Both a role and an access key are set. Hazelcast uses the key and ignores the role.",
                "Remove the access key and its secret key to use the role.",
            ));
        }
    }
    findings.extend(
        bundle_file_note(clustering.scheme)
            .map(|(what, remedy)| finding(Severity::Notes, keys::CLUSTERING.scheme, &what, remedy)),
    );
    if clustering.scheme == MembershipScheme::Kubernetes
        && version.is_some_and(|version| !version.facts().kubernetes_built_in)
    {
        findings.push(finding(
            Severity::Warns,
            keys::CLUSTERING.scheme,
            "The pack of 5.10 and of early 5.11 lacks the Kubernetes membership scheme.",
            "Copy the kubernetes-membership-scheme jar to repository/components/dropins on every node.",
        ));
    }
    findings
}

#[track_caller]
fn finding(severity: Severity, setting: &str, what: &str, remedy: &str) -> Finding {
    let at = FindingLocation::setting(Step::Clustering, setting);
    Finding { severity, why: String::new(), ..found(CheckId::Cl09, at, what, remedy) }
}

/// What the platform must allow, which is not visible from here: the requirement and the remedy.
fn bundle_file_note(scheme: MembershipScheme) -> Option<(String, &'static str)> {
    match scheme {
        MembershipScheme::Wka | MembershipScheme::Multicast => None,
        MembershipScheme::Kubernetes => Some((
            reported(
                "Pods find each other through the API server, which requires a ServiceAccount that may read endpoints.",
            ),
            "Apply platform/rbac.yaml and platform/service.yaml of the download, and set NODE_IP in the pods.",
        )),
        MembershipScheme::Aws => Some((
            reported("Nodes find each other through EC2 DescribeInstances, which their role or key must allow."),
            "Attach platform/iam-policy.json of the download to the role of the instances or to the owner of the key.",
        )),
        MembershipScheme::AwsEcs => Some((
            reported(
                "Tasks find each other through their EC2 instances. They need network mode host and a role that allows DescribeInstances.",
            ),
            "Attach platform/iam-policy.json of the download to the role of the instances, and set NODE_IP in the tasks.",
        )),
    }
}

/// Ports that Hazelcast's AWS discovery searches: WSO2's guides require a port from this range with `aws`, and IS
/// itself infers 5701 with `aws-ecs`. Not run on AWS, so it warns and does not block.
const AWS_DISCOVERY_PORTS: std::ops::RangeInclusive<u16> = 5701..=5800;

/// A port on which the members of an AWS scheme would not find each other.
pub(super) fn ports(clustering: &Clustering, nodes: &[ClusterNode]) -> Option<Finding> {
    if !matches!(clustering.scheme, MembershipScheme::Aws | MembershipScheme::AwsEcs) {
        return None;
    }
    let row = nodes.iter().position(|node| !AWS_DISCOVERY_PORTS.contains(&node.hazelcast_port.get()))?;
    let at = FindingLocation::node(row, keys::NODE.hazelcast_port);
    Some(Finding {
        severity: Severity::Warns,
        why: "On other ports, each node forms a separate cluster (WSO2's guide to the AWS scheme).".to_owned(),
        ..found(
            CheckId::Cl09,
            at,
            "The AWS schemes search for members only on ports 5701 to 5800.",
            "Enter 5701 as the Hazelcast port of every node.",
        )
    })
}

//! If the platform assigns the addresses of the nodes, every check that uses one is skipped; none passes.

use domain::check::{CheckId, CheckResult, Outcome, Reach, evaluate_rules as by_answers};
use domain::draft::Draft;
use domain::finding::Finding;
use domain::inputs::ReadableAnswers;
use domain::node_report::{evaluate, supplement};
use domain::rules::{self, ExternalFacts};

use crate::cluster::{draft, secrets};

fn assigned(settings: &[(&str, &str)]) -> Draft {
    let mut draft = draft();
    for (key, text) in settings {
        draft.set(*key, (*text).to_owned());
    }
    draft
}

fn platforms() -> [Draft; 2] {
    let kubernetes = assigned(&[
        ("clustering.scheme", "kubernetes"),
        ("clustering.kubernetes_namespace", "identity"),
        ("clustering.kubernetes_services", "wso2is"),
    ]);
    let mut ecs = assigned(&[
        ("clustering.scheme", "aws-ecs"),
        ("clustering.aws_region", "eu-central-1"),
        ("clustering.ecs_cluster", "login"),
        ("clustering.ecs_tag_value", "stack"),
        ("clustering.ecs_vpc_cidr", "10.0.0.0/16"),
    ]);
    for node in &mut ecs.nodes {
        node.insert("hazelcast_port".to_owned(), "5701".to_owned());
    }
    [kubernetes, ecs]
}

fn read(draft: &Draft) -> (ReadableAnswers, Vec<Finding>) {
    let (answers, mut findings) = ReadableAnswers::read(draft, &secrets());
    assert!(answers.clustering.is_some(), "{findings:?}");
    assert!(answers.nodes.iter().flatten().count() == 3, "{findings:?}");
    findings.extend(rules::apply(&answers, &ExternalFacts::default()));
    (answers, findings)
}

/// The results of a check of the plan or of reach `Node`.
fn results(id: CheckId, answers: &ReadableAnswers, findings: &[Finding]) -> Vec<CheckResult> {
    match (id.of_node(), id.reach()) {
        (Some(check), _) => evaluate(check, answers, &[]),
        // crates/probe/tests/live and crates/probe/tests/verification
        (None, Reach::Server | Reach::Cluster) => Vec::new(),
        (None, _) => by_answers(id, answers, findings, true),
    }
}

/// Checks that depend on the node table but on none of its addresses.
const WITHOUT_ADDRESSES: [CheckId; 11] = [
    // The number of nodes, and their names, ports and settings.
    CheckId::Cl06,
    CheckId::Cl07,
    CheckId::Cl08,
    CheckId::Cl09,
    CheckId::Cl10,
    CheckId::Cl11,
    CheckId::Db28,
    CheckId::Db29,
    // Key stores and their passwords.
    CheckId::Tl06,
    // Through the load balancer's hostname.
    CheckId::Lb05,
    CheckId::Lb06,
];

#[test]
fn no_check_that_uses_an_address_passes() {
    let using = |id: &CheckId| {
        let needs_nodes = |key: &&str| key.starts_with("clustering.nodes") || *key == "clustering.";
        id.reach() == Reach::Node || id.spec().needs.iter().any(needs_nodes) || matches!(id, CheckId::Lb07)
    };
    for draft in platforms() {
        let (answers, findings) = read(&draft);
        let mut looked_at = 0;
        for id in CheckId::ALL.iter().copied().filter(using).filter(|id| !WITHOUT_ADDRESSES.contains(id)) {
            for result in results(id, &answers, &findings) {
                looked_at += 1;
                assert_eq!(result.outcome, Outcome::CouldNotCheck, "{id}: {result:?}");
                assert!(result.current.contains("The platform assigns the addresses of the nodes"), "{result:?}");
                assert!(!result.remedy.text.is_empty() && !result.required.is_empty(), "{result:?}");
            }
        }
        assert!(looked_at >= 24, "{looked_at}");
    }
}

/// The part of LB-05 that a node's probe decides.
#[test]
fn the_forged_address_is_not_looked_up_in_a_container() {
    for draft in platforms() {
        let (answers, _) = read(&draft);
        let [result] = <[CheckResult; 1]>::try_from(supplement(CheckId::Lb05, &answers, &[])).unwrap();
        assert_eq!(result.outcome, Outcome::CouldNotCheck);
        assert!(result.current.contains("no probe runs in a container"), "{result:?}");
        for id in [CheckId::Us01, CheckId::Db37, CheckId::Lb04, CheckId::Cl05, CheckId::Cl07] {
            assert_eq!(supplement(id, &answers, &[]), [], "{id}");
        }
    }
}

/// CL-09 cannot inspect what the platform allows: it lists the requirements.
#[test]
fn further_requirements_of_a_platform_are_listed() {
    let result_of = |draft: &Draft| {
        let (answers, findings) = read(draft);
        let mut results = by_answers(CheckId::Cl09, &answers, &findings, true);
        assert_eq!(results.len(), 1, "{results:?}");
        let result = results.remove(0);
        assert_eq!(result.outcome, Outcome::Passed, "{result:?}");
        result
    };
    let [kubernetes, ecs] = platforms();
    let words = [
        (
            result_of(&kubernetes),
            "Pods find each other through the API server, which requires a ServiceAccount that may read endpoints. \
             Apply platform/rbac.yaml and platform/service.yaml of the download, and set NODE_IP in the pods.",
        ),
        (
            result_of(&ecs),
            "Tasks find each other through their EC2 instances. They need network mode host and a role that allows \
             DescribeInstances. Attach platform/iam-policy.json of the download to the role of the instances, and set NODE_IP \
             in the tasks.",
        ),
        (
            result_of(&{
                let mut draft = assigned(&[
                    ("clustering.scheme", "aws"),
                    ("clustering.aws_region", "eu-central-1"),
                    ("clustering.aws_security_group", "sg-1"),
                    ("clustering.aws_tag_key", "cluster"),
                    ("clustering.aws_tag_value", "is"),
                    ("clustering.aws_iam_role", "member"),
                ]);
                for node in &mut draft.nodes {
                    node.insert("hazelcast_port".to_owned(), "5701".to_owned());
                }
                draft
            }),
            "Nodes find each other through EC2 DescribeInstances, which their role or key must allow. Attach \
             platform/iam-policy.json of the download to the role of the instances or to the owner of the key.",
        ),
        (result_of(&draft()), "As required."),
    ];
    for (result, text) in words {
        assert_eq!(result.current, text);
        assert!(result.required.ends_with("are listed, but not checked."), "{result:?}");
    }
}

//! A healthy plan, its faults, and recording the check that reported a fault.

use domain::cluster::{Validation, validate};
use domain::draft::Draft;
use domain::finding::{Finding, Severity};
use domain::rules::ExternalFacts;
use domain::secret::{Secret, Secrets};
use testbed::plan::TestPlan;

/// The change that injects a fault into a healthy plan.
pub(crate) type Change = Box<dyn FnOnce(&mut Draft, &mut Secrets)>;
/// A fault: its name, the change, and the findings, as `severity check place`.
pub(crate) type Case = (&'static str, Change, &'static [&'static str]);

pub(crate) fn healthy() -> (Draft, Secrets) {
    let plan = TestPlan::machines(3);
    (plan.draft(), plan.secrets().map(|(key, text)| (key, Secret::new(text))).collect())
}

/// The AWS scheme with `answers`, on the port that its discovery uses.
pub(crate) fn on_aws(draft: &mut Draft, answers: &[(&str, &str)]) {
    answers.iter().for_each(|(key, text)| draft.set(*key, *text));
    for node in &mut draft.nodes {
        node.insert("hazelcast_port".to_owned(), "5701".to_owned());
    }
}

pub(crate) fn validated(change: impl FnOnce(&mut Draft, &mut Secrets)) -> Validation {
    let (mut draft, mut secrets) = healthy();
    change(&mut draft, &mut secrets);
    validate(&draft, &secrets, &ExternalFacts { now: 1_800_000_000, ..ExternalFacts::default() })
}

/// The findings, as `severity check place`.
pub(crate) fn found(change: impl FnOnce(&mut Draft, &mut Secrets)) -> Vec<String> {
    let validation = validated(change);
    let blocked = validation.findings.iter().any(|finding| finding.severity == Severity::Blocks);
    assert_eq!(validation.cluster.is_none(), blocked, "a finding that blocks gives no cluster, and no other does");
    let check = |finding: &Finding| finding.check.map_or("-".to_owned(), |check| check.to_string());
    validation
        .findings
        .iter()
        .map(|finding| format!("{} {} {}", finding.severity, check(finding), finding.at))
        .collect()
}

/// One answer.
pub(crate) fn set(key: &'static str, text: &'static str) -> Change {
    Box::new(move |draft, _| draft.set(key, text))
}

/// Several answers.
pub(crate) fn several(answers: &'static [(&'static str, &'static str)]) -> Change {
    Box::new(move |draft, _| answers.iter().for_each(|(key, text)| draft.set(*key, *text)))
}

/// One cell of the node table.
pub(crate) fn node(row: usize, column: &'static str, text: &'static str) -> Change {
    Box::new(move |draft, _| {
        draft.nodes[row].insert(column.to_owned(), text.to_owned());
    })
}

/// One secret.
pub(crate) fn secret(key: &'static str, text: &'static str) -> Change {
    Box::new(move |_, secrets| secrets.insert(key, Secret::new(text)))
}

/// A directory of this kind, with other answers.
pub(crate) fn directory(kind: &'static str, answers: &'static [(&'static str, &'static str)]) -> Change {
    Box::new(move |draft, secrets| {
        let base = [
            ("user_store.kind", kind),
            ("user_store.connection_url", "ldaps://ldap.example.com"),
            ("user_store.connection_name", "cn=is,dc=example,dc=com"),
            ("user_store.base_dn", "dc=example,dc=com"),
            // Creating a super admin in Active Directory has a separate warning (US-08).
            ("user_store.create_admin", if kind == "active-directory" { "no" } else { "yes" }),
        ];
        base.iter().chain(answers).for_each(|(key, text)| draft.set(*key, *text));
        secrets.insert("user_store.connection_password", Secret::new("Bind-1"));
    })
}

/// Each fault is found once at its place, and recorded.
pub(crate) fn each_is_found_once(cases: Vec<Case>) {
    for (fault, change, expected) in cases {
        let found = found(change);
        assert_eq!(found, expected, "{fault}");
        record(fault, &found);
    }
}

/// Records a fault under the one check that reported it. Findings about a field and notes have no check.
pub(crate) fn record(fault: &str, found: &[String]) {
    let as_fault = |line: &String| match line.split(' ').collect::<Vec<_>>()[..] {
        [_, "-", _] => None,
        ["blocks", id, _] => Some(format!("failed {id}")),
        ["warns", id, _] => Some(format!("warned {id}")),
        _ => None,
    };
    let mut ids: Vec<String> = found.iter().filter_map(as_fault).collect();
    ids.dedup();
    match (found.is_empty(), &ids[..]) {
        (true, _) => testbed::faults::expect_none(fault, &ids),
        (_, [expected]) => testbed::faults::expect(fault, expected, &ids.clone(), domain::sites::take()),
        _ => {}
    }
}

//! Milestones of a plan are compared with its answers: prepared databases, and the address of the last bundle.
#![expect(clippy::unwrap_used, reason = "test code: a failure fails the test")]

use domain::cluster::{Validation, validate};
use domain::draft::{Acceptance, Draft};
use domain::finding::{Finding, Severity};
use domain::inputs::ReadableAnswers;
use domain::issues::Issues;
use domain::milestones::{Downloaded, Prepared};
use domain::render_plan::RenderPlan;
use domain::rules::ExternalFacts;
use domain::secret::{Secret, Secrets};
use testbed::plan::TestPlan;

/// A plan that was changed after it was downloaded and its databases were prepared.
fn validated(changes: &[(&str, &str)]) -> Validation {
    let plan = TestPlan::machines(2).with("product.cluster", "running");
    let mut draft: Draft = plan.draft();
    let secrets: Secrets = plan.secrets().map(|(key, text)| (key, Secret::new(text))).collect();
    let answers = ReadableAnswers::read(&draft, &secrets).0;
    draft.milestones.prepared =
        Some(Prepared::of(&answers.product.unwrap(), &answers.database.unwrap(), 1_795_421_640));
    draft.milestones.downloaded = Some(Downloaded::of(&answers.load_balancer.unwrap()));
    for (key, text) in changes {
        draft.set(*key, *text);
    }
    validate(&draft, &secrets, &ExternalFacts { now: 1_800_000_000, ..ExternalFacts::default() })
}

#[test]
fn prepared_databases_are_reported_until_the_answers_name_others() {
    let prepared = |changes: &[(&str, &str)]| RenderPlan::new(&validated(changes).cluster.unwrap()).prepared;
    let sentence = prepared(&[]).unwrap();
    for part in ["wso2identity_db", "10.20.0.5:3306", "for IS 7.2.0", "on 2026-11-23."] {
        assert!(sentence.contains(part), "{part}: {sentence}");
    }
    assert!(prepared(&[("database.pool_size", "60")]).is_some(), "the databases are the same");
    for change in [
        ("database.host", "10.20.0.6"),
        ("database.port", "3307"),
        ("database.shared_db", "is_shared"),
        ("product.version", "7.1.0"),
    ] {
        assert_eq!(prepared(&[change]), None, "{change:?}");
    }
}

fn warnings(changes: &[(&str, &str)]) -> Vec<Finding> {
    let of_the_address = |finding: &Finding| {
        finding.severity == Severity::Warns
            && matches!(finding.at.setting.as_deref(), Some("load_balancer.hostname" | "load_balancer.https_port"))
    };
    validated(changes).findings.into_iter().filter(of_the_address).collect()
}

#[test]
fn another_address_than_that_of_the_last_download_is_warned_of_with_what_holds_it() {
    assert_eq!(warnings(&[]), []);
    let found = warnings(&[("load_balancer.hostname", "sso.example.com"), ("load_balancer.https_port", "8443")]);
    assert_eq!(found.len(), 2, "{found:?}");
    let hostname = found.iter().find(|finding| finding.what.contains("login.example.com")).unwrap().message();
    for part in ["callbacks", "issuer", "certificates", "hosts files", "Keep login.example.com"] {
        assert!(hostname.contains(part), "{part}: {hostname}");
    }
    assert!(found.iter().any(|finding| finding.message().contains("Keep 443")), "{found:?}");

    // The effect on the consoles depends on the version.
    let why =
        |version| warnings(&[("product.version", version), ("load_balancer.hostname", "sso.example.com")])[0].clone();
    assert!(why("6.1.0").why.contains("callback.not.match") && why("6.1.0").remedy.contains("does not change"));
    assert!(why("7.1.0").why.contains("SAML entity ID") && why("7.2.0").why.contains("not tested"));

    let nothing_runs = [("product.cluster", "new"), ("load_balancer.hostname", "sso.example.com")];
    assert_eq!(warnings(&nothing_runs), [], "no cluster has the old name");
}

#[test]
fn the_warning_can_be_accepted_with_a_reason_and_a_bundle_remembers_its_own_address() {
    let validation = validated(&[("load_balancer.hostname", "sso.example.com")]);
    let accepted = [("load_balancer.hostname".to_owned(), Acceptance::with_reason("agreed"))].into();
    let issues = Issues::of(&validation.findings, &domain::check::CheckReport::default(), &accepted);
    assert_eq!(issues.accepted().count(), 1, "{:?}", validation.findings);
    let plan = validation.cluster.unwrap().plan_file().to_owned();
    assert!(plan.contains("[downloaded]\nhostname = \"sso.example.com\""), "{plan}");
}

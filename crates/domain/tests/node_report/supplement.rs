//! What node reports add to checks that are decided elsewhere.

use domain::check::{CheckId, CheckResult, Outcome};
use domain::inputs::ReadableAnswers;
use domain::node_report::{FORGED_ADDRESS, parse, supplement};
use domain::render_plan::ProbePlan;
use testbed::faults;

use crate::cluster::{answers_with_directory, draft, received, reported, secrets, texts, words_of};

/// One fault per line, reported by exactly this check of this node.
#[test]
fn nodes_add_to_checks_that_are_decided_elsewhere() {
    let answers = answers_with_directory("ldaps://ldap.example.com:636", &[("load_balancer.version", "1.25.3")]);
    let plan = ProbePlan::of(&answers).unwrap();
    assert!(plan.names.contains(&"ldap.example.com".to_owned()) && plan.directory == "ldap.example.com 636");
    let store = "repository/resources/security/cluster-primary.p12";
    let added = format!(
        "file | {store} | same | 1f2e\naccess-log | 1795435000 | 198.51.100.7 10.20.0.5\nsymmetric-key | 77aa | own\nbundle-symmetric-key | 77aa | own\nreach | directory | service | 636 | connected | 0.90 | - | 0 | -\nend |"
    );
    let current = |text: &String| text.replace("nginx | 1.22.1", "nginx | 1.28.0").replace("end |", &added);
    let texts: Vec<String> = texts(&answers).iter().map(current).collect();
    let results = |texts: &[String]| -> Vec<CheckResult> {
        let reports = received(texts);
        CheckId::ALL.iter().flat_map(|id| supplement(*id, &answers, &reports)).collect()
    };
    let healthy = results(&texts);
    assert_eq!(healthy.iter().filter(|result| result.outcome == Outcome::Passed).count(), 17, "{healthy:#?}");
    faults::expect_none("nodes add nothing", &reported(&healthy).keys().map(ToString::to_string).collect::<Vec<_>>());
    for (expected, number, from, to, words) in [
        ("warned DB-37", 2, "3306 | connected | 0.80", "3306 | connected | 41.00", "answers in 41.0 ms."),
        (
            "failed LB-04",
            4,
            "nginx | 1.28.0",
            "nginx | 1.22.1",
            "does not support the directive http2, which the files for 1.25.3 use.",
        ),
        ("failed LB-04", 4, "nginx | 1.28.0", "nginx | 1.14.2", "NGINX 1.14.2 is older than 1.18"),
        ("failed US-01", 2, "636 | connected", "636 | silent", "ldap.example.com: port 636 is silent."),
        ("failed US-01", 1, "636 | connected", "636 | refused", "port 636 refuses"),
        ("failed US-01", 3, "636 | connected", "636 | unresolved", "its name does not resolve"),
        ("failed CL-07", 2, "symmetric-key | 77aa", "symmetric-key | 77ab", "key in deployment.toml differs from"),
        (
            "failed CL-07",
            2,
            "bundle-symmetric-key | 77aa",
            "bundle-symmetric-key | 88bb",
            "key in deployment.toml differs from the bundle.",
        ),
        ("failed CL-07", 3, "same | 1f2e", "alone | 9d9d", "cluster-primary.p12 differs from other nodes."),
        (
            "failed CL-07",
            3,
            "same | 1f2e",
            "differs | 9d9d",
            "cluster-primary.p12 contains another key than the bundle.",
        ),
        (
            "warned LB-05",
            3,
            "access-log | 1795435000 | 198.51.100.7",
            &format!("access-log | 1795435000 | 198.51.100.7 10.20.0.5\naccess-log | 1795435100 | {FORGED_ADDRESS}"),
            "with the forged address 203.0.113.66.",
        ),
        (
            "warned LB-05",
            3,
            "access-log | 1795435000 | 198.51.100.7 10",
            &format!("access-log | 1795435001 | {FORGED_ADDRESS}, 198.51.100.7 10"),
            "with the forged address 203.0.113.66.",
        ),
        (
            "warned LB-05",
            3,
            "access-log | 1795435000 | 198.51.100.7",
            "access-log | 1795435001 | -",
            "without X-Forwarded-For",
        ),
        (
            "warned LB-05",
            3,
            "access-log | 1795435000 | 198.51.100.7",
            "access-log | 1795435001 | 198.51.100.7, 10.0.0.1",
            "with several addresses",
        ),
        (
            "warned CL-05",
            2,
            "127.0.0.1 10.20.0.12 ::1",
            "127.0.0.1 172.17.0.2",
            "is-2.example.com resolves to 10.20.0.12; the addresses of the machine are 172.17.0.2.",
        ),
    ] {
        let mut changed = texts.clone();
        changed[number - 1] = texts[number - 1].replace(from, to);
        assert_ne!(changed[number - 1], texts[number - 1], "{from}");
        let results = results(&changed);
        let reported = reported(&results);
        let found = words_of(&reported);
        faults::expect(words, expected, &found, domain::sites::take());
        let [result] = reported.values().next().unwrap().as_slice() else { panic!("{reported:#?}") };
        let subject = if number == 4 { "load balancer".to_owned() } else { format!("is-{number}") };
        assert_eq!(result.subject.as_deref(), Some(subject.as_str()));
        assert!(result.current.contains(words) && !result.required.is_empty(), "{result:#?}");
        assert!(!result.remedy.text.is_empty(), "{result:#?}");
    }
    let none: Vec<CheckResult> = CheckId::ALL.iter().flat_map(|id| supplement(*id, &answers, &[])).collect();
    let [result] = none.as_slice() else { panic!("without a report only LB-05 is half decided: {none:#?}") };
    assert_eq!((result.id, result.outcome), (CheckId::Lb05, Outcome::CouldNotCheck));
    assert!(result.current.contains("no probe has found") && result.remedy.text.contains("probe.sh"), "{result:?}");
    // IS's default pattern contains only the load balancer.
    let stock = texts[0].replace("198.51.100.7 10.20.0.5", "10.20.0.5 - -").replace("1795435000", "1795435999");
    let report = parse(&stock).unwrap();
    let results = supplement(CheckId::Lb05, &answers, &[domain::node_report::ReceivedReport { at: 0, report }]);
    assert_eq!(results[0].outcome, Outcome::CouldNotCheck, "{results:?}");
    assert!(results[0].current.contains("a pattern without X-Forwarded-For"), "{results:?}");
}

/// The version in the plan has sticky cookies; the one on the machine does not.
#[test]
fn an_nginx_without_sticky_cookies_on_the_machine() {
    let mut draft = draft();
    draft.set("load_balancer.version", "1.30.1");
    draft.set("load_balancer.algorithm", "sticky-cookie");
    let (answers, _) = ReadableAnswers::read(&draft, &secrets());
    let mut texts = texts(&answers);
    texts[3] = texts[3].replace("nginx | 1.22.1", "nginx | 1.28.0");
    let results = supplement(CheckId::Lb04, &answers, &received(&texts));
    faults::expect("", "failed LB-04", &words_of(&reported(&results)), domain::sites::take());
    assert!(results[0].current.contains("Open source NGINX 1.28 does not support sticky cookies."), "{results:#?}");
}

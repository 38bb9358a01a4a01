//! What node reports state about servers whose number depends on the plan: those of a directory, and the embedded LDAP
//! server of 5.x.

use domain::check::{CheckId, CheckResult, NodeCheck, Outcome};
use domain::inputs::ReadableAnswers;
use domain::node_report::{evaluate, supplement};
use domain::render_plan::ProbePlan;
use testbed::faults;

use crate::cluster::{answers_with_directory, draft, healthy, received, reported, secrets, texts, words_of};

/// IS tries the servers of a directory in turn on every node, so each node must reach each of them.
#[test]
fn each_node_reaches_each_server_of_the_directory() {
    let answers = answers_with_directory("ldaps://ldap1.example.com ldaps://ldap2.example.com", &[]);
    let plan = ProbePlan::of(&answers).unwrap();
    assert_eq!(plan.directory, "ldap1.example.com 636, ldap2.example.com 636");
    assert!(["ldap1.example.com", "ldap2.example.com"].iter().all(|name| plan.names.contains(&(*name).to_owned())));
    let reached = "reach | directory | service | 636 | connected | 0.90 | - | 0 | -\n\
                   reach | directory-2 | service | 636 | connected | 0.90 | - | 0 | -\nend |";
    let good: Vec<String> = texts(&answers).iter().map(|text| text.replace("end |", reached)).collect();
    let results = |texts: &[String]| supplement(CheckId::Us01, &answers, &received(texts));
    let all = results(&good);
    assert_eq!(all.len(), 6, "{all:#?}");
    assert!(all.iter().all(|result| result.outcome == Outcome::Passed), "{all:#?}");
    for (server, from, name) in
        [(0, "directory | service", "ldap1.example.com"), (1, "directory-2 | service", "ldap2.example.com")]
    {
        let mut texts = good.clone();
        texts[2] = texts[2].replace(&format!("{from} | 636 | connected"), &format!("{from} | 636 | refused"));
        let all = results(&texts);
        let reported = reported(&all);
        let found = words_of(&reported);
        faults::expect(name, "failed US-01", &found, domain::sites::take());
        let [result] = reported[&CheckId::Us01].as_slice() else { panic!("{all:#?}") };
        assert_eq!(result.subject.as_deref(), Some("is-3"));
        assert!(result.current.contains(&format!("{name}: port 636 refuses")), "{server}: {result:#?}");
    }
}

/// Up to 5.11 IS opens 10389 + offset too, so that port has to be free before it runs.
#[test]
fn the_port_of_the_embedded_directory_is_free_before_is_runs() {
    let found = |version: &str| {
        let mut draft = draft();
        draft.set("product.version", version);
        let (answers, _) = ReadableAnswers::read(&draft, &secrets());
        let plan = ProbePlan::of(&answers).unwrap();
        let text = |number: usize| {
            let text = healthy(&plan, number).replace("is | 7.2.0", &format!("is | {version}"));
            text.replace("17.0.15", "11.0.19").replace("port | thrift", "port | ldap | 10389 | used\nport | thrift")
        };
        let texts: Vec<String> = (1..=3).map(text).collect();
        let results: Vec<CheckResult> = evaluate(NodeCheck::Nd03, &answers, &received(&texts));
        (plan.nodes[0].ldap_port, results)
    };
    let (port, results) = found("5.11.0");
    assert_eq!(port, Some(10389));
    let reported = reported(&results);
    let words = words_of(&reported);
    faults::expect("the embedded directory's port", "failed ND-03", &words, domain::sites::take());
    assert!(results[0].current.contains("port 10389 is in use on the node itself"), "{results:#?}");
    assert_eq!(found("6.0.0").0, None, "later versions have no such server");
}

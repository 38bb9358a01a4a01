//! ND-07 if a current JDK refuses jars of an older pack: its patch level and the script that starts IS decide.

use domain::check::{CheckId, CheckResult, Outcome};
use domain::inputs::ReadableAnswers;
use domain::render_plan::ProbePlan;
use testbed::faults;

use crate::cluster::{all, balancer, draft, healthy, reported, secrets, words_of};

/// What the checks of a cluster of `version` report if every node has this Java, and its probe prints these lines instead
/// of the one about `bin/wso2server.sh`.
fn results(version: &str, java: &str, starts: &str) -> Vec<CheckResult> {
    let mut draft = draft();
    draft.set("product.version", version);
    let (answers, _) = ReadableAnswers::read(&draft, &secrets());
    let plan = ProbePlan::of(&answers).unwrap();
    let text = |number: usize| {
        let text = healthy(&plan, number).replace("17.0.15", java).replace("zip64 | yes\n", starts);
        text.replace("is | 7.2.0", &format!("is | {version}"))
    };
    let texts: Vec<String> = (1..=3).map(text).chain([balancer(&plan)]).collect();
    all(&answers, &texts)
}

fn found(results: &[CheckResult]) -> Vec<String> {
    words_of(&reported(results))
}

fn of_java(results: &[CheckResult]) -> &CheckResult {
    results.iter().find(|result| result.id == CheckId::Nd07).unwrap()
}

const REFUSED: [(&str, &str); 6] = [
    ("6.0.0", "17.0.15"),
    ("6.0.0", "17.0.8"),
    ("6.0.0", "11.0.20"),
    ("6.1.0", "11.0.20.1"),
    ("5.11.0", "11.0.25"),
    ("5.10.0", "11.0.25"),
];

#[test]
fn a_start_that_would_never_end_fails() {
    let starts = [
        ("zip64 | no\n", "and bin/wso2server.sh does not pass"),
        (
            "zip64 | no\nstart | script | /opt/is/bin/clusterwright/start.sh | no\n",
            "neither bin/wso2server.sh nor /opt/is/bin/clusterwright/start.sh passes",
        ),
        (
            "zip64 | no\nstart | script | /root/nodes/is-1/start.sh | yes\nstart | unit | identity.service | no\n",
            "and identity.service starts IS without",
        ),
    ];
    for (version, java) in REFUSED {
        for (lines, words) in starts {
            let results = results(version, java, lines);
            faults::expect(
                &format!("{version} on {java}: {words}"),
                "failed ND-07",
                &found(&results),
                domain::sites::take(),
            );
            let result = of_java(&results);
            assert!(result.outcome == Outcome::Failed && result.current.contains(words), "{result:#?}");
            assert!(result.current.contains(java) && result.current.ends_with("IS does not start."), "{result:#?}");
            assert!(result.remedy.commands[0].contains("disableZip64ExtraFieldValidation=true"), "{result:#?}");
        }
    }
}

#[test]
fn a_start_that_passes_the_flag_passes() {
    let starts = [
        ("zip64 | yes\n", "java."),
        ("zip64 | no\nstart | script | /root/nodes/is-1/start.sh | yes\n", "; /root/nodes/is-1/start.sh passes -D"),
        ("zip64 | no\nstart | unit | wso2is-is-1.service | yes\n", "; wso2is-is-1.service passes -D"),
        // The script that every start runs passes the option, so the unit need not contain it.
        ("zip64 | yes\nstart | unit | identity.service | no\n", "java."),
    ];
    for (version, java) in REFUSED {
        for (lines, words) in starts {
            let results = results(version, java, lines);
            faults::expect_none(&format!("{version} on {java}: {lines}"), &found(&results));
            let result = of_java(&results);
            assert!(result.outcome == Outcome::Passed && result.current.contains(words), "{result:#?}");
        }
    }
    for (version, java) in [("6.0.0", "17.0.7"), ("6.1.0", "11.0.19"), ("7.0.0", "17.0.15"), ("7.2.0", "17.0.15")] {
        faults::expect_none(&format!("{version} on {java}"), &found(&results(version, java, "zip64 | no\n")));
    }
}

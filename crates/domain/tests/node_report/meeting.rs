//! Results from several node reports: ports, clocks, names, and reports of different times.

use domain::check::{CheckId, CheckResult, NodeCheck, Outcome};
use domain::inputs::ReadableAnswers;
use domain::node_report::{ReachVerdict, ReachabilityMatrix, ReceivedReport, evaluate, parse};
use domain::render_plan::ProbePlan;
use testbed::faults;

use crate::cluster::{AT, all, answers, checks, draft, healthy, received, reported, secrets, texts, words_of};

#[test]
fn silence_both_ways_is_a_closed_port_and_not_half_a_firewall() {
    let answers = answers();
    let mut texts = texts(&answers);
    texts[0] = texts[0].replace("is-2 | hazelcast | 4000 | ok", "is-2 | hazelcast | 4000 | silent");
    texts[1] = texts[1].replace("is-1 | hazelcast | 4000 | ok", "is-1 | hazelcast | 4000 | silent");
    let results = all(&answers, &texts);
    let reported = reported(&results);
    faults::expect("", "failed ND-03", &words_of(&reported), domain::sites::take());
    assert!(reported[&CheckId::Nd03].iter().all(|result| result.current.contains("a firewall drops packets")));
    let matrix = ReachabilityMatrix::of(&answers, &received(&texts)).unwrap();
    assert_eq!(matrix.rows[0][1].as_ref().unwrap().hazelcast, ReachVerdict::Silent);
    assert_eq!(matrix.rows[0][2].as_ref().unwrap().hazelcast, ReachVerdict::Met);
    assert_eq!(matrix.rows[0][0], None);
}

#[test]
fn a_port_that_refuses_while_is_runs_behind_it() {
    let answers = answers();
    let mut texts = texts(&answers);
    texts[0] = texts[0].replace("is-2 | hazelcast | 4000 | ok", "is-2 | hazelcast | 4000 | refused");
    texts[1] = texts[1].replace("running | no", "running | yes").replace("listen | hazelcast | 4000 | open", "");
    let results = all(&answers, &texts);
    let reported = reported(&results);
    faults::expect("", "failed ND-03", &words_of(&reported), domain::sites::take());
    let [result] = reported[&CheckId::Nd03].as_slice() else { panic!("{reported:#?}") };
    assert!(result.current.contains("is-2: port 4000 refuses, although IS runs there"), "{result:#?}");
}

#[test]
fn what_no_probe_inspected_is_skipped() {
    let answers = answers();
    // is-2 sent no report; the report of is-3 is about another node table; no probe listened on is-1.
    let mut texts = texts(&answers);
    let plan = ProbePlan::of(&answers).unwrap().plan;
    texts[2] = texts[2].replace(&plan, "0123456789abcdef");
    texts.remove(1);
    let results = all(&answers, &texts);
    assert!(reported(&results).is_empty(), "{:#?}", reported(&results));
    let open = results.iter().find(|result| result.id == CheckId::Nd07 && result.subject.is_none()).unwrap();
    assert_eq!(open.outcome, Outcome::CouldNotCheck);
    assert_eq!(
        open.current,
        "Not checked: no report from is-2. Not checked: the nodes changed since the report of is-3."
    );
    assert_eq!(open.remedy.commands, ["sh nodes/is-2/probe.sh --listen --reach"]);
    let nothing: Vec<CheckResult> = checks().flat_map(|id| evaluate(id, &answers, &[])).collect();
    assert!(nothing.iter().all(|result| result.outcome == Outcome::CouldNotCheck));
    let early: Vec<CheckResult> = checks().flat_map(|id| evaluate(id, &ReadableAnswers::default(), &[])).collect();
    assert!(early.iter().all(|result| result.current.contains("are not complete")));
}

/// Before anything listens, a refused port proves nothing; once IS runs, its own answers do.
#[test]
fn before_and_after_installation() {
    let answers = answers();
    let mut before = texts(&answers);
    let mut after = texts(&answers);
    for text in &mut before[..3] {
        *text = text.replace("| open\n", "| busy\n").replace(" | ok | 0.31 | 12 | 0", " | refused | - | - | 0");
    }
    for text in &mut after[..3] {
        *text = text.replace("listen | ", "x | ").replace("running | no", "running | yes").replace("| free", "| used");
        *text = text
            .replace("4000 | ok | 0.31 | 12", "4000 | closed | 1 | -")
            .replace("9443 | ok | 0.31 | 12", "9443 | tls | 1 | -");
    }
    let results = all(&answers, &before);
    assert!(reported(&results).is_empty(), "{:#?}", reported(&results));
    let nd03: Vec<_> = results.iter().filter(|result| result.id == CheckId::Nd03).collect();
    assert!(
        nd03.iter()
            .all(|result| result.outcome == Outcome::CouldNotCheck
                && result.current.contains("nothing listens on it yet"))
    );
    let results = all(&answers, &after);
    assert!(reported(&results).is_empty(), "{:#?}", reported(&results));
    let nd03: Vec<_> = results.iter().filter(|result| result.id == CheckId::Nd03).collect();
    assert!(nd03.iter().all(|result| result.outcome == Outcome::Passed), "{nd03:#?}");
}

/// A program on the Hazelcast port is found on its own node, before another node connects to it; a probe that still
/// listens there does not count as one.
#[test]
fn a_port_in_use_is_reported_by_its_own_node() {
    let answers = answers();
    let mut texts = texts(&answers);
    texts[1] = texts[1].replace("4000 | free", "4000 | used").replace("listen | hazelcast | 4000 | open", "");
    assert_eq!(reported(&all(&answers, &texts)).len(), 0);
    let ok = "is-2 | hazelcast | 4000 | ok | 0.31 | 12 | 0 | is-2";
    for text in &mut texts {
        *text = text.replace(ok, "is-2 | hazelcast | 4000 | refused | - | - | 0 | -");
    }
    let results = all(&answers, &texts);
    let reported = reported(&results);
    faults::expect("on the Hazelcast port", "failed ND-03", &words_of(&reported), domain::sites::take());
    let [result] = reported[&CheckId::Nd03].as_slice() else { panic!("{reported:#?}") };
    assert_eq!(result.subject.as_deref(), Some("is-2"));
    assert!(result.current.ends_with("port 4000 is in use on the node itself, where IS does not run."), "{result:#?}");
}

/// A report about one database does not decide about another one.
#[test]
fn an_answer_about_another_database_does_not_count() {
    let texts = texts(&answers());
    for (key, value) in
        [("database.host", "db2.example.com"), ("database.port", "3307"), ("database.username", "another")]
    {
        let mut draft = draft();
        draft.set(key, value);
        let (answers, _) = ReadableAnswers::read(&draft, &secrets());
        let reports = received(&texts);
        let db06 = evaluate(NodeCheck::Db06, &answers, &reports);
        assert!(db06.iter().all(|result| result.outcome == Outcome::CouldNotCheck), "{key}: {db06:#?}");
        assert!(domain::node_report::supplement(CheckId::Db37, &answers, &reports).is_empty(), "{key}");
    }
}

/// A clock that uses NTP can still differ from another one.
#[test]
fn clocks_that_were_not_compared_are_skipped() {
    let answers = answers();
    let mut texts = texts(&answers);
    for text in &mut texts[..3] {
        *text = text.replace("is-3 | hazelcast | 4000 | ok | 0.31 | 12", "is-3 | hazelcast | 4000 | closed | 1 | -");
        *text = text.replace("is-3 | https | 9443 | ok | 0.31 | 12", "is-3 | https | 9443 | tls | 1 | -");
    }
    let seen = evaluate(NodeCheck::Nd06, &answers, &received(&texts));
    assert!(seen.iter().all(|result| result.outcome == Outcome::Passed), "is-3 compared its own: {seen:#?}");
    texts[2] = texts[2].replace(" | ok | 0.31 | 12", " | closed | 1 | -");
    let outcomes = evaluate(NodeCheck::Nd06, &answers, &received(&texts));
    let state_of = |number: usize| (outcomes[number].outcome, outcomes[number].current.clone());
    assert!(state_of(0).1.ends_with("the clock was not compared with is-3."), "{outcomes:#?}");
    assert!(state_of(2).1.ends_with("the clock was not compared with is-1, is-2."), "{outcomes:#?}");
    assert!(outcomes.iter().all(|result| result.outcome == Outcome::CouldNotCheck), "{outcomes:#?}");
}

/// On one machine, every name may resolve to the machine itself.
#[test]
fn names_of_one_machine_may_resolve_to_itself() {
    let mut draft = draft();
    for row in 0..3 {
        draft.nodes[row].insert("host".to_owned(), "127.0.0.1".to_owned());
    }
    let (answers, _) = ReadableAnswers::read(&draft, &secrets());
    let Some(plan) = ProbePlan::of(&answers) else { panic!("the nodes are complete") };
    let text =
        |number: usize| healthy(&plan, number).replace("db.example.com | 10.20.0.9", "db.example.com | 127.0.1.1");
    let texts: Vec<String> = (1..=3).map(text).collect();
    let nd01 = evaluate(NodeCheck::Nd01, &answers, &received(&texts));
    assert!(nd01.iter().all(|result| result.outcome == Outcome::Passed), "{nd01:#?}");
    // The required value does not contradict the command and hosts.txt.
    let nd18 = evaluate(NodeCheck::Nd18, &answers, &received(&texts));
    assert!(nd18.iter().all(|result| result.required.ends_with("127.0.0.1 is correct here")), "{nd18:#?}");
}

/// IS may run from another folder than that of the probe: the program on the port is unknown.
#[test]
fn a_port_that_is_taken_where_no_is_was_found_only_warns() {
    let answers = answers();
    let mut texts = texts(&answers);
    texts[0] = texts[0].replace("http | 9763 | free", "http | 9763 | used").replace(" | present | wso2", " | missing");
    let results = evaluate(NodeCheck::Nd03, &answers, &received(&texts));
    faults::expect("", "warned ND-03", &words_of(&reported(&results)), domain::sites::take());
    assert_eq!(results[0].outcome, Outcome::Warned, "{results:#?}");
    assert!(results[0].current.contains("port 9763 is in use, and "), "{results:#?}");
    assert!(results[0].remedy.text.contains("--home"), "{results:#?}");
    assert!(results[1..].iter().all(|result| result.outcome == Outcome::Passed), "{results:#?}");
}

#[test]
fn the_latest_report_counts_and_keeps_what_an_earlier_one_reached() {
    let answers = answers();
    let mut reports = received(&texts(&answers));
    let facts = texts(&answers)[0].lines().filter(|line| !line.starts_with("reach")).collect::<Vec<_>>().join("\n");
    let later =
        ReceivedReport { at: AT + 60, report: parse(&facts.replace("java | 17.0.15", "java | 21.0.1")).unwrap() };
    reports.insert(0, later);
    let nd07 = evaluate(NodeCheck::Nd07, &answers, &reports);
    assert!(nd07[0].outcome == Outcome::Failed && nd07[0].current.contains("12:05 UTC: Java 21.0.1"), "{nd07:#?}");
    assert_eq!(evaluate(NodeCheck::Nd03, &answers, &reports)[0].outcome, Outcome::Passed);
}

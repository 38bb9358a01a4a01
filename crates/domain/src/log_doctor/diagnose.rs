//! From the bytes of logs to the report: follows each log, collects what its entries mean, folds symptoms into their
//! causes, and orders the result.

use std::collections::BTreeMap;

use super::entry::{LogEntry, LogLevel};
use super::facts::LogTracker;
use super::failure::FailureRule;
use super::findings::{FindingGroup, Findings, RunId};
use super::membership::{ClusterTracker, find_separate_nodes};
use super::parse::{LogEntries, decode};
use super::reading::{LogGap, gap_of_bytes, gap_of_entries};
use super::report::{FoldedSymptom, LogDiagnosis, LogReport, MAX_UNRECOGNISED, UnrecognisedError};
use super::rules;
use super::sequence::PendingLines;
use super::triage::{EntryMeaning, evaluate};

/// Maximum size of one log, in bytes. IS starts a new file every day and at 10 MB.
pub const MAX_LOG_BYTES: usize = 16 << 20;

/// A log to read.
#[derive(Clone, Copy, Debug)]
pub struct LogFile<'a> {
    /// Its name for the report, such as a path.
    pub name: &'a str,
    /// Its content; more than [`MAX_LOG_BYTES`] bytes are not read.
    pub bytes: &'a [u8],
}

/// Names the failures that the logs show. Several logs may be those of several nodes.
#[must_use]
pub fn diagnose(files: &[LogFile<'_>]) -> LogReport {
    let mut findings = Findings::default();
    let mut trackers: Vec<LogTracker> =
        files.iter().enumerate().map(|(log, file)| read_log(&mut findings, log, file)).collect();
    record_separate_nodes(&mut findings, &mut trackers);
    let Findings { mut groups, unrecognised, unrecognised_count, healthy_count } = findings;
    for group in &mut groups {
        group.diagnosis.is_current = !group.runs.keys().all(|run| trackers[run.log].is_past(run.run));
    }
    let logs = trackers.into_iter().map(|tracker| tracker.facts).collect();
    let mut diagnoses = fold_symptoms(groups);
    diagnoses.sort_by_key(|one| {
        let explains_nothing = one.symptoms.is_empty();
        (!one.is_current, one.rule.impact, one.is_warning, explains_nothing, one.first.log, one.first.line)
    });
    let mut unrecognised: Vec<UnrecognisedError> = unrecognised.into_values().collect();
    unrecognised.sort_by_key(|one| (std::cmp::Reverse(one.count), one.first.log, one.first.line));
    unrecognised.truncate(MAX_UNRECOGNISED);
    LogReport { diagnoses, unrecognised, unrecognised_count, healthy_count, logs }
}

/// Adds the failure that only the logs of several nodes show.
fn record_separate_nodes(findings: &mut Findings, trackers: &mut [LogTracker]) {
    let clusters: Vec<ClusterTracker> =
        trackers.iter_mut().map(|tracker| std::mem::take(&mut tracker.cluster)).collect();
    let Some(rule) = rules::find("nodes-alone") else { return };
    for node in find_separate_nodes(&clusters) {
        let text = format!("Elected this member as the Coordinator node ({})", node.member);
        let entry = LogEntry::new(node.line, &node.time, LogLevel::Info, "", &text);
        findings.record(rule, RunId { log: node.log, run: node.run }, &entry, 0);
    }
}

/// Follows one log, and collects what its entries mean.
fn read_log(findings: &mut Findings, log: usize, file: &LogFile<'_>) -> LogTracker {
    let mut tracker = LogTracker::default();
    tracker.facts.name = file.name.to_owned();
    let gap = gap_of_bytes(file.bytes);
    if gap == Some(LogGap::Empty) {
        tracker.facts.gaps.extend(gap);
        return tracker;
    }
    let text = decode(&file.bytes[..file.bytes.len().min(MAX_LOG_BYTES)]);
    let before = (findings.groups.len(), findings.entry_count());
    let mut audit_lines = 0;
    let mut pending = PendingLines::default();
    let mut entries = LogEntries::new(&text);
    for entry in entries.by_ref() {
        let before = RunId { log, run: tracker.run };
        let had_started = tracker.has_started;
        if tracker.observe(&entry) {
            pending.settle(findings, before, had_started, &tracker.facts);
        }
        let run = RunId { log, run: tracker.run };
        pending.observe(&entry);
        audit_lines += usize::from(entry.logger.starts_with("AUDIT_LOG"));
        match evaluate(&entry, tracker.may_be_first_start(&entry)) {
            EntryMeaning::Nothing => {}
            EntryMeaning::Healthy => findings.healthy_count += 1,
            EntryMeaning::Waiting => pending.add_waiting(entry),
            EntryMeaning::Failure(rule, part) => findings.record(rule, run, &entry, part),
            // While a server stops, its parts fail one after the other.
            EntryMeaning::Unrecognised if tracker.is_stopping() => findings.healthy_count += 1,
            EntryMeaning::Unrecognised => findings.record_unrecognised(log, &entry),
        }
    }
    pending.settle(findings, RunId { log, run: tracker.run }, tracker.has_started, &tracker.facts);
    tracker.facts.lines = entries.line();
    tracker.facts.known_lines = entries.known_lines;
    tracker.finish();
    // A few pasted lines without their beginning show a failure, too.
    let has_failure = before != (findings.groups.len(), findings.entry_count());
    let found = gap.filter(|_| entries.own_lines == 0).or_else(|| gap_of_entries(&entries, &text, audit_lines));
    tracker.facts.gaps.extend(found.filter(|gap| !has_failure || !gap.is_whole()));
    if file.bytes.len() > MAX_LOG_BYTES || entries.is_cut() {
        tracker.facts.gaps.push(LogGap::Cut);
    }
    let products = &tracker.facts.versions;
    if let Some(other) = products.first().filter(|_| products.iter().all(|one| !one.contains("Identity Server"))) {
        tracker.facts.gaps.push(LogGap::OtherProduct(other.clone()));
    }
    tracker
}

/// Moves symptoms below the failure that explains them in the same start.
fn fold_symptoms(groups: Vec<FindingGroup>) -> Vec<LogDiagnosis> {
    let mut folded: Vec<Vec<(usize, usize)>> = vec![Vec::new(); groups.len()];
    let mut remaining: Vec<usize> = groups.iter().map(|group| group.diagnosis.count).collect();
    for (index, group) in groups.iter().enumerate() {
        for (run, (count, line)) in &group.runs {
            if let Some(cause) = find_cause(&groups, index, *run, *line) {
                remaining[index] -= count;
                folded[cause].push((index, *count));
            }
        }
    }
    let symptoms: Vec<Vec<FoldedSymptom>> = folded
        .into_iter()
        .map(|of_cause| {
            let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
            of_cause.into_iter().for_each(|(index, count)| *counts.entry(index).or_default() += count);
            let symptom = |(index, count): (usize, usize)| {
                let rule = groups[index].rule;
                FoldedSymptom { code: rule.code, title: rule.title, count }
            };
            counts.into_iter().map(symptom).collect()
        })
        .collect();
    let kept = groups.into_iter().zip(symptoms).zip(remaining).filter(|(_, remaining)| *remaining > 0);
    kept.map(|((group, symptoms), count)| LogDiagnosis { count, symptoms, ..group.diagnosis }).collect()
}

/// Failures that have others as their consequence in the same start, although each occurs alone, too. None of them is
/// a symptom, and the table has no cycle: [`find_cause`] follows it to its end.
const CONSEQUENCES: [(&str, &[&str]); 12] = [
    ("process-running", &["port-in-use", "h2-locked"]),
    ("disk-full", &["h2-registry-damaged", "h2-damaged", "file-permission"]),
    ("java-rejects-jars", &["bundle-unresolved", "class-missing"]),
    ("java-class-version", &["class-missing", "page-broken"]),
    ("two-first-starts", &["duplicate-entry", "foreign-key-conflict"]),
    ("database-timeout", &["pool-connections-hang", "pool-exhausted"]),
    ("database-stalled", &["pool-exhausted", "thread-stuck"]),
    ("cluster-names-differ", &["member-unreachable", "nodes-alone"]),
    ("member-on-loopback", &["nodes-alone"]),
    ("member-address-wrong", &["nodes-alone"]),
    ("member-unreachable", &["nodes-alone"]),
    ("memory-exhausted", &["threads-exhausted", "thread-stuck", "member-silent"]),
];

/// Whether failures of the rule `cause` have those of `rule` as their consequence.
fn explains(cause: &FailureRule, rule: &FailureRule) -> bool {
    rule.symptom_of.contains(&cause.area)
        || CONSEQUENCES.iter().any(|(code, consequences)| *code == cause.code && consequences.contains(&rule.code))
}

/// The failure that explains a symptom in one start: the last cause before it, or the first one after it; without a
/// cause, an earlier symptom.
fn find_cause(groups: &[FindingGroup], symptom: usize, run: RunId, line: usize) -> Option<usize> {
    let of_run = || {
        let places =
            groups.iter().enumerate().filter_map(|(index, group)| Some((index, group, group.runs.get(&run)?.1)));
        places.filter(|(index, group, _)| *index != symptom && explains(group.rule, groups[symptom].rule))
    };
    let causes = || of_run().filter(|(_, group, _)| !group.rule.is_symptom());
    let before = causes().filter(|(_, _, at)| *at <= line).max_by_key(|(_, _, at)| *at);
    let found = before.or_else(|| causes().min_by_key(|(_, _, at)| *at));
    if let Some((index, _, at)) = found {
        return find_cause(groups, index, run, at).or(Some(index));
    }
    // An earlier symptom may have a cause that does not explain this one directly.
    let (earlier, _, at) = of_run().filter(|(_, _, at)| *at < line).min_by_key(|(_, _, at)| *at)?;
    find_cause(groups, earlier, run, at).or(Some(earlier))
}

#[cfg(test)]
mod tests;

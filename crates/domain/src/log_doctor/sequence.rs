//! Failures that no single line shows: a start that waits and never ends, a node that announces a loopback address, and a
//! port of Hazelcast that moved.

use super::entry::LogEntry;
use super::facts::LogFacts;
use super::findings::{Findings, RunId};
use super::rules;

/// How often the server may report that it waits before that is a failure; it does so every minute.
const MIN_WAITING_LINES: usize = 2;

/// Lines of one start whose meaning depends on what follows.
#[derive(Default)]
pub(super) struct PendingLines {
    /// The start waits for services.
    waiting: Vec<LogEntry>,
    /// The node announces a loopback address.
    loopback: Option<LogEntry>,
    /// The address that the node announces.
    local: Option<LogEntry>,
}

impl PendingLines {
    pub(super) fn add_waiting(&mut self, entry: LogEntry) {
        if self.waiting.len() < 20 {
            self.waiting.push(entry);
        }
    }

    /// Remembers the warning about a loopback address, which is normal where all nodes are on one machine.
    pub(super) fn observe(&mut self, entry: &LogEntry) {
        if entry.message().contains("localMemberHost is configured to use the loopback address") {
            self.loopback = Some(entry.clone());
        }
        if entry.message().starts_with("Local member: ") {
            self.local = Some(entry.clone());
        }
    }

    /// Decides when a start ended, another began, or the log ends.
    pub(super) fn settle(&mut self, findings: &mut Findings, run: RunId, has_started: bool, facts: &LogFacts) {
        let waiting = std::mem::take(&mut self.waiting);
        if has_started {
            findings.healthy_count += waiting.len();
        } else {
            // FIDO is the first bundle that the rejected jars prevent: this line is enough.
            let is_rejected = |entry: &LogEntry| entry.message().contains("authenticator.fido");
            let code = if waiting.iter().any(is_rejected) { "java-rejects-jars" } else { "start-waits" };
            if waiting.len() >= MIN_WAITING_LINES || code == "java-rejects-jars" {
                record_all(findings, run, code, &waiting);
            } else {
                findings.healthy_count += waiting.len();
            }
        }
        if let Some(entry) = self.local.take().filter(|_| has_moved(facts)) {
            record_all(findings, run, "hazelcast-port-moved", &[entry]);
        }
        if let Some(entry) = self.loopback.take() {
            let is_elsewhere = |member: &String| !member.starts_with("127.") && !member.starts_with("localhost");
            if facts.configured_members.iter().any(is_elsewhere) {
                record_all(findings, run, "member-on-loopback", &[entry]);
            } else {
                findings.healthy_count += 1;
            }
        }
    }
}

/// Whether the member list names this node with another port. A list with the port 0 states none.
fn has_moved(facts: &LogFacts) -> bool {
    let Some((host, port)) = facts.local_member.as_deref().and_then(|local| local.rsplit_once(':')) else {
        return false;
    };
    let mut ports = facts.configured_members.iter().filter_map(|member| member.rsplit_once(':'));
    let of_host: Vec<&str> = ports.by_ref().filter(|(other, _)| *other == host).map(|(_, port)| port).collect();
    !of_host.is_empty() && !of_host.contains(&port) && !of_host.contains(&"0")
}

fn record_all(findings: &mut Findings, run: RunId, code: &str, entries: &[LogEntry]) {
    if let Some(rule) = rules::find(code) {
        entries.iter().for_each(|entry| findings.record(rule, run, entry, 0));
    }
}

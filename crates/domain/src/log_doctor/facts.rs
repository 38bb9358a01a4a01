//! What a log tells about its node and cluster when nothing fails: versions, starts, members and coordinators.

use serde::Serialize;

use super::entry::LogEntry;
use super::failure::between;
use super::masking::shown;
use super::member::{address_of, member_id, member_of};
use super::membership::ClusterTracker;
use super::moment::moment;
use super::reading::LogGap;

/// Maximum number of starts and member events that are kept of one log.
const MAX_EVENTS: usize = 100;

/// One start of the server.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct StartAttempt {
    /// Its first line, from 1.
    pub line: usize,
    /// Its time as the log has it; may be empty.
    pub time: String,
    /// How long it took, in seconds; `None` if the log does not show its end.
    pub seconds: Option<u32>,
}

/// Something that happened to the membership of the cluster.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct MemberEvent {
    /// The line, from 1.
    pub line: usize,
    /// The time as the log has it; may be empty.
    pub time: String,
    /// What happened.
    pub kind: MemberEventKind,
    /// The address or ID of the member.
    pub member: String,
}

/// What happened to a member.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MemberEventKind {
    /// Another member joined. The joining node itself does not log it.
    Joined,
    /// Another member left.
    Left,
    /// This node became the coordinator: at its start, because it formed a new cluster.
    Elected,
}

/// What one log tells about its node.
#[derive(Clone, Debug, Default, Serialize)]
pub struct LogFacts {
    /// The name of the log as given.
    pub name: String,
    /// Its number of lines.
    pub lines: usize,
    /// How many lines begin an entry with a known layout.
    pub known_lines: usize,
    /// Why the log, or a part of it, tells nothing.
    pub gaps: Vec<LogGap>,
    /// The products and versions that started, such as `WSO2 Identity Server-7.2.0`.
    pub versions: Vec<String>,
    /// The starts, oldest first.
    pub starts: Vec<StartAttempt>,
    /// The address of this node in the cluster.
    pub local_member: Option<String>,
    /// The addresses of the member list.
    pub configured_members: Vec<String>,
    /// Members that joined and left, and elections, oldest first.
    pub member_events: Vec<MemberEvent>,
    /// Whether the log ends within a start.
    pub(super) ends_within_start: bool,
}

impl LogFacts {
    /// Whether the log ends within a start: it does not show that the server runs.
    #[must_use]
    pub fn ends_within_start(&self) -> bool {
        self.ends_within_start
    }

    /// Whether clustering was started.
    #[must_use]
    pub fn is_clustered(&self) -> bool {
        self.local_member.is_some() || !self.configured_members.is_empty() || !self.member_events.is_empty()
    }
}

/// Where a server is between two starts.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Phase {
    /// The log begins without a start.
    #[default]
    Unknown,
    /// The config mapper or the start script printed its first line.
    Preparing,
    Starting,
    Running,
    Stopping,
}

/// Follows one log from line to line.
#[derive(Default)]
pub(super) struct LogTracker {
    pub(super) facts: LogFacts,
    phase: Phase,
    /// The number of the current start, from 0.
    pub(super) run: usize,
    /// Whether the current start finished.
    pub(super) has_started: bool,
    /// The starts that finished.
    pub(super) finished_runs: Vec<usize>,
    /// The starts at which the log of another node, or an older one, begins: their times are earlier.
    other_logs: Vec<usize>,
    /// When the server was last asked to stop.
    stopped: Option<u64>,
    /// The time of the last entry.
    last: Option<u64>,
    /// Whether requests were served before any start in this log.
    serves_requests: bool,
    pub(super) cluster: ClusterTracker,
}

/// How much earlier a start must be than the entry before it to be one of another log, in milliseconds.
const MIN_STEP_BACK_MS: u64 = 1_000;
/// How long a server may take to stop, in milliseconds.
const MAX_STOP_MS: u64 = 600_000;

impl LogTracker {
    /// Whether the server is being stopped.
    pub(super) fn is_stopping(&self) -> bool {
        self.phase == Phase::Stopping
    }

    /// Whether an entry may be one of the first start on empty databases: no start of this log finished before, and no
    /// request was served.
    pub(super) fn may_be_first_start(&self, entry: &LogEntry) -> bool {
        let has_finished = self.finished_runs.iter().any(|run| self.log_of(*run) == self.log_of(self.run));
        !has_finished
            && !entry.is_request
            && !self.is_stopping()
            && (self.phase != Phase::Unknown || !self.serves_requests)
    }

    /// Whether a later start of the same node finished.
    pub(super) fn is_past(&self, run: usize) -> bool {
        self.finished_runs.iter().any(|finished| *finished > run && self.log_of(*finished) == self.log_of(run))
    }

    /// The number of the log, of several in one text, that a start belongs to.
    fn log_of(&self, run: usize) -> usize {
        self.other_logs.iter().filter(|begin| **begin <= run).count()
    }

    /// The end of the log.
    pub(super) fn finish(&mut self) {
        self.facts.ends_within_start = matches!(self.phase, Phase::Preparing | Phase::Starting);
    }

    /// Takes notice of an entry. Returns whether a new start begins with it.
    pub(super) fn observe(&mut self, entry: &LogEntry) -> bool {
        let message = entry.message();
        self.serves_requests |= entry.is_request;
        // A stop takes a minute at most: what follows much later, or earlier, is another part of a log.
        let is_far = |(stopped, now): (u64, u64)| now.abs_diff(stopped) > MAX_STOP_MS;
        if self.is_stopping() && self.stopped.zip(moment(&entry.time)).is_some_and(is_far) {
            self.phase = Phase::Unknown;
        }
        let is_preparing = entry.logger.ends_with("config.mapper.ConfigParser")
            || message.starts_with("JAVA_HOME environment variable is set");
        let is_starting = message.starts_with("Starting WSO2 Carbon");
        let mut is_new = false;
        if (is_preparing || is_starting) && self.phase != Phase::Preparing {
            is_new = self.phase != Phase::Unknown || self.facts.lines > 0;
            self.begin_start(entry, is_new);
        }
        if is_preparing {
            self.phase = Phase::Preparing;
        } else if is_starting {
            self.phase = Phase::Starting;
        } else if let Some(seconds) = between(message, "wso2 carbon started in ", " ") {
            self.finish_start(entry, seconds.parse().ok());
        } else if ["Shutdown hook triggered", "Gracefully shutting down", "Shutting down", "Halting JVM"]
            .iter()
            .any(|words| message.starts_with(words))
        {
            self.phase = Phase::Stopping;
            self.stopped = moment(&entry.time);
            self.cluster.stop(entry);
        } else {
            self.observe_cluster(entry, message);
        }
        self.cluster.observe(entry);
        self.last = moment(&entry.time).or(self.last);
        self.facts.lines = entry.line;
        is_new
    }

    fn begin_start(&mut self, entry: &LogEntry, is_new: bool) {
        self.run += usize::from(is_new);
        let is_earlier = |(last, now): (u64, u64)| now + MIN_STEP_BACK_MS <= last;
        let is_other_log = self.last.zip(moment(&entry.time)).is_some_and(is_earlier);
        if is_other_log {
            self.other_logs.push(self.run);
        }
        self.cluster.begin(self.run, is_other_log);
        self.has_started = false;
        if self.facts.starts.len() < MAX_EVENTS {
            self.facts.starts.push(StartAttempt { line: entry.line, time: entry.time.clone(), seconds: None });
        }
    }

    fn finish_start(&mut self, entry: &LogEntry, seconds: Option<u32>) {
        self.phase = Phase::Running;
        self.has_started = true;
        if self.finished_runs.last() != Some(&self.run) {
            self.finished_runs.push(self.run);
        }
        if let Some(start) = self.facts.starts.last_mut().filter(|start| start.seconds.is_none()) {
            start.seconds = seconds;
        } else if self.facts.starts.len() < MAX_EVENTS {
            self.facts.starts.push(StartAttempt { line: entry.line, time: entry.time.clone(), seconds });
        }
    }

    fn observe_cluster(&mut self, entry: &LogEntry, message: &str) {
        if let Some(product) = message.strip_prefix("Server ").and_then(|rest| rest.trim_start().strip_prefix(':')) {
            let product = shown(product.trim());
            if product.starts_with("WSO2") && !self.facts.versions.contains(&product) && self.facts.versions.len() < 10
            {
                self.facts.versions.push(product);
            }
        } else if let Some(member) = message.strip_prefix("Added member: ") {
            let member = address_of(member);
            if !self.facts.configured_members.contains(&member) && self.facts.configured_members.len() < MAX_EVENTS {
                self.facts.configured_members.push(member);
            }
        } else if message.starts_with("Local member: ") {
            self.facts.local_member = message.split_once("] - ").map(|(_, member)| address_of(member));
        } else if message.starts_with("Member joined") {
            self.member_event(entry, MemberEventKind::Joined, member_of(message));
        } else if message.starts_with("Member left") {
            self.member_event(entry, MemberEventKind::Left, member_of(message));
        } else if message.starts_with("Elected this member ") {
            let member = self.facts.local_member.clone();
            self.member_event(entry, MemberEventKind::Elected, member.unwrap_or_else(|| member_id(message)));
        }
    }

    fn member_event(&mut self, entry: &LogEntry, kind: MemberEventKind, member: String) {
        if self.facts.member_events.len() < MAX_EVENTS {
            self.facts.member_events.push(MemberEvent {
                line: entry.line,
                time: entry.time.clone(),
                kind,
                member: shown(&member),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse::LogEntries;
    use super::*;

    fn track(text: &str) -> LogTracker {
        let mut tracker = LogTracker::default();
        LogEntries::new(text).for_each(|entry| {
            tracker.observe(&entry);
        });
        tracker
    }

    #[test]
    fn versions_starts_and_members_are_read() {
        let line =
            |second: u32, message: &str| format!("[2025-01-02 03:04:{second:02},000] [] INFO {{a.B}} - {message}\n");
        let first = [
            line(1, "Starting WSO2 Carbon..."),
            line(2, "Cluster domain: prod"),
            line(3, "Added member: Host:192.0.2.11, Remote Host:null, Port: 4000, HTTP:-1"),
            line(3, "Added member: Host:192.0.2.12, Remote Host:null, Port: 4000, HTTP:-1"),
            line(4, "Local member: [6a66] - Host:192.0.2.11, Remote Host:null, Port: 4000, HTTP:9763"),
            line(5, "Elected this member [6a66] as the Coordinator node"),
            line(6, "Server           :  WSO2 Identity Server-7.2.0"),
            line(7, "WSO2 Carbon started in 58 sec"),
            line(8, "Member joined [c55d]: /192.0.2.12:4000"),
            line(9, "Member left: [UUID] c55d, [Address] /192.0.2.12:4000"),
            line(10, "Shutdown hook triggered...."),
            line(11, "Starting WSO2 Carbon..."),
        ]
        .concat();
        let LogTracker { facts, run, has_started, finished_runs, .. } = track(&first);
        assert_eq!(facts.versions, ["WSO2 Identity Server-7.2.0"]);
        assert_eq!(facts.starts.iter().map(|start| start.seconds).collect::<Vec<_>>(), [Some(58), None]);
        assert_eq!(facts.configured_members, ["192.0.2.11:4000", "192.0.2.12:4000"]);
        assert_eq!(facts.local_member.as_deref(), Some("192.0.2.11:4000"));
        let events: Vec<_> = facts.member_events.iter().map(|event| (event.kind, event.member.as_str())).collect();
        use MemberEventKind::{Elected, Joined, Left};
        assert_eq!(events, [(Elected, "192.0.2.11:4000"), (Joined, "192.0.2.12:4000"), (Left, "192.0.2.12:4000")]);
        assert_eq!((run, has_started, finished_runs), (1, false, vec![0]));
    }

    #[test]
    fn the_config_mapper_and_the_server_are_one_start() {
        let text = "TID: [2025-01-02 03:04:05,000]  WARN {org.wso2.config.mapper.ConfigParser} - Configurations Changed in :a {org.wso2.config.mapper.ConfigParser}\n\
            TID: [] [] [2025-01-02 03:04:06,000] [] INFO {a.B} - Starting WSO2 Carbon...\n\
            TID: [] [] [2025-01-02 03:04:07,000] [] INFO {a.B} - WSO2 Carbon started in 9 sec\n";
        let tracker = track(&text.repeat(2));
        assert_eq!((tracker.facts.starts.len(), tracker.run, tracker.finished_runs), (2, 1, vec![0, 1]));
    }
}

//! Which nodes formed a cluster alone: two that each became the coordinator at their start while the other ran, and that
//! did not see each other join afterwards. One log does not show it, and several starts of one node do not either.

use super::entry::LogEntry;
use super::member::{address_of, member_id};
use super::moment::moment;

/// How many starts of a log are followed.
const MAX_SESSIONS: usize = 40;
/// How many members that joined are kept of one start.
const MAX_JOINED: usize = 20;

/// One start of a node, as far as its cluster is concerned.
#[derive(Clone, Debug, Default)]
pub(super) struct ClusterSession {
    /// The number of the start in its log.
    pub(super) run: usize,
    /// The address and ID of the node; empty if the log has no such line.
    address: String,
    id: String,
    /// The addresses of its member list.
    members: Vec<String>,
    /// Line, printed time and moment at which it became the coordinator, as the first of its cluster.
    elected: Option<(usize, String, Option<u64>)>,
    /// Who joined, and when.
    joined: Vec<(String, Option<u64>)>,
    /// Whether the start has finished: what is elected later replaces a member that left.
    is_running: bool,
    /// When it ended; `None` if the log does not show its end.
    end: Option<u64>,
    is_stopped: bool,
    first: Option<u64>,
    last: Option<u64>,
}

/// Follows the starts of one log.
#[derive(Default)]
pub(super) struct ClusterTracker {
    pub(super) sessions: Vec<ClusterSession>,
}

impl ClusterTracker {
    /// Begins a start. `is_other_log` is whether its time shows that another log begins here.
    pub(super) fn begin(&mut self, run: usize, is_other_log: bool) {
        if let Some(previous) = self.sessions.last_mut().filter(|previous| previous.end.is_none() && !is_other_log) {
            previous.end = previous.last;
        }
        if self.sessions.len() < MAX_SESSIONS {
            self.sessions.push(ClusterSession { run, ..ClusterSession::default() });
        }
    }

    /// The current start; the first one may have begun before the log.
    fn current(&mut self) -> Option<&mut ClusterSession> {
        if self.sessions.is_empty() {
            self.sessions.push(ClusterSession::default());
        }
        self.sessions.last_mut()
    }

    /// Takes notice of an entry.
    pub(super) fn observe(&mut self, entry: &LogEntry) {
        let Some(session) = self.current() else { return };
        let (message, now) = (entry.message(), moment(&entry.time));
        session.first = session.first.or(now);
        session.last = now.or(session.last);
        if let Some(member) = message.strip_prefix("Added member: ") {
            if session.members.len() < MAX_JOINED {
                session.members.push(address_of(member));
            }
        } else if let Some(local) = message.strip_prefix("Local member: ") {
            session.id = member_id(local);
            session.address = local.split_once("] - ").map(|(_, member)| address_of(member)).unwrap_or_default();
        } else if message.starts_with("Elected this member ") {
            if !session.is_running && session.elected.is_none() {
                session.elected = Some((entry.line, entry.time.clone(), now));
            }
            if session.id.is_empty() {
                session.id = member_id(message);
            }
        } else if message.starts_with("Member joined") {
            if session.joined.len() < MAX_JOINED {
                session.joined.push((message.to_owned(), now));
            }
        } else if message.starts_with("Member left") {
            // A member that leaves makes another the coordinator, which logs it a moment before.
            let is_replacement = |(_, _, at): &(usize, String, Option<u64>)| {
                at.zip(now).is_some_and(|(elected, left)| left.abs_diff(elected) < 2_000)
            };
            if session.elected.as_ref().is_some_and(is_replacement) && !session.joined.is_empty() {
                session.elected = None;
            }
            session.is_running = true;
        } else if message.contains("WSO2 Carbon started in ") {
            session.is_running = true;
        }
    }

    /// The server is being stopped.
    pub(super) fn stop(&mut self, entry: &LogEntry) {
        if let Some(session) = self.current() {
            session.end = session.end.or_else(|| moment(&entry.time)).or(session.last);
            session.is_stopped = true;
        }
    }
}

impl ClusterSession {
    /// Whether it is the same start in another log or copy.
    fn is_same(&self, other: &Self) -> bool {
        let is_known = !self.address.is_empty() || !self.id.is_empty();
        is_known
            && self.address == other.address
            && self.id == other.id
            && self.first_elected() == other.first_elected()
    }

    fn first_elected(&self) -> Option<u64> {
        self.elected.as_ref().and_then(|(_, _, at)| *at)
    }

    /// Whether it runs at a moment. A start without an end in its log is still running.
    fn runs_at(&self, at: Option<u64>) -> bool {
        self.end.zip(at).is_none_or(|(end, at)| end >= at)
    }

    /// Whether it saw the other join at a moment or later.
    fn saw(&self, other: &Self, at: Option<u64>) -> bool {
        let host = other.address.rsplit_once(':').map_or(other.address.as_str(), |(host, _)| host);
        let host = format!("/{host}:");
        self.joined.iter().any(|(message, when)| {
            let is_named = (!other.address.is_empty() && (message.contains(&other.address) || message.contains(&host)))
                || (!other.id.is_empty() && message.contains(&other.id))
                || (other.address.is_empty() && other.id.is_empty());
            is_named && when.zip(at).is_none_or(|(when, at)| when >= at)
        })
    }

    /// Whether both belong to one configured cluster whose addresses are fixed.
    fn is_fixed_with(&self, other: &Self) -> bool {
        self.members.contains(&other.address) && other.members.contains(&self.address) && self.address != other.address
    }
}

/// A place in the logs: the number of the log, of its start, the line, and the time.
pub(super) struct AloneNode {
    pub(super) log: usize,
    pub(super) run: usize,
    pub(super) line: usize,
    pub(super) time: String,
    pub(super) member: String,
}

/// The nodes that each formed a cluster alone while another one ran.
pub(super) fn find_separate_nodes(logs: &[ClusterTracker]) -> Vec<AloneNode> {
    let mut sessions: Vec<(usize, ClusterSession)> = logs
        .iter()
        .enumerate()
        .flat_map(|(log, tracker)| tracker.sessions.iter().map(move |one| (log, one.clone())))
        .collect();
    close_earlier(&mut sessions);
    let mut alone = vec![false; sessions.len()];
    for (index, (log, one)) in sessions.iter().enumerate() {
        for (next, (other_log, other)) in sessions.iter().enumerate().skip(index + 1) {
            if one.elected.is_none() || other.elected.is_none() || one.is_same(other) {
                continue;
            }
            let (first, second) = if other.first_elected() < one.first_elected() { (other, one) } else { (one, other) };
            let at = second.first_elected();
            // In one log, a later start is usually one of the same node, whose address may have changed.
            let is_separate = log != other_log || !one.is_ended_by(other);
            let is_unknown = one.address.is_empty() && one.id.is_empty() && log == other_log;
            let runs = first.runs_at(at) || (log == other_log && !first.is_stopped && first.is_fixed_with(second));
            if is_separate && !is_unknown && runs && !first.saw(second, at) && !second.saw(first, at) {
                (alone[index], alone[next]) = (true, true);
            }
        }
    }
    let found = sessions.into_iter().zip(alone).filter(|(_, is_alone)| *is_alone);
    found
        .filter_map(|((log, session), _)| {
            let (line, time, _) = session.elected?;
            let member = if session.address.is_empty() { session.id } else { session.address };
            Some(AloneNode { log, run: session.run, line, time, member })
        })
        .collect()
}

impl ClusterSession {
    /// Whether a later start in the same log is one of the same node.
    fn is_ended_by(&self, later: &Self) -> bool {
        self.end.is_some() && (self.is_stopped || !self.is_fixed_with(later))
    }
}

/// Ends a start whose log does not show its end where the same node stops or starts again in any log.
fn close_earlier(sessions: &mut [(usize, ClusterSession)]) {
    let known = sessions.to_vec();
    let logs_of = |address: &str| -> Vec<usize> {
        known.iter().filter(|(_, one)| !address.is_empty() && one.address == address).map(|(log, _)| *log).collect()
    };
    for (_, session) in sessions.iter_mut() {
        // The loopback address is that of every machine: only a log that begins later is one of the same node.
        let is_loopback = session.address.starts_with("127.") || session.address.starts_with("localhost");
        let own = logs_of(&session.address);
        let Some(begin) = session.first_elected().or(session.first) else { continue };
        let of_node = known.iter().filter(|(log, _)| own.contains(log));
        let ends = of_node.flat_map(|(_, other)| {
            let is_later = |at: &u64| !is_loopback || session.last.is_some_and(|last| *at > last);
            let started =
                other.first.filter(|_| other.address == session.address && other.id != session.id).filter(is_later);
            [
                other
                    .end
                    .filter(|_| other.is_stopped && (other.address == session.address || other.address.is_empty())),
                started,
            ]
        });
        let earliest = ends.flatten().filter(|end| *end > begin).min();
        if session.end.is_none_or(|end| earliest.is_some_and(|earliest| earliest < end)) {
            session.end = earliest.or(session.end);
        }
    }
}

#[cfg(test)]
mod tests;

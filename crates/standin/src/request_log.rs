//! Which requests a node has answered: for tests that state what a client asks, and how often.

use std::collections::VecDeque;

use parking_lot::Mutex;

/// How many requests stay in memory.
const MAX_REQUESTS: usize = 4096;

/// A request that was answered.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AnsweredRequest {
    /// Its method, such as `GET`.
    pub method: String,
    /// Its path without the query.
    pub path: String,
    /// The status code of the answer.
    pub status: u16,
}

/// The requests of a node since its cluster was started.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct RequestLog {
    /// How many there were in all.
    pub total: u64,
    /// The last ones, at most 4096, the oldest first.
    pub recent: Vec<AnsweredRequest>,
}

impl RequestLog {
    /// How many of the recent requests have this method and a path that begins with `path`.
    #[must_use]
    pub fn count(&self, method: &str, path: &str) -> usize {
        self.recent.iter().filter(|request| request.method == method && request.path.starts_with(path)).count()
    }
}

#[derive(Default)]
struct Counted {
    total: u64,
    recent: VecDeque<AnsweredRequest>,
}

/// Collects the requests of one node.
#[derive(Default)]
pub(crate) struct RequestRecorder {
    counted: Mutex<Counted>,
}

impl RequestRecorder {
    pub(crate) fn record(&self, request: AnsweredRequest) {
        let mut counted = self.counted.lock();
        counted.total += 1;
        if counted.recent.len() >= MAX_REQUESTS {
            counted.recent.pop_front();
        }
        counted.recent.push_back(request);
    }

    pub(crate) fn log(&self) -> RequestLog {
        let counted = self.counted.lock();
        RequestLog { total: counted.total, recent: counted.recent.iter().cloned().collect() }
    }
}

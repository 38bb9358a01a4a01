//! A preparation's run as pages show it.

use app::view::{PrepareBar, PrepareEnd};
use service::preparation::messages::Bar;
use service::preparation::run::RunResult;

use crate::http::moments;

/// The progress of each database.
pub(super) fn bars(kept: &[Bar]) -> Vec<PrepareBar> {
    let bar = |Bar { database, done, of, complete }: &Bar| PrepareBar {
        name: database.clone(),
        done: *done,
        of: *of,
        complete: *complete,
    };
    kept.iter().map(bar).collect()
}

/// The result of a run.
pub(super) fn ended(end: &RunResult, bars: Vec<PrepareBar>) -> PrepareEnd {
    PrepareEnd {
        bars,
        at: moments::format_time(end.at),
        words: end.words.clone(),
        failures: end.failures.clone(),
        complete: end.complete,
    }
}

//! DB-35 and DB-37: the clock of the database, and the time of a round trip, both measured on a connection of their own
//! so that no other check waits for them or stands in their way.

use std::time::{Duration, Instant};

use domain::check::CheckId;
use tokio::time::timeout;

use super::database_login;
use super::database_version::unanswered;
use crate::fault::{Fault, Verdict};
use crate::mysql::session::Session;
use crate::shared::{GOODBYE, Shared};

/// Round trips that are measured.
const TRIPS: usize = 20;
/// Where they are slow, fewer do: the measuring ends after this time.
const PATIENCE: Duration = Duration::from_millis(1500);
/// The slowest round trip that is not told.
const SLOWEST: Duration = Duration::from_millis(5);
/// The largest difference of the clocks that is not told.
const SKEW: Duration = Duration::from_secs(1);

const NEAR: &str = "at most 5 ms, the median of 20";
const SAME: &str = "at most 1 s between the database and this machine";

/// What was measured.
pub(crate) struct Pace {
    /// In order of their length; never empty.
    trips: Vec<Duration>,
    /// How far the database's clock is ahead of ours, in microseconds, as the quickest round trip tells.
    ahead: i128,
    /// How wrong that may be: half of the round trip.
    uncertain: i128,
}

/// Asks the database for its time again and again.
pub(crate) async fn measure(shared: &Shared) -> Result<Pace, Fault> {
    let session = database_login::again(shared, NEAR).await?;
    let measured = trips(shared, &session).await;
    // A server that does not answer any more loses the connection all the same.
    let _ = timeout(GOODBYE, session.close()).await;
    measured
}

async fn trips(shared: &Shared, session: &Session) -> Result<Pace, Fault> {
    // Counted by the server in UTC, so that no time zone comes in.
    const TIME: &str = "SELECT TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6))";
    let start = Instant::now();
    let mut trips = Vec::with_capacity(TRIPS);
    let mut quickest: Option<(Duration, i128)> = None;
    while trips.len() < TRIPS && (trips.is_empty() || start.elapsed() < PATIENCE) {
        let sent = Instant::now();
        let rows = session.rows(TIME.to_owned()).await.map_err(unanswered)?;
        let took = sent.elapsed();
        trips.push(took);
        let theirs: Option<i128> = rows.first().and_then(|row| row.first()?.as_ref()?.parse().ok());
        if let Some(theirs) = theirs
            && quickest.is_none_or(|(quickest, _)| took < quickest)
        {
            quickest = Some((took, theirs - micros(shared.since_1970(sent + took / 2))));
        }
    }
    trips.sort();
    let (took, ahead) = quickest.ok_or_else(|| {
        Fault::of_everyone(
            Verdict::could_not_check("the server does not tell its time", SAME).remedy("Ask it yourself."),
        )
    })?;
    Ok(Pace { trips, ahead, uncertain: micros(took / 2) })
}

fn micros(time: Duration) -> i128 {
    i128::try_from(time.as_micros()).unwrap_or(i128::MAX)
}

pub(crate) async fn clock(shared: &Shared) -> Vec<Verdict> {
    vec![match shared.pace().await {
        Ok(pace) => judge_clock(pace.ahead, pace.uncertain),
        Err(fault) => fault.told_by(CheckId::Db35, SAME),
    }]
}

fn judge_clock(ahead: i128, uncertain: i128) -> Verdict {
    let difference = ahead.unsigned_abs();
    let seconds = format!("{}.{:03} s", difference / 1_000_000, difference % 1_000_000 / 1000);
    let way = if ahead < 0 { "behind" } else { "ahead of" };
    let current = format!("the database is {seconds} {way} this machine");
    if difference.saturating_sub(uncertain.unsigned_abs()) <= SKEW.as_micros() {
        return Verdict::passed(current, SAME);
    }
    Verdict::warned(current, SAME)
        .remedy("Keep both machines by NTP; see on each which one is wrong:")
        .command("timedatectl status")
        .command("chronyc tracking")
}

pub(crate) async fn round_trip(shared: &Shared) -> Vec<Verdict> {
    vec![match shared.pace().await {
        Ok(pace) => judge_trips(&pace.trips),
        Err(fault) => fault.told_by(CheckId::Db37, NEAR),
    }]
}

fn judge_trips(trips: &[Duration]) -> Verdict {
    let median = trips.get(trips.len() / 2).copied().unwrap_or_default();
    let milliseconds = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1000.0);
    let slowest = trips.last().copied().unwrap_or_default();
    let current = format!("{}, the slowest of {} {}", milliseconds(median), trips.len(), milliseconds(slowest));
    if median <= SLOWEST {
        return Verdict::passed(current, NEAR);
    }
    Verdict::warned(current, NEAR).remedy(
        "Every login makes dozens of round trips. Put the nodes and the database into one network; if only this machine is \
         far away, measure on a node:",
    )
    .command("clusterwright check plan.toml")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_may_differ_by_a_second_beyond_what_is_uncertain() {
        for (ahead, uncertain, outcome) in [
            (0, 100, "Passed"),
            (-1_000_000, 0, "Passed"),
            (1_200_000, 100_000, "Warned"),
            (1_200_000, 300_000, "Passed"),
            (-90_000_000, 100, "Warned"),
        ] {
            assert!(format!("{:?}", judge_clock(ahead, uncertain)).contains(outcome), "{ahead} {uncertain}");
        }
        assert!(format!("{:?}", judge_clock(-90_012_000, 0)).contains("90.012 s behind"));
    }
}

//! Round trips to the database and the difference of the clocks, measured on a separate connection so that they and the other
//! checks do not delay each other.

use std::time::{Duration, Instant};

use tokio::time::timeout;

use super::time::{ClockReading, QUIT_TIMEOUT};
use crate::fault::{SharedFault, Verdict};
use crate::mysql::session::MysqlSession;

/// Measured round trips, as far as the time suffices.
const MAX_ROUND_TRIPS: usize = 20;
/// Slow round trips are fewer: the measurement ends after this time.
const MEASURE_TIMEOUT: Duration = Duration::from_millis(1500);
pub(crate) const REQUIRED_ROUND_TRIP: &str = "The median of 20 round trips is at most 5 ms.";
pub(crate) const REQUIRED_CLOCK: &str = "The clocks of the database and of this server differ by at most 1 s.";

/// What was measured.
pub(crate) struct RoundTrips {
    /// Sorted by duration; at least one.
    pub(crate) trips: Vec<Duration>,
    /// How far the clock of the database is ahead of ours, in microseconds, measured by the fastest round trip.
    pub(crate) offset: i128,
    /// Measurement error of `offset` in microseconds: half of that round trip.
    pub(crate) uncertainty: i128,
}

/// Reads the time of the database repeatedly.
pub(crate) async fn measure(session: MysqlSession, start: ClockReading) -> Result<RoundTrips, SharedFault> {
    let measured = read_times(start, &session).await;
    // A server that does not answer any more loses the connection all the same.
    let _ = timeout(QUIT_TIMEOUT, session.close()).await;
    measured
}

async fn read_times(run: ClockReading, session: &MysqlSession) -> Result<RoundTrips, SharedFault> {
    // Counted by the server in UTC, so that no time zone matters.
    const TIME: &str = "SELECT TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6))";
    let start = Instant::now();
    let mut trips = Vec::with_capacity(MAX_ROUND_TRIPS);
    let mut fastest: Option<(Duration, i128)> = None;
    while trips.len() < MAX_ROUND_TRIPS && (trips.is_empty() || start.elapsed() < MEASURE_TIMEOUT) {
        let sent = Instant::now();
        let rows = session.rows(TIME.to_owned()).await?;
        let took = sent.elapsed();
        trips.push(took);
        let server_time: Option<i128> = rows.first().and_then(|row| row.first()?.as_ref()?.parse().ok());
        if let Some(server_time) = server_time
            && fastest.is_none_or(|(fastest, _)| took < fastest)
        {
            fastest = Some((took, server_time - micros(run.unix_time_at(sent + took / 2))));
        }
    }
    trips.sort();
    let (took, offset) = fastest.ok_or_else(|| {
        SharedFault::shared_by_all(
            Verdict::skipped("The server does not report its time.", REQUIRED_CLOCK)
                .remedy("Query UTC_TIMESTAMP() on the server."),
        )
    })?;
    Ok(RoundTrips { trips, offset, uncertainty: micros(took / 2) })
}

fn micros(time: Duration) -> i128 {
    i128::try_from(time.as_micros()).unwrap_or(i128::MAX)
}

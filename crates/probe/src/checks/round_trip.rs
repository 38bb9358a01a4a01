//! DB-35 and DB-37: the clock of the database, and the time of a round trip.

use std::time::Duration;

use domain::check::CheckId;

use crate::facts::Facts;
use crate::facts::round_trip::{REQUIRED_CLOCK, REQUIRED_ROUND_TRIP};
use crate::fault::Verdict;

/// A median above this is reported.
const MAX_ROUND_TRIP: Duration = Duration::from_millis(5);
/// A clock difference above this is reported.
const MAX_CLOCK_DIFFERENCE: Duration = Duration::from_secs(1);

pub(crate) async fn clock(facts: &Facts) -> Vec<Verdict> {
    vec![match facts.round_trips().await {
        Ok(measured) => evaluate_clock(measured.offset, measured.uncertainty),
        Err(fault) => fault.verdict_for(CheckId::Db35, REQUIRED_CLOCK),
    }]
}

fn evaluate_clock(offset: i128, uncertainty: i128) -> Verdict {
    let difference = offset.unsigned_abs();
    let seconds = format!("{}.{:03} s", difference / 1_000_000, difference % 1_000_000 / 1000);
    let direction = if offset < 0 { "behind" } else { "ahead of" };
    let current = format!("The clock of the database is {seconds} {direction} that of this server.");
    if difference.saturating_sub(uncertainty.unsigned_abs()) <= MAX_CLOCK_DIFFERENCE.as_micros() {
        return Verdict::passed(current, REQUIRED_CLOCK);
    }
    Verdict::warned(current, REQUIRED_CLOCK)
        .remedy("Synchronize both hosts with NTP. To find the wrong clock, run on each host:")
        .command("timedatectl status")
        .command("chronyc tracking")
}

pub(crate) async fn round_trip(facts: &Facts) -> Vec<Verdict> {
    vec![match facts.round_trips().await {
        Ok(measured) => evaluate_trips(&measured.trips),
        Err(fault) => fault.verdict_for(CheckId::Db37, REQUIRED_ROUND_TRIP),
    }]
}

fn evaluate_trips(trips: &[Duration]) -> Verdict {
    let median = trips.get(trips.len() / 2).copied().unwrap_or_default();
    let milliseconds = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1000.0);
    let slowest = trips.last().copied().unwrap_or_default();
    let current = format!("Median {}, slowest of {} {}.", milliseconds(median), trips.len(), milliseconds(slowest));
    if median <= MAX_ROUND_TRIP {
        return Verdict::passed(current, REQUIRED_ROUND_TRIP);
    }
    Verdict::warned(current, REQUIRED_ROUND_TRIP).remedy(
        "Every login needs dozens of round trips. Place the nodes and the database in the same network. If only this server is \
         far away, run the check on a node:",
    )
    .command("clusterwright check plan.toml")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_may_differ_by_a_second_beyond_the_uncertainty() {
        for (ahead, uncertain, outcome) in [
            (0, 100, "Passed"),
            (-1_000_000, 0, "Passed"),
            (1_200_000, 100_000, "Warned"),
            (1_200_000, 300_000, "Passed"),
            (-90_000_000, 100, "Warned"),
        ] {
            assert!(format!("{:?}", evaluate_clock(ahead, uncertain)).contains(outcome), "{ahead} {uncertain}");
        }
        assert!(format!("{:?}", evaluate_clock(-90_012_000, 0)).contains("90.012 s behind"));
    }
}

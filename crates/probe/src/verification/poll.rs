//! Waits until another node shows a change, and how long that took.

use std::future::Future;
use std::time::{Duration, Instant};

use tokio::time::sleep;

/// Time between two questions.
const POLL_INTERVAL: Duration = Duration::from_millis(20);
/// A change that is visible later than this is a warning. Clusters of five versions took 24 to 225 ms (docs/wso2.md).
pub(super) const PROMPT_TIMEOUT: Duration = Duration::from_secs(2);
/// How long a message of one node to the others may take before the one attempt that cannot be repeated: longer than
/// [`PROMPT_TIMEOUT`].
pub(super) const INVALIDATION_DELAY: Duration = Duration::from_millis(2500);
/// A change that is not visible within this time never was, where clustering was switched off (docs/wso2.md).
pub(super) const CHANGE_TIMEOUT: Duration = Duration::from_secs(12);

/// What polling found.
#[derive(Clone, Debug)]
pub(super) enum Polled<E> {
    /// The change became visible after this time.
    Visible(Duration),
    /// The last answer within [`CHANGE_TIMEOUT`] still lacked it.
    Stale,
    /// No answer could be evaluated; this is the last error.
    Failed(E),
}

/// Asks `is_visible` until it answers yes, at most for [`CHANGE_TIMEOUT`]. A single error does not end the polling: a node may
/// answer the request after it.
pub(super) async fn until_visible<E, F>(mut is_visible: impl FnMut() -> F) -> Polled<E>
where
    F: Future<Output = Result<bool, E>>,
{
    let started = Instant::now();
    loop {
        let asked = is_visible().await;
        let took = started.elapsed();
        match asked {
            Ok(true) if took <= CHANGE_TIMEOUT => return Polled::Visible(took),
            Ok(_) if took >= CHANGE_TIMEOUT => return Polled::Stale,
            Err(error) if took >= CHANGE_TIMEOUT => return Polled::Failed(error),
            Ok(_) | Err(_) => sleep(POLL_INTERVAL).await,
        }
    }
}

/// The middle of `times`, and the largest; zero for none.
pub(super) fn median_and_maximum(times: &[Duration]) -> (Duration, Duration) {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let median = sorted.get(sorted.len() / 2).copied().unwrap_or_default();
    (median, sorted.last().copied().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_change_is_awaited_for_a_limited_time() {
        let mut asked = 0;
        let polled = until_visible(|| {
            asked += 1;
            std::future::ready(match asked {
                1 => Err("an error that passes"),
                2 => Ok(false),
                _ => Ok(true),
            })
        });
        assert!(matches!(polled.await, Polled::Visible(_)));
        assert_eq!(asked, 3);
    }

    #[test]
    fn the_median_and_the_maximum() {
        let times = [3, 1, 2].map(Duration::from_secs);
        assert_eq!(median_and_maximum(&times), (Duration::from_secs(2), Duration::from_secs(3)));
        assert_eq!(median_and_maximum(&[]), (Duration::ZERO, Duration::ZERO));
    }
}

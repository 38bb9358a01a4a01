//! What the program counts about itself, in the text format of Prometheus. Nothing of a plan is in it: labels are the
//! patterns of routes, methods and statuses.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::prometheus_text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

/// The type of the answer of `/metrics`.
pub(crate) use prometheus_client::encoding::prometheus_text::CONTENT_TYPE;

/// The upper bounds of the histogram's buckets, in seconds.
const BUCKET_BOUNDS: [f64; 9] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

/// The counters of this process. A clone counts the same.
#[derive(Clone)]
pub(crate) struct Metrics {
    requests: Family<RequestLabels, Counter>,
    latencies: Family<RouteLabels, Histogram, fn() -> Histogram>,
    store_errors: Counter,
    /// The number of plans, and when they were counted, in Unix seconds.
    plans: Arc<Mutex<Option<(u64, u64)>>>,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct RequestLabels {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct RouteLabels {
    route: String,
}

/// What is read from the store and the runs for each answer.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Gauges {
    /// Plans in the store, counted at most a minute ago.
    pub plans: Option<u64>,
    /// Sessions in the store, up to [`MAX_COUNTED_SESSIONS`].
    pub sessions: Option<u64>,
    /// Runs of checks on this replica.
    pub runs: u64,
}

/// Sessions that are counted one by one.
pub(crate) const MAX_COUNTED_SESSIONS: u32 = 1000;

impl Default for Metrics {
    fn default() -> Self {
        Self {
            requests: Family::default(),
            latencies: Family::new_with_constructor(|| Histogram::new(BUCKET_BOUNDS)),
            store_errors: Counter::default(),
            plans: Arc::default(),
        }
    }
}

impl Metrics {
    /// Counts a request. `route` is the pattern that matched, such as `/plans/{plan}/{step}`.
    pub(crate) fn request(&self, method: &str, route: &str, status: u16, took: Duration) {
        let request = RequestLabels { method: known_method(method), route: route.to_owned(), status };
        self.requests.get_or_create(&request).inc();
        self.latencies.get_or_create(&RouteLabels { route: route.to_owned() }).observe(took.as_secs_f64());
    }

    /// Counts a request that the store did not answer.
    pub(crate) fn store_error(&self) {
        self.store_errors.inc();
    }

    /// The number of plans, counted at most a minute before `now`, in Unix seconds.
    #[must_use]
    pub(crate) fn plans(&self, now: u64) -> Option<u64> {
        self.plans.lock().filter(|(_, at)| now.saturating_sub(*at) < 60).map(|(plans, _)| plans)
    }

    /// Remembers the number of plans.
    pub(crate) fn keep_plans(&self, plans: u64, now: u64) {
        *self.plans.lock() = Some((plans, now));
    }

    /// Everything, as Prometheus reads it. The crate adds `_info`, `_total` and the full stops.
    #[must_use]
    pub(crate) fn text(&self, gauges: &Gauges) -> String {
        let mut registry = Registry::with_prefix("clusterwright");
        registry.register("build", "The version that runs", Info::new([("version", env!("CARGO_PKG_VERSION"))]));
        let help = "Requests answered, by pattern of the address and status";
        registry.register("requests", help, self.requests.clone());
        let help = "How long answers took until their first byte";
        registry.register("request_seconds", help, self.latencies.clone());
        registry.register("store_errors", "Requests that the database did not answer", self.store_errors.clone());
        registry.register("runs", "Runs of checks on this replica now", ConstGauge::new(gauges.runs));
        for (name, help, value) in [
            ("plans", "Saved plans, counted at most once a minute", gauges.plans),
            ("sessions", "Sessions of owners and visitors", gauges.sessions),
        ] {
            // Without a database there is no number, rather than a wrong one.
            if let Some(value) = value {
                registry.register(name, help, ConstGauge::new(value));
            }
        }
        let mut text = String::new();
        // Memory takes everything.
        let _ = encode(&mut text, &registry);
        text
    }
}

/// An invented method is no label, because their number is unlimited.
fn known_method(method: &str) -> &'static str {
    let known = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"];
    known.into_iter().find(|known| *known == method).unwrap_or("other")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_counted_by_pattern_and_their_times_fall_into_buckets() {
        let metrics = Metrics::default();
        let route = "/plans/{plan}/{step}";
        for milliseconds in [1, 30, 30, 6000] {
            metrics.request("GET", route, 200, Duration::from_millis(milliseconds));
        }
        metrics.request("BREW", "other", 405, Duration::ZERO);
        metrics.store_error();
        let text = metrics.text(&Gauges { plans: Some(3), sessions: None, runs: 1 });
        for line in [
            "clusterwright_requests_total{method=\"GET\",route=\"/plans/{plan}/{step}\",status=\"200\"} 4",
            "clusterwright_requests_total{method=\"other\",route=\"other\",status=\"405\"} 1",
            "clusterwright_request_seconds_bucket{route=\"/plans/{plan}/{step}\",le=\"0.025\"} 1",
            "clusterwright_request_seconds_bucket{route=\"/plans/{plan}/{step}\",le=\"0.05\"} 3",
            "clusterwright_request_seconds_bucket{route=\"/plans/{plan}/{step}\",le=\"5\"} 3",
            "clusterwright_request_seconds_bucket{route=\"/plans/{plan}/{step}\",le=\"+Inf\"} 4",
            "clusterwright_request_seconds_count{route=\"/plans/{plan}/{step}\"} 4",
            "# HELP clusterwright_store_errors_total Requests that the database did not answer.",
            "# TYPE clusterwright_store_errors_total counter",
            "clusterwright_store_errors_total 1",
            concat!("clusterwright_build_info{version=\"", env!("CARGO_PKG_VERSION"), "\"} 1"),
            "clusterwright_runs 1",
            "clusterwright_plans 3",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} in {text}");
        }
        assert!(!text.contains("clusterwright_sessions"));
        // Every line is a comment or a name, perhaps labels, and a number.
        for line in text.lines().filter(|line| !line.starts_with("# ")) {
            let (name, number) = line.rsplit_once(' ').unwrap();
            assert!(number.parse::<f64>().is_ok() && name.starts_with("clusterwright_"), "{line}");
        }
    }

    #[test]
    fn plans_are_counted_once_a_minute() {
        let metrics = Metrics::default();
        assert_eq!(metrics.plans(100), None);
        metrics.keep_plans(7, 100);
        assert_eq!((metrics.plans(159), metrics.plans(160)), (Some(7), None));
    }
}

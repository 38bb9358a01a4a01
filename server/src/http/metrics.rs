//! What the program counts about itself, in the text format of Prometheus. Nothing of a plan is in it: labels are the
//! patterns of routes, methods and statuses.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};

/// The upper bounds of the histogram's buckets, in seconds.
const BUCKET_BOUNDS: [f64; 9] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

/// The counters of this process.
#[derive(Clone, Default)]
pub(crate) struct Metrics(Arc<Mutex<Counters>>);

#[derive(Default)]
struct Counters {
    requests: BTreeMap<Request, u64>,
    latencies: BTreeMap<String, Histogram>,
    store_errors: u64,
    /// How many plans there were, and when that was counted, in unix seconds.
    plans: Option<(u64, u64)>,
}

#[derive(Eq, Ord, PartialEq, PartialOrd)]
struct Request {
    method: String,
    route: String,
    status: u16,
}

#[derive(Default)]
struct Histogram {
    buckets: [u64; BUCKET_BOUNDS.len()],
    count: u64,
    sum: f64,
}

/// What is asked of the store and the runs when somebody reads.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Gauges {
    /// Plans in the store, perhaps a minute ago.
    pub plans: Option<u64>,
    /// Sessions in the store, up to [`MAX_COUNTED_SESSIONS`].
    pub sessions: Option<u64>,
    /// Runs of checks on this replica.
    pub runs: u64,
}

/// Sessions that are counted one by one.
pub(crate) const MAX_COUNTED_SESSIONS: u32 = 1000;

impl Metrics {
    fn counted(&self) -> MutexGuard<'_, Counters> {
        self.0.lock()
    }

    /// Counts a request. `route` is the pattern that matched, such as `/plans/{plan}/{step}`.
    pub(crate) fn request(&self, method: &str, route: &str, status: u16, took: Duration) {
        let mut counted = self.counted();
        let request = Request { method: known_method(method).to_owned(), route: route.to_owned(), status };
        *counted.requests.entry(request).or_default() += 1;
        let histogram = counted.latencies.entry(route.to_owned()).or_default();
        let seconds = took.as_secs_f64();
        histogram.count += 1;
        histogram.sum += seconds;
        for (bucket, bound) in histogram.buckets.iter_mut().zip(BUCKET_BOUNDS) {
            *bucket += u64::from(seconds <= bound);
        }
    }

    /// Counts a request that the store did not answer.
    pub(crate) fn store_error(&self) {
        self.counted().store_errors += 1;
    }

    /// How many plans there were at most a minute before `now`, in unix seconds.
    #[must_use]
    pub(crate) fn plans(&self, now: u64) -> Option<u64> {
        self.counted().plans.filter(|(_, at)| now.saturating_sub(*at) < 60).map(|(plans, _)| plans)
    }

    /// Remembers how many plans there are.
    pub(crate) fn keep_plans(&self, plans: u64, now: u64) {
        self.counted().plans = Some((plans, now));
    }

    /// Everything, as Prometheus reads it.
    #[must_use]
    pub(crate) fn text(&self, gauges: &Gauges) -> String {
        let counted = self.counted();
        let mut text = MetricsText::default();
        text.head("clusterwright_build_info", "gauge", "The version that runs.");
        text.line("clusterwright_build_info", &[("version", env!("CARGO_PKG_VERSION"))], 1);
        text.head(
            "clusterwright_requests_total",
            "counter",
            "Requests answered, by pattern of the address and status.",
        );
        for (request, count) in &counted.requests {
            let status = request.status.to_string();
            let labels = [("method", request.method.as_str()), ("route", &request.route), ("status", &status)];
            text.line("clusterwright_requests_total", &labels, count);
        }
        let name = "clusterwright_request_seconds";
        text.head(name, "histogram", "How long answers took until their first byte.");
        for (route, histogram) in &counted.latencies {
            for (count, bound) in histogram.buckets.iter().zip(BUCKET_BOUNDS) {
                text.line(&format!("{name}_bucket"), &[("route", route), ("le", &bound.to_string())], count);
            }
            text.line(&format!("{name}_bucket"), &[("route", route), ("le", "+Inf")], histogram.count);
            text.line(&format!("{name}_sum"), &[("route", route)], histogram.sum);
            text.line(&format!("{name}_count"), &[("route", route)], histogram.count);
        }
        text.head("clusterwright_store_errors_total", "counter", "Requests that the database did not answer.");
        text.line("clusterwright_store_errors_total", &[], counted.store_errors);
        text.head("clusterwright_runs", "gauge", "Runs of checks on this replica now.");
        text.line("clusterwright_runs", &[], gauges.runs);
        for (name, help, value) in [
            ("clusterwright_plans", "Plans kept, counted at most once a minute.", gauges.plans),
            ("clusterwright_sessions", "Sessions of owners and of people who came by links.", gauges.sessions),
        ] {
            // Without a database there is no number, rather than a wrong one.
            if let Some(value) = value {
                text.head(name, "gauge", help);
                text.line(name, &[], value);
            }
        }
        text.0
    }
}

/// A method that somebody made up is no label: there would be no end of them.
fn known_method(method: &str) -> &str {
    if ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"].contains(&method) { method } else { "other" }
}

#[derive(Default)]
struct MetricsText(String);

impl MetricsText {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn line(&mut self, name: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) {
        let escaped = |value: &str| value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        let labels: Vec<String> = labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        let _ = writeln!(self.0, "{name}{labels} {value}");
    }
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
            "clusterwright_store_errors_total 1",
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

//! Readers of pages over loopback, each on a separate connection, at a rate that does not wait for responses: a late
//! response delays the next one too, and both times count from when the request was due.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use testbed::http::{TestRequest, exchange_async};
use tokio::net::TcpSocket;
use tokio::time::Instant;

/// How many readers, requests a second of all together, and seconds.
pub(super) const PEOPLE: usize = 200;
const RATE: usize = 200;
const SECONDS: usize = 15;

/// Times of all responses, sorted, in milliseconds.
pub(super) struct Times(Vec<f64>);

impl Times {
    /// The time that `percent` of the responses did not exceed.
    pub(super) fn percentile(&self, percent: usize) -> f64 {
        self.0[(self.0.len() * percent / 100).min(self.0.len() - 1)]
    }

    /// How many responses there were.
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }
}

/// Reads the pages in turn.
pub(super) fn read(port: u16, pages: Vec<String>) -> Times {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let pages = Arc::new(pages);
        let start = Instant::now() + Duration::from_millis(200);
        let people: Vec<_> =
            (0..PEOPLE).map(|person| tokio::spawn(reader(port, Arc::clone(&pages), person, start))).collect();
        let mut times = Vec::new();
        for person in people {
            times.extend(person.await.unwrap());
        }
        times.sort_by(f64::total_cmp);
        Times(times)
    })
}

async fn reader(port: u16, pages: Arc<Vec<String>>, person: usize, start: Instant) -> Vec<f64> {
    // One address may have 64 connections, so readers have several addresses.
    let socket = TcpSocket::new_v4().unwrap();
    let of_thirty = u8::try_from(person / 30).unwrap();
    socket.bind((Ipv4Addr::new(127, 0, 1, 1 + of_thirty), 0).into()).unwrap();
    let mut stream = socket.connect((Ipv4Addr::LOCALHOST, port).into()).await.unwrap();
    let mut times = Vec::new();
    for number in (person..RATE * SECONDS).step_by(PEOPLE) {
        let due = start + Duration::from_secs_f64(number as f64 / RATE as f64);
        tokio::time::sleep_until(due).await;
        let request = request(port, &pages[number % pages.len()]);
        let response = exchange_async(&mut stream, &request).await.unwrap();
        assert_eq!(response.status, 200, "{}", response.text());
        times.push(due.elapsed().as_secs_f64() * 1000.0);
    }
    times
}

/// A request that leaves the connection open.
fn request(port: u16, page: &str) -> TestRequest {
    let request = TestRequest::get(page).header("host", &format!("localhost:{port}"));
    request.header("accept-encoding", "br").header("connection", "keep-alive")
}

//! People who read pages over loopback, each on a separate connection, at a rate that does not wait for responses: a late
//! response delays the next one too, and both are measured from their scheduled time.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufStream};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::Instant;

/// The number of people, the requests per second of all together, and the seconds.
pub(super) const PEOPLE: usize = 200;
const RATE: usize = 200;
const SECONDS: usize = 15;

/// Times of all answers, sorted, in milliseconds.
pub(super) struct Times(Vec<f64>);

impl Times {
    /// The time that `percent` of the responses did not exceed.
    pub(super) fn percentile(&self, percent: usize) -> f64 {
        self.0[(self.0.len() * percent / 100).min(self.0.len() - 1)]
    }

    /// The number of responses.
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
    // One address has 64 connections: people come from several.
    let socket = TcpSocket::new_v4().unwrap();
    let of_thirty = u8::try_from(person / 30).unwrap();
    socket.bind((Ipv4Addr::new(127, 0, 1, 1 + of_thirty), 0).into()).unwrap();
    let mut stream = BufStream::new(socket.connect((Ipv4Addr::LOCALHOST, port).into()).await.unwrap());
    let mut times = Vec::new();
    for number in (person..RATE * SECONDS).step_by(PEOPLE) {
        let due = start + Duration::from_secs_f64(number as f64 / RATE as f64);
        tokio::time::sleep_until(due).await;
        let page = &pages[number % pages.len()];
        let request = format!("GET {page} HTTP/1.1\r\nHost: localhost:{port}\r\nAccept-Encoding: br\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        stream.flush().await.unwrap();
        answer(&mut stream).await;
        times.push(due.elapsed().as_secs_f64() * 1000.0);
    }
    times
}

/// Reads one response to its end.
async fn answer(stream: &mut BufStream<TcpStream>) {
    let mut line = String::new();
    let (mut length, mut is_chunked) = (0, false);
    stream.read_line(&mut line).await.unwrap();
    assert!(line.starts_with("HTTP/1.1 200"), "{line}");
    while line != "\r\n" {
        line.clear();
        stream.read_line(&mut line).await.unwrap();
        if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.trim().parse().unwrap();
        }
        is_chunked |= line.trim() == "transfer-encoding: chunked";
    }
    if !is_chunked {
        stream.read_exact(&mut vec![0; length]).await.unwrap();
        return;
    }
    loop {
        line.clear();
        stream.read_line(&mut line).await.unwrap();
        let size = usize::from_str_radix(line.trim(), 16).unwrap();
        stream.read_exact(&mut vec![0; size + 2]).await.unwrap();
        if size == 0 {
            return;
        }
    }
}

//! `kill -9` at random times while two clients edit one plan: every confirmed save survives, and the plan and its journal can
//! be read. `cargo xtask soak` does it more often.

use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use testbed::http::{TestRequest, TestResponse, exchange};

use crate::support::World;

/// How often the server is killed unless the environment has another number.
const ROUNDS: u32 = 20;

/// A client that edits one field of the plan.
struct Client {
    plan: String,
    field: &'static str,
    page: &'static str,
    /// The last text that the server has confirmed.
    acknowledged: String,
    /// The last text that was sent; it may have been saved without a response.
    sent: String,
    /// A response that was no confirmation.
    refused: Option<String>,
}

impl Client {
    /// Edits until the server ends or all clients stop.
    fn edit(&mut self, port: u16, round: u32, stopped: &AtomicBool) -> u32 {
        let mut revision = "1".to_owned();
        let mut saves = 0;
        while !stopped.load(Ordering::Relaxed) {
            self.sent = format!("{}-{round}-{saves}", self.page);
            let fields = [("revision", revision.as_str()), ("page", self.page), (self.field, &self.sent)];
            let request = TestRequest::post(&format!("{}/draft", self.plan)).form(&fields);
            let Some(response) = send(port, request) else { break };
            if response.status != 200 {
                // The server's log is shown with it when the server has ended.
                self.refused = Some(format!("{}: {}", response.status, response.text()));
                break;
            }
            let saved: serde_json::Value = serde_json::from_slice(&response.bytes).unwrap();
            revision = saved["revision"].to_string();
            self.acknowledged.clone_from(&self.sent);
            saves += 1;
        }
        saves
    }
}

/// The response to a request; `None` if it does not arrive completely, which confirms nothing.
fn send(port: u16, request: TestRequest) -> Option<TestResponse> {
    let stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(60))).ok()?;
    exchange(stream, &request.header("host", &format!("localhost:{port}"))).ok()
}

#[test]
fn what_was_acknowledged_survives_being_killed_at_any_moment() {
    let rounds = std::env::var("CLUSTERWRIGHT_KILL_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(ROUNDS);
    let world = World::new();
    let start = || world.serve();
    let server = start();
    let plan = server.plan();
    server.stop().0.expect(0);
    let client = |field, page| {
        let nothing = String::new;
        Arc::new(Mutex::new(Client {
            plan: plan.clone(),
            field,
            page,
            acknowledged: nothing(),
            sent: nothing(),
            refused: None,
        }))
    };
    let clients = [client("database.host", "ann"), client("load_balancer.hostname", "kasun")];
    let mut saves = 0;
    let mut random = 0x2545_F491_4F6C_DD1D_u64;
    for round in 1..=rounds {
        let mut server = start();
        let stopped = Arc::new(AtomicBool::new(false));
        let port = server.port;
        let editing = clients.clone().map(|client| {
            let stopped = Arc::clone(&stopped);
            thread::spawn(move || client.lock().unwrap().edit(port, round, &stopped))
        });
        // xorshift: another time in each round, and the same times in each run.
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        thread::sleep(Duration::from_micros(random % 400_000));
        server.kill();
        stopped.store(true, Ordering::Relaxed);
        saves += editing.into_iter().map(|edited| edited.join().unwrap()).sum::<u32>();
        let refused = clients.iter().find_map(|client| client.lock().unwrap().refused.take());
        assert_eq!(refused, None, "round {round}: the log of the server: {}", server.output());

        let server = start();
        let log = server.get(&format!("{plan}/journal.jsonl"));
        assert_eq!(log.status, 200, "round {round}");
        let entries: Vec<serde_json::Value> =
            log.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert!(entries.iter().zip(1..).all(|(entry, number)| entry["number"] == number), "round {round}: no gap");
        for client in &clients {
            let Client { field, acknowledged, sent, .. } = &mut *client.lock().unwrap();
            let step = field.split_once('.').unwrap().0.replace('_', "-");
            let page = server.get(&format!("{plan}/{step}"));
            assert_eq!(page.status, 200, "round {round}");
            let has = |text: &String| text.is_empty() || page.text().contains(&format!("value=\"{text}\""));
            assert!(has(acknowledged) || has(sent), "round {round}: {field} was acknowledged as {acknowledged}");
            // A text that was saved without a response must not be lost from now on.
            if has(sent) {
                acknowledged.clone_from(sent);
            }
        }
        assert_eq!(server.get(&format!("{plan}/history?from=1&to=2")).status, 200, "round {round}");
        server.stop().0.expect(0);
    }
    println!("{rounds} kills, {saves} acknowledged saves");
    assert!(saves > rounds, "something was saved in between: {saves}");
}

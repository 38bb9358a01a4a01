//! `kill -9` at random moments while two clients edit one plan: every acknowledged save exists afterwards, and the plan
//! and its journal can be read. `cargo xtask soak` repeats it more often.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use crate::support::{Serving, World};

/// The default number of kills.
const ROUNDS: u32 = 20;

/// One client, which edits its own field of the plan.
struct Client {
    plan: String,
    field: &'static str,
    page: &'static str,
    /// The last save that the server acknowledged.
    acknowledged: String,
    /// The last value that was sent; it may have been saved without a response.
    sent: String,
    /// A response that was no acknowledgement.
    refused: Option<String>,
}

impl Client {
    /// Edits until the server is killed or the test stops.
    fn edit(&mut self, port: u16, round: u32, stopped: &AtomicBool) -> u32 {
        let mut revision = "1".to_owned();
        let mut saves = 0;
        while !stopped.load(Ordering::Relaxed) {
            self.sent = format!("{}-{round}-{saves}", self.page);
            let fields = [("revision", revision.as_str()), ("page", self.page), (self.field, &self.sent)];
            let Some((status, body)) = post(port, &format!("{}/draft", self.plan), &fields) else { break };
            if status != 200 {
                // The server's log about it is printed after its end.
                self.refused = Some(format!("{status}: {body}"));
                break;
            }
            let saved: serde_json::Value = serde_json::from_str(&body).unwrap();
            revision = saved["revision"].to_string();
            self.acknowledged.clone_from(&self.sent);
            saves += 1;
        }
        saves
    }
}

/// A request that may get no response.
fn post(port: u16, path: &str, fields: &[(&str, &str)]) -> Option<(u16, String)> {
    let mut body = form_urlencoded::Serializer::new(String::new());
    let body = body.extend_pairs(fields).finish();
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(60))).ok()?;
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(format!("{head}{body}").as_bytes()).ok()?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "))?;
    // A truncated response acknowledges nothing.
    (length.parse() == Ok(body.len())).then(|| Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned())))?
}

#[test]
fn what_was_acknowledged_survives_being_killed_at_any_moment() {
    let rounds = std::env::var("CLUSTERWRIGHT_KILL_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(ROUNDS);
    let world = World::new();
    let start = || Serving::start(world.command(&["serve", "--port", "0", "--data-dir", "data"], &[]));
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
        // xorshift: another moment in each round, the same ones in each run.
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        thread::sleep(Duration::from_micros(random % 400_000));
        server.kill();
        stopped.store(true, Ordering::Relaxed);
        saves += editing.into_iter().map(|edited| edited.join().unwrap()).sum::<u32>();
        let refused = clients.iter().find_map(|client| client.lock().unwrap().refused.take());
        assert_eq!(refused, None, "round {round}: the server said: {}", server.output());

        let server = start();
        let log = server.get(&format!("{plan}/journal.jsonl"));
        assert_eq!(log.status, 200, "round {round}");
        let entries: Vec<serde_json::Value> =
            log.body.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert!(entries.iter().zip(1..).all(|(entry, number)| entry["number"] == number), "round {round}: no gap");
        for client in &clients {
            let Client { field, acknowledged, sent, .. } = &mut *client.lock().unwrap();
            let step = field.split_once('.').unwrap().0.replace('_', "-");
            let page = server.get(&format!("{plan}/{step}"));
            assert_eq!(page.status, 200, "round {round}");
            let has = |text: &String| text.is_empty() || page.body.contains(&format!("value=\"{text}\""));
            assert!(has(acknowledged) || has(sent), "round {round}: {field} was acknowledged as {acknowledged}");
            // A save without a response is a save: from now on it must not be lost either.
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

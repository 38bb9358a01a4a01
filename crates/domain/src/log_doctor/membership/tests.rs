//! Nodes that are alone, with every form of the lines of members, and clusters that are not.

use super::super::{LogFile, diagnose};

/// A start that ends after six seconds, at `minute` past three.
struct Start {
    minute: u32,
    host: &'static str,
    id: &'static str,
    is_elected: bool,
}

fn line(minute: u32, second: u32, message: &str) -> String {
    format!(
        "TID: [] [] [2025-01-02 03:{minute:02}:{second:02},000] [] INFO {{a.HazelcastClusteringAgent}} - {message}\n"
    )
}

impl Start {
    fn text(&self) -> String {
        let Self { minute, host, id, is_elected } = *self;
        let mut text = line(minute, 0, "Starting WSO2 Carbon...");
        text +=
            &line(minute, 3, &format!("Local member: [{id}] - Host:{host}, Remote Host:null, Port: 4000, HTTP:9763"));
        if is_elected {
            text += &line(minute, 4, &format!("Elected this member [{id}] as the Coordinator node"));
        }
        text + &line(minute, 6, "WSO2 Carbon started in 6 sec")
    }
}

const fn alone(minute: u32, host: &'static str, id: &'static str) -> Start {
    Start { minute, host, id, is_elected: true }
}

const fn joining(minute: u32, host: &'static str, id: &'static str) -> Start {
    Start { minute, host, id, is_elected: false }
}

fn stop(minute: u32) -> String {
    line(minute, 0, "Shutdown hook triggered....")
}

/// The codes of what the logs of several files show.
fn codes(logs: &[String]) -> Vec<&'static str> {
    let files: Vec<LogFile<'_>> = logs.iter().map(|log| LogFile { name: "is", bytes: log.as_bytes() }).collect();
    diagnose(&files).diagnoses.iter().filter(|one| one.is_current).map(|one| one.rule.code).collect()
}

const JOINED: [&str; 5] = [
    "Member joined [b]: /192.0.2.12:4000",
    "Member joined [b] :/192.0.2.12:4000",
    "Member joined: [UUID] b, [Address] /192.0.2.12:4000",
    "Member joined: [UUID] b, [Address] is-2.example.com/192.0.2.12:4000",
    "Member joined [x]: /192.0.2.12:54321",
];

#[test]
fn two_nodes_that_each_elected_themselves_are_alone() {
    let (one, two) = (alone(1, "192.0.2.11", "a").text(), alone(5, "192.0.2.12", "b").text());
    assert_eq!(codes(&[one.clone(), two.clone()]), ["nodes-alone"], "also if the first logs nothing for minutes");
    assert_eq!(codes(&[two.clone(), one.clone()]), ["nodes-alone"], "in either order");
    for joined in JOINED {
        assert!(codes(&[one.clone() + &line(6, 0, joined), two.clone()]).is_empty(), "merged later: {joined}");
        let before =
            one.clone() + &line(2, 0, joined) + &line(3, 0, "Member left: [UUID] b, [Address] /192.0.2.12:4000");
        assert_eq!(codes(&[before, two.clone()]), ["nodes-alone"], "was a member before its restart: {joined}");
    }
    let loopback = [alone(1, "127.0.0.1", "a").text(), alone(1, "127.0.0.1", "b").text()];
    assert_eq!(codes(&loopback), ["nodes-alone"], "both announce the same address");
    let bare = |id: &str| line(1, 4, &format!("Elected this member [{id}] as the Coordinator node"));
    assert_eq!(codes(&[bare("a"), bare("b")]), ["nodes-alone"], "without the line of the address");
}

#[test]
fn a_third_node_is_alone_although_two_form_a_cluster() {
    let one = alone(1, "192.0.2.11", "a").text() + &line(3, 9, JOINED[0]);
    let logs = [one, joining(3, "192.0.2.12", "b").text(), alone(9, "192.0.2.13", "c").text()];
    assert_eq!(codes(&logs), ["nodes-alone"]);
    assert!(codes(&logs[..2]).is_empty());
}

#[test]
fn both_logs_in_one_text_are_distinguished_by_their_times_or_member_lists() {
    let (one, two) = (alone(1, "192.0.2.11", "a").text(), alone(1, "192.0.2.12", "b").text());
    assert_eq!(codes(&[one.clone() + &two]), ["nodes-alone"]);
    let list = ["192.0.2.11", "192.0.2.12"]
        .map(|host| line(9, 1, &format!("Added member: Host:{host}, Remote Host:null, Port: 4000")))
        .concat();
    let with_list = |start: Start| start.text().replace("in 6 sec\n", &format!("in 6 sec\n{list}"));
    let text = with_list(alone(1, "192.0.2.11", "a")) + &with_list(alone(20, "192.0.2.12", "b"));
    assert_eq!(codes(&[text]), ["nodes-alone"], "two fixed addresses are two nodes");
}

#[test]
fn starts_of_one_node_are_no_separate_nodes() {
    let first = alone(1, "192.0.2.11", "a").text();
    let again = alone(9, "192.0.2.11", "b").text();
    assert!(codes(std::slice::from_ref(&first)).is_empty());
    assert!(codes(&[first.clone(), first.clone()]).is_empty(), "the same log twice");
    assert!(codes(&[first.clone() + &first]).is_empty(), "pasted twice");
    assert!(codes(&[first.clone() + &again]).is_empty(), "restarted without a stop");
    assert!(codes(&[again.clone() + &first]).is_empty(), "rotated files in the wrong order");
    assert!(codes(&[first.clone(), again.clone()]).is_empty(), "rotated files");
    let moved = alone(9, "192.0.2.77", "b").text();
    assert!(codes(&[first.clone() + &stop(8) + &moved]).is_empty(), "a pod with another address");
    assert!(codes(&[first.clone() + &moved]).is_empty(), "a pod that was killed");
    assert!(codes(&[first.clone() + &stop(8), moved]).is_empty(), "the log of the pod before");
    let loopback = [alone(1, "127.0.0.1", "a").text(), alone(9, "127.0.0.1", "b").text()];
    assert!(codes(&loopback).is_empty(), "rotated files of one machine");
}

#[test]
fn coordinators_of_different_times_are_no_separate_nodes() {
    // Both stop for an upgrade, and the other node starts first.
    let one = alone(1, "192.0.2.11", "a").text() + &stop(10) + &joining(20, "192.0.2.11", "c").text();
    let two = alone(15, "192.0.2.12", "b").text();
    assert!(codes(&[one, two]).is_empty());
    // The coordinator leaves, and the other takes its place.
    let one = alone(1, "192.0.2.11", "a").text() + &stop(10);
    let two = joining(5, "192.0.2.12", "b").text()
        + &line(10, 1, "Elected this member [b] as the Coordinator node")
        + &line(10, 1, "Member left: [UUID] a, [Address] /192.0.2.11:4000");
    assert!(codes(&[one, two]).is_empty());
    // A rotated log of a node that still runs, and its restart in the next file.
    let logs = [
        alone(1, "192.0.2.11", "a").text(),
        stop(10) + &joining(20, "192.0.2.11", "c").text(),
        alone(15, "192.0.2.12", "b").text(),
    ];
    assert!(codes(&logs).is_empty());
}

#[test]
fn nodes_that_were_alone_and_found_each_other_after_a_restart_are_past() {
    let one = alone(1, "192.0.2.11", "a").text() + &stop(20) + &alone(21, "192.0.2.11", "c").text();
    let one = one + &line(26, 0, JOINED[0]);
    let two = alone(5, "192.0.2.12", "b").text() + &stop(24) + &joining(25, "192.0.2.12", "d").text();
    assert!(codes(&[one, two]).is_empty());
}

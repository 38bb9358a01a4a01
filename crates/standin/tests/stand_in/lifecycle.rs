//! Nodes start, join, stop and end, with the lines that IS logs and the ports that it opens.

use std::time::Duration;

use serde_json::json;
use standin::{Faults, StandInCluster, StandInError, StandInVersion};
use tokio::net::TcpListener;

use crate::client::{Site, USERS, eventually, healthy, name, options};

fn log(site: &Site, node: usize) -> Vec<String> {
    site.cluster.log(&name(node)).unwrap()
}

/// The texts of the log lines that contain `part`.
fn texts(site: &Site, node: usize, part: &str) -> Vec<String> {
    let lines = log(site, node).into_iter().filter(|line| line.contains(part));
    lines.map(|line| line.split_once(" - ").unwrap().1.to_owned()).collect()
}

fn uuid(site: &Site, node: usize) -> String {
    let members = site.cluster.members(&name(node)).unwrap();
    members.into_iter().find(|member| member.name == name(node)).unwrap().uuid
}

#[tokio::test]
async fn a_node_logs_its_start_as_is_does() {
    let site = healthy(StandInVersion::V7_2).await;
    let lines = log(&site, 1);
    assert!(lines[0].ends_with(standin::NOTICE), "{}", lines[0]);
    let expected = [
        "Cluster domain: ",
        "Loading hazelcast configuration from axis2 clustering configuration",
        "Using wka based membership management scheme",
        "Added member: Host:127.0.0.1",
        "Added member: Host:127.0.0.1",
        "Hazelcast cluster is initializing...",
        "Hazelcast initialized in ",
        "Local member: [",
        "Elected this member [",
        "Cluster initialization completed",
        "My Account URL : https://login.example.test/myaccount",
        "Console URL : https://login.example.test/console",
        "Stand-in for WSO2 Identity Server-7.2.0",
        "WSO2 Carbon started in ",
    ];
    for (line, expected) in lines[1..].iter().zip(expected) {
        assert!(line.starts_with("TID: [-1234] [] [") && line.contains("  INFO {org.wso2.carbon."), "{line}");
        assert!(line.contains(expected), "{line} lacks {expected}");
    }
    let elected = format!("Elected this member [{}] as the Coordinator node", uuid(&site, 1));
    assert_eq!(texts(&site, 1, "Elected"), [elected]);
    assert!(log(&site, 1).iter().any(|line| line.contains("{org.wso2.carbon.hazelcast.HazelcastClusteringAgent}")));
    assert!(log(&site, 2).last().unwrap().contains("WSO2 Carbon started in "));
    let site = healthy(StandInVersion::V6_1).await;
    let class = "{org.wso2.carbon.core.clustering.hazelcast.HazelcastClusteringAgent}";
    assert!(log(&site, 1).iter().any(|line| line.contains(class)));
}

#[tokio::test]
async fn only_members_that_are_there_log_one_that_joins() {
    let site = Site::start(StandInVersion::V7_2, &[Faults::default(), Faults::default(), Faults::default()]).await;
    let members = site.cluster.members("is-3").unwrap();
    assert_eq!(members.iter().map(|member| member.name.as_str()).collect::<Vec<_>>(), ["is-1", "is-2", "is-3"]);
    eventually("the first node has three members", async || site.cluster.members("is-1").unwrap() == members).await;
    let joined = |member: usize| format!("Member joined [{}]: /{}", members[member].uuid, members[member].address);
    eventually("both are logged", async || texts(&site, 1, "Member joined").len() == 2).await;
    assert_eq!(texts(&site, 1, "Member joined"), [joined(1), joined(2)]);
    assert_eq!(texts(&site, 2, "Member joined"), [joined(2)]);
    assert!(texts(&site, 3, "Member joined").is_empty() && texts(&site, 3, "Elected").is_empty());
}

#[tokio::test]
async fn the_oldest_member_becomes_the_coordinator_when_the_coordinator_leaves() {
    let site = healthy(StandInVersion::V7_2).await;
    let (first, address) = (uuid(&site, 1), site.address(1));
    eventually("the second node has joined", async || site.cluster.members("is-1").unwrap().len() == 2).await;
    site.cluster.stop_node("is-1").await.unwrap();
    eventually("the second node is alone", async || site.cluster.members("is-2").unwrap().len() == 1).await;
    let left = texts(&site, 2, "Member left");
    assert!(left[0].starts_with(&format!("Member left [{first}]: /127.0.0.1:")), "{left:?}");
    let lines = log(&site, 2);
    let position = |part: &str| lines.iter().position(|line| line.contains(part)).unwrap();
    assert!(position("Elected this member") < position("Member left"));
    assert!(site.cluster.members("is-1").unwrap().is_empty());

    // Its ports are free while it is stopped, and the same after it has started.
    drop(TcpListener::bind(address).await.unwrap());
    site.cluster.start_node("is-1").await.unwrap();
    site.cluster.start_node("is-1").await.unwrap();
    assert_eq!(site.address(1), address);
    assert_ne!(uuid(&site, 1), first);
    eventually("it has joined again", async || texts(&site, 2, "Member joined").len() == 1).await;
    assert_eq!(site.cluster.members("is-1").unwrap()[0].name, "is-2");
    assert_eq!(site.admin_get(1, USERS).await.status, 200);
}

#[tokio::test]
async fn a_node_without_clustering_has_no_members_and_logs_none() {
    let off = Faults { clustering_off: true, ..Faults::default() };
    let site = Site::start(StandInVersion::V7_2, &[Faults::default(), off]).await;
    assert!(site.cluster.members("is-2").unwrap().is_empty());
    assert!(!log(&site, 2).iter().any(|line| line.contains("Hazelcast") || line.contains("Cluster")));
    assert!(log(&site, 2).last().unwrap().contains("WSO2 Carbon started in "));
    assert_eq!(site.cluster.members("is-1").unwrap().len(), 1);
    site.set_faults(2, Faults::default()).await;
    site.cluster.stop_node("is-2").await.unwrap();
    site.cluster.start_node("is-2").await.unwrap();
    assert_eq!(site.cluster.members("is-2").unwrap().len(), 2);
}

#[tokio::test]
async fn a_cluster_that_is_dropped_closes_its_ports() {
    let site = healthy(StandInVersion::V7_2).await;
    let addresses = [site.address(1), site.address(2), site.cluster.members("is-1").unwrap()[0].address];
    drop(site);
    eventually("all ports are free", async || {
        for address in addresses {
            if TcpListener::bind(address).await.is_err() {
                return false;
            }
        }
        true
    })
    .await;
}

/// A rehearsal runs next to other work: a cluster starts, serves and ends on any thread.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_is_started_and_used_by_several_tasks() {
    let site = std::sync::Arc::new(tokio::spawn(healthy(StandInVersion::V7_2)).await.unwrap());
    let asking = (0..8).map(|number| {
        let site = site.clone();
        tokio::spawn(async move { site.create_user(1 + number % 2, &format!("user{number}")).await })
    });
    for task in asking.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    let stopped = site.clone();
    tokio::spawn(async move { stopped.cluster.stop_node("is-1").await }).await.unwrap().unwrap();
    assert_eq!(site.admin_get(2, USERS).await.json()["totalResults"], 9);
}

#[tokio::test]
async fn requests_are_counted_by_node() {
    let site = healthy(StandInVersion::V7_2).await;
    site.get(1, "/scim2/Users?count=1").await;
    site.get(1, "/console").await;
    let log = site.cluster.requests("is-1").unwrap();
    assert_eq!((log.total, log.count("GET", "/scim2"), log.count("POST", "/")), (2, 1, 0));
    assert_eq!((log.recent[0].path.as_str(), log.recent[0].status), ("/scim2/Users", 401));
    assert_eq!(site.cluster.requests("is-2").unwrap().total, 0);
    let unknown = site.cluster.requests("is-9");
    assert!(matches!(unknown, Err(StandInError::UnknownNode { name }) if name == "is-9"));
}

#[tokio::test]
async fn what_cannot_be_used_is_named() {
    let error = async |change: &dyn Fn(&mut standin::ClusterOptions)| {
        let (mut options, _) = options(StandInVersion::V7_2, &[Faults::default()]);
        change(&mut options);
        StandInCluster::start(options).await.err().map(|error| error.to_string()).unwrap_or_default()
    };
    assert_eq!(error(&|_| ()).await, "");
    let key = error(&|options| options.signing_key_pem = Some("no key".to_owned())).await;
    assert!(key.starts_with("the signing key cannot be used: "), "{key}");
    let of_names = async |names: &[&str]| {
        let nodes = names.iter().map(|name| standin::NodeOptions::new(name, "no certificate", "no key"));
        let mut options = standin::ClusterOptions::new(StandInVersion::V7_2, "a.test", "admin", "Admin#12345", nodes);
        options.signing_key_pem = self::options(StandInVersion::V7_2, &[]).0.signing_key_pem;
        StandInCluster::start(options).await.err().unwrap()
    };
    assert!(matches!(of_names(&[]).await, StandInError::NodeCount { count: 0, .. }));
    assert!(matches!(of_names(&["a"; 2]).await, StandInError::NodeName { .. }));
    for unusable in ["", "a b", "a\nb", &"a".repeat(64)] {
        assert!(matches!(of_names(&[unusable]).await, StandInError::NodeName { .. }), "{unusable:?}");
    }
    assert!(matches!(of_names(&["a"]).await, StandInError::Pem { .. }));
}

#[tokio::test]
async fn the_log_is_also_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wso2carbon.log");
    let certified = rcgen::generate_simple_self_signed(vec!["a.test".to_owned()]).unwrap();
    let mut node = standin::NodeOptions::new("is-1", &certified.cert.pem(), &certified.signing_key.serialize_pem());
    node.log_file = Some(path.clone());
    let mut options = standin::ClusterOptions::new(StandInVersion::V7_2, "a.test", "admin", "Admin#12345", [node]);
    options.signing_key_pem = self::options(StandInVersion::V7_2, &[]).0.signing_key_pem;
    options.invalidation_delay = Duration::ZERO;
    let cluster = StandInCluster::start(options).await.unwrap();
    let lines = cluster.log("is-1").unwrap();
    assert_eq!(std::fs::read_to_string(path).unwrap().lines().collect::<Vec<_>>(), lines);
    assert!(json!(lines).to_string().contains("WSO2 Carbon started in"));
}

/// Members of two domains, and a node with URLs of its own; the lines also go to a sink.
#[tokio::test]
async fn a_node_may_have_another_domain_and_other_urls() {
    let certified = rcgen::generate_simple_self_signed(vec!["a.test".to_owned()]).unwrap();
    let (certificate, key) = (certified.cert.pem(), certified.signing_key.serialize_pem());
    let mut nodes = ["is-1", "is-2", "is-3"].map(|name| standin::NodeOptions::new(name, &certificate, &key));
    let received = std::sync::Arc::new(parking_lot::Mutex::new(Vec::new()));
    let sink = received.clone();
    nodes[1].log_sink = Some(std::sync::Arc::new(move |line| sink.lock().push(line.to_owned())));
    nodes[1].hostname = Some("B.test".to_owned());
    nodes[1].public_port = Some(8443);
    nodes[1].cluster_domain = "other".to_owned();
    nodes[2].public_port = Some(443);
    let mut options = standin::ClusterOptions::new(StandInVersion::V7_2, "a.test", "admin", "Admin#12345", nodes);
    options.signing_key_pem = self::options(StandInVersion::V7_2, &[]).0.signing_key_pem;
    options.public_port = Some(9000);
    let cluster = StandInCluster::start(options).await.unwrap();
    let members = |name: &str| cluster.members(name).unwrap().into_iter().map(|member| member.name).collect::<Vec<_>>();
    eventually("the nodes of one domain are members", async || members("is-1") == ["is-1", "is-3"]).await;
    assert_eq!(members("is-2"), ["is-2"]);
    for (name, domain, url) in [
        ("is-1", "clusterwright.stand-in", "https://a.test:9000/console"),
        ("is-2", "other", "https://b.test:8443/console"),
        ("is-3", "clusterwright.stand-in", "https://a.test/console"),
    ] {
        let lines = cluster.log(name).unwrap();
        for text in [format!("Cluster domain: {domain}"), format!("Console URL : {url}")] {
            assert!(lines.iter().any(|line| line.ends_with(&text)), "{name}: {text} is in {lines:?}");
        }
    }
    assert_eq!(*received.lock(), cluster.log("is-2").unwrap());
}

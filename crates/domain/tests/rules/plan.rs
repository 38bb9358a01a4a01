//! Acceptances of findings, and findings about a complete plan.

use std::collections::BTreeMap;

use domain::cluster::validate;
use domain::draft::{Acceptance, Draft};
use domain::finding::{Finding, Severity};
use domain::presets::Preset;
use domain::render_plan::RenderPlan;
use domain::rules::ExternalFacts;
use domain::secret::Secrets;
use testbed::plan::TestPlan;

use crate::fault::{found, healthy, validated};

#[test]
fn a_healthy_plan_is_silent() {
    assert_eq!(found(|_, _| {}), [] as [&str; 0]);
}

/// The wizard's tests enter it in a plan from this preset.
#[test]
fn the_test_plan_of_one_machine_is_complete_and_has_the_answers_of_its_preset() {
    let draft: Draft = TestPlan::one_machine().draft();
    let preset = Preset::find("one-machine").unwrap().draft("");
    assert_eq!(draft.nodes, preset.nodes);
    for (key, text) in preset.answers {
        assert_eq!(draft.answers.get(&key), Some(&text), "{key}");
    }
    let validation = validate(&draft, &healthy().1, &ExternalFacts::default());
    assert!(validation.cluster.is_some(), "{:?}", validation.findings);
}

#[test]
fn an_accepted_warning_is_shown_as_a_note_and_blocking_ones_stay() {
    let accepted = BTreeMap::from([
        ("ND-16".to_owned(), Acceptance::with_reason("our own network")),
        ("DB-12".to_owned(), Acceptance::with_reason("no")),
    ]);
    let validation = validated(|draft, _| {
        draft.nodes[1].insert("host".to_owned(), "172.17.0.3".to_owned());
    });
    let shown = validation.findings[0].clone().with_acceptance(&accepted);
    assert_eq!(shown.severity, Severity::Notes);
    assert!(shown.why.contains("our own network"));
    let validation = validated(|draft, _| draft.set("database.shared_db", "wso2identity_db"));
    let blocking: Vec<Finding> =
        validation.blocking_findings().cloned().map(|finding| finding.with_acceptance(&accepted)).collect();
    assert_eq!(blocking.len(), 1, "what blocks by the answers alone cannot be accepted away");
    assert_eq!(blocking[0].severity, Severity::Blocks);
}

/// A warning without a check of the catalogue is accepted under its setting, and the runbook lists it either way.
#[test]
fn a_warning_about_the_answers_is_in_the_runbook_and_can_be_accepted() {
    let loopback = |accepted: bool| {
        let validation = validated(|draft, _| {
            draft.set("database.host", "127.0.0.1");
            if accepted {
                draft.accepted.insert("database.host".to_owned(), Acceptance::with_reason("each node runs a router"));
            }
        });
        RenderPlan::new(&validation.cluster.unwrap())
    };
    let open = loopback(false);
    assert!(open.warnings.iter().any(|warning| warning.state.contains("loopback")), "{:?}", open.warnings);
    let accepted = loopback(true);
    assert!(!accepted.warnings.iter().any(|warning| warning.state.contains("loopback")));
    let entry = &accepted.accepted[0];
    assert_eq!((entry.check.as_str(), entry.reason.as_str()), ("database.host", "each node runs a router"));
    assert!(entry.state.contains("loopback"));
    assert!(accepted.plan_file.contains("\"database.host\" = { reason"), "{}", accepted.plan_file);
    let read = domain::plan_file::read(&accepted.plan_file).unwrap();
    assert!(read.draft.accepted.contains_key("database.host"), "the plan file keeps it");
}

#[test]
fn the_platform_assigns_addresses_where_a_plan_cannot_know_them() {
    let validation = validated(|draft, _| {
        draft.set("clustering.scheme", "kubernetes");
        draft.set("clustering.kubernetes_namespace", "identity");
        draft.set("clustering.kubernetes_services", "wso2is, other");
    });
    let plan = RenderPlan::new(&validation.cluster.unwrap());
    assert!(plan.nodes.iter().all(|node| node.host == "$env{NODE_IP}" && node.https_port == 9443));
    assert!(plan.load_balancer.servers.is_empty() && plan.clustering.members.is_empty());
    let platform = plan.platform.unwrap();
    assert_eq!(platform.services.iter().map(|service| service.name.as_str()).collect::<Vec<_>>(), ["wso2is", "other"]);
    let keys: Vec<&str> = plan.clustering.properties.iter().map(|property| property.key).collect();
    assert_eq!(keys, ["KUBERNETES_NAMESPACE", "KUBERNETES_SERVICES"], "7.x takes no more");
    assert!(plan.certificates.nodes[0].dns_names.contains(&"wso2is.identity.svc".to_owned()));
}

#[test]
fn nodes_on_one_machine_have_folders_of_their_own() {
    let validation = validated(|draft, _| {
        draft.nodes.truncate(2);
        for (row, host) in ["localhost", "127.0.0.1"].into_iter().enumerate() {
            draft.nodes[row].insert("host".to_owned(), host.to_owned());
            draft.nodes[row].insert("offset".to_owned(), row.to_string());
            draft.nodes[row].insert("hazelcast_port".to_owned(), (4000 + row).to_string());
        }
    });
    let plan = RenderPlan::new(&validation.cluster.unwrap());
    assert_ne!(plan.nodes[0].home, plan.nodes[1].home, "the second install would overwrite the first");
}

/// Selecting HAProxy sets its default version, even if a form sent NGINX's default; an entered version is not changed.
#[test]
fn the_version_follows_the_load_balancer() {
    let version = |draft: &Draft| draft.text("load_balancer.version").to_owned();
    let (mut draft, _) = healthy();
    assert_eq!(version(&draft), "1.22");
    draft.set("load_balancer.kind", "haproxy");
    assert_eq!(version(&draft), "2.6");
    draft.set("load_balancer.version", "1.22");
    assert_eq!(version(&draft), "2.6");
    let plan = domain::plan_file::write(&draft, &Secrets::new());
    assert!(plan.contains("version = \"2.6\""), "{plan}");
    draft.set("load_balancer.version", "3.0");
    assert_eq!(version(&draft), "3.0");
    draft.set("load_balancer.kind", "nginx");
    assert_eq!(version(&draft), "3.0");
    draft.set("load_balancer.version", "2.6");
    assert_eq!(version(&draft), "1.22");
    assert_eq!(
        found(|draft, _| {
            draft.set("load_balancer.kind", "haproxy");
            draft.set("load_balancer.version", "1.22");
        }),
        [] as [&str; 0]
    );
}

/// A preset causes no warning.
#[test]
fn no_preset_chooses_what_is_warned_about() {
    for preset in domain::presets::PRESETS {
        let secrets = healthy().1;
        let mut draft = preset.draft("A plan");
        for (key, text) in [("database.host", "10.20.0.5"), ("load_balancer.hostname", "login.example.com")] {
            if draft.text(key).is_empty() {
                draft.set(key, text);
            }
        }
        for (row, node) in draft.nodes.iter_mut().enumerate() {
            node.entry("host".to_owned()).and_modify(|host| {
                if host.is_empty() {
                    *host = format!("10.20.0.1{row}");
                }
            });
        }
        let findings = validate(&draft, &secrets, &ExternalFacts::default()).findings;
        let of_balancer: Vec<String> = (findings.iter())
            .map(|finding| finding.at.to_string())
            .filter(|at| at.starts_with("load_balancer."))
            .collect();
        assert_eq!(of_balancer, [] as [&str; 0], "{}", preset.id);
    }
}

/// From which peer IS accepts the client's address: the load balancer, if it is known.
#[test]
fn nodes_believe_the_load_balancer_alone() {
    let valve = |change: &dyn Fn(&mut Draft)| {
        let cluster = validated(|draft, _| change(draft)).cluster.unwrap();
        RenderPlan::new(&cluster).remote_ip.map(|valve| (valve.proxies, valve.protocol_header))
    };
    let (proxies, header) = valve(&|_| {}).unwrap();
    assert!(proxies.contains("192[.]168") && header == "X-Forwarded-Proto", "{proxies}");
    assert!(!proxies.contains(['\\', '{']), "IS's mapper changes {proxies}");
    let known = |draft: &mut Draft| draft.set("load_balancer.address", "10.20.0.2");
    assert_eq!(valve(&known).unwrap().0, "10[.]20[.]0[.]2");
    // On the machine of the first node.
    let on_a_node = |draft: &mut Draft| draft.set("load_balancer.address", "10.20.0.11");
    assert_eq!(valve(&on_a_node).unwrap().0, "10[.]20[.]0[.]11");
    let other_port = |draft: &mut Draft| draft.set("load_balancer.https_port", "8443");
    assert_eq!(valve(&other_port).unwrap().1, "X-Forwarded-Scheme");
    assert_eq!(valve(&|draft| draft.set("product.version", "5.11.0")), None);
}

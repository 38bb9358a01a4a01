//! A healthy plan is silent; each fault is found once, under its own check, at its own place.

use std::collections::BTreeMap;

use domain::certificate::{CertificateFacts, CertificateInfo, ChainFacts, ChainOrder, KeyKind, PublicKeyFacts};
use domain::cluster::{Validation, validate};
use domain::draft::{Acceptance, Draft};
use domain::finding::{Finding, Severity};
use domain::render_plan::RenderPlan;
use domain::rules::ExternalFacts;
use domain::secret::{Secret, Secrets};

fn healthy() -> (Draft, Secrets) {
    let mut draft = Draft::default();
    for (key, text) in
        [("product.version", "7.2.0"), ("database.host", "10.20.0.5"), ("load_balancer.hostname", "login.example.com")]
    {
        draft.set(key, text);
    }
    for number in 1..=3 {
        let columns = [("name", format!("is-{number}")), ("host", format!("10.20.0.1{number}"))];
        draft.nodes.push(columns.map(|(column, text)| (column.to_owned(), text)).into());
    }
    let mut secrets = Secrets::new();
    secrets.insert("database.password", Secret::new("Db-Pass-1x"));
    secrets.insert("user_store.admin_password", Secret::new("Adm1n!changeMe"));
    (draft, secrets)
}

/// The AWS scheme with `answers`, on the port its discovery looks at.
fn on_aws(draft: &mut Draft, answers: &[(&str, &str)]) {
    answers.iter().for_each(|(key, text)| draft.set(*key, *text));
    for node in &mut draft.nodes {
        node.insert("hazelcast_port".to_owned(), "5701".to_owned());
    }
}

fn judged(change: impl FnOnce(&mut Draft, &mut Secrets)) -> Validation {
    let (mut draft, mut secrets) = healthy();
    change(&mut draft, &mut secrets);
    validate(&draft, &secrets, &ExternalFacts { now: 1_800_000_000, ..ExternalFacts::default() })
}

/// What is found, as `severity check place`.
fn found(change: impl FnOnce(&mut Draft, &mut Secrets)) -> Vec<String> {
    let judgement = judged(change);
    let blocked = judgement.findings.iter().any(|finding| finding.severity == Severity::Blocks);
    assert_eq!(judgement.cluster.is_none(), blocked, "what blocks gives no cluster, and only that");
    let check = |finding: &Finding| finding.check.map_or("-".to_owned(), |check| check.to_string());
    judgement.findings.iter().map(|finding| format!("{} {} {}", finding.severity, check(finding), finding.at)).collect()
}

#[test]
fn a_healthy_plan_is_silent() {
    assert_eq!(found(|_, _| {}), [] as [&str; 0]);
}

#[test]
fn each_fault_is_found_once_at_its_place() {
    type Change = Box<dyn FnOnce(&mut Draft, &mut Secrets)>;
    let set = |key: &'static str, text: &'static str| -> Change { Box::new(move |draft, _| draft.set(key, text)) };
    let node = |row: usize, column: &'static str, text: &'static str| -> Change {
        Box::new(move |draft, _| {
            draft.nodes[row].insert(column.to_owned(), text.to_owned());
        })
    };
    let secret = |key: &'static str, text: &'static str| -> Change {
        Box::new(move |_, secrets| secrets.insert(key, Secret::new(text)))
    };
    let several = |answers: &'static [(&'static str, &'static str)]| -> Change {
        Box::new(move |draft, _| answers.iter().for_each(|(key, text)| draft.set(*key, *text)))
    };
    let aws = &[
        ("clustering.scheme", "aws"),
        ("clustering.aws_region", "eu-central-1"),
        ("clustering.aws_security_group", "g"),
        ("clustering.aws_tag_key", "k"),
        ("clustering.aws_tag_value", "v"),
    ];
    let directory = |kind: &'static str, answers: &'static [(&'static str, &'static str)]| -> Change {
        Box::new(move |draft, secrets| {
            let base = [
                ("user_store.kind", kind),
                ("user_store.connection_url", "ldaps://ldap.example.com"),
                ("user_store.connection_name", "cn=is,dc=example,dc=com"),
                ("user_store.base_dn", "dc=example,dc=com"),
                // A super admin to be created in Active Directory has a warning of its own (US-08).
                ("user_store.create_admin", if kind == "active-directory" { "no" } else { "yes" }),
            ];
            base.iter().chain(answers).for_each(|(key, text)| draft.set(*key, *text));
            secrets.insert("user_store.connection_password", Secret::new("Bind-1"));
        })
    };
    let cases: Vec<(&str, Change, &[&str])> = vec![
        ("utf8mb4 on 7.2 loads", set("database.charset", "utf8mb4"), &[]),
        (
            "utf8mb4 on 7.3",
            several(&[("product.version", "7.3.0"), ("database.charset", "utf8mb4")]),
            &["blocks DB-17 database.charset"],
        ),
        ("one database twice", set("database.shared_db", "WSO2IDENTITY_DB"), &["blocks DB-12 database.identity_db"]),
        ("the agent database twice", set("database.agent_db", "wso2shared_db"), &["blocks DB-12 database.agent_db"]),
        ("a workflow engine on each node's H2", set("product.version", "6.1.0"), &["notes - database.workflow_db"]),
        (
            "the workflow database twice",
            several(&[("product.version", "6.1.0"), ("database.workflow_db", "WSO2shared_db")]),
            &["blocks DB-12 database.workflow_db"],
        ),
        ("verify-ca without a CA", set("database.tls", "verify-ca"), &["notes - database.ca_certificate"]),
        ("root account", set("database.username", "root"), &["warns - database.username"]),
        ("known database password", secret("database.password", "wso2carbon"), &["blocks CL-13 database.password"]),
        ("password that is the account", secret("database.password", "wso2is"), &["blocks CL-13 database.password"]),
        (
            "admin name in the password",
            Box::new(|draft, secrets| {
                draft.set("user_store.admin_username", "is-admin");
                secrets.insert("user_store.admin_password", Secret::new("Is-Admin1!"));
            }),
            &["blocks CL-13 user_store.admin_password"],
        ),
        (
            "default admin password",
            secret("user_store.admin_password", "admin"),
            &["blocks - user_store.admin_password"],
        ),
        ("missing secret", Box::new(|_, secrets| secrets.remove("database.password")), &["blocks - database.password"]),
        ("WSO2's own schema in a directory", directory("ldap", &[]), &["warns - user_store.user_object_class"]),
        (
            "WSO2's own id attribute",
            directory("ldap", &[("user_store.user_object_class", "inetOrgPerson")]),
            &["warns - user_store.user_id_attribute"],
        ),
        (
            "a plain directory",
            directory(
                "ldap",
                &[("user_store.user_object_class", "inetOrgPerson"), ("user_store.user_id_attribute", "entryUUID")],
            ),
            &[],
        ),
        ("Active Directory", directory("active-directory", &[]), &[]),
        (
            "Active Directory with SCIM and a new super admin",
            directory("active-directory", &[("user_store.create_admin", "yes")]),
            &["warns US-08 user_store.kind"],
        ),
        (
            "an attribute that would end the filter",
            directory("active-directory", &[("user_store.user_name_attribute", "cn)(x")]),
            &["blocks - user_store.user_name_attribute"],
        ),
        ("localhost for clients", set("load_balancer.hostname", "localhost"), &["blocks - load_balancer.hostname"]),
        ("a name below localhost", set("load_balancer.hostname", "is.localhost"), &["blocks - load_balancer.hostname"]),
        (
            "localhost on one machine",
            Box::new(|draft, _| {
                draft.set("load_balancer.hostname", "localhost");
                draft.set("database.host", "127.0.0.1");
                for (row, node) in draft.nodes.iter_mut().enumerate() {
                    node.insert("host".to_owned(), "127.0.0.1".to_owned());
                    node.insert("offset".to_owned(), row.to_string());
                    node.insert("hazelcast_port".to_owned(), (4000 + row).to_string());
                }
            }),
            &[],
        ),
        (
            "the container of Active Directory as base",
            directory("active-directory", &[("user_store.base_dn", "cn = users , DC=example,DC=local")]),
            &["warns US-07 user_store.base_dn"],
        ),
        (
            "the container of users as base",
            directory(
                "ldap",
                &[
                    ("user_store.base_dn", "ou=Users,dc=example,dc=com"),
                    ("user_store.user_object_class", "inetOrgPerson"),
                    ("user_store.user_id_attribute", "entryUUID"),
                ],
            ),
            &["warns US-07 user_store.base_dn"],
        ),
        (
            "a container as base, with both search bases",
            directory(
                "ldap",
                &[
                    ("user_store.base_dn", "ou=Users,dc=example,dc=com"),
                    ("user_store.user_search_base", "ou=Users,dc=example,dc=com"),
                    ("user_store.group_search_base", "ou=Groups,dc=example,dc=com"),
                    ("user_store.user_object_class", "inetOrgPerson"),
                    ("user_store.user_id_attribute", "entryUUID"),
                ],
            ),
            &[],
        ),
        (
            "port 639",
            directory("active-directory", &[("user_store.connection_url", "ldaps://ad.example.com:639")]),
            &["warns - user_store.connection_url"],
        ),
        (
            "two directory servers",
            directory("active-directory", &[("user_store.connection_url", "ldaps://a:636 ldaps://b:636")]),
            &[],
        ),
        (
            "the wrong port of the second directory server",
            directory("active-directory", &[("user_store.connection_url", "ldaps://a:636 ldaps://b:389")]),
            &["warns - user_store.connection_url"],
        ),
        (
            "directory servers of two kinds",
            directory("active-directory", &[("user_store.connection_url", "ldaps://a:636 ldap://b:389")]),
            &["blocks - user_store.connection_url"],
        ),
        (
            "a directory over ldaps that is only read",
            directory(
                "ldap",
                &[
                    ("user_store.access", "read-only"),
                    ("user_store.create_admin", "no"),
                    ("user_store.user_id_attribute", "entryUUID"),
                ],
            ),
            &["notes - user_store.connection_url"],
        ),
        (
            "a wrong port and a name twice in one round",
            several(&[("database.port", "0"), ("database.shared_db", "wso2identity_db")]),
            &["blocks - database.port", "blocks DB-12 database.identity_db"],
        ),
        (
            "a missing password and a name twice in one round",
            Box::new(|draft, secrets| {
                draft.set("database.shared_db", "wso2identity_db");
                secrets.remove("database.password");
            }),
            &["blocks DB-12 database.identity_db", "blocks - database.password"],
        ),
        (
            "Kubernetes asks for no addresses",
            Box::new(|draft, _| {
                for (key, text) in [
                    ("clustering.scheme", "kubernetes"),
                    ("clustering.kubernetes_namespace", "identity"),
                    ("clustering.kubernetes_services", "wso2is, other"),
                ] {
                    draft.set(key, text);
                }
                // What was entered for another scheme does not count.
                draft.nodes[0].insert("host".to_owned(), "no address!".to_owned());
                draft.nodes[1].remove("host");
                draft.nodes[2].insert("offset".to_owned(), "-1".to_owned());
            }),
            &["notes CL-09 clustering.scheme"],
        ),
        (
            "wrong names of Kubernetes",
            several(&[
                ("clustering.scheme", "kubernetes"),
                ("clustering.kubernetes_namespace", "Identity Prod"),
                ("clustering.kubernetes_services", "My_Service!"),
            ]),
            &[
                "blocks - clustering.kubernetes_namespace",
                "blocks - clustering.kubernetes_services",
                "notes CL-09 clustering.scheme",
            ],
        ),
        (
            "a range that is no pattern",
            Box::new(|draft, _| {
                let answers = [
                    ("clustering.scheme", "aws-ecs"),
                    ("clustering.aws_region", "eu-central-1"),
                    ("clustering.ecs_cluster", "login"),
                    ("clustering.ecs_tag_value", "stack"),
                    ("clustering.ecs_vpc_cidr", "10.0.0.0/20"),
                ];
                on_aws(draft, &answers);
            }),
            &["blocks - clustering.ecs_vpc_cidr", "notes CL-09 clustering.scheme"],
        ),
        (
            "AWS with role and key",
            Box::new(move |draft, secrets| {
                on_aws(draft, aws);
                draft.set("clustering.aws_iam_role", "member");
                draft.set("clustering.aws_access_key", "AKIA");
                secrets.insert("clustering.aws_secret_key", Secret::new("aws-secret-1"));
            }),
            &["warns CL-09 clustering.aws_access_key", "notes CL-09 clustering.scheme"],
        ),
        (
            "read-only directory",
            directory("ldap", &[("user_store.access", "read-only"), ("user_store.user_id_attribute", "entryUUID")]),
            &["blocks US-04 user_store.create_admin", "notes - user_store.connection_url"],
        ),
        ("loopback among machines", node(1, "host", "127.0.0.1"), &["blocks ND-16 clustering.nodes[2].host"]),
        ("Docker bridge", node(1, "host", "172.17.0.3"), &["warns ND-16 clustering.nodes[2].host"]),
        ("link-local", node(1, "host", "169.254.7.1"), &["blocks ND-16 clustering.nodes[2].host"]),
        ("link-local IPv6", node(1, "host", "fe80::1"), &["blocks - clustering.nodes[2].host"]),
        ("every address", node(1, "host", "0.0.0.0"), &["blocks - clustering.nodes[2].host"]),
        (
            "a tenant's admin",
            set("user_store.admin_username", "admin@example.com"),
            &["blocks - user_store.admin_username"],
        ),
        ("known password in capitals", secret("database.password", "WSO2Carbon"), &["blocks CL-13 database.password"]),
        (
            "known bind password",
            Box::new(move |draft, secrets| {
                directory("active-directory", &[])(draft, secrets);
                secrets.insert("user_store.connection_password", Secret::new("Admin"));
            }),
            &["blocks CL-13 user_store.connection_password"],
        ),
        (
            "the bind entry's name as its password",
            Box::new(move |draft, secrets| {
                directory("active-directory", &[])(draft, secrets);
                secrets.insert("user_store.connection_password", Secret::new("IS"));
            }),
            &["blocks CL-13 user_store.connection_password"],
        ),
        (
            "Hazelcast on the embedded LDAP's port",
            Box::new(|draft, _| {
                draft.set("product.version", "5.11.0");
                draft.set("database.workflow_db", "wso2workflow_db");
                draft.nodes[0].insert("hazelcast_port".to_owned(), "10389".to_owned());
            }),
            &["blocks ND-17 clustering.nodes[1].hazelcast_port"],
        ),
        ("that port on 7.2", node(0, "hazelcast_port", "10389"), &[]),
        (
            "a load balancer on the embedded LDAP's port",
            several(&[
                ("product.version", "5.10.0"),
                ("database.workflow_db", "wso2workflow_db"),
                ("load_balancer.address", "10.20.0.11"),
                ("load_balancer.https_port", "10389"),
            ]),
            &["blocks - load_balancer.https_port"],
        ),
        (
            "two nodes, one machine",
            node(1, "host", "10.20.0.11"),
            &["blocks ND-17 clustering.nodes[2].offset", "blocks ND-17 clustering.nodes[2].hazelcast_port"],
        ),
        ("the same name", node(2, "name", "is-1"), &["blocks - clustering.nodes[3].name"]),
        (
            "Hazelcast on IS's own port",
            node(0, "hazelcast_port", "9443"),
            &["blocks ND-17 clustering.nodes[1].hazelcast_port"],
        ),
        (
            "AWS without role or key",
            Box::new(move |draft, _| on_aws(draft, aws)),
            &["blocks CL-09 clustering.aws_iam_role", "notes CL-09 clustering.scheme"],
        ),
        (
            "AWS on WKA's port",
            Box::new(move |draft, _| {
                on_aws(draft, aws);
                draft.set("clustering.aws_iam_role", "member");
                draft.nodes[1].insert("hazelcast_port".to_owned(), "4000".to_owned());
            }),
            &["warns CL-09 clustering.nodes[2].hazelcast_port", "notes CL-09 clustering.scheme"],
        ),
        ("database on loopback, nodes on machines", set("database.host", "127.0.0.1"), &["warns - database.host"]),
        (
            "AWS key without secret",
            Box::new(move |draft, _| {
                on_aws(draft, aws);
                draft.set("clustering.aws_access_key", "AKIA");
            }),
            &["blocks CL-09 clustering.aws_secret_key", "notes CL-09 clustering.scheme"],
        ),
        (
            "Kubernetes on 5.10",
            several(&[
                ("product.version", "5.10.0"),
                ("database.workflow_db", "wso2workflow_db"),
                ("clustering.scheme", "kubernetes"),
                ("clustering.kubernetes_namespace", "n"),
                ("clustering.kubernetes_services", "s"),
            ]),
            &["warns CL-09 clustering.scheme", "notes CL-09 clustering.scheme"],
        ),
        ("multicast over machines", set("clustering.scheme", "multicast"), &["notes CL-09 clustering.scheme"]),
        (
            "multicast in a cloud",
            Box::new(|draft, _| {
                draft.set("clustering.scheme", "multicast");
                draft.nodes[0].insert("host".to_owned(), "ip-10-20-0-11.eu-central-1.compute.internal".to_owned());
            }),
            &["warns CL-09 clustering.scheme"],
        ),
        (
            "sticky cookie on NGINX 1.22",
            set("load_balancer.algorithm", "sticky-cookie"),
            &["blocks LB-04 load_balancer.algorithm"],
        ),
        ("an NGINX that is too old", set("load_balancer.version", "1.10"), &["blocks LB-04 load_balancer.version"]),
        ("one port twice", set("load_balancer.http_port", "443"), &["blocks - load_balancer.http_port"]),
        ("HAProxy's version for NGINX", set("load_balancer.version", "2.8"), &["blocks LB-04 load_balancer.version"]),
        (
            "a heartbeat timeout shorter than the load balancer waits",
            set("clustering.heartbeat_timeout", "5"),
            &["blocks - clustering.heartbeat_timeout"],
        ),
        ("round robin", set("load_balancer.algorithm", "round-robin"), &["notes - load_balancer.algorithm"]),
        (
            "a port that a node uses",
            several(&[("load_balancer.address", "10.20.0.11"), ("load_balancer.https_port", "9443")]),
            &["blocks - load_balancer.https_port"],
        ),
        ("no node", Box::new(|draft, _| draft.nodes.clear()), &["blocks - clustering.nodes"]),
        (
            "seventeen nodes",
            Box::new(|draft, _| {
                draft.nodes = (1..=17)
                    .map(|number| {
                        [("name".to_owned(), format!("n{number}")), ("host".to_owned(), format!("10.20.1.{number}"))]
                            .into()
                    })
                    .collect();
            }),
            &["blocks - clustering.nodes"],
        ),
    ];
    for (fault, change, expected) in cases {
        let found = found(change);
        assert_eq!(found, expected, "{fault}");
        record(fault, &found);
    }
}

/// Writes a fault down under the one check that told it. What belongs to a field, or is a note, is no check's.
fn record(fault: &str, found: &[String]) {
    let told = |line: &String| match line.split(' ').collect::<Vec<_>>()[..] {
        [_, "-", _] => None,
        ["blocks", id, _] => Some(format!("failed {id}")),
        ["warns", id, _] => Some(format!("warned {id}")),
        _ => None,
    };
    let mut ids: Vec<String> = found.iter().filter_map(told).collect();
    ids.dedup();
    match (found.is_empty(), &ids[..]) {
        (true, _) => testbed::faults::expect_none(fault, &ids),
        (_, [expected]) => testbed::faults::expect(fault, expected, &ids.clone()),
        _ => {}
    }
}

#[test]
fn an_accepted_warning_is_shown_as_a_note_and_blocking_ones_stay() {
    let accepted = BTreeMap::from([
        ("ND-16".to_owned(), Acceptance::with_reason("our own network")),
        ("DB-12".to_owned(), Acceptance::with_reason("no")),
    ]);
    let judgement = judged(|draft, _| {
        draft.nodes[1].insert("host".to_owned(), "172.17.0.3".to_owned());
    });
    let shown = judgement.findings[0].clone().with_acceptance(&accepted);
    assert_eq!(shown.severity, Severity::Notes);
    assert!(shown.why.contains("our own network"));
    let judgement = judged(|draft, _| draft.set("database.shared_db", "wso2identity_db"));
    let blocking: Vec<Finding> =
        judgement.blocking_findings().cloned().map(|finding| finding.with_acceptance(&accepted)).collect();
    assert_eq!(blocking.len(), 1, "what blocks by the answers alone cannot be accepted away");
    assert_eq!(blocking[0].severity, Severity::Blocks);
}

/// A warning that no check of the catalogue found is accepted under its setting, and is in the runbook either way.
#[test]
fn a_warning_of_the_answers_stands_in_the_runbook_and_can_be_accepted() {
    let loopback = |accepted: bool| {
        let judgement = judged(|draft, _| {
            draft.set("database.host", "127.0.0.1");
            if accepted {
                draft.accepted.insert("database.host".to_owned(), Acceptance::with_reason("each node runs a router"));
            }
        });
        RenderPlan::new(&judgement.cluster.unwrap())
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
    let judgement = judged(|draft, _| {
        draft.set("clustering.scheme", "kubernetes");
        draft.set("clustering.kubernetes_namespace", "identity");
        draft.set("clustering.kubernetes_services", "wso2is, other");
    });
    let plan = RenderPlan::new(&judgement.cluster.unwrap());
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
    let judgement = judged(|draft, _| {
        draft.nodes.truncate(2);
        for (row, host) in ["localhost", "127.0.0.1"].into_iter().enumerate() {
            draft.nodes[row].insert("host".to_owned(), host.to_owned());
            draft.nodes[row].insert("offset".to_owned(), row.to_string());
            draft.nodes[row].insert("hazelcast_port".to_owned(), (4000 + row).to_string());
        }
    });
    let plan = RenderPlan::new(&judgement.cluster.unwrap());
    assert_ne!(plan.nodes[0].home, plan.nodes[1].home, "the second install would overwrite the first");
}

/// A certificate for the plan's hostname, as `render` reads it.
fn certificate(subject: &str) -> CertificateInfo {
    CertificateInfo {
        subject: subject.to_owned(),
        issuer: "CN=login.example.com".to_owned(),
        dns_names: vec!["login.example.com".to_owned()],
        ip_addresses: Vec::new(),
        not_before: 1_700_000_000,
        not_after: 1_900_000_000,
        key: PublicKeyFacts { kind: KeyKind::Rsa, bits: 2048 },
        signature_algorithm: "sha1WithRSAEncryption".to_owned(),
        weak_signature: false,
        is_authority: false,
        is_self_signed: true,
        fingerprint: String::new(),
    }
}

/// What is said of a provided certificate after `change`; each fault is written down.
fn said_of_provided(fault: &str, change: impl FnOnce(&mut CertificateFacts)) -> Vec<String> {
    let chain = ChainFacts { server: 0, path: vec![0], order: ChainOrder::InOrder, issuer_outside: None };
    let certificates = vec![certificate("CN=login.example.com")];
    let mut facts = CertificateFacts { certificates, key: None, key_matches: Some(true), chain };
    change(&mut facts);
    let (mut draft, mut secrets) = healthy();
    draft.set("load_balancer.certificate", "provided");
    draft.set("load_balancer.provided_certificate", "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----");
    secrets.insert("load_balancer.provided_key", Secret::new("-----BEGIN PRIVATE KEY-----"));
    let evidence = ExternalFacts { now: 1_800_000_000, provided: Some(Ok(facts)), ..ExternalFacts::default() };
    let findings = validate(&draft, &secrets, &evidence).findings;
    let line = |finding: &Finding| {
        let check = finding.check.map_or("-".to_owned(), |check| check.to_string());
        format!("{} {check} -", finding.severity)
    };
    record(fault, &findings.iter().map(line).collect::<Vec<_>>());
    let said = |finding: Finding| {
        let check = finding.check.map_or("-".to_owned(), |check| check.to_string());
        format!("{} {check} {}: {}", finding.severity, finding.at, finding.what)
    };
    findings.into_iter().map(said).collect()
}

/// TL-01 to TL-05 by the facts about a provided certificate.
#[test]
fn a_certificate_that_does_not_fit_is_told_by_one_check_at_its_place() {
    let pack = ["C=US, ST=CA, L=Mountain View, O=WSO2, CN=localhost", "CN=localhost,O=WSO2,OU=WSO2"];
    type Change = Box<dyn FnOnce(&mut CertificateFacts)>;
    let first =
        |change: fn(&mut CertificateInfo)| -> Change { Box::new(move |facts| change(&mut facts.certificates[0])) };
    let subject =
        |text: &'static str| -> Change { Box::new(move |facts| facts.certificates = vec![certificate(text)]) };
    let order = |order: ChainOrder| -> Change { Box::new(move |facts| facts.chain.order = order) };
    let faults: Vec<(&str, Change, &str)> = vec![
        (
            "a key of another certificate",
            Box::new(|facts| facts.key_matches = Some(false)),
            "blocks TL-01 load_balancer.provided_key: The private key does not belong",
        ),
        (
            "a chain out of order",
            order(ChainOrder::OutOfOrder { right_order: vec![1, 0] }),
            "blocks TL-02 load_balancer.provided_certificate: The certificates are not in order",
        ),
        (
            "a chain with a gap",
            order(ChainOrder::Broken { at: 0 }),
            "blocks TL-02 load_balancer.provided_certificate: No certificate of the chain signed number 1",
        ),
        (
            "a certificate of another name",
            first(|one| one.dns_names = vec!["other.example.com".to_owned()]),
            "blocks TL-03 load_balancer.provided_certificate: The certificate is for other.example.com",
        ),
        (
            "a certificate without names",
            first(|one| one.dns_names.clear()),
            "blocks TL-03 load_balancer.provided_certificate: The certificate has no subject alternative name",
        ),
        ("an Ed25519 key", first(|one| one.key.kind = KeyKind::Ed25519), "Ed25519"),
        ("a signature with SHA-1", first(|one| one.weak_signature = true), "is signed with sha1"),
        (pack[0], subject(pack[0]), "every pack of WSO2 carries"),
        (pack[1], subject(pack[1]), "every pack of WSO2 carries"),
    ];
    for (fault, change, expected) in faults {
        let said = said_of_provided(fault, change);
        assert!(said.len() == 1 && said[0].contains(expected), "{fault}: {said:?}");
    }
    assert_eq!(said_of_provided("a certificate that fits", |_| {}), [] as [&str; 0]);
    let of_another = subject("CN=localhost, O=Example");
    assert_eq!(said_of_provided("a certificate of another organisation", of_another), [] as [&str; 0]);
}

/// Choosing HAProxy brings its own version, also where a form has written down NGINX's default; what somebody entered stays.
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

/// A preset is accepted as it is: it chooses nothing that is then warned about.
#[test]
fn no_preset_chooses_what_is_warned_about() {
    for preset in domain::presets::PRESETS {
        let mut secrets = healthy().1;
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
        secrets.insert("user_store.admin_password", Secret::new("Adm1n!changeMe"));
        let findings = validate(&draft, &secrets, &ExternalFacts::default()).findings;
        let of_balancer: Vec<String> = (findings.iter())
            .map(|finding| finding.at.to_string())
            .filter(|at| at.starts_with("load_balancer."))
            .collect();
        assert_eq!(of_balancer, [] as [&str; 0], "{}", preset.id);
    }
}

/// Where IS takes the client's address from: the load balancer's, if it is known.
#[test]
fn nodes_believe_the_load_balancer_alone() {
    let valve = |change: &dyn Fn(&mut Draft)| {
        let cluster = judged(|draft, _| change(draft)).cluster.unwrap();
        RenderPlan::new(&cluster).remote_ip.map(|valve| (valve.proxies, valve.protocol_header))
    };
    let (proxies, header) = valve(&|_| {}).unwrap();
    assert!(proxies.contains("192[.]168") && header == "X-Forwarded-Proto", "{proxies}");
    assert!(!proxies.contains(['\\', '{']), "IS's mapper changes {proxies}");
    let known = |draft: &mut Draft| draft.set("load_balancer.address", "10.20.0.2");
    assert_eq!(valve(&known).unwrap().0, "10[.]20[.]0[.]2");
    // On the machine of the first node.
    let beside = |draft: &mut Draft| draft.set("load_balancer.address", "10.20.0.11");
    assert_eq!(valve(&beside).unwrap().0, "10[.]20[.]0[.]11");
    let other_port = |draft: &mut Draft| draft.set("load_balancer.https_port", "8443");
    assert_eq!(valve(&other_port).unwrap().1, "X-Forwarded-Scheme");
    assert_eq!(valve(&|draft| draft.set("product.version", "5.11.0")), None);
}

//! Faults of nodes, membership schemes, ports and the load balancer.

use domain::secret::Secret;

use crate::fault::{Case, each_is_found_once, node, on_aws, set, several};

/// A plan on AWS without its credentials.
const AWS: &[(&str, &str)] = &[
    ("clustering.scheme", "aws"),
    ("clustering.aws_region", "eu-central-1"),
    ("clustering.aws_security_group", "g"),
    ("clustering.aws_tag_key", "k"),
    ("clustering.aws_tag_value", "v"),
];

#[test]
fn each_fault_is_found_once_at_its_place() {
    let cases: Vec<Case> = vec![
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
            "Kubernetes asks for no addresses",
            Box::new(|draft, _| {
                for (key, text) in [
                    ("clustering.scheme", "kubernetes"),
                    ("clustering.kubernetes_namespace", "identity"),
                    ("clustering.kubernetes_services", "wso2is, other"),
                ] {
                    draft.set(key, text);
                }
                // Answers that were entered for another scheme do not count.
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
                on_aws(draft, AWS);
                draft.set("clustering.aws_iam_role", "member");
                draft.set("clustering.aws_access_key", "AKIA");
                secrets.insert("clustering.aws_secret_key", Secret::new("aws-secret-1"));
            }),
            &["warns CL-09 clustering.aws_access_key", "notes CL-09 clustering.scheme"],
        ),
        ("loopback among machines", node(1, "host", "127.0.0.1"), &["blocks ND-16 clustering.nodes[2].host"]),
        ("Docker bridge", node(1, "host", "172.17.0.3"), &["warns ND-16 clustering.nodes[2].host"]),
        ("link-local", node(1, "host", "169.254.7.1"), &["blocks ND-16 clustering.nodes[2].host"]),
        ("link-local IPv6", node(1, "host", "fe80::1"), &["blocks - clustering.nodes[2].host"]),
        ("every address", node(1, "host", "0.0.0.0"), &["blocks - clustering.nodes[2].host"]),
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
            Box::new(|draft, _| on_aws(draft, AWS)),
            &["blocks CL-09 clustering.aws_iam_role", "notes CL-09 clustering.scheme"],
        ),
        (
            "AWS on WKA's port",
            Box::new(move |draft, _| {
                on_aws(draft, AWS);
                draft.set("clustering.aws_iam_role", "member");
                draft.nodes[1].insert("hazelcast_port".to_owned(), "4000".to_owned());
            }),
            &["warns CL-09 clustering.nodes[2].hazelcast_port", "notes CL-09 clustering.scheme"],
        ),
        (
            "AWS key without secret",
            Box::new(move |draft, _| {
                on_aws(draft, AWS);
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
    each_is_found_once(cases);
}

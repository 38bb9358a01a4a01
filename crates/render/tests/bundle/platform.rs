//! The files for a platform: YAML and JSON parsers accept them, and a bundle without addresses has no file that needs one.

use domain::render_plan::ASSIGNED_ADDRESS;
use yaml_rust2::{Yaml, YamlLoader};

use crate::scenario::{Scenario, scenario};
use crate::world::Unpacked;

/// Whether a scenario's bundle has files for a load balancer: not if the platform assigns addresses.
pub(crate) fn has_balancer(scenario: &Scenario) -> bool {
    !["kubernetes", "aws-ecs"].contains(&scenario.draft.text("clustering.scheme"))
}

fn documents(bundle: &Unpacked, file: &str) -> Vec<Yaml> {
    YamlLoader::load_from_str(bundle.text(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

#[test]
fn kubernetes_gets_a_role_that_may_read_endpoints_and_its_services() {
    let bundle = Unpacked::of(&scenario("ad-kubernetes-6.0"));
    let rbac = documents(&bundle, "platform/rbac.yaml");
    let kinds: Vec<&str> = rbac.iter().filter_map(|document| document["kind"].as_str()).collect();
    assert_eq!(kinds, ["ServiceAccount", "Role", "RoleBinding"]);
    for document in &rbac {
        assert_eq!(document["metadata"]["namespace"].as_str(), Some("identity"));
        assert_eq!(document["metadata"]["name"], rbac[2]["roleRef"]["name"]);
    }
    let rule = &rbac[1]["rules"][0];
    let list = |key: &str| rule[key].as_vec().unwrap().iter().filter_map(Yaml::as_str).collect::<Vec<_>>();
    assert_eq!((list("resources"), list("verbs")), (vec!["endpoints"], vec!["get", "list"]));
    let services = documents(&bundle, "platform/service.yaml");
    let names: Vec<&str> = services.iter().filter_map(|service| service["metadata"]["name"].as_str()).collect();
    assert_eq!(names, ["wso2is-a", "wso2is-b"]);
    for service in &services {
        assert_eq!(service["kind"].as_str(), Some("Service"));
        let ports: Vec<i64> =
            service["spec"]["ports"].as_vec().unwrap().iter().filter_map(|port| port["port"].as_i64()).collect();
        assert_eq!(ports, [9443, 4000]);
    }
}

#[test]
fn the_aws_policy_permits_nodes_to_list_each_other() {
    for name in ["read-only-ldap-aws-6.1", "macos-ecs-7.0"] {
        let bundle = Unpacked::of(&scenario(name));
        let policy: serde_json::Value = serde_json::from_str(bundle.text("platform/iam-policy.json")).unwrap();
        assert_eq!(policy["Statement"][0]["Action"][0], "ec2:DescribeInstances", "{name}");
    }
}

#[test]
fn a_plan_without_addresses_makes_the_configuration_only() {
    for name in ["ad-kubernetes-6.0", "kubernetes-haproxy-7.3", "macos-ecs-7.0"] {
        let bundle = Unpacked::of(&scenario(name));
        let needs_address = |path: &&String| {
            path.ends_with(".cfg")
                || path.ends_with(".conf")
                || path.ends_with("/hosts.txt")
                || (path.starts_with("nodes/") && path.ends_with(".sh"))
        };
        assert_eq!(bundle.0.keys().find(needs_address), None, "{name}");
        for (path, text) in bundle.ending("deployment.toml") {
            for key in ["node_ip", "local_member_host"] {
                assert!(text.contains(&format!("{key} = \"{ASSIGNED_ADDRESS}\"")), "{path}: {key}");
            }
        }
        assert!(bundle.text("README.md").contains("## Configuration only"), "{name}");
    }
    let instances = Unpacked::of(&scenario("iam-role-5.11"));
    assert!(instances.0.contains_key("nodes/is-1/install.sh"), "instances of EC2 have addresses");
}

#[test]
fn ecs_gets_a_pattern_and_the_tag_of_its_instances() {
    let bundle = Unpacked::of(&scenario("macos-ecs-7.0"));
    let text = bundle.text("nodes/is-1/repository/conf/deployment.toml");
    for line in [
        "vpcCidrBlock = \"10.20.*.*\"",
        "tagKey = \"aws:cloudformation:stack-name\"",
        "tagValue = \"EC2ContainerService-login\"",
        "hostHeader = \"ec2\"",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
}

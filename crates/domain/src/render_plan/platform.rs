//! Requirements of a platform in addition to deployment.toml, if the membership scheme gets the members from the
//! platform.
//!
//! Sources: WSO2's membership scheme for Kubernetes reads the endpoints of services through the API server; Hazelcast's
//! discovery for AWS calls DescribeInstances, and so does IS's scheme for ECS with `hostHeader = "ec2"`.

use serde::Serialize;

use crate::cluster::Cluster;
use crate::steps::MembershipScheme;

/// The platform of a plan.
#[derive(Clone, Debug, Serialize)]
pub struct PlatformPlan {
    /// `kubernetes`, `aws` or `aws-ecs`.
    pub kind: &'static str,
    /// The name in texts.
    pub title: &'static str,
    /// Whether the platform assigns the addresses of the nodes: then the bundle contains only the configuration.
    pub assigns_addresses: bool,
    /// Kubernetes' namespace; empty elsewhere.
    pub namespace: String,
    /// Kubernetes' services; none elsewhere.
    pub services: Vec<ServicePlan>,
    /// The name of the ServiceAccount, Role and RoleBinding.
    pub account: &'static str,
    /// The files of the bundle for the platform, for the runbook.
    pub files: Vec<&'static str>,
}

/// One service of Kubernetes.
#[derive(Clone, Debug, Serialize)]
pub struct ServicePlan {
    /// Its name.
    pub name: String,
    /// IS's HTTPS port in every pod.
    pub https_port: u16,
    /// Hazelcast's port in every pod.
    pub hazelcast_port: u16,
}

/// The source of an assigned node address in the configuration. IS's mapper replaces it with the environment variable
/// at each start.
pub const ASSIGNED_ADDRESS: &str = "$env{NODE_IP}";

impl PlatformPlan {
    pub(super) fn new(cluster: &Cluster) -> Option<Self> {
        let inputs = cluster.inputs();
        let clustering = &inputs.clustering;
        let files: &[&str] = match clustering.scheme {
            MembershipScheme::Wka | MembershipScheme::Multicast => return None,
            MembershipScheme::Kubernetes => &["platform/rbac.yaml", "platform/service.yaml"],
            MembershipScheme::Aws | MembershipScheme::AwsEcs => &["platform/iam-policy.json"],
        };
        let hazelcast_port = inputs.nodes.first().map_or(4000, |node| node.hazelcast_port.get());
        let service = |name: &String| ServicePlan { name: name.clone(), https_port: 9443, hazelcast_port };
        let services = clustering.kubernetes_services.iter().flat_map(|services| services.names()).map(service);
        Some(Self {
            kind: clustering.scheme.value(),
            title: clustering.scheme.label(),
            assigns_addresses: clustering.scheme.assigns_addresses(),
            namespace: clustering
                .kubernetes_namespace
                .as_ref()
                .map_or_else(String::new, |name| name.as_str().to_owned()),
            services: services.collect(),
            account: "wso2is",
            files: files.to_vec(),
        })
    }

    /// The names under which pods reach each other through a service, for the certificates of the nodes.
    #[must_use]
    pub fn service_names(&self) -> Vec<String> {
        let of = |service: &ServicePlan| {
            let (name, namespace) = (&service.name, &self.namespace);
            [
                name.clone(),
                format!("{name}.{namespace}"),
                format!("{name}.{namespace}.svc"),
                format!("{name}.{namespace}.svc.cluster.local"),
            ]
        };
        self.services.iter().flat_map(of).collect()
    }
}

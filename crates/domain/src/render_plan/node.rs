//! The nodes, their membership scheme, and the entries of their hosts files.

use serde::Serialize;

use super::product::pack_root;
use super::{SecretId, escape_mapper};
use crate::cluster::Cluster;
use crate::ports::{self, HTTP_PORT, HTTPS_PORT, PortPurpose, THRIFT_PORT};
use crate::product::Version;
use crate::steps::{ArtefactSharing, ClusterNode, Clustering, MembershipScheme, Product};
use crate::value::Value;
use crate::values::VpcRange;

/// One node, with its own values.
#[derive(Clone, Debug, Serialize)]
pub struct NodePlan {
    /// The name, such as `is-1`.
    pub name: String,
    /// IPv4 address or name; [`super::ASSIGNED_ADDRESS`] if the platform assigns it.
    pub host: String,
    /// `[server] offset`.
    pub offset: u16,
    /// 9443 + offset.
    pub https_port: u16,
    /// 9763 + offset.
    pub http_port: u16,
    /// 10711 + offset: Thrift authentication, on the node's own address.
    pub thrift_port: u16,
    /// `local_member_port`.
    pub hazelcast_port: u16,
    /// Every port it listens on.
    pub ports: Vec<PortPlan>,
    /// Ports that no other machine needs, for firewall rules.
    pub closed_ports: Vec<PortPlan>,
    /// `IS_HOME`.
    pub home: String,
    /// Whether it is started first, alone.
    pub is_first: bool,
    /// The node to start after it; `None` for the last.
    pub next: Option<String>,
}

/// A port that a node listens on.
#[derive(Clone, Debug, Serialize)]
pub struct PortPlan {
    /// Its number, with the offset.
    pub number: u16,
    /// The purpose.
    pub purpose: &'static str,
}

impl PortPlan {
    /// The ports of a node that match.
    fn list(node: &ClusterNode, version: Version, fits: impl Fn(PortPurpose) -> bool) -> Vec<Self> {
        let ports = ports::of(node, Some(version)).into_iter().filter(|(_, purpose)| fits(*purpose));
        ports.map(|(number, purpose)| Self { number, purpose: purpose.name() }).collect()
    }
}

/// How members find each other.
#[derive(Clone, Debug, Serialize)]
pub struct ClusteringPlan {
    /// `membership_scheme`.
    pub scheme: &'static str,
    /// `domain`.
    pub domain: String,
    /// `members` as `host:port`; only WKA lists them.
    pub members: Vec<String>,
    /// `[clustering.properties]`, in order.
    pub properties: Vec<PropertyPlan>,
    /// `hazelcast.max.no.heartbeat.seconds`.
    pub heartbeat_timeout: u16,
    /// The files of user stores and tenants.
    pub artefacts: ArtefactsPlan,
}

/// How the files that IS writes for user stores and tenants reach the other nodes.
#[derive(Clone, Debug, Serialize)]
pub struct ArtefactsPlan {
    /// `unused`, `shared` or `copied`.
    pub kind: &'static str,
    /// The mount point of the shared folder; empty without one.
    pub shared_folder: String,
    /// Their folders below `IS_HOME`.
    pub folders: Vec<&'static str>,
}

impl ArtefactsPlan {
    /// Without answers, no folder is shared.
    pub(super) fn new(clustering: Option<&Clustering>, version: Version) -> Self {
        let kind = clustering.map_or(ArtefactSharing::Unused, |clustering| clustering.artefacts);
        let folder = clustering.and_then(|clustering| clustering.shared_folder.as_ref());
        let mut folders = vec!["repository/deployment/server/userstores", "repository/tenants"];
        if version.facts().workflow_engine {
            folders.extend(["repository/deployment/server/bpel", "repository/deployment/server/humantasks"]);
        }
        Self { kind: kind.value(), shared_folder: folder.map_or_else(String::new, Value::text), folders }
    }
}

/// One entry of a table whose keys depend on the plan: a text or a secret.
#[derive(Clone, Debug, Serialize)]
pub struct PropertyPlan {
    /// Key.
    pub key: &'static str,
    /// Text, escaped for the mapper.
    pub text: Option<String>,
    /// The secret's name in templates.
    pub secret: Option<&'static str>,
}

/// Entries for hosts files.
#[derive(Clone, Debug, Serialize)]
pub struct HostsPlan {
    /// Whether all nodes run on one machine under its loopback address.
    pub one_machine: bool,
    /// For machines that open the login page.
    pub clients: Vec<HostLine>,
    /// For each node: the hostname resolves to the node itself, so that calls of IS to itself bypass the load balancer.
    pub nodes: Vec<HostLine>,
}

/// One line of a hosts file.
#[derive(Clone, Debug, Serialize)]
pub struct HostLine {
    /// The machine it is for, if only one.
    pub machine: Option<String>,
    /// The address; `None` if only a name is known, which the operator must resolve.
    pub address: Option<String>,
    /// The placeholder of an unknown address, such as `address of is-1`.
    pub address_of: String,
    /// The names.
    pub names: Vec<String>,
}

pub(super) fn nodes(cluster: &Cluster) -> Vec<NodePlan> {
    let inputs = cluster.inputs();
    let nodes = &inputs.nodes;
    (nodes.iter().enumerate())
        .map(|(row, node)| NodePlan {
            name: node.name.as_str().to_owned(),
            host: node.address().unwrap_or(super::ASSIGNED_ADDRESS).to_owned(),
            offset: node.offset.get(),
            https_port: HTTPS_PORT + node.offset.get(),
            http_port: HTTP_PORT + node.offset.get(),
            thrift_port: THRIFT_PORT + node.offset.get(),
            hazelcast_port: node.hazelcast_port.get(),
            ports: PortPlan::list(node, inputs.product.version, |_| true),
            closed_ports: PortPlan::list(node, inputs.product.version, |purpose| {
                !matches!(purpose, PortPurpose::Https | PortPurpose::Hazelcast)
            }),
            home: is_home(&inputs.product, nodes, node),
            is_first: row == 0,
            next: nodes.get(row + 1).map(|next| next.name.as_str().to_owned()),
        })
        .collect()
}

/// `IS_HOME` of a node: nodes that share a machine have separate folders.
pub(super) fn is_home(product: &Product, nodes: &[ClusterNode], node: &ClusterNode) -> String {
    let root = pack_root(product.layout);
    let pack = format!("wso2is-{}", product.version.text());
    let shares = nodes.iter().filter(|other| other.machine() == node.machine()).count() > 1;
    if shares { format!("{root}/{}/{pack}", node.name.as_str()) } else { format!("{root}/{pack}") }
}

impl ClusteringPlan {
    pub(super) fn new(cluster: &Cluster) -> Self {
        let inputs = cluster.inputs();
        let clustering = &inputs.clustering;
        let members = match clustering.scheme {
            MembershipScheme::Wka => (inputs.nodes.iter())
                .filter_map(|node| Some(format!("{}:{}", node.address()?, node.hazelcast_port.get())))
                .collect(),
            _ => Vec::new(),
        };
        Self {
            scheme: clustering.scheme.value(),
            domain: clustering.domain.as_str().to_owned(),
            members,
            properties: properties(clustering, inputs.product.version),
            artefacts: ArtefactsPlan::new(Some(clustering), inputs.product.version),
            heartbeat_timeout: clustering.heartbeat_timeout.get(),
        }
    }
}

fn properties(clustering: &Clustering, version: Version) -> Vec<PropertyPlan> {
    let text = |key, value: &Option<crate::values::SingleLine>| {
        value.as_ref().map(|value| PropertyPlan { key, text: Some(escape_mapper(value.as_str())), secret: None })
    };
    let own = |key, value: Option<String>| value.map(|text| PropertyPlan { key, text: Some(text), secret: None });
    let fixed = |key, value: &str| Some(PropertyPlan { key, text: Some(value.to_owned()), secret: None });
    let list = match clustering.scheme {
        MembershipScheme::Wka | MembershipScheme::Multicast => vec![],
        MembershipScheme::Kubernetes => vec![
            // If the scheme is a separate jar, the class and the API must be set. The built-in scheme of 6.0 and later
            // has neither setting.
            (!version.facts().kubernetes_built_in)
                .then(|| {
                    fixed(
                        "membershipSchemeClassName",
                        "org.wso2.carbon.membership.scheme.kubernetes.KubernetesMembershipScheme",
                    )
                })
                .flatten(),
            own("KUBERNETES_NAMESPACE", clustering.kubernetes_namespace.as_ref().map(Value::text)),
            own("KUBERNETES_SERVICES", clustering.kubernetes_services.as_ref().map(Value::text)),
            (!version.facts().kubernetes_built_in).then(|| fixed("USE_DNS", "false")).flatten(),
        ],
        MembershipScheme::Aws => vec![
            text("region", &clustering.aws_region),
            text("securityGroup", &clustering.aws_security_group),
            text("tagKey", &clustering.aws_tag_key),
            text("tagValue", &clustering.aws_tag_value),
            text("iamRole", &clustering.aws_iam_role),
            text("accessKey", &clustering.aws_access_key),
            clustering.aws_secret_key.as_ref().map(|_| PropertyPlan {
                key: "secretKey",
                text: None,
                secret: Some(SecretId::AwsSecretKey.name()),
            }),
        ],
        MembershipScheme::AwsEcs => vec![
            text("region", &clustering.aws_region),
            text("clusterName", &clustering.ecs_cluster),
            // IS passes it to Hazelcast as a pattern of interfaces (key-mappings.json), which a CIDR is not.
            own("vpcCidrBlock", clustering.ecs_vpc_cidr.as_ref().map(VpcRange::pattern)),
            text("tagKey", &clustering.ecs_tag_key),
            text("tagValue", &clustering.ecs_tag_value),
            fixed("hostHeader", "ec2"),
        ],
    };
    list.into_iter().flatten().collect()
}

impl HostsPlan {
    pub(super) fn new(cluster: &Cluster) -> Self {
        let inputs = cluster.inputs();
        let hostname = inputs.load_balancer.hostname.as_str().to_owned();
        let local = |host: &str| if host == "localhost" { "127.0.0.1".to_owned() } else { host.to_owned() };
        let line = |machine: Option<&str>, host: Option<&crate::values::NodeHost>, of: String| HostLine {
            machine: machine.map(str::to_owned),
            address: host
                .filter(|host| host.address().is_some() || host.is_loopback())
                .map(|host| local(host.as_str())),
            address_of: of,
            names: vec![hostname.clone()],
        };
        let one_machine = inputs.nodes.iter().all(ClusterNode::is_loopback);
        let balancer = inputs
            .load_balancer
            .address
            .as_deref()
            .or_else(|| inputs.nodes.first().and_then(|node| node.host.as_ref()).filter(|_| one_machine));
        Self {
            one_machine,
            clients: vec![line(None, balancer, "address of the load balancer".to_owned())],
            nodes: (inputs.nodes.iter())
                .map(|node| {
                    let name = node.name.as_str();
                    line(Some(name), node.host.as_ref(), format!("address of {name}"))
                })
                .collect(),
        }
    }
}

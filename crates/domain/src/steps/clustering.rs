//! Step 4: the nodes and how they find each other.

use crate::choice;
use crate::draft::Draft;
use crate::setting::answer_among;
use crate::step;
use crate::step::Step;
use crate::values::{
    ClusterDomain, FolderPath, HazelcastPort, HeartbeatTimeout, KubernetesNamespace, KubernetesServices, NodeHost,
    NodeName, Password, PortOffset, SingleLine, VpcRange,
};

choice! {
    /// How Hazelcast's members find each other (`[clustering] membership_scheme`).
    MembershipScheme {
        Wka = "wka", "Well-known addresses (WKA)", "Every node lists every member. Works everywhere; the usual choice";
        Multicast = "multicast", "Multicast", "Members find each other by multicast; not in clouds";
        Kubernetes = "kubernetes", "Kubernetes", "Members are the endpoints of a Kubernetes service; configuration only";
        Aws = "aws", "AWS EC2", "Members are EC2 instances found by tag or security group";
        AwsEcs = "aws-ecs", "AWS ECS", "Members are tasks of an ECS service; configuration only";
    }
}

impl MembershipScheme {
    /// Whether the platform assigns the addresses of the nodes, so that no plan knows them. Instances of EC2 have fixed
    /// ones.
    #[must_use]
    pub const fn assigns_addresses(self) -> bool {
        matches!(self, Self::Kubernetes | Self::AwsEcs)
    }
}

choice! {
    /// How the files that IS writes for user stores and tenants reach the other nodes: IS does not distribute them.
    ArtefactSharing {
        Unused = "unused", "Not used", "No user stores or tenants are added in the console";
        Shared = "shared", "Shared folder", "Every node mounts one network folder (NFS, EFS)";
        Copied = "copied", "Copied", "You copy the files to every node after each change";
    }
}

fn is_shared(draft: &Draft) -> bool {
    answer_among(Clustering::SETTINGS, draft, "clustering.artefacts") == "shared"
}

fn scheme_is(draft: &Draft, schemes: &[&str]) -> bool {
    schemes.contains(&answer_among(Clustering::SETTINGS, draft, "clustering.scheme"))
}

fn is_kubernetes(draft: &Draft) -> bool {
    scheme_is(draft, &["kubernetes"])
}

fn is_aws(draft: &Draft) -> bool {
    scheme_is(draft, &["aws"])
}

fn is_aws_ecs(draft: &Draft) -> bool {
    scheme_is(draft, &["aws-ecs"])
}

/// Whether the nodes have addresses that a plan knows.
fn has_addresses(draft: &Draft) -> bool {
    !scheme_is(draft, &["kubernetes", "aws-ecs"])
}

fn is_any_aws(draft: &Draft) -> bool {
    scheme_is(draft, &["aws", "aws-ecs"])
}

step! {
    /// How the members find each other.
    Clustering, ClusteringKeys: Step::Clustering, "clustering";
    scheme: MembershipScheme {
        label: "Membership scheme",
        help: "membership_scheme: how Hazelcast members find each other. If not set, clustering is disabled.",
        default: "wka" from "WSO2 guide",
        examples: ["wka", "multicast"],
    }
    domain: ClusterDomain {
        label: "Cluster domain",
        help: "domain: the Hazelcast cluster name. It must be unique in the network.",
        default: "wso2.is.domain" from "Clusterwright",
        examples: ["wso2.is.domain", "prod.is.domain"],
    }
    heartbeat_timeout: HeartbeatTimeout {
        label: "Heartbeat timeout",
        help: "hazelcast.max.no.heartbeat.seconds: seconds until a crashed or unreachable node is removed from the cluster (IS default: 600). A longer pause or network partition splits the cluster: entries cached meanwhile can stay stale for 15 minutes after the merge.",
        default: "60" from "Clusterwright",
        examples: ["60", "120"],
    }
    artefacts: ArtefactSharing {
        label: "User stores and tenants on disk",
        help: "User stores and tenants added in the console are files on one node; IS does not copy them.",
        default: "unused" from "Clusterwright",
        examples: ["unused", "copied"],
    }
    shared_folder: Option<FolderPath> {
        label: "Shared folder",
        help: "Mount point of the shared folder on every node.",
        examples: ["/mnt/wso2is", "/srv/shared/is"],
        shown: is_shared,
    }
    kubernetes_namespace: Option<KubernetesNamespace> {
        label: "Kubernetes namespace",
        help: "KUBERNETES_NAMESPACE: the namespace of the IS pods.",
        examples: ["identity", "login"],
        shown: is_kubernetes,
    }
    kubernetes_services: Option<KubernetesServices> {
        label: "Kubernetes services",
        help: "KUBERNETES_SERVICES: the service whose endpoints are the members. Separate several with commas.",
        examples: ["wso2is-service", "wso2is-a,wso2is-b"],
        shown: is_kubernetes,
    }
    aws_region: Option<SingleLine> {
        label: "AWS region",
        help: "region: the region of the instances.",
        examples: ["eu-central-1", "us-east-1"],
        shown: is_any_aws,
    }
    aws_security_group: Option<SingleLine> {
        label: "AWS security group",
        help: "securityGroup: only instances of this group are members.",
        examples: ["wso2is-cluster", "sg-0a1b2c3d"],
        shown: is_aws,
    }
    aws_tag_key: Option<SingleLine> {
        label: "AWS tag key",
        help: "tagKey: only instances with this tag are members.",
        examples: ["cluster", "role"],
        shown: is_aws,
    }
    aws_tag_value: Option<SingleLine> {
        label: "AWS tag value",
        help: "tagValue: the tag's value.",
        examples: ["wso2is", "identity"],
        shown: is_aws,
    }
    aws_iam_role: Option<SingleLine> {
        label: "AWS IAM role",
        help: "iamRole: the role the instances use to list each other. Safer than an access key.",
        examples: ["wso2is-member", "identity-node"],
        shown: is_aws,
        required: false,
    }
    aws_access_key: Option<SingleLine> {
        label: "AWS access key",
        help: "accessKey: enter it only if no IAM role can be used.",
        examples: ["AKIAEXAMPLEONE", "AKIAEXAMPLETWO"],
        shown: is_aws,
        required: false,
    }
    aws_secret_key: Option<Password> {
        label: "AWS secret key",
        help: "secretKey: the secret of the access key. Stored encrypted.",
        examples: ["aws-secret-1", "aws-secret-2"],
        shown: is_aws,
        required: false,
    }
    ecs_cluster: Option<SingleLine> {
        label: "ECS cluster",
        help: "clusterName: the ECS cluster the tasks run in.",
        examples: ["identity", "login-cluster"],
        shown: is_aws_ecs,
    }
    ecs_vpc_cidr: Option<VpcRange> {
        label: "VPC address range",
        help: "vpcCidrBlock: Hazelcast uses the network interface in this range. It must end with /8, /16, /24 or /32: Hazelcast's pattern supports whole octets only.",
        examples: ["10.0.0.0/16", "172.31.0.0/16"],
        shown: is_aws_ecs,
    }
    ecs_tag_key: Option<SingleLine> {
        label: "Tag key of the instances",
        help: "tagKey: the tag that identifies the EC2 instances of the ECS cluster.",
        default: "aws:cloudformation:stack-name" from "WSO2 default",
        examples: ["aws:cloudformation:stack-name", "cluster"],
        shown: is_aws_ecs,
    }
    ecs_tag_value: Option<SingleLine> {
        label: "Tag value of the instances",
        help: "tagValue: the value of that tag. If not set, IS uses a fixed stack name of WSO2 (product-is#24160).",
        examples: ["EC2ContainerService-login", "wso2is"],
        shown: is_aws_ecs,
    }
}

step! {
    /// One row of the node table: one IS instance.
    ClusterNode, ClusterNodeKeys: Step::Clustering, "clustering.nodes";
    name: NodeName {
        label: "Name",
        help: "Name of this node in files and certificates.",
        examples: ["is-1", "node2"],
    }
    host: Option<NodeHost> {
        label: "Address",
        help: "local_member_host: IPv4 address or host name at which other nodes reach this node.",
        examples: ["10.20.0.11", "is-2.internal.example.com"],
        shown: has_addresses,
    }
    offset: PortOffset {
        label: "Port offset",
        help: "offset: added to 9443 and 9763. Required when two nodes share a machine.",
        default: "0" from "WSO2 default",
        examples: ["0", "1"],
        shown: has_addresses,
    }
    hazelcast_port: HazelcastPort {
        label: "Hazelcast port",
        help: "local_member_port: the port offset does not apply to it.",
        default: "4000" from "WSO2 default",
        examples: ["4000", "4001"],
    }
}

impl ClusterNode {
    /// Its address or name; `None` where the platform assigns it.
    #[must_use]
    pub fn address(&self) -> Option<&str> {
        self.host.as_ref().map(NodeHost::as_str)
    }

    /// Whether it can only be reached from its own machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.host.as_ref().is_some_and(NodeHost::is_loopback)
    }

    /// The node's machine, as far as the plan identifies it. A node with an assigned address counts as a separate
    /// machine.
    #[must_use]
    pub fn machine(&self) -> &str {
        self.host.as_ref().map_or(self.name.as_str(), NodeHost::machine)
    }
}

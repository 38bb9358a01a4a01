//! Clustering at the start: membership schemes, addresses and ports of Hazelcast. Clustering starts before the ports of
//! IS: a node that fails here lives, but never listens on 9443.

use super::super::failure::FailureArea;
use super::super::failure::ValueSource::Between;
use super::super::pattern::Pattern::{All, Any, Entry, Has, Logger, Not, Word};
use super::context::CLUSTER;
use super::declare::failure_rules;

failure_rules! {
    "membership-scheme-unknown" Cluster Start "This IS version does not know the membership scheme"
        cause "membership_scheme has a word that is misspelt, in capital letters, or new in a later version: kubernetes, aws and aws-ecs are built in from 6.0; in 5.10 and 5.11 they are separate jars."
        check "Compare membership_scheme with the IS version." [Cl09]
        remedy "Correct the word. In 5.10 and 5.11, put the jar of the scheme into repository/components/dropins and name its class, or use wka."
        run ["[clustering.properties]\nmembershipSchemeClassName = \"org.wso2.carbon.membership.scheme.kubernetes.KubernetesMembershipScheme\""]
        when All(&[Has("membership scheme"), Has("supported schemes are")]);
        values [Between("Scheme", "scheme '", "'")];

    "membership-scheme-class-missing" Cluster Start "The class of the membership scheme does not load"
        cause "membershipSchemeClassName names a class that is in no jar of this node, or the jar was built for another version of IS and Hazelcast."
        check "List the jars of membership schemes in dropins." [Cl09, Nd13]
        remedy "Copy the jar of the scheme for this IS version to repository/components/dropins of every node. From 6.0, remove membershipSchemeClassName: the scheme is built in."
        when Any(&[
            Has("membership scheme class not found"),
            Has("could not initiate membership scheme"),
            Has("not accessible in membership scheme"),
            All(&[Has("constructor with parameters"), CLUSTER]),
            All(&[Has("membership.scheme"), Any(&[Has("classnotfoundexception"), Has("noclassdeffounderror"), Has("nosuchmethoderror"), Has("could not resolve module")])]),
            All(&[Has("membershipscheme"), Any(&[Has("classnotfoundexception"), Has("noclassdeffounderror"), Has("nosuchmethoderror")])]),
        ]);
        values [Between("Class", "membership scheme class not found: ", " ")];

    "kubernetes-api-refused" Cluster Start "The Kubernetes API does not answer the membership scheme"
        cause "The pod may not read endpoints (HTTP 403, the service account has no Role), is not authenticated (401), does not trust the certificate of the API, or has no route to it; with 404, namespace or service have another name."
        check "In the pod, ask the API for the endpoints of the service: 200, 401, 403 or 404 names the cause." [Cl09]
        remedy "Bind a Role with get and list on endpoints and pods to the service account, and correct KUBERNETES_NAMESPACE and KUBERNETES_SERVICES. Newer versions of Kubernetes need a newer jar of the scheme."
        run ["curl --cacert /var/run/secrets/kubernetes.io/serviceaccount/ca.crt -H \"Authorization: Bearer $(cat /var/run/secrets/kubernetes.io/serviceaccount/token)\" https://kubernetes.default.svc/api/v1/namespaces/NAMESPACE/endpoints/SERVICE"]
        when Any(&[
            Has("could not connect to kubernetes api"),
            Has("could not get the endpoints"),
            Has("kubernetes membership initialization failed"),
            Has("no endpoints found at"),
            All(&[Has("/endpoints"), Any(&[Has("response code: 4"), Has("403"), Has("401")])]),
            All(&[Has("endpoints"), Has("is forbidden"), Has("system:serviceaccount")]),
            All(&[Entry("kubernetes"), CLUSTER, Any(&[
                Has("pkix path"), Has("valid certification path"), Has("response code:"), Has("connection refused"), Has("timed out"), Has("unknownhostexception"), Has("no members found")
            ])]),
            Has("kubernetesclientexception"),
        ]);
        values [Between("HTTP status", "response code: ", " "), Between("URL", "for url: ", "")];

    "kubernetes-parameter" Cluster Start "A parameter of the Kubernetes scheme is missing or has no result"
        cause "KUBERNETES_NAMESPACE, KUBERNETES_SERVICES or the variables of the API server are missing, contain a blank, or the DNS name of the service has no records: USE_DNS needs a headless service."
        check "Compare [clustering.properties] with the service and namespace of the pods." [Cl09]
        remedy "Set both parameters for the service of the pods. With USE_DNS = true, create a headless service (clusterIP: None)."
        when Any(&[
            All(&[Has("kubernetes services parameter not found")]),
            All(&[Has("kubernetes"), Has("parameter not found")]),
            All(&[Has("environment variable"), Has("kubernetes_"), Has("not")]),
            All(&[Has("kubernetes master api url"), Has("malformed")]),
            All(&[Logger("kubernetes"), Has("dns lookup for name")]),
            All(&[Any(&[Logger("kubernetes"), Entry("kubernetes")]), Any(&[Has("dns name not found"), Has("namenotfoundexception")])]),
            Has("lookup creation error"),
            Has("parsing dns records failed"),
        ]);

    "aws-discovery-failed" Cluster Start "AWS does not answer the membership scheme"
        cause "Access key or instance role are missing or lack a permission, the region is wrong or in capital letters, or a required parameter is missing; or the node reaches the API of AWS only through a proxy, or does not trust its certificate. Both a key and a role are configured: then the key is used."
        check "On the node, describe the instances with the same credentials." [Cl09]
        remedy "Give the instance or task role ec2:DescribeInstances (ECS: ecs:ListTasks, ecs:DescribeTasks, ec2:DescribeInstances), and write region and tags as in AWS. The clock must be right, too."
        run ["aws ec2 describe-instances --region eu-central-1 --max-items 1"]
        when Any(&[
            All(&[CLUSTER, Any(&[
                Has("unauthorizedoperation"), Has("authfailure"), Has("not able to validate the provided"), Has("accessdenied"), Has("security token"),
                Has("amazonec2exception"), Has("no aws credentials"), Has("unable to retrieve credentials"), Has("169.254.169.254"),
                Has("signaturedoesnotmatch"), Has("requestexpired"), Has("amazonaws")
            ])]),
            Has("required parameter for aws"),
            Has("amazonec2exception"),
            Has("amazonecsexception"),
            All(&[CLUSTER, Any(&[Logger("aws"), Entry("overaws"), Entry("awsdiscovery")]), Any(&[Has("pkix path"), Has("valid certification path"), Has("timed out"), Has("refused"), Has("unknownhost")])]),
        ]);

    "hazelcast-interface" Cluster Start "Hazelcast finds no network interface that matches its setting"
        cause "local_member_host, or the pattern of interfaces (ecs: vpcCidrBlock), matches no address of this machine. Hazelcast expects a pattern such as 10.0.*.* and no CIDR."
        check "Compare the address in the message with those of the machine." [Cl05, Nd16]
        remedy "Write an address of the machine as local_member_host, or a pattern such as 10.0.*.* for the interfaces."
        run ["ip -brief address"]
        when Any(&[
            Has("no matching network interface"),
            Has("hazelcast cannot start on this node"),
            All(&[CLUSTER, Has("cannot assign requested address")]),
            All(&[CLUSTER, Has("could not set local member host")]),
            All(&[CLUSTER, Has("invalid"), Has("interface")]),
        ]);

    "multicast-unavailable" Cluster Start "The network does not carry multicast"
        cause "membership_scheme is multicast, but the interface or network of the node does not permit it: clouds, most container networks and many virtual networks drop multicast. Each node then forms a cluster alone."
        check "Does the interface of local_member_host have the flag MULTICAST, and is the network one that carries it?" [Cl09, Nd03]
        remedy "Use membership_scheme = \"wka\" with the addresses of all nodes, or the scheme of the platform (kubernetes, aws, aws-ecs), on every node."
        run ["ip -brief link", "[clustering]\nmembership_scheme = \"wka\"\nmembers = [\"192.0.2.11:4000\", \"192.0.2.12:4000\"]"]
        when All(&[CLUSTER, Any(&[Has("multicast"), Logger("multicast")]), Any(&[
            Has("no such device"), Has("network is unreachable"), Has("error during multicast"), Has("operation not permitted"), Has("exception"), Has("can't assign requested address")
        ]), Not(&Has("supported schemes are"))]);

    "hazelcast-port-in-use" Cluster Start "The port of Hazelcast is in use"
        cause "Another process, often an earlier process of this node, listens on local_member_port and the ports after it. The port offset does not move this port: two nodes on one machine need different ones."
        check "Find the process that listens on the port." [Nd02, Nd17]
        remedy "End the other process, or give each node on the machine another local_member_port, and add it to members of all nodes."
        run ["ss -ltnp | grep -E ':(4000|4001|5701)'"]
        when All(&[CLUSTER, Any(&[
            Has("address already in use"),
            Has("is already in use and auto-increment is disabled"),
            Has("ports are already in use"),
            Has("serversocket bind has failed"),
        ])]);
        values [Between("Port", "port [", "]")];

    "cluster-not-started" Cluster Start "Clustering could not be started"
        cause "Hazelcast or the membership scheme failed. Clustering comes before the ports of IS, so the process lives but never listens on 9443. The cause in the entry, or the entry before it, has the reason."
        check "Read the entry before this one and its causes." [Cl09, Cl04, Cl05]
        remedy "Correct [clustering] on this node, and restart."
        when Any(&[
            Has("cannot initialize cluster"),
            Has("clustering fault :"),
            Has("clusteringfault"),
            All(&[Word("hazelcast"), Has("failed to start"), Not(&Has("instance is not active"))]),
        ]);
        symptom_of &[FailureArea::Cluster, FailureArea::Machine, FailureArea::Configuration];
}

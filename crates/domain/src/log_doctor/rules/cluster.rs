//! A running cluster: members that do not join, do not answer or have other versions, and nodes that are alone.

use super::super::failure::FailureArea;
use super::super::failure::ValueSource::Between;
use super::super::pattern::Pattern::{All, Any, Has, Logger, Never, Not};
use super::context::CLUSTER;
use super::declare::failure_rules;

failure_rules! {
    "cluster-names-differ" Cluster Function "Nodes have different cluster domains"
        cause "The domain of [clustering] is the name of the Hazelcast cluster. Nodes with different names, passwords or settings of Hazelcast reject each other, and each forms a separate cluster."
        check "Compare [clustering] domain on all nodes, and repository/conf/etc/hazelcast.xml, which overrides it." [Cl06, Cl08]
        remedy "Use one domain and the same [hazelcast] settings on all nodes, and restart the nodes that differ."
        when All(&[Any(&[
            Has("different cluster-name"),
            Has("different group-name"),
            Has("group name mismatch"),
            Has("cluster name mismatch"),
            Has("a configuration mismatch was detected"),
            Has("configmismatchexception"),
            Has("incompatible group"),
            Has("different group name"),
            All(&[CLUSTER, Has("authentication failed"), Has("member")]),
            All(&[CLUSTER, Has("group"), Has("doesn't match")]),
        ]), Not(&Has("version"))]);

    "cluster-versions-differ" Cluster Function "Nodes have different versions of Hazelcast or IS"
        cause "A node cannot read what another sends: the IS versions or update levels differ, or an extension is on one node only."
        check "Compare version and update level of all nodes." [Nd13]
        remedy "Bring all nodes to the same version and update level, with the same jars in dropins. Stop all nodes for an upgrade that changes Hazelcast."
        when Any(&[
            Has("hazelcastserializationexception"),
            All(&[CLUSTER, Any(&[
                Has("packet versions are not matching"),
                Has("unknown protocol"),
                Has("incompatible version"),
                Has("cannot join cluster"),
                Has("cluster version"),
                Has("is not compatible with this cluster"),
                Has("unsupported protocol"),
                Has("versionmismatchexception"),
                Has("classnotfoundexception"),
            ])]),
        ]);

    "member-address-wrong" Cluster Function "Another node knows this node by a wrong address"
        cause "A member connects to an address that this node does not announce: local_member_host is loopback, behind NAT, or that of a container, or members names another address."
        check "Compare local_member_host with the address under which the other nodes reach this one." [Cl05, Cl04, Nd16]
        remedy "Set local_member_host to the reachable address of each node, the same as in members, and restart."
        when All(&[CLUSTER, Any(&[
            Has("wrong bind request"),
            Has("this node is not the requested endpoint"),
            Has("target is this node"),
        ])]);

    "member-unreachable" Cluster Function "This node cannot connect to another member"
        cause "The member in the message does not answer on its Hazelcast port: a firewall, a wrong address or port in members, another network, or the node does not run. The Hazelcast port is not moved by the port offset."
        check "Connect to the port from this node, and in the other direction." [Nd03, Nd04, Cl04]
        remedy "Open the Hazelcast port between all nodes in both directions, and correct members on every node."
        run ["nc -vz 192.0.2.12 4000"]
        when Any(&[
            Has("cannot connect to wka member"),
            Has("cannot connect to member"),
            All(&[CLUSTER, Any(&[
                Has("could not connect to"),
                Has("connection refused"),
                Has("connect timed out"),
                Has("connection timed out"),
                Has("no route to host"),
                Has("could not join cluster in"),
                Has("node failed to start"),
                Has("failed to join"),
                Has("unknownhostexception"),
                Has("could not add application member"),
            ])]),
        ]);
        values [Between("Member", "wka member host:", ","), Between("Member", "wka member ", " "), Between("Member", "connect to: ", ". "), Between("Member", "connect to member ", " ")];

    "member-silent" Cluster Function "A member stopped answering"
        cause "The node lost contact with a member without its leaving: the network was interrupted, the member hung in a long garbage collection, or its process was killed. Until the heartbeat timeout, 600 s by default, caches are stale and operations wait."
        check "What did the other node log at this time? Compare network, memory and clocks of both." [Nd03, Nd05, Cl11, Nd09]
        remedy "Repair the network or the memory of the member. Lower hazelcast.max.no.heartbeat.seconds to about 60. After an interruption, restart one of the nodes: entries that were cached meanwhile stay stale."
        run ["[hazelcast]\n\"hazelcast.max.no.heartbeat.seconds\" = 60"]
        when All(&[Any(&[
            All(&[CLUSTER, Any(&[
                Has("suspecting member"),
                Has("suspected to be dead"),
                Has("is suspected"),
                Has("has not sent any heartbeats"),
                Has("heartbeat"),
                Has("operationtimeoutexception"),
                Has("invocation timed out"),
                Has("no response for"),
                Has("targetnotmemberexception"),
                Has("memberleftexception"),
                Has("resetting heartbeat"),
                Has("connection reset"),
                Has("broken pipe"),
                Has("system clock apparently jumped"),
            ])]),
            Has("operationtimeoutexception"),
            Has("memberleftexception"),
        ]), Not(&Has("instance is not active"))]);

    "cluster-split" Cluster Function "The cluster was split and merged again"
        cause "The network between the nodes was interrupted longer than the heartbeat timeout: each part elected a coordinator. After the merge, entries that were cached before or during the interruption stay stale for up to 15 minutes."
        check "When was the network between the nodes interrupted?" [Nd03, Nd04, Nd05]
        remedy "Repair the network. After a merge, restart one node after the other, so that no stale caches remain."
        when All(&[CLUSTER, Any(&[
            Has("split-brain"),
            Has("split brain"),
            Has("splitbrain"),
            Has("merging [tcp/ip]"),
            Has("we are merging"),
            Has("mergeclusters"),
            Has("will merge to"),
        ])]);

    "invalidation-not-sent" Cluster Function "Cache invalidations do not reach the other nodes"
        cause "Hazelcast could not deliver the message that a cache entry changed: other nodes keep the old value until it expires."
        check "Are all nodes members of one cluster?" [Nd03, Cl10]
        remedy "Repair the cluster as the entries before describe. Restart the nodes whose caches are stale."
        when Any(&[
            Has("could not send cacheinvalidationmessage"),
            Has("could not send cluster message"),
            Has("error while sending cache invalidation"),
            Has("error occurred while executing cluster message"),
            All(&[Logger("cacheinvalidat"), Has("error")]),
        ]);
        symptom_of &[FailureArea::Cluster];

    "nodes-alone" Cluster Function "Each node forms a cluster alone"
        cause "Two nodes each elected themselves as the coordinator at their start, and neither saw the other join. A node that joins a running cluster never does so. From 6.0, a discovery that fails in the Kubernetes and EC2 schemes is not logged."
        check "Connect to the Hazelcast port of the other node from each node, and compare domain and members." [Nd03, Nd04, Cl04, Cl06, Cl09]
        remedy "Open the Hazelcast port in both directions, use one domain and the same members on all nodes, and restart one node after the other. The node already running then logs “Member joined”."
        run ["nc -vz 192.0.2.12 4000"]
        when Never;

    "hazelcast-port-moved" Cluster Function "Hazelcast of this node listens on another port than its member list names"
        cause "The configured port was in use at the start, by an earlier process of this node or a second node on the machine, so Hazelcast took the next one. The other nodes connect to the port of the member list, and a firewall may permit only that one."
        check "Compare the port of “Local member” with local_member_port, and find the process that listens on the configured port." [Nd02, Nd17, Cl04]
        remedy "If an earlier process of this node still runs, stop it, and restart the node. Two nodes on one machine need different values of local_member_port, and both in members of every node."
        run ["ss -ltnp | grep -E ':(4000|4001|5701|5702)'"]
        when Never;

    "member-on-loopback" Cluster Function "The node announces a loopback address to members on other machines"
        cause "local_member_host, which follows [server] node_ip, is a loopback address, but members are on other machines: they cannot connect to this node."
        check "Compare local_member_host with the member list." [Cl05, Nd16]
        remedy "Set local_member_host to the address at which the other nodes reach this one, and restart."
        run ["[clustering]\nlocal_member_host = \"192.0.2.11\""]
        when Never;
}

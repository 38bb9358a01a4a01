//! Step 1: which IS, and how the machines are laid out.

use crate::choice;
use crate::product::{MachineLayout, Version};
use crate::step;
use crate::step::Step;

choice! {
    /// Whether keys may be made. A cluster that runs needs the keys it has.
    ClusterState {
        New = "new", "New", "Nothing runs yet. The first download creates the keys";
        Running = "running", "Runs", "Nodes run with the keys of an earlier bundle, and every download uses these";
    }
}

step! {
    /// Which IS is clustered.
    Product, ProductKeys: Step::Product, "product";
    version: Version {
        label: "IS version",
        help: "The release of WSO2 Identity Server on every node. It decides databases, scripts, key stores and JDK.",
        default: (Version::NEWEST.value()) from "newest release",
        examples: ["7.2.0", "6.1.0"],
    }
    layout: MachineLayout {
        label: "Machine layout",
        help: "Where IS and the load balancer live; decides the paths in scripts and configuration.",
        default: "linux" from "Clusterwright",
        examples: ["linux", "macos-homebrew"],
    }
    cluster: ClusterState {
        label: "Cluster",
        help: "Whether the cluster already runs. The first download with passwords and keys sets this to Runs.",
        default: "new" from "Clusterwright",
        examples: ["new", "running"],
    }
}

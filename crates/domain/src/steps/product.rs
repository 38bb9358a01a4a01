//! Step 1: the IS version and the layout of the machines.

use crate::choice;
use crate::product::{MachineLayout, Version};
use crate::step;
use crate::step::Step;

choice! {
    /// Whether keys may be created. A running cluster needs its existing keys.
    ClusterState {
        New = "new", "New", "No node runs yet. The first download creates the keys";
        Running = "running", "Running", "Nodes run with the keys of an earlier bundle, which every download uses";
    }
}

step! {
    /// The IS version and the machines.
    Product, ProductKeys: Step::Product, "product";
    version: Version {
        label: "IS version",
        help: "The release of WSO2 Identity Server on every node. It determines the databases, SQL scripts, keystore format and JDK.",
        default: (Version::NEWEST.value()) from "newest release",
        examples: ["7.2.0", "6.1.0"],
    }
    layout: MachineLayout {
        label: "Machine layout",
        help: "Operating system of the machines. It determines paths in scripts and configuration.",
        default: "linux" from "Clusterwright",
        examples: ["linux", "macos-homebrew"],
    }
    cluster: ClusterState {
        label: "Cluster",
        help: "Whether the cluster already runs. The first download with passwords and keys sets this to Running.",
        default: "new" from "Clusterwright",
        examples: ["new", "running"],
    }
}

//! The render plan: every choice made, so that templates only write down.
//!
//! Plain data, built from a [`Cluster`] by [`RenderPlan::new`]. It holds no secret: templates name a secret by its
//! [`SecretId`], and the bundle writer puts dots or the value there. Values that reach XML through IS's mapper are
//! already escaped here, because the mapper copies them as they are (product-is#28431).

mod balancer;
mod certificates;
mod database;
mod escape;
mod generator;
mod node;
mod platform;
mod probe;
mod product;
mod remote_ip;
mod secret_id;
mod tasks;
mod user_store;

pub use balancer::{LoadBalancerPaths, LoadBalancerPlan, UpstreamPlan};
pub use certificates::{CertificatesPlan, KeyStoresPlan, LeafPlan, TrustedPlan};
pub use database::{DatabasePlan, DatabasesPlan, RESERVED_CONNECTIONS, ScriptPlan, SqlHostname, SqlPlan, WorkflowPlan};
pub use escape::{escape_mapper, escape_properties, unescape_mapper};
pub use generator::GENERATOR;
pub use node::{ArtefactsPlan, ClusteringPlan, HostLine, HostsPlan, NodePlan, PortPlan, PropertyPlan};
pub use platform::{ASSIGNED_ADDRESS, PlatformPlan, ServicePlan};
pub use probe::{ProbeNode, ProbePlan, node_table_fingerprint};
pub use product::ProductPlan;
pub use remote_ip::RemoteIpPlan;
pub use secret_id::SecretId;
pub use tasks::{AcceptedPlan, IssuePlan, TasksPlan};
pub use user_store::{SuperAdminPlan, UserStorePlan};

use serde::Serialize;

use crate::check::CheckReport;
use crate::cluster::Cluster;
use crate::issues::Issues;
use crate::milestones::Prepared;

/// Everything the templates need, decided.
#[derive(Clone, Debug, Serialize)]
pub struct RenderPlan {
    /// What the operator calls the plan.
    pub title: String,
    /// What wrote it.
    pub generator: &'static str,
    /// Facts about the chosen IS.
    pub product: ProductPlan,
    /// The databases and how nodes reach them.
    pub databases: DatabasesPlan,
    /// One sentence about the databases where they were prepared already; `None` where the runbook's reader creates them.
    pub prepared: Option<String>,
    /// Where users live.
    pub user_store: UserStorePlan,
    /// The first administrator.
    pub super_admin: SuperAdminPlan,
    /// How members find each other.
    pub clustering: ClusteringPlan,
    /// What the platform needs beside the configuration, where the members are asked of it.
    pub platform: Option<PlatformPlan>,
    /// The nodes, in the order they are started.
    pub nodes: Vec<NodePlan>,
    /// What the probes of the nodes must know.
    pub probe: ProbePlan,
    /// What clients talk to.
    pub load_balancer: LoadBalancerPlan,
    /// How nodes learn the client's address; `None` where IS has no setting for it (before 6.0).
    pub remote_ip: Option<RemoteIpPlan>,
    /// IS's key stores.
    pub key_stores: KeyStoresPlan,
    /// What certificates are made, and what each truststore gets.
    pub certificates: CertificatesPlan,
    /// Lines for hosts files.
    pub hosts: HostsPlan,
    /// Open tasks, by the step of the runbook where they belong.
    pub tasks: TasksPlan,
    /// Warnings that nobody accepted.
    pub warnings: Vec<IssuePlan>,
    /// Warnings and open tasks that were accepted, with the reason given.
    pub accepted: Vec<AcceptedPlan>,
    /// The plan as a file, without secrets.
    pub plan_file: String,
    /// The cluster as an SVG file.
    pub topology: String,
}

impl RenderPlan {
    /// Makes every choice that is left. No check was run.
    #[must_use]
    pub fn new(cluster: &Cluster) -> Self {
        Self::with_checks(cluster, &CheckReport::default())
    }

    /// The same, with what checks said until now: the runbook lists what failed as open tasks.
    #[must_use]
    pub fn with_checks(cluster: &Cluster, report: &CheckReport) -> Self {
        let issues = Issues::of(cluster.findings(), report, cluster.accepted());
        let nodes = node::nodes(cluster);
        let inputs = cluster.inputs();
        let (database, balancer) = (Some(&inputs.database), Some(&inputs.load_balancer));
        Self {
            title: match cluster.title().trim() {
                "" => format!("Cluster {}", cluster.inputs().load_balancer.hostname.as_str()),
                title => title.to_owned(),
            },
            generator: GENERATOR,
            product: ProductPlan::new(&inputs.product),
            databases: DatabasesPlan::new(&inputs.product, &inputs.database, inputs.nodes.len()),
            prepared: cluster.prepared().map(Prepared::sentence),
            user_store: UserStorePlan::new(cluster),
            super_admin: SuperAdminPlan::new(cluster),
            clustering: ClusteringPlan::new(cluster),
            platform: PlatformPlan::new(cluster),
            probe: ProbePlan::new(
                &inputs.product,
                &inputs.nodes,
                database,
                Some(&inputs.user_store),
                Some(&inputs.clustering),
                balancer,
            ),
            load_balancer: LoadBalancerPlan::new(cluster),
            remote_ip: RemoteIpPlan::new(cluster),
            key_stores: KeyStoresPlan::new(cluster),
            certificates: CertificatesPlan::new(cluster),
            hosts: HostsPlan::new(cluster),
            tasks: TasksPlan::new(&issues),
            warnings: tasks::warnings(&issues),
            accepted: tasks::accepted(cluster.accepted(), &issues),
            plan_file: cluster.plan_file().to_owned(),
            topology: cluster.topology().svg_file(),
            nodes,
        }
    }
}

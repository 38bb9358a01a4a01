//! The render plan: every decision that the templates need.
//!
//! Plain data, built from a [`Cluster`] by [`RenderPlan::new`]. It contains no secret: templates name a secret by its
//! [`SecretId`], and the bundle writer inserts dots or the value. Values that reach XML through IS's config mapper are
//! already escaped here, because the mapper copies them unchanged (product-is#28431).

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

/// Every decision that the templates need.
#[derive(Clone, Debug, Serialize)]
pub struct RenderPlan {
    /// The name of the plan.
    pub title: String,
    /// The generator.
    pub generator: &'static str,
    /// Facts about the chosen IS.
    pub product: ProductPlan,
    /// The databases and the connections of the nodes to them.
    pub databases: DatabasesPlan,
    /// One sentence about databases that are already prepared; `None` if the operator creates them.
    pub prepared: Option<String>,
    /// The user store.
    pub user_store: UserStorePlan,
    /// The first administrator.
    pub super_admin: SuperAdminPlan,
    /// How members find each other.
    pub clustering: ClusteringPlan,
    /// Further requirements of a platform that provides the members.
    pub platform: Option<PlatformPlan>,
    /// Whether the platform assigns the addresses of the nodes, so that the bundle has no scripts for machines and no files that
    /// name addresses.
    pub is_configuration_only: bool,
    /// The nodes, in the order of their start.
    pub nodes: Vec<NodePlan>,
    /// The input of the probe scripts.
    pub probe: ProbePlan,
    /// The load balancer, to which clients connect.
    pub load_balancer: LoadBalancerPlan,
    /// How nodes determine the client's address; `None` if IS has no setting for it (before 6.0).
    pub remote_ip: Option<RemoteIpPlan>,
    /// IS's keystores.
    pub key_stores: KeyStoresPlan,
    /// The certificates and the entries of each truststore.
    pub certificates: CertificatesPlan,
    /// Entries for hosts files.
    pub hosts: HostsPlan,
    /// Open tasks, by step of the runbook.
    pub tasks: TasksPlan,
    /// Warnings that are not accepted.
    pub warnings: Vec<IssuePlan>,
    /// Accepted warnings and open tasks, with the reason.
    pub accepted: Vec<AcceptedPlan>,
    /// The plan as a file, without secrets.
    pub plan_file: String,
    /// The cluster as an SVG file.
    pub topology: String,
}

impl RenderPlan {
    /// Makes every remaining decision, without results of checks.
    ///
    /// ```
    /// use domain::cluster::validate;
    /// use domain::presets::Preset;
    /// use domain::render_plan::RenderPlan;
    /// use domain::rules::ExternalFacts;
    /// use domain::secret::{Secret, Secrets};
    ///
    /// // A draft is text, saved also when it is wrong. Here two passwords are missing.
    /// let draft = Preset::find("one-machine").unwrap().draft("Test cluster");
    /// let facts = ExternalFacts { now: 1_767_225_600, ..ExternalFacts::default() };
    /// let incomplete = validate(&draft, &Secrets::new(), &facts);
    /// assert!(incomplete.cluster.is_none());
    /// assert_eq!(incomplete.blocking_findings().count(), 2);
    ///
    /// let mut secrets = Secrets::new();
    /// secrets.insert("database.password", Secret::new("Db-secret-1"));
    /// secrets.insert("user_store.admin_password", Secret::new("Admin-secret-1"));
    /// // A cluster exists only where nothing blocks, and its plan has every decision that the files need.
    /// let cluster = validate(&draft, &secrets, &facts).cluster.unwrap();
    /// let plan = RenderPlan::new(&cluster);
    /// assert_eq!(plan.nodes.len(), 2);
    /// ```
    #[must_use]
    pub fn new(cluster: &Cluster) -> Self {
        Self::with_checks(cluster, &CheckReport::default())
    }

    /// The same, with the results of checks: the runbook lists failures as open tasks.
    #[must_use]
    pub fn with_checks(cluster: &Cluster, report: &CheckReport) -> Self {
        let issues = Issues::of(cluster.findings(), report, cluster.accepted());
        let nodes = node::nodes(cluster);
        let inputs = cluster.inputs();
        let (database, balancer) = (Some(&inputs.database), Some(&inputs.load_balancer));
        let platform = PlatformPlan::new(cluster);
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
            is_configuration_only: platform.as_ref().is_some_and(|platform| platform.assigns_addresses),
            platform,
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

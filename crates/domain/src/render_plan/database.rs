//! The databases, their URLs and their scripts.

use serde::Serialize;

use super::product::ProductPlan;
use super::{GENERATOR, escape_mapper};
use crate::inputs::ReadableAnswers;
use crate::jdbc;
use crate::product::{DatabaseRole, WORKFLOW_MARKER, WORKFLOW_SCRIPT};
use crate::steps::{Database, DatabaseTls, Product, keys};

/// Explicit, because the class that IS infers is deprecated.
const DRIVER_CLASS: &str = "com.mysql.cj.jdbc.Driver";

/// The databases and the connections of the nodes to them.
#[derive(Clone, Debug, Serialize)]
pub struct DatabasesPlan {
    /// Host name or address, without brackets.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// The run-time account.
    pub account: String,
    /// The host part of the account.
    pub account_host: String,
    /// The character set of new databases.
    pub charset: &'static str,
    /// `pool_options.maxActive`.
    pub pool_size: u16,
    /// Whether the nodes connect over TLS.
    pub uses_tls: bool,
    /// The databases, in the order of preparation.
    pub list: Vec<DatabasePlan>,
    /// The workflow engine's database, if the plan has one.
    pub workflow: Option<WorkflowPlan>,
    /// The minimum of `max_connections`: the maximum connections of all nodes (pools × size × nodes), plus
    /// [`RESERVED_CONNECTIONS`].
    pub connections: u32,
}

/// Connections for administrators and monitoring, in addition to the pools of all nodes (DB-28).
pub const RESERVED_CONNECTIONS: u32 = 10;

/// One database.
#[derive(Clone, Debug, Serialize)]
pub struct DatabasePlan {
    /// `identity`, `shared` or `agent`.
    pub role: &'static str,
    /// Its name on the server.
    pub name: String,
    /// Its table in deployment.toml.
    pub table: &'static str,
    /// `type`, from which IS infers omitted keys; a `[datasource]` has none.
    pub kind: Option<&'static str>,
    /// `id`, by which IS finds a `[datasource]`; a `[database]` is found by its table.
    pub id: Option<&'static str>,
    /// The content, in one line.
    pub holds: &'static str,
    /// The JDBC URL, escaped for the mapper.
    pub url: String,
    /// The driver class; explicit because the inferred one is deprecated.
    pub driver: &'static str,
    /// Its scripts, in order.
    pub scripts: Vec<ScriptPlan>,
    /// The number of tables after all of them ran.
    pub tables: u16,
}

/// The workflow engine's database, `[bps_database.config]`.
#[derive(Clone, Debug, Serialize)]
pub struct WorkflowPlan {
    /// Its name on the server.
    pub name: String,
    /// The JDBC URL, escaped for the mapper.
    pub url: String,
    /// The driver class.
    pub driver: &'static str,
    /// Its script, as a path below `<IS_HOME>/dbscripts`.
    pub script: &'static str,
    /// A table that only this script creates.
    pub marker: &'static str,
}

/// One script of the operator's pack.
#[derive(Clone, Debug, Serialize)]
pub struct ScriptPlan {
    /// Path below `<IS_HOME>/dbscripts`.
    pub path: &'static str,
    /// The number of tables that it creates.
    pub tables: u16,
    /// A table that only it creates.
    pub marker: &'static str,
}

/// The input of the SQL for databases and account: only the steps Product and Database, so that databases can be
/// prepared before the plan is complete.
#[derive(Clone, Debug, Serialize)]
pub struct SqlPlan {
    /// The generator.
    pub generator: &'static str,
    /// Facts about the chosen IS.
    pub product: ProductPlan,
    /// The databases.
    pub databases: DatabasesPlan,
    /// The load balancer, as far as it is known.
    pub load_balancer: SqlHostname,
}

/// The hostname in comments of the SQL.
#[derive(Clone, Debug, Serialize)]
pub struct SqlHostname {
    /// The hostname that clients use; empty if unknown.
    pub hostname: String,
}

impl SqlPlan {
    /// The plan from the known answers; `None` without product or database.
    #[must_use]
    pub fn of(answers: &ReadableAnswers) -> Option<Self> {
        let (product, database) = (answers.product.as_ref()?, answers.database.as_ref()?);
        let hostname = answers.load_balancer.as_ref().map(|balancer| balancer.hostname.as_str().to_owned());
        Some(Self {
            generator: GENERATOR,
            product: ProductPlan::new(product),
            databases: DatabasesPlan::new(product, database, answers.nodes.as_ref().map_or(0, Vec::len)),
            load_balancer: SqlHostname { hostname: hostname.unwrap_or_default() },
        })
    }
}

impl DatabasesPlan {
    pub(super) fn new(product: &Product, database: &Database, nodes: usize) -> Self {
        let list: Vec<DatabasePlan> = database
            .list()
            .into_iter()
            .map(|(role, name)| {
                let scripts: Vec<ScriptPlan> = (product.version.scripts().into_iter())
                    .filter(|script| script.database == role)
                    .map(|script| ScriptPlan { path: script.path, tables: script.tables, marker: script.marker })
                    .collect();
                DatabasePlan {
                    role: role_name(role),
                    name: name.to_owned(),
                    table: match role {
                        DatabaseRole::Identity => keys::DATABASE.identity_db,
                        DatabaseRole::Shared => keys::DATABASE.shared_db,
                        DatabaseRole::Agent => "datasource.AgentIdentity",
                    },
                    kind: (role != DatabaseRole::Agent).then_some("mysql"),
                    id: (role == DatabaseRole::Agent).then_some("AgentIdentity"),
                    holds: match role {
                        DatabaseRole::Identity => "applications, tokens and consents",
                        DatabaseRole::Shared => "users, roles and the registry",
                        DatabaseRole::Agent => "agent users",
                    },
                    url: escape_mapper(&jdbc::url(database, name)),
                    driver: DRIVER_CLASS,
                    tables: scripts.iter().map(|script| script.tables).sum(),
                    scripts,
                }
            })
            .collect();
        let pools = u32::try_from(list.len()).unwrap_or(u32::MAX);
        let nodes = u32::try_from(nodes).unwrap_or(u32::MAX);
        Self {
            host: database.host.as_str().to_owned(),
            port: database.port.get(),
            account: database.username.as_str().to_owned(),
            account_host: database.account_host.as_str().to_owned(),
            charset: database.charset.value(),
            pool_size: database.pool_size.get(),
            uses_tls: database.tls != DatabaseTls::Disabled,
            connections: pools * nodes * u32::from(database.pool_size.get()) + RESERVED_CONNECTIONS,
            list,
            workflow: database.workflow_db.as_ref().map(|name| WorkflowPlan {
                name: name.as_str().to_owned(),
                url: escape_mapper(&jdbc::url(database, name.as_str())),
                driver: DRIVER_CLASS,
                script: WORKFLOW_SCRIPT,
                marker: WORKFLOW_MARKER,
            }),
        }
    }
}

const fn role_name(role: DatabaseRole) -> &'static str {
    match role {
        DatabaseRole::Identity => "identity",
        DatabaseRole::Shared => "shared",
        DatabaseRole::Agent => "agent",
    }
}

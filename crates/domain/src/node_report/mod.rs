//! Node reports of probe.sh, and their evaluation: the checks of reach [`crate::check::Reach::Node`].
//!
//! [`parse`] reads a report, [`evaluate`] compares the reports with the answers and with each other. Reports cannot be
//! verified: results state that they were reported, and when.

mod access_log;
mod artefacts;
mod context;
mod evaluate;
mod installed;
mod log;
mod machine;
mod matrix;
mod members;
mod network;
mod parse;
mod ports;
mod supplement;

use std::collections::BTreeMap;
use std::net::IpAddr;

pub use access_log::{FORGED_ADDRESS, marker_path};
pub use evaluate::evaluate;
pub use matrix::{ReachVerdict, ReachabilityCell, ReachabilityMatrix};
pub use parse::{MAX_REPORT_BYTES, ReportProblem, parse};
pub use supplement::supplement;

/// A report with the time of its receipt.
#[derive(Clone, Debug)]
pub struct ReceivedReport {
    /// Unix seconds.
    pub at: u64,
    /// The report.
    pub report: NodeReport,
}

/// The machine of a probe.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum MachineRole {
    /// The machine of a node.
    #[default]
    Node,
    /// The load balancer's machine.
    LoadBalancer,
}

/// A port that probes test.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum ProbedPort {
    /// `local_member_port`.
    Hazelcast,
    /// 9443 + offset.
    Https,
    /// 9763 + offset.
    Http,
    /// 10711 + offset.
    Thrift,
    /// 10389 + offset, up to 5.11.
    EmbeddedLdap,
    /// The port of a service that IS connects to: MySQL or the directory.
    Service,
}

/// The outcome of a connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ConnectionOutcome {
    /// The probe of that node answered with the token.
    Token,
    /// A connection opened; nothing was sent.
    Connected,
    /// A program answered with TLS.
    Tls,
    /// A program answered with HTTP.
    Http,
    /// A program answered otherwise.
    Other,
    /// The probe of another cluster, or of an earlier node table.
    OtherPlan,
    /// The probe of another node.
    OtherNode,
    /// The connection opened and was closed without data.
    Closed,
    /// The connection opened, without data.
    Mute,
    /// Refused at once.
    Refused,
    /// No answer: packets are dropped.
    Silent,
    /// Unreachable.
    Unreachable,
    /// The name does not resolve.
    Unresolved,
}

impl ConnectionOutcome {
    /// Whether a program that is neither IS nor a probe holds the port.
    #[must_use]
    pub const fn is_of_another_program(self) -> bool {
        matches!(self, Self::Other | Self::Closed | Self::Mute)
    }
}

/// One connection to another machine.
#[derive(Clone, Debug, PartialEq)]
pub struct ConnectionResult {
    /// The node's name, `database`, `directory`, or `directory-2` and so on for its other servers.
    pub to: String,
    /// The kind of port.
    pub kind: ProbedPort,
    /// The number.
    pub port: u16,
    /// The outcome.
    pub answer: ConnectionOutcome,
    /// The shortest round trip, in milliseconds.
    pub milliseconds: Option<f64>,
    /// The lead of the other clock, in milliseconds.
    pub ahead: Option<i64>,
    /// The number of lost answers, of five.
    pub lost: u8,
    /// The node whose probe answered.
    pub answered_by: String,
}

/// A jar of a JDBC driver.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct JdbcDriverFile {
    /// `lib` or `dropins`.
    pub folder: String,
    /// The file's name.
    pub file: String,
    /// Whether it is not a jar, such as a saved error page.
    pub is_damaged: bool,
    /// Whether it is a jar without `com.mysql.cj.jdbc.Driver`.
    pub lacks_class: bool,
}

/// A start command that wraps `bin/wso2server.sh`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StartCommand {
    /// The path of a start script, or the file name of a unit of systemd.
    pub name: String,
    /// Whether it is a unit.
    pub is_unit: bool,
    /// Whether it passes the flag with which the JDK accepts jars with damaged extra fields.
    pub takes_damaged_jars: bool,
}

/// The comparison of a file of the bundle with that on the node.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FileState {
    /// Equal bytes.
    Same,
    /// Different bytes.
    Differs,
    /// Not on the node.
    Missing,
    /// On the node, without a file of the bundle to compare it with.
    Alone,
}

/// One folder with files of user stores or tenants.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SharedFolder {
    /// Below `IS_HOME`.
    pub folder: String,
    /// Whether it exists and is writable.
    pub is_writable: bool,
    /// The file system, as `df` names it: `nfs.example.com:/is` or `/dev/sda1`. Empty if it is missing.
    pub source: String,
    /// The number of files in it.
    pub files: u64,
    /// SHA-256 of their names and checksums.
    pub digest: String,
}

/// The outcome of a login at the database.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DatabaseLogin {
    /// The login succeeded.
    Worked,
    /// The error number of the server, if any.
    Refused(Option<u16>),
    /// No client is installed on the machine.
    NoClient,
}

/// The report of one probe. An unknown fact is `None` or empty.
#[derive(Clone, Debug, Default)]
pub struct NodeReport {
    /// The node table of the probe script ([`crate::render_plan::fingerprint`]).
    pub plan: String,
    /// The node's name.
    pub node: String,
    /// The machine it ran on.
    pub role: MachineRole,
    /// The database of the probe script: host, port and account.
    pub database: Option<[String; 3]>,
    /// How many lines of wso2carbon.log the probe inspected; `None` if it was not asked to.
    pub log_lines_read: Option<u32>,
    /// How many of them begin an entry of a known layout; `None` if the probe did not count them.
    pub log_entries: Option<u32>,
    /// Its lines of failures, starts and members, with masked secrets.
    pub log: Vec<String>,
    /// The directory of the probe script, like [`crate::render_plan::ProbePlan::directory`].
    pub directory: Option<String>,
    /// The kernel's name and version.
    pub system: String,
    /// Account, its number, and its umask in octal digits.
    pub account: Option<(String, u32, u32)>,
    /// Processors, or the quota of the container.
    pub cpus: Option<f64>,
    /// Bytes of memory.
    pub memory: Option<u64>,
    /// The memory limit of the container, in bytes.
    pub memory_limit: Option<u64>,
    /// Free bytes on the file system of `IS_HOME`.
    pub disk: Option<u64>,
    /// Open files; `u64::MAX` without a limit.
    pub open_files: Option<u64>,
    /// Processes; `u64::MAX` without a limit.
    pub processes: Option<u64>,
    /// Bits of entropy of the kernel.
    pub entropy: Option<u64>,
    /// Whether NTP synchronises the clock.
    pub ntp: Option<bool>,
    /// The machine's own addresses.
    pub addresses: Vec<IpAddr>,
    /// The addresses of each name; `None` if the machine has no command to resolve names.
    pub names: BTreeMap<String, Option<Vec<IpAddr>>>,
    /// Entries of the hosts file: name and address.
    pub hosts: Vec<(String, String)>,
    /// Java's version and path; the version is empty if Java does not run.
    pub java: Option<(String, String)>,
    /// Maximum AES key length of the JDK, in bits.
    pub aes_bits: Option<u64>,
    /// TLS versions of the JDK.
    pub tls: Vec<String>,
    /// Whether a port is in use.
    pub ports: BTreeMap<ProbedPort, bool>,
    /// `IS_HOME`, and its owner if it exists.
    pub home: Option<(String, Option<String>)>,
    /// The version in `bin/version.txt`.
    pub version: Option<String>,
    /// The update level in `updates/config.json`; `None` if the file or the level was not found.
    pub update_level: Option<String>,
    /// `-Xmx` in bytes.
    pub heap: Option<u64>,
    /// Whether IS runs.
    pub is_running: bool,
    /// JDBC drivers.
    pub drivers: Vec<JdbcDriverFile>,
    /// Files of the bundle: path, state, SHA-256 of the one on the node.
    pub files: Vec<(String, FileState, String)>,
    /// The number of URLs in deployment.toml with which Connector/J may send IS's keystore to MySQL.
    pub key_store_urls: u32,
    /// The folders of user stores and tenants.
    pub artefacts: Vec<SharedFolder>,
    /// Whether `bin/wso2server.sh` or `JAVA_OPTS` passes the flag with which the JDK accepts jars with damaged extra
    /// fields.
    pub takes_damaged_jars: Option<bool>,
    /// Other start commands of IS on the node.
    pub starters: Vec<StartCommand>,
    /// SHA-256 of the encryption key in deployment.toml, salted with the plan.
    pub symmetric_key: Option<String>,
    /// Whether that is the default key of every pack.
    pub has_public_key: bool,
    /// The same of the probe's bundle; `None` if the probe was fetched without it.
    pub bundle_symmetric_key: Option<String>,
    /// Type and permissions of `repository/conf`, as in `ls -l`.
    pub conf_mode: Option<String>,
    /// Lines of the access log from requests of LB-05: the time of each request (Unix seconds), and the addresses
    /// before the time.
    pub access_log: Vec<(u64, String)>,
    /// The number of files that IS generated from deployment.toml; `None` before its first start.
    pub generated: Option<u64>,
    /// Those that were changed.
    pub edited: Vec<String>,
    /// Ports the probe tried to listen on, and whether it succeeded.
    pub listened: BTreeMap<ProbedPort, bool>,
    /// Whether it tested connections to other machines.
    pub has_reached: bool,
    /// The outcome.
    pub reached: Vec<ConnectionResult>,
    /// The versions of NGINX and HAProxy on the load balancer's machine, by the program's name.
    pub balancers: BTreeMap<String, String>,
    /// The login at the database, if requested.
    pub login: Option<DatabaseLogin>,
}

impl NodeReport {
    /// The connection to one port of one machine.
    #[must_use]
    pub fn reach(&self, to: &str, kind: ProbedPort, port: u16) -> Option<&ConnectionResult> {
        self.reached.iter().find(|reached| reached.to == to && reached.kind == kind && reached.port == port)
    }
}

//! What probe.sh said on the nodes, and what follows from it: the checks of reach [`crate::check::Reach::Node`].
//!
//! [`parse`] takes the probe's text apart, [`evaluate`] compares what the nodes said with the answers and with each other.
//! Whether a report is true cannot be known here: results say that a probe said it, and when.

mod access_log;
mod artefacts;
mod beside;
mod context;
mod evaluate;
mod installed;
mod machine;
mod matrix;
mod network;
mod parse;
mod ports;

use std::collections::BTreeMap;
use std::net::IpAddr;

pub use access_log::{FORGED_ADDRESS, marker_path};
pub use beside::supplement;
pub use evaluate::evaluate;
pub use matrix::{ReachVerdict, ReachabilityCell, ReachabilityMatrix};
pub use parse::{MAX_REPORT_BYTES, ReportProblem, parse};

/// A report with the moment it was received.
#[derive(Clone, Debug)]
pub struct ReceivedReport {
    /// Unix seconds.
    pub at: u64,
    /// What it says.
    pub report: NodeReport,
}

/// Where a probe ran.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum MachineRole {
    /// On the machine of a node.
    #[default]
    Node,
    /// On the load balancer's machine.
    LoadBalancer,
}

/// A port that probes know.
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
    /// What IS connects to: MySQL's or the directory's.
    Service,
}

/// What came of a connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ConnectionOutcome {
    /// The probe of that node answered with the token.
    Token,
    /// A connection opened; nothing was asked.
    Connected,
    /// Something answered with TLS.
    Tls,
    /// Something answered with HTTP.
    Http,
    /// Something answered otherwise.
    Other,
    /// The probe of another cluster, or of an earlier node table.
    OtherPlan,
    /// The probe of another node.
    OtherNode,
    /// The connection opened and was closed without a word.
    Closed,
    /// The connection opened, and nobody said anything.
    Mute,
    /// Refused at once.
    Refused,
    /// No answer at all: what was sent is dropped.
    Silent,
    /// No way there.
    Unreachable,
    /// The name leads nowhere.
    Unresolved,
}

/// One connection to another machine.
#[derive(Clone, Debug, PartialEq)]
pub struct ConnectionResult {
    /// The node's name, `database`, `directory`, or `directory-2` and so on for its other servers.
    pub to: String,
    /// Which of its ports.
    pub kind: ProbedPort,
    /// The number.
    pub port: u16,
    /// What came of it.
    pub answer: ConnectionOutcome,
    /// The shortest round trip, in milliseconds.
    pub milliseconds: Option<f64>,
    /// By how much the other clock is ahead, in milliseconds.
    pub ahead: Option<i64>,
    /// Answers that never came, of five.
    pub lost: u8,
    /// The node whose probe answered.
    pub who: String,
}

/// A jar of a JDBC driver.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct JdbcDriverFile {
    /// `lib` or `dropins`.
    pub folder: String,
    /// The file's name.
    pub file: String,
    /// Whether it is no jar at all, such as a page of an error that was saved.
    pub is_damaged: bool,
    /// Whether it is a jar without `com.mysql.cj.jdbc.JdbcDriverFile`.
    pub lacks_class: bool,
}

/// What starts IS instead of `bin/wso2server.sh` alone.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StartCommand {
    /// The path of a start script, or the file name of a unit of systemd.
    pub name: String,
    /// Whether it is a unit.
    pub is_unit: bool,
    /// Whether it keeps the JDK from refusing jars with damaged extra fields.
    pub takes_damaged_jars: bool,
}

/// How a file of the bundle compares with the one on the node.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FileState {
    /// The same bytes.
    Same,
    /// Other bytes.
    Differs,
    /// Not on the node.
    Missing,
    /// On the node, with nothing beside the probe to compare it with.
    Alone,
}

/// One folder that holds files of user stores or tenants.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SharedFolder {
    /// Below `IS_HOME`.
    pub folder: String,
    /// Whether it is there and may be written.
    pub is_writable: bool,
    /// The file system it lies on, as `df` names it: `nfs.example.com:/is` or `/dev/sda1`. Empty where it is missing.
    pub source: String,
    /// How many files are in it.
    pub files: u64,
    /// SHA-256 of their names and checksums.
    pub digest: String,
}

/// What a login at the database said.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DatabaseLogin {
    /// It worked.
    Worked,
    /// The server's error number, if it gave one.
    Refused(Option<u16>),
    /// No client is on the machine.
    NoClient,
}

/// What one probe said. A fact that it could not find out is `None` or empty.
#[derive(Clone, Debug, Default)]
pub struct NodeReport {
    /// The node table it was made for ([`crate::render_plan::fingerprint`]).
    pub plan: String,
    /// The node's name.
    pub node: String,
    /// Where it ran.
    pub role: MachineRole,
    /// The database it was made for: host, port and account.
    pub database: Option<[String; 3]>,
    /// The directory it was made for, as [`crate::render_plan::ProbePlan::directory`].
    pub directory: Option<String>,
    /// The kernel's name and version.
    pub system: String,
    /// Account, its number, and its umask in octal digits.
    pub account: Option<(String, u32, u32)>,
    /// Processors, or what the container may use of them.
    pub cpus: Option<f64>,
    /// Bytes of memory.
    pub memory: Option<u64>,
    /// Bytes a container may use.
    pub memory_limit: Option<u64>,
    /// Free bytes where `IS_HOME` is.
    pub disk: Option<u64>,
    /// Open files; `u64::MAX` without a limit.
    pub open_files: Option<u64>,
    /// Processes; `u64::MAX` without a limit.
    pub processes: Option<u64>,
    /// Bits of randomness the kernel holds.
    pub entropy: Option<u64>,
    /// Whether NTP keeps the clock.
    pub ntp: Option<bool>,
    /// The machine's own addresses.
    pub addresses: Vec<IpAddr>,
    /// What each name leads to; `None` where the machine has nothing that resolves.
    pub names: BTreeMap<String, Option<Vec<IpAddr>>>,
    /// Lines of the hosts file: name and address.
    pub hosts: Vec<(String, String)>,
    /// Java's version and where it is; the version is empty where no Java runs.
    pub java: Option<(String, String)>,
    /// Longest AES key the JDK takes.
    pub aes_bits: Option<u64>,
    /// TLS versions the JDK knows.
    pub tls: Vec<String>,
    /// Whether a port is in use.
    pub ports: BTreeMap<ProbedPort, bool>,
    /// `IS_HOME`, and its owner if it is there.
    pub home: Option<(String, Option<String>)>,
    /// The version `bin/version.txt` says.
    pub version: Option<String>,
    /// The update level in `updates/config.json`; `None` where the file or the level in it was not found.
    pub update_level: Option<String>,
    /// `-Xmx` in bytes.
    pub heap: Option<u64>,
    /// Whether IS runs.
    pub is_running: bool,
    /// JDBC drivers.
    pub drivers: Vec<JdbcDriverFile>,
    /// Files of the bundle: path, state, SHA-256 of the one on the node.
    pub files: Vec<(String, FileState, String)>,
    /// URLs in deployment.toml that let Connector/J send IS's key store to MySQL.
    pub key_store_urls: u32,
    /// The folders of user stores and tenants.
    pub artefacts: Vec<SharedFolder>,
    /// Whether `bin/wso2server.sh`, or `JAVA_OPTS`, keeps the JDK from refusing jars with damaged extra fields.
    pub takes_damaged_jars: Option<bool>,
    /// What else starts IS on the node.
    pub starters: Vec<StartCommand>,
    /// SHA-256 of the symmetric key in deployment.toml, salted with the plan.
    pub symmetric_key: Option<String>,
    /// Whether that is the key which every pack comes with.
    pub has_public_key: bool,
    /// The same of the bundle beside the probe; `None` where the probe was fetched alone.
    pub bundle_symmetric_key: Option<String>,
    /// Type and permissions of `repository/conf`, as `ls -l` writes them.
    pub conf_mode: Option<String>,
    /// Lines of the access log that requests of LB-05 left: when each was sent (unix seconds), and the addresses before
    /// the time.
    pub access_log: Vec<(u64, String)>,
    /// Files IS wrote from deployment.toml; `None` before its first start.
    pub generated: Option<u64>,
    /// Those that are not as IS wrote them.
    pub edited: Vec<String>,
    /// Ports the probe listened on, and whether it could.
    pub listened: BTreeMap<ProbedPort, bool>,
    /// Whether it tried to reach the other machines.
    pub has_reached: bool,
    /// What came of it.
    pub reached: Vec<ConnectionResult>,
    /// The versions of NGINX and HAProxy on the load balancer's machine, by the program's name.
    pub balancers: BTreeMap<String, String>,
    /// The login at the database, if the operator asked for one.
    pub login: Option<DatabaseLogin>,
}

impl NodeReport {
    /// What came of the connection to one port of one machine.
    #[must_use]
    pub fn reach(&self, to: &str, kind: ProbedPort, port: u16) -> Option<&ConnectionResult> {
        self.reached.iter().find(|reached| reached.to == to && reached.kind == kind && reached.port == port)
    }
}

//! Lists the files of a bundle, with the purpose of each and the source of its content. It generates no content.

use domain::product::MachineLayout;
use domain::render_plan::RenderPlan;
use domain::steps::LoadBalancerKind;

use crate::file_mode::FileMode;

/// Where a file's content comes from.
#[derive(Clone, Debug)]
pub(crate) enum ContentSource {
    /// A template, filled for one node or for the cluster.
    Template { template: &'static str, node: Option<usize> },
    /// Text that already exists and holds no secret.
    Text(String),
    /// Content that is generated from the key ring, or is a key.
    Made(GeneratedContent),
}

/// What exists only once the keys do.
#[derive(Clone, Debug)]
pub(crate) enum GeneratedContent {
    /// A certificate, with those above it where it has some, by its file name below `certificates/`.
    Certificate(String),
    /// What the load balancer checks the nodes' certificates against.
    NodesAuthority,
    /// What verify.sh checks the certificates of load balancer and nodes against, as PEM.
    EndpointCertificates,
    /// The key of the cluster's own CA.
    AuthorityKey,
    /// The load balancer's key.
    LoadBalancerKey,
    /// The load balancer's chain and key in one file, as HAProxy reads them.
    LoadBalancerChainAndKey,
    /// The primary key store, the same bytes for every node.
    PrimaryKeyStore,
    /// The TLS key store of one node.
    TlsKeyStore(usize),
    /// All keys of the cluster in the form that makes them again.
    KeyRing,
    /// A calendar with the days on which certificates expire.
    Calendar,
    /// The list of all files with their digests.
    Manifest,
}

/// One file to be.
#[derive(Clone, Debug)]
pub(crate) struct PlannedFile {
    pub(crate) path: String,
    pub(crate) mode: FileMode,
    pub(crate) purpose: String,
    pub(crate) content: ContentSource,
}

/// The manifest's path.
pub(crate) const MANIFEST_PATH: &str = "manifest.json";
/// The plan's path.
pub(crate) const PLAN_PATH: &str = "plan.toml";

/// The path of the cluster's keys.
pub(crate) const KEYS_PATH: &str = "cluster-keys.json";

/// All files of the plan's bundle, sorted by path.
pub(crate) fn plan_files(plan: &RenderPlan) -> Vec<PlannedFile> {
    let mut files = vec![
        template("README.md", FileMode::Plain, "The runbook: read this first", "README.md", None),
        file(PLAN_PATH, FileMode::Plain, "The plan without secrets", ContentSource::Text(plan.plan_file.clone())),
        file("topology.svg", FileMode::Plain, "Diagram of the cluster", ContentSource::Text(plan.topology.clone())),
        generated_file(
            KEYS_PATH,
            FileMode::Secret,
            "All keys of the cluster, needed for later bundles: store it safely, outside the servers",
            GeneratedContent::KeyRing,
        ),
        generated_file(MANIFEST_PATH, FileMode::Plain, "Every file with its SHA-256", GeneratedContent::Manifest),
    ];
    if !plan.is_configuration_only {
        let purpose = "Lines for the hosts files of clients and nodes";
        files.push(template("hosts.txt", FileMode::Plain, purpose, "hosts.txt", None));
    }
    for row in 0..plan.nodes.len() {
        files.extend(node(plan, row));
    }
    files.extend(platform(plan));
    files.extend(databases());
    if !plan.is_configuration_only {
        files.extend(verification());
    }
    files.extend(balancer(plan).into_iter().filter(|file| !plan.is_configuration_only || file.path.contains("/tls/")));
    files.extend(certificates(plan));
    files.sort_by(|one, other| one.path.cmp(&other.path));
    files
}

/// What the platform needs beside the configuration.
fn platform(plan: &RenderPlan) -> Vec<PlannedFile> {
    let file = |path: &&'static str| {
        let purpose = match *path {
            "platform/rbac.yaml" => "ServiceAccount, Role and RoleBinding, with which the pods list each other",
            "platform/service.yaml" => "Services whose endpoints are the members",
            _ => "IAM policy with which the nodes list each other",
        };
        template(*path, FileMode::Plain, purpose, path, None)
    };
    plan.platform.iter().flat_map(|platform| &platform.files).map(file).collect()
}

fn node(plan: &RenderPlan, row: usize) -> Vec<PlannedFile> {
    let name = plan.nodes.get(row).map_or("", |node| node.name.as_str());
    let at = |below: &str| format!("nodes/{name}/{below}");
    let script = |below: &str, purpose: &str, source| template(at(below), FileMode::Script, purpose, source, Some(row));
    let security = |file: &str| at(&format!("repository/resources/security/{file}"));
    let mut files = vec![
        template(
            at("repository/conf/deployment.toml"),
            FileMode::Secret,
            format!("Configuration of {name}; contains passwords"),
            "node/deployment.toml",
            Some(row),
        ),
        script("probe.sh", "Inspects the machine and reports to Clusterwright; read-only", "node/probe.sh"),
        script("install.sh", "Checks the machine and installs the files", "node/install.sh"),
        script("rollback.sh", "Undoes the last install.sh", "node/rollback.sh"),
        script("start.sh", "Starts IS, one node at a time, and waits until it is up", "node/start.sh"),
        template(
            at("NodeStart.java"),
            FileMode::Plain,
            "Database and HTTPS requests of start.sh",
            "node/NodeStart.java",
            Some(row),
        ),
        generated_file(
            security(&plan.key_stores.primary_file),
            FileMode::Secret,
            "Primary keystore: signs tokens; the same on every node",
            GeneratedContent::PrimaryKeyStore,
        ),
        generated_file(
            security(&plan.key_stores.tls_file),
            FileMode::Secret,
            format!("TLS keystore of {name}"),
            GeneratedContent::TlsKeyStore(row),
        ),
    ];
    if plan.product.layout == MachineLayout::Linux.value() {
        let purpose = format!("systemd unit that starts {name} at boot");
        files.push(template(
            at(&format!("wso2is-{name}.service")),
            FileMode::Plain,
            purpose,
            "node/wso2is.service",
            Some(row),
        ));
    }
    if plan.is_configuration_only {
        // Images and workloads start IS; no script of a machine does.
        files.retain(|file| file.path.contains("/repository/"));
    }
    files.extend(plan.certificates.trusted.iter().map(|trusted| {
        let purpose = format!("For the truststore of {name}: {}", trusted.why);
        generated_file(
            at(&format!("trust/{}", trusted.file)),
            FileMode::Plain,
            purpose,
            GeneratedContent::Certificate(trusted.file.clone()),
        )
    }));
    files
}

fn databases() -> Vec<PlannedFile> {
    vec![
        template("database/create.sql", FileMode::Plain, "Creates the databases", "database/create.sql", None),
        template(
            "database/grants.sql",
            FileMode::Secret,
            "Creates the account of IS with the least privileges; contains its password",
            "database/grants.sql",
            None,
        ),
        template(
            "database/load.sh",
            FileMode::Script,
            "Runs the scripts of the pack in their databases and verifies the result",
            "database/load.sh",
            None,
        ),
        template(
            "database/verify.sql",
            FileMode::Plain,
            "Verifies the schema: one OK or WRONG per line",
            "database/verify.sql",
            None,
        ),
    ]
}

fn verification() -> [PlannedFile; 2] {
    [
        template(
            "verify/verify.sh",
            FileMode::Script,
            "Verifies the running cluster with curl alone",
            "verify/verify.sh",
            None,
        ),
        generated_file(
            "verify/trust.pem",
            FileMode::Plain,
            "Certificates with which verify.sh recognises load balancer and nodes",
            GeneratedContent::EndpointCertificates,
        ),
    ]
}

fn balancer(plan: &RenderPlan) -> Vec<PlannedFile> {
    let balancer = &plan.load_balancer;
    let hostname = &balancer.hostname;
    let at = |below: &str| format!("load-balancer/{}/{below}", balancer.kind.value());
    let authority = generated_file(
        at(&format!("tls/{hostname}.nodes-ca.crt")),
        FileMode::Plain,
        "CA or certificates with which the load balancer verifies the nodes",
        GeneratedContent::NodesAuthority,
    );
    if balancer.kind == LoadBalancerKind::HaProxy {
        return vec![
            template(at("haproxy.cfg"), FileMode::Plain, "Configuration of HAProxy", "load-balancer/haproxy.cfg", None),
            template(at("INSTALL.md"), FileMode::Plain, "How to install these files", "load-balancer/haproxy.md", None),
            generated_file(
                at(&format!("tls/{hostname}.pem")),
                FileMode::Secret,
                "Certificate chain and private key",
                GeneratedContent::LoadBalancerChainAndKey,
            ),
            authority,
        ];
    }
    vec![
        template(
            at(&format!("{hostname}.conf")),
            FileMode::Plain,
            "Configuration of NGINX for the cluster",
            "load-balancer/nginx.conf",
            None,
        ),
        template(at("INSTALL.md"), FileMode::Plain, "How to install these files", "load-balancer/nginx.md", None),
        generated_file(
            at(&format!("tls/{hostname}.crt")),
            FileMode::Plain,
            "Certificate chain",
            certificate("load-balancer.crt"),
        ),
        generated_file(
            at(&format!("tls/{hostname}.key")),
            FileMode::Secret,
            "Private key",
            GeneratedContent::LoadBalancerKey,
        ),
        authority,
    ]
}

fn certificates(plan: &RenderPlan) -> Vec<PlannedFile> {
    let at = |below: &str| format!("certificates/{below}");
    let mut files = vec![
        generated_file(
            at("cluster-primary.crt"),
            FileMode::Plain,
            "Verifies the tokens of this cluster",
            certificate("cluster-primary.crt"),
        ),
        generated_file(
            at("load-balancer.crt"),
            FileMode::Plain,
            "Certificate chain of the load balancer",
            certificate("load-balancer.crt"),
        ),
    ];
    files.push(generated_file(
        at("expiry.ics"),
        FileMode::Plain,
        "Calendar with the expiry of all certificates; reminds 30 days before",
        GeneratedContent::Calendar,
    ));
    if plan.certificates.has_ca {
        files.push(generated_file(
            at("cluster-ca.crt"),
            FileMode::Plain,
            "CA of the cluster, for clients and nodes to trust",
            certificate("cluster-ca.crt"),
        ));
        files.push(generated_file(
            at("cluster-ca.key"),
            FileMode::Secret,
            "Private key of the CA: do not store it on a server",
            GeneratedContent::AuthorityKey,
        ));
    }
    for leaf in &plan.certificates.nodes {
        let file = format!("{}.crt", leaf.file);
        let purpose = format!("Certificate chain of {}", leaf.common_name);
        files.push(generated_file(at(&file), FileMode::Plain, purpose, GeneratedContent::Certificate(file.clone())));
    }
    files
}

fn certificate(file: &str) -> GeneratedContent {
    GeneratedContent::Certificate(file.to_owned())
}

fn file(path: impl Into<String>, mode: FileMode, purpose: impl Into<String>, content: ContentSource) -> PlannedFile {
    PlannedFile { path: path.into(), mode, purpose: purpose.into(), content }
}

fn template(
    path: impl Into<String>,
    mode: FileMode,
    purpose: impl Into<String>,
    template: &'static str,
    node: Option<usize>,
) -> PlannedFile {
    file(path, mode, purpose, ContentSource::Template { template, node })
}

fn generated_file(
    path: impl Into<String>,
    mode: FileMode,
    purpose: impl Into<String>,
    made: GeneratedContent,
) -> PlannedFile {
    file(path, mode, purpose, ContentSource::Made(made))
}

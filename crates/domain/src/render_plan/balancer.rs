//! The load balancer: the features of its version and the paths of its files.

use serde::Serialize;

use crate::cluster::Cluster;
use crate::load_balancer_versions::{MIN_NGINX_HTTP2_DIRECTIVE, MIN_NGINX_SSL_CONF_COMMAND};
use crate::ports::HTTPS_PORT;
use crate::product::MachineLayout;
use crate::steps::{LoadBalancerKind, LoadBalancingMethod};
use crate::value::Value;

/// The load balancer, to which clients connect.
#[derive(Clone, Debug, Serialize)]
pub struct LoadBalancerPlan {
    /// Written as `nginx` or `haproxy`.
    pub kind: LoadBalancerKind,
    /// The name in texts.
    pub kind_title: &'static str,
    /// As entered.
    pub version: String,
    /// The public hostname.
    pub hostname: String,
    /// Where clients connect to: its address if the plan states one, otherwise the hostname.
    pub address: String,
    /// Plain port: redirects.
    pub http_port: u16,
    /// TLS port.
    pub https_port: u16,
    /// The port suffix of URLs: empty for 443, otherwise such as `:8443`.
    pub port_suffix: String,
    /// The base path in deployment.toml if it is explicit; `None` if IS builds it from hostname and proxyPort.
    pub base_path: Option<String>,
    /// `round-robin`, `least-conn`, `ip-hash` or `sticky-cookie`.
    pub algorithm: &'static str,
    /// Whether `http2` is part of the `listen` line (NGINX before 1.25.1) and not a separate directive.
    pub http2_in_listen: bool,
    /// The prefix of commands that write its files: `sudo ` or empty. Homebrew's folders belong to the user.
    pub sudo: &'static str,
    /// Whether NGINX passes commands on to OpenSSL (`ssl_conf_command`, from 1.19.4).
    pub has_conf_command: bool,
    /// Client headers that are removed before a node.
    pub removed_headers: [&'static str; 16],
    /// The state in which `HAProxy` sends a node no new requests.
    pub drained: &'static str,
    /// The nodes behind it.
    pub servers: Vec<UpstreamPlan>,
    /// The paths of its files.
    pub paths: LoadBalancerPaths,
}

/// One node behind the load balancer.
#[derive(Clone, Debug, Serialize)]
pub struct UpstreamPlan {
    /// Node name.
    pub name: String,
    /// Address or name.
    pub host: String,
    /// IS's HTTPS port.
    pub https_port: u16,
}

/// The paths of the load balancer's files on its machine, and the related commands.
#[derive(Clone, Debug, Serialize)]
pub struct LoadBalancerPaths {
    /// The configuration file.
    pub configuration: String,
    /// Certificate chain; for HAProxy followed by the key.
    pub certificate: String,
    /// Private key; the same file as the certificate for HAProxy.
    pub key: String,
    /// The CA certificates that verify the nodes.
    pub nodes_ca: String,
    /// The folder of the configuration file.
    pub configuration_folder: String,
    /// The folder of certificates and key.
    pub tls_folder: String,
    /// Every written file, once.
    pub files: Vec<String>,
    /// The folder for backups of earlier files, by hostname; NGINX reads nothing below it.
    pub before: String,
    /// Command that checks the configuration.
    pub test: String,
    /// Command that activates the configuration.
    pub reload: String,
    /// Command that activates the configuration and lets current requests finish.
    pub graceful: &'static str,
    /// `HAProxy`'s socket for commands.
    pub control: &'static str,
}

/// Headers with which a client could forge its identity. IS reads the client's address from the first of them
/// (`HEADERS_WITH_IP` of identity-framework's `IdentityConstants`; X-Forwarded-For, the first, is overwritten, but
/// RemoteIpValve removes it from the request), Tomcat's valve and other programs read the next ones, and the last two
/// contain a client certificate that a load balancer has verified, which the generated configuration does not do.
const REMOVED_HEADERS: [&str; 16] = [
    "Proxy-Client-IP",
    "WL-Proxy-Client-IP",
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED",
    "HTTP_X_CLUSTER_CLIENT_IP",
    "HTTP_CLIENT_IP",
    "HTTP_FORWARDED_FOR",
    "HTTP_FORWARDED",
    "HTTP_VIA",
    "REMOTE_ADDR",
    "Forwarded",
    "X-Real-IP",
    "X-Forwarded-By",
    "X-Forwarded-Scheme",
    "X-WSO2-Mutual-Auth-Cert",
    "X-SSL-CERT",
];

impl LoadBalancerPlan {
    pub(super) fn new(cluster: &Cluster) -> Self {
        let inputs = cluster.inputs();
        let balancer = &inputs.load_balancer;
        let https_port = balancer.https_port.get();
        let port_suffix = if https_port == 443 { String::new() } else { format!(":{https_port}") };
        Self {
            kind: balancer.kind,
            kind_title: balancer.kind.label(),
            version: balancer.version.text(),
            hostname: balancer.hostname.as_str().to_owned(),
            address: (balancer.address.as_ref())
                .map_or_else(|| balancer.hostname.as_str().to_owned(), |address| address.as_str().to_owned()),
            http_port: balancer.http_port.get(),
            https_port,
            base_path: (inputs.product.version.facts().issuer_shows_port)
                .then(|| format!("https://{}{port_suffix}", balancer.hostname.as_str())),
            port_suffix,
            algorithm: match balancer.algorithm {
                LoadBalancingMethod::RoundRobin => "round-robin",
                LoadBalancingMethod::LeastConnections => "least-conn",
                LoadBalancingMethod::IpHash => "ip-hash",
                LoadBalancingMethod::StickyCookie => "sticky-cookie",
            },
            http2_in_listen: balancer.kind == LoadBalancerKind::Nginx && balancer.version < MIN_NGINX_HTTP2_DIRECTIVE,
            sudo: match inputs.product.layout {
                MachineLayout::Linux => "sudo ",
                MachineLayout::MacOsHomebrew => "",
            },
            has_conf_command: balancer.kind == LoadBalancerKind::Nginx
                && balancer.version >= MIN_NGINX_SSL_CONF_COMMAND,
            removed_headers: REMOVED_HEADERS,
            drained: match balancer.algorithm {
                // A drained node keeps the browsers with its cookie.
                LoadBalancingMethod::StickyCookie => "maint",
                _ => "drain",
            },
            servers: (inputs.nodes.iter())
                .filter_map(|node| {
                    let host = node.address()?.to_owned();
                    Some(UpstreamPlan {
                        name: node.name.as_str().to_owned(),
                        host,
                        https_port: HTTPS_PORT + node.offset.get(),
                    })
                })
                .collect(),
            paths: paths(balancer.kind, inputs.product.layout, balancer.hostname.as_str()),
        }
    }
}

fn paths(kind: LoadBalancerKind, layout: MachineLayout, hostname: &str) -> LoadBalancerPaths {
    let etc = match layout {
        MachineLayout::Linux => "/etc",
        // Homebrew on Apple silicon; on Intel machines the prefix is /usr/local.
        MachineLayout::MacOsHomebrew => "/opt/homebrew/etc",
    };
    let mut paths = match kind {
        LoadBalancerKind::Nginx => LoadBalancerPaths {
            configuration: match layout {
                MachineLayout::Linux => format!("{etc}/nginx/conf.d/{hostname}.conf"),
                MachineLayout::MacOsHomebrew => format!("{etc}/nginx/servers/{hostname}.conf"),
            },
            configuration_folder: match layout {
                MachineLayout::Linux => format!("{etc}/nginx/conf.d"),
                MachineLayout::MacOsHomebrew => format!("{etc}/nginx/servers"),
            },
            tls_folder: format!("{etc}/nginx/tls"),
            certificate: format!("{etc}/nginx/tls/{hostname}.crt"),
            key: format!("{etc}/nginx/tls/{hostname}.key"),
            nodes_ca: format!("{etc}/nginx/tls/{hostname}.nodes-ca.crt"),
            files: Vec::new(),
            before: String::new(),
            test: match layout {
                MachineLayout::Linux => "sudo nginx -t".to_owned(),
                MachineLayout::MacOsHomebrew => "nginx -t".to_owned(),
            },
            reload: match layout {
                MachineLayout::Linux => "sudo systemctl reload nginx".to_owned(),
                MachineLayout::MacOsHomebrew => "brew services restart nginx".to_owned(),
            },
            graceful: match layout {
                MachineLayout::Linux => "sudo systemctl reload nginx",
                MachineLayout::MacOsHomebrew => "nginx -s reload",
            },
            control: "",
        },
        LoadBalancerKind::HaProxy => LoadBalancerPaths {
            configuration: match layout {
                MachineLayout::Linux => format!("{etc}/haproxy/haproxy.cfg"),
                MachineLayout::MacOsHomebrew => format!("{etc}/haproxy.cfg"),
            },
            configuration_folder: match layout {
                MachineLayout::Linux => format!("{etc}/haproxy"),
                MachineLayout::MacOsHomebrew => etc.to_owned(),
            },
            tls_folder: format!("{etc}/haproxy/tls"),
            certificate: format!("{etc}/haproxy/tls/{hostname}.pem"),
            key: format!("{etc}/haproxy/tls/{hostname}.pem"),
            nodes_ca: format!("{etc}/haproxy/tls/{hostname}.nodes-ca.crt"),
            files: Vec::new(),
            before: String::new(),
            test: match layout {
                MachineLayout::Linux => format!("sudo haproxy -c -f {etc}/haproxy/haproxy.cfg"),
                MachineLayout::MacOsHomebrew => format!("haproxy -c -f {etc}/haproxy.cfg"),
            },
            reload: match layout {
                MachineLayout::Linux => "sudo systemctl reload haproxy".to_owned(),
                MachineLayout::MacOsHomebrew => "brew services restart haproxy".to_owned(),
            },
            graceful: "",
            control: match layout {
                MachineLayout::Linux => "/run/haproxy.sock",
                MachineLayout::MacOsHomebrew => "/opt/homebrew/var/haproxy.sock",
            },
        },
    };
    paths.files =
        vec![paths.configuration.clone(), paths.certificate.clone(), paths.key.clone(), paths.nodes_ca.clone()];
    paths.files.dedup();
    paths.before = format!("{}/{hostname}.before", paths.tls_folder);
    paths
}

//! The load balancer: what its version can do, and where its files go.

use serde::Serialize;

use crate::cluster::Cluster;
use crate::load_balancer_versions::{MIN_NGINX_HTTP2_DIRECTIVE, MIN_NGINX_SSL_CONF_COMMAND};
use crate::ports::HTTPS_PORT;
use crate::product::MachineLayout;
use crate::steps::{LoadBalancerKind, LoadBalancingMethod};
use crate::value::Value;

/// What clients talk to.
#[derive(Clone, Debug, Serialize)]
pub struct LoadBalancerPlan {
    /// `nginx` or `haproxy`.
    pub kind: &'static str,
    /// As people call it.
    pub kind_title: &'static str,
    /// As entered.
    pub version: String,
    /// What clients call the cluster.
    pub hostname: String,
    /// Plain port: redirects.
    pub http_port: u16,
    /// TLS port.
    pub https_port: u16,
    /// What follows the hostname in an address: empty for 443, else `:8443`.
    pub port_suffix: String,
    /// IS's own address where deployment.toml writes it out; `None` where IS makes it from hostname and proxyPort.
    pub base_path: Option<String>,
    /// `round-robin`, `least-conn`, `ip-hash` or `sticky-cookie`.
    pub algorithm: &'static str,
    /// Whether `http2` stands in the `listen` line (NGINX before 1.25.1) and not on its own.
    pub http2_in_listen: bool,
    /// What stands before commands that write its files: `sudo ` or nothing. Homebrew's folders are the user's own.
    pub sudo: &'static str,
    /// Whether NGINX passes commands on to OpenSSL (`ssl_conf_command`, from 1.19.4).
    pub has_conf_command: bool,
    /// Headers of the client's that reach no node.
    pub removed_headers: [&'static str; 16],
    /// The state that `HAProxy` gives a node which is to get no new requests.
    pub drained: &'static str,
    /// The nodes behind it.
    pub servers: Vec<UpstreamPlan>,
    /// Where its files go.
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

/// Where the load balancer's files go on its machine, and the commands that go with them.
#[derive(Clone, Debug, Serialize)]
pub struct LoadBalancerPaths {
    /// The configuration file.
    pub configuration: String,
    /// Certificate chain; for HAProxy followed by the key.
    pub certificate: String,
    /// Private key; the same file as the certificate for HAProxy.
    pub key: String,
    /// What the nodes' certificates are checked against.
    pub nodes_ca: String,
    /// The folder of the configuration file.
    pub configuration_folder: String,
    /// The folder of certificates and key.
    pub tls_folder: String,
    /// Every file that is written, once.
    pub files: Vec<String>,
    /// The folder for what was there before, by hostname; NGINX reads nothing below it.
    pub before: String,
    /// Command that checks the configuration.
    pub test: String,
    /// Command that takes it into use.
    pub reload: String,
    /// Command that takes it into use and lets requests that are under way finish.
    pub graceful: &'static str,
    /// `HAProxy`'s socket for commands.
    pub control: &'static str,
}

/// Headers by which a client could name itself. IS asks them one after the other for the client's address (`HEADERS_WITH_IP`
/// of identity-framework's `IdentityConstants`; X-Forwarded-For, the first, is overwritten, but RemoteIpValve takes it
/// away from the request), Tomcat's valve and other programs read the next ones, and the last two carry a client
/// certificate that a load balancer has checked, which ours has not.
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
            kind: balancer.kind.value(),
            kind_title: balancer.kind.label(),
            version: balancer.version.text(),
            hostname: balancer.hostname.as_str().to_owned(),
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
                // A node that is drained keeps the browsers that hold its cookie.
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

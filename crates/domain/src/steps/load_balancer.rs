//! Step 5: what stands in front of the nodes, its hostname and its certificate.

use crate::choice;
use crate::draft::Draft;
use crate::setting::{DependentDefaults, answer_among};
use crate::step;
use crate::step::Step;
use crate::values::{CertificatePem, LoadBalancerHost, LoadBalancerVersion, Port, PrivateKeyPem, PublicHostname};

choice! {
    /// Which load balancer.
    LoadBalancerKind {
        Nginx = "nginx", "NGINX", "Open source NGINX";
        HaProxy = "haproxy", "HAProxy", "Active health checks included";
    }
}

choice! {
    /// How requests are spread over the nodes.
    LoadBalancingMethod {
        RoundRobin = "round-robin", "Round robin", "One after the other; sign-up, recovery and /carbon can lose their session";
        LeastConnections = "least-conn", "Least connections", "The node with the fewest; sign-up, recovery and /carbon can lose their session";
        IpHash = "ip-hash", "Client address", "Each client address stays on one node, computed from the whole address; all clients behind one NAT or proxy share a node";
        StickyCookie = "sticky-cookie", "Cookie", "Each browser stays on one node, also behind NAT; needs NGINX 1.29.6 or later, or HAProxy";
    }
}

choice! {
    /// Where the certificates come from.
    CertificateSource {
        SelfSigned = "self-signed", "Self-signed", "Made now; browsers warn. For trials";
        PrivateCa = "private-ca", "Private CA", "A CA made now signs the load balancer's and each node's certificate";
        Provided = "provided", "Provided", "You bring the load balancer's certificate and key; nodes get a private CA's";
    }
}

fn is_provided(draft: &Draft) -> bool {
    answer_among(LoadBalancer::SETTINGS, draft, "load_balancer.certificate") == "provided"
}

step! {
    /// What clients talk to.
    LoadBalancer, LoadBalancerKeys: Step::LoadBalancer, "load_balancer";
    kind: LoadBalancerKind {
        label: "Load balancer",
        help: "What stands in front of the nodes and ends TLS.",
        default: "nginx" from "WSO2 guide",
        examples: ["nginx", "haproxy"],
    }
    version: LoadBalancerVersion {
        label: "Version",
        help: "What nginx -v or haproxy -v prints. It determines the syntax of the files.",
        default: "1.22" from "Debian 12",
        follows: DependentDefaults { key: "load_balancer.kind", table: || LoadBalancer::SETTINGS, defaults: &[("nginx", "1.22"), ("haproxy", "2.6")] },
        examples: ["1.30", "2.6"],
    }
    hostname: PublicHostname {
        label: "Hostname",
        help: "[server] hostname: the name clients use. Settle it before the first start: a later change breaks the consoles of some versions.",
        examples: ["login.example.com", "is.example.com"],
    }
    address: Option<LoadBalancerHost> {
        label: "Load balancer address",
        help: "The machine the hostname points to, for hosts entries and the check of its name.",
        examples: ["10.20.0.5", "10.20.0.6"],
        required: false,
    }
    http_port: Port {
        label: "HTTP port",
        help: "Redirects to HTTPS; also the proxyPort of IS's HTTP connector.",
        default: "80" from "WSO2 guide",
        examples: ["80", "8080"],
    }
    https_port: Port {
        label: "HTTPS port",
        help: "Where clients connect; the proxyPort of IS's HTTPS connector.",
        default: "443" from "WSO2 guide",
        examples: ["443", "8443"],
    }
    algorithm: LoadBalancingMethod {
        label: "Distribution",
        help: "The load-balancing algorithm. Client address works with every version and without a cookie, and keeps the sessions of sign-up, recovery and /carbon on one node.",
        default: "ip-hash" from "WSO2 guide",
        examples: ["ip-hash", "round-robin"],
    }
    certificate: CertificateSource {
        label: "Certificate",
        help: "Where the load balancer's certificate comes from.",
        default: "private-ca" from "Clusterwright",
        examples: ["private-ca", "self-signed"],
    }
    provided_certificate: Option<CertificatePem> {
        label: "Certificate chain",
        help: "PEM: the server's certificate first, then each CA that signed the one before.",
        examples: [
            "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUQ29sb3Vy\n-----END CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUU2hhcGVz\n-----END CERTIFICATE-----\n"
        ],
        shown: is_provided,
    }
    provided_key: Option<PrivateKeyPem> {
        label: "Private key",
        help: "PEM, not encrypted: the key of the first certificate. Kept sealed.",
        examples: [
            "-----BEGIN PRIVATE KEY-----\nMIGH\n-----END PRIVATE KEY-----\n",
            "-----BEGIN PRIVATE KEY-----\nMIGI\n-----END PRIVATE KEY-----\n"
        ],
        shown: is_provided,
    }
}

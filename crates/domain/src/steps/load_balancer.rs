//! Step 5: the load balancer, its hostname and its certificate.

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
        HaProxy = "haproxy", "HAProxy", "Includes active health checks";
    }
}

choice! {
    /// How requests are distributed to the nodes.
    LoadBalancingMethod {
        RoundRobin = "round-robin", "Round robin", "Each node in turn; self-registration, recovery and /carbon can lose their session";
        LeastConnections = "least-conn", "Least connections", "The least busy node; self-registration, recovery and /carbon can lose their session";
        IpHash = "ip-hash", "IP hash", "Each client address stays on one node; all clients behind one NAT or proxy share a node";
        StickyCookie = "sticky-cookie", "Sticky cookie", "Each browser stays on one node, also behind NAT; requires NGINX 1.29.6 or later, or HAProxy";
    }
}

choice! {
    /// Source of the certificates.
    CertificateSource {
        SelfSigned = "self-signed", "Self-signed", "Generated. Browsers show a warning. Evaluation only";
        PrivateCa = "private-ca", "Private CA", "Clusterwright creates a CA and signs all certificates with it";
        Provided = "provided", "Provided", "You supply the load balancer's certificate and key; a private CA signs those of the nodes";
    }
}

fn is_provided(draft: &Draft) -> bool {
    answer_among(LoadBalancer::SETTINGS, draft, "load_balancer.certificate") == "provided"
}

step! {
    /// The load balancer, to which clients connect.
    LoadBalancer, LoadBalancerKeys: Step::LoadBalancer, "load_balancer";
    kind: LoadBalancerKind {
        label: "Load balancer",
        help: "Load balancer that terminates TLS in front of the nodes.",
        default: "nginx" from "WSO2 guide",
        examples: ["nginx", "haproxy"],
    }
    version: LoadBalancerVersion {
        label: "Version",
        help: "Output of nginx -v or haproxy -v. It determines the syntax of the files.",
        default: "1.22" from "Debian 12",
        follows: DependentDefaults { key: "load_balancer.kind", table: || LoadBalancer::SETTINGS, defaults: &[("nginx", "1.22"), ("haproxy", "2.6")] },
        examples: ["1.30", "2.6"],
    }
    hostname: PublicHostname {
        label: "Hostname",
        help: "[server] hostname: the name clients use. Decide before the first start: a later change breaks the consoles of some versions.",
        examples: ["login.example.com", "is.example.com"],
    }
    address: Option<LoadBalancerHost> {
        label: "Load balancer address",
        help: "Address that the hostname resolves to, for hosts entries and the name check.",
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
        help: "Port for clients; also the proxyPort of IS's HTTPS connector.",
        default: "443" from "WSO2 guide",
        examples: ["443", "8443"],
    }
    algorithm: LoadBalancingMethod {
        label: "Load-balancing method",
        help: "How requests are distributed. IP hash works with every version, needs no cookie, and keeps the sessions of self-registration, recovery and /carbon on one node.",
        default: "ip-hash" from "WSO2 guide",
        examples: ["ip-hash", "round-robin"],
    }
    certificate: CertificateSource {
        label: "Certificate",
        help: "Source of the load balancer's certificate.",
        default: "private-ca" from "Clusterwright",
        examples: ["private-ca", "self-signed"],
    }
    provided_certificate: Option<CertificatePem> {
        label: "Certificate chain",
        help: "PEM: the server's certificate first, then each issuing CA in order.",
        examples: [
            "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUQ29sb3Vy\n-----END CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUU2hhcGVz\n-----END CERTIFICATE-----\n"
        ],
        shown: is_provided,
    }
    provided_key: Option<PrivateKeyPem> {
        label: "Private key",
        help: "PEM, not encrypted: the key of the first certificate. Stored encrypted.",
        examples: [
            "-----BEGIN PRIVATE KEY-----\nMIGH\n-----END PRIVATE KEY-----\n",
            "-----BEGIN PRIVATE KEY-----\nMIGI\n-----END PRIVATE KEY-----\n"
        ],
        shown: is_provided,
    }
}

//! Facts about the chosen version, for templates.

use serde::Serialize;

use crate::product::MachineLayout;
use crate::steps::Product;
use crate::value::Value;

/// Facts about the chosen IS.
#[derive(Clone, Debug, Serialize)]
pub struct ProductPlan {
    /// The version, such as `7.2.0`.
    pub version: String,
    /// The folder a pack unpacks to: `wso2is-7.2.0`.
    pub pack: String,
    /// `linux` or `macos-homebrew`: selects the templates that differ by system.
    pub layout: &'static str,
    /// Oldest Java feature release.
    pub jdk_from: u8,
    /// Newest one, if there is an upper bound.
    pub jdk_to: Option<u8>,
    /// The range in texts: `11 to 21`, `21 or later`.
    pub jdk_text: String,
    /// The path of the administration console.
    pub administration: &'static str,
    /// Whether start.sh must add a schema of Spring to the pack, which this version would fetch from the internet.
    pub spring_schema: bool,
    /// The TLS versions of IS's connector, in Tomcat's notation. TLS 1.3 needs JDK 11, which 5.x does not require.
    pub tls_protocols: &'static str,
    /// Whether user stores have a circuit breaker that is on by default.
    pub store_circuit_breaker: bool,
    /// The effect of a changed hostname after the first start.
    pub hostname_change: &'static str,
}

impl ProductPlan {
    pub(super) fn new(product: &Product) -> Self {
        let facts = product.version.facts();
        Self {
            version: product.version.text(),
            pack: format!("wso2is-{}", product.version.text()),
            layout: product.layout.value(),
            jdk_from: facts.jdk_from,
            jdk_to: facts.jdk_to,
            jdk_text: facts
                .jdk_to
                .map_or_else(|| format!("{} or later", facts.jdk_from), |to| format!("{} to {to}", facts.jdk_from)),
            administration: if facts.console { "/console" } else { "/carbon" },
            spring_schema: facts.fetches_spring_schema,
            tls_protocols: if facts.jdk_from >= 11 { "+TLSv1.2,+TLSv1.3" } else { "+TLSv1.2" },
            store_circuit_breaker: facts.store_circuit_breaker,
            hostname_change: facts.hostname_change.comment(),
        }
    }
}

/// The folder of packs on this layout.
pub(super) const fn pack_root(layout: MachineLayout) -> &'static str {
    match layout {
        MachineLayout::Linux => "/opt",
        MachineLayout::MacOsHomebrew => "/usr/local",
    }
}

//! Milestones: what was done with a plan and with which answers, stored with the plan and compared with its current
//! answers. Undoing an answer does not change them.

mod stored;

pub use stored::{Downloaded, Milestones, Prepared};

use crate::finding::{Finding, FindingLocation, Severity};
use crate::moment::iso_date;
use crate::product::Version;
use crate::step::Step;
use crate::steps::{Database, LoadBalancer, Product, keys};

impl Prepared {
    /// The databases of these answers, prepared at `at` (Unix seconds).
    #[must_use]
    pub fn of(product: &Product, database: &Database, at: u64) -> Self {
        Self {
            at,
            version: product.version.value().to_owned(),
            host: database.host.as_str().to_owned(),
            port: database.port.get(),
            databases: database.list().into_iter().map(|(_, name)| name.to_owned()).collect(),
        }
    }

    /// Whether these answers have the same databases and version.
    #[must_use]
    pub fn is_of(&self, product: &Product, database: &Database) -> bool {
        *self == Self::of(product, database, self.at)
    }

    /// Time, databases and server, in one sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        format!(
            "The databases {} at {}:{} were prepared for IS {} on {}.",
            self.databases.join(", "),
            self.host,
            self.port,
            self.version,
            iso_date(self.at)
        )
    }

    /// The step "databases" of the runbook in one line; `is_current` is whether the plan still has these databases.
    #[must_use]
    pub fn next_step(&self, is_current: bool) -> String {
        let next = if is_current {
            "Do not run create.sql again; check them with database/verify.sql."
        } else {
            "The plan now names another server, other databases or another version: prepare those, or run database/create.sql, \
             grants.sql and load.sh."
        };
        format!("{} {next}", self.sentence())
    }
}

impl Downloaded {
    /// The address of these answers.
    #[must_use]
    pub fn of(balancer: &LoadBalancer) -> Self {
        Self { hostname: balancer.hostname.as_str().to_owned(), https_port: balancer.https_port.get() }
    }

    /// The findings if the answers have another address than the cluster of the download: one for the hostname, one for
    /// the port. Both can be accepted with a reason.
    #[must_use]
    pub fn changed(&self, balancer: &LoadBalancer, version: Option<Version>) -> Vec<Finding> {
        let now = Self::of(balancer);
        let mut findings = Vec::new();
        let console = version.map_or("", |version| version.facts().hostname_change.consequence());
        let issuer_stays = version.is_some_and(|version| version.facts().issuer_shows_port);
        let issuer = if issuer_stays {
            "the issuer, which IS stored at the first start and does not change"
        } else {
            "the issuer in tokens, which applications compare"
        };
        if now.hostname != self.hostname {
            findings.push(warning(
                keys::LOAD_BALANCER.hostname,
                format!("The last downloaded bundle has the hostname {}, and the cluster runs with it.", self.hostname),
                format!(
                    "Keep {}, or change everything that contains it: the stored callbacks of the consoles; {issuer}; the \
                     redirect addresses of applications; the names in the certificates of the load balancer and the nodes; \
                     DNS and the entries of hosts files. If no node runs yet, choose New in the Product step.",
                    self.hostname
                ),
                console,
            ));
        }
        if now.https_port != self.https_port {
            findings.push(warning(
                keys::LOAD_BALANCER.https_port,
                format!("The last downloaded bundle has the HTTPS port {}, and the cluster runs with it.", self.https_port),
                format!(
                    "Keep {}, or change everything that contains it: the stored callbacks of the consoles; {issuer}; the \
                     redirect addresses of applications; the firewalls. If no node runs yet, choose New in the Product step.",
                    self.https_port
                ),
                console,
            ));
        }
        findings
    }
}

fn warning(setting: &str, what: String, remedy: String, why: &str) -> Finding {
    Finding {
        severity: Severity::Warns,
        check: None,
        at: FindingLocation::setting(Step::LoadBalancer, setting),
        what,
        why: why.to_owned(),
        remedy,
    }
}

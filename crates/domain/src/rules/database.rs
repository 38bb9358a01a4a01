//! DB-12 and DB-17 as far as the answers decide them: separate databases, in a character set that the scripts support.

use crate::check::CheckId;
use crate::finding::{Finding, FindingLocation, Severity, found};
use crate::product::{DatabaseRole, Version};
use crate::sites::reported;
use crate::step::Step;
use crate::steps::{ClusterNode, Database, DatabaseCharset, DatabaseTls, keys};

pub(super) fn check_databases(
    database: &Database,
    version: Option<Version>,
    nodes: Option<&[ClusterNode]>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let several_machines = nodes.is_some_and(|nodes| nodes.iter().any(|node| !node.is_loopback()));
    if database.host.is_loopback() && several_machines {
        findings.push(Finding {
            severity: Severity::Warns,
            check: None,
            at: FindingLocation::setting(Step::Database, keys::DATABASE.host),
            what: "The database host is a loopback address, so each node connects to MySQL on its own machine."
                .to_owned(),
            why: "Nodes with separate databases do not form a cluster.".to_owned(),
            remedy: "Enter the address at which the nodes reach MySQL, unless each runs MySQL Router.".to_owned(),
        });
    }
    if let Some(version) = version
        .filter(|version| database.charset == DatabaseCharset::Utf8mb4 && !version.facts().identity_loads_in_utf8mb4)
    {
        findings.push(found(
            CheckId::Db17,
            FindingLocation::setting(Step::Database, keys::DATABASE.charset),
            format!(
                "The scripts of {} do not load completely into utf8mb4: some index keys are too long (ERROR 1071).",
                version.value()
            ),
            "Choose latin1.",
        ));
    }
    if version.is_some_and(|version| version.facts().workflow_engine) && database.workflow_db.is_none() {
        findings.push(Finding {
            severity: Severity::Warns,
            check: None,
            at: FindingLocation::setting(Step::Database, keys::DATABASE.workflow_db),
            what: "The workflow engine of each node stores its data in a separate H2 database.".to_owned(),
            why: "A pending workflow of one node is unknown to the others, and is lost with the node.".to_owned(),
            remedy: "Enter a workflow database, unless you do not use workflows.".to_owned(),
        });
    }
    if let Some(name) = &database.workflow_db
        && database.list().iter().any(|(_, other)| other.eq_ignore_ascii_case(name.as_str()))
    {
        findings.push(Finding {
            severity: Severity::Blocks,
            ..found(
                CheckId::Db12,
                FindingLocation::setting(Step::Database, keys::DATABASE.workflow_db),
                format!("The workflow database and another database of IS have the name {}.", name.as_str()),
                "Give the workflow database a different name.",
            )
        });
    }
    let list = database.list();
    for (position, (role, name)) in list.iter().enumerate() {
        let earlier = list.iter().take(position).find(|(_, other)| other.eq_ignore_ascii_case(name));
        if let Some((_, other)) = earlier {
            let what = if other == name {
                reported(format!("Two databases have the name {name}."))
            } else {
                reported(format!("{other} and {name} differ only in case, which MySQL ignores on some systems."))
            };
            // Live, the check warns; here create.sql would fail, and the scripts drop and fill each other's tables.
            findings.push(Finding {
                severity: Severity::Blocks,
                ..found(
                    CheckId::Db12,
                    FindingLocation::setting(Step::Database, format!("database.{}", setting(*role))),
                    what,
                    "Give each database a different name.",
                )
            });
        }
    }
    if database.tls == DatabaseTls::VerifyCa && database.ca_certificate.is_none() {
        findings.push(Finding {
            severity: Severity::Notes,
            check: None,
            at: FindingLocation::setting(Step::Database, keys::DATABASE.ca_certificate),
            what: "Without a CA certificate here, every node's truststore must already contain it.".to_owned(),
            why: "The pack's truststore contains public CAs, but no private ones.".to_owned(),
            remedy: "Paste the CA that signed MySQL's certificate, unless it is public.".to_owned(),
        });
    }
    findings
}

const fn setting(role: DatabaseRole) -> &'static str {
    match role {
        DatabaseRole::Shared => "shared_db",
        DatabaseRole::Identity => "identity_db",
        DatabaseRole::Agent => "agent_db",
    }
}

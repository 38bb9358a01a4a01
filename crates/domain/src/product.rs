//! What differs between the versions of IS, as data. Sources: product-is tags v5.10.0 to v7.3.0 and the parts they pin.
//!
//! Adding a version means adding a row here; templates and rules only ask.

use crate::choice;

choice! {
    /// A release of WSO2 Identity Server that the wizard knows.
    Version {
        V5_10_0 = "5.10.0", "5.10.0", "March 2020; JDK 7 to 11; WSO2 no longer supports it without a subscription";
        V5_11_0 = "5.11.0", "5.11.0", "November 2020; JDK 7 to 11; WSO2 no longer supports it without a subscription";
        V6_0_0 = "6.0.0", "6.0.0", "August 2022; JDK 11 to 17";
        V6_1_0 = "6.1.0", "6.1.0", "January 2023; JDK 11 to 17";
        V7_0_0 = "7.0.0", "7.0.0", "February 2024; JDK 11 to 17";
        V7_1_0 = "7.1.0", "7.1.0", "February 2025; JDK 11 to 21";
        V7_2_0 = "7.2.0", "7.2.0", "October 2025; JDK 11 to 21; a third database for agent identities";
        V7_3_0 = "7.3.0", "7.3.0", "April 2026; JDK 21 or later, otherwise it stops";
    }
}

choice! {
    /// How the machines are laid out: where IS and the load balancer live.
    MachineLayout {
        Linux = "linux", "Linux", "IS below /opt, NGINX in /etc/nginx";
        MacOsHomebrew = "macos-homebrew", "macOS with Homebrew", "IS below /usr/local, NGINX in Homebrew's folder";
    }
}

/// The type of IS's key stores.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum KeyStoreType {
    /// `wso2carbon.jks`, up to 7.0.
    Jks,
    /// `wso2carbon.p12`, from 7.1.
    Pkcs12,
}

impl KeyStoreType {
    /// As deployment.toml's `type` says it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Jks => "JKS",
            Self::Pkcs12 => "PKCS12",
        }
    }

    /// The file ending.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Jks => "jks",
            Self::Pkcs12 => "p12",
        }
    }
}

/// One of IS's databases.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum DatabaseRole {
    /// `identity_db`: applications, tokens, consents.
    Identity,
    /// `shared_db`: users, roles, the registry.
    Shared,
    /// `AgentIdentity`, from 7.2.
    Agent,
}

/// A script of `<IS_HOME>/dbscripts` for MySQL, and how one sees that it ran to its end.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SqlScript {
    /// Path below `dbscripts`.
    pub path: &'static str,
    /// The database it belongs into.
    pub database: DatabaseRole,
    /// Tables it makes.
    pub tables: u16,
    /// A table only this script makes.
    pub marker: &'static str,
}

/// The script of the workflow engine's tables. Its statements are not known here: no check compares them.
pub const WORKFLOW_SCRIPT: &str = "bps/bpel/create/mysql.sql";
/// A table that [`WORKFLOW_SCRIPT`] makes.
pub const WORKFLOW_MARKER: &str = "ODE_SCHEMA_VERSION";

/// The facts about one version.
#[derive(Clone, Copy, Debug)]
pub struct VersionFacts {
    /// Oldest Java feature release that `bin/wso2server.sh` accepts.
    pub jdk_from: u8,
    /// Newest one; `None` where it has no upper bound.
    pub jdk_to: Option<u8>,
    /// The type of the stock key stores.
    pub key_store: KeyStoreType,
    /// Whether the agent database exists (from 7.2).
    pub agent_database: bool,
    /// Whether there is a console beside the management console at `/carbon` (from 5.11).
    pub console: bool,
    /// Whether `dbscripts/identity/uma` is in the pack (up to 6.0).
    pub uma_script: bool,
    /// Whether IS starts an LDAP server of its own on 10389 + offset (up to 5.11).
    pub embedded_ldap: bool,
    /// Whether the Kubernetes membership scheme is in the pack (from 6.0).
    pub kubernetes_built_in: bool,
    /// Whether a `base_path` that ends in `${carbon.management.port}` puts `:443` into the issuer and into every address of
    /// discovery (6.0 and 6.1; docs/wso2.md).
    pub issuer_shows_port: bool,
    /// Whether user stores have a circuit breaker that is on by default (from 7.2; docs/wso2.md).
    pub store_circuit_breaker: bool,
    /// Whether the pack has the workflow engine, with a data source of its own on H2 (up to 6.1; docs/wso2.md).
    pub workflow_engine: bool,
    /// What becomes of a hostname that is changed after the first start.
    pub hostname_change: HostnameChange,
    /// Whether `[catalinaValves.remoteIpValve]` is read (from 6.0: known-keys.txt).
    pub remote_ip_valve: bool,
    /// Whether the management console at `/carbon` is used (up to 6.1; 7.x says that it is disabled).
    pub management_console: bool,
    /// Whether the scripts load completely into utf8mb4 (7.0 to 7.2; computed from the index lengths of all versions).
    pub loads_in_utf8mb4: bool,
    /// Whether CXF fetches a schema of Spring from the internet at each start (6.0; mended in 6.1, not looked at in 5.x).
    pub fetches_spring_schema: bool,
    /// Whether the pack holds jars that a JDK from 11.0.20 or 17.0.8 on refuses (up to 6.1; the start script of an updated
    /// 6.1 passes the flag that helps).
    pub has_refused_jars: bool,
    /// Tables of identity_db after the identity script.
    identity_tables: u16,
    /// Tables of shared_db.
    shared_tables: u16,
}

/// What becomes of a hostname that is changed after the first start (docs/wso2.md).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum HostnameChange {
    /// The callbacks of the consoles keep the first name. 6.1 was seen to do so; for the versions before it this is what
    /// WSO2's issues say (#12119, #12961).
    BreaksConsoles,
    /// IS follows, but for its SAML entity ID. 7.0 and 7.1 were seen to do so.
    KeepsEntityId,
    /// It was not tried (7.2 and 7.3).
    Untried,
}

impl HostnameChange {
    /// What deployment.toml says beside the hostname.
    #[must_use]
    pub const fn comment(self) -> &'static str {
        match self {
            Self::BreaksConsoles => {
                "Decide it before the first start: IS saves it in the callback URLs of its consoles, which a later change breaks."
            }
            Self::KeepsEntityId => {
                "Decide it before the first start: IS follows a later change, but its SAML entity ID keeps the first name."
            }
            Self::Untried => {
                "Decide it before the first start: a later change was tried on other versions only, and broke some of them."
            }
        }
    }

    /// What a change does to a cluster that runs, in one sentence.
    #[must_use]
    pub const fn consequence(self) -> &'static str {
        match self {
            Self::BreaksConsoles => {
                "This version stores the address in the callbacks of its consoles: no one can sign in to them after a change \
                 (callback.not.match) until the stored callbacks are changed (check DB-44)."
            }
            Self::KeepsEntityId => {
                "The callbacks of the consoles follow a change in this version; its SAML entity ID keeps the first name, \
                 which service providers compare."
            }
            Self::Untried => {
                "A change was not tried with this version; in 6.1 no one can sign in to the consoles afterwards."
            }
        }
    }
}

const fn facts(
    jdk: (u8, Option<u8>),
    key_store: KeyStoreType,
    identity_tables: u16,
    shared_tables: u16,
) -> VersionFacts {
    VersionFacts {
        jdk_from: jdk.0,
        jdk_to: jdk.1,
        key_store,
        agent_database: false,
        console: true,
        uma_script: false,
        embedded_ldap: false,
        kubernetes_built_in: true,
        issuer_shows_port: false,
        store_circuit_breaker: false,
        workflow_engine: false,
        hostname_change: HostnameChange::BreaksConsoles,
        remote_ip_valve: true,
        management_console: false,
        loads_in_utf8mb4: false,
        fetches_spring_schema: false,
        has_refused_jars: false,
        identity_tables,
        shared_tables,
    }
}

impl Version {
    /// What is known about this version.
    #[must_use]
    pub const fn facts(self) -> VersionFacts {
        use KeyStoreType::{Jks, Pkcs12};
        match self {
            Self::V5_10_0 => VersionFacts {
                console: false,
                workflow_engine: true,
                uma_script: true,
                embedded_ldap: true,
                kubernetes_built_in: false,
                has_refused_jars: true,
                remote_ip_valve: false,
                management_console: true,
                ..facts((7, Some(11)), Jks, 86, 41)
            },
            Self::V5_11_0 => VersionFacts {
                workflow_engine: true,
                uma_script: true,
                embedded_ldap: true,
                kubernetes_built_in: false,
                has_refused_jars: true,
                remote_ip_valve: false,
                management_console: true,
                ..facts((7, Some(11)), Jks, 96, 42)
            },
            Self::V6_0_0 => VersionFacts {
                uma_script: true,
                issuer_shows_port: true,
                fetches_spring_schema: true,
                workflow_engine: true,
                has_refused_jars: true,
                management_console: true,
                ..facts((11, Some(17)), Jks, 101, 51)
            },
            Self::V6_1_0 => VersionFacts {
                issuer_shows_port: true,
                has_refused_jars: true,
                workflow_engine: true,
                management_console: true,
                ..facts((11, Some(17)), Jks, 101, 51)
            },
            Self::V7_0_0 => VersionFacts {
                loads_in_utf8mb4: true,
                hostname_change: HostnameChange::KeepsEntityId,
                ..facts((11, Some(17)), Jks, 110, 56)
            },
            Self::V7_1_0 => VersionFacts {
                loads_in_utf8mb4: true,
                hostname_change: HostnameChange::KeepsEntityId,
                ..facts((11, Some(21)), Pkcs12, 127, 60)
            },
            Self::V7_2_0 => VersionFacts {
                agent_database: true,
                loads_in_utf8mb4: true,
                store_circuit_breaker: true,
                hostname_change: HostnameChange::Untried,
                ..facts((11, Some(21)), Pkcs12, 154, 60)
            },
            Self::V7_3_0 => VersionFacts {
                agent_database: true,
                store_circuit_breaker: true,
                hostname_change: HostnameChange::Untried,
                ..facts((21, None), Pkcs12, 161, 60)
            },
        }
    }

    /// The scripts of this version in the order they are run.
    #[must_use]
    pub fn scripts(self) -> Vec<SqlScript> {
        use DatabaseRole::{Agent, Identity, Shared};
        let facts = self.facts();
        let script = |path, database, tables, marker| SqlScript { path, database, tables, marker };
        let mut scripts = vec![
            script("mysql.sql", Shared, facts.shared_tables, "UM_DOMAIN"),
            script("identity/mysql.sql", Identity, facts.identity_tables, "IDN_BASE_TABLE"),
        ];
        if facts.uma_script {
            scripts.push(script("identity/uma/mysql.sql", Identity, 6, "IDN_UMA_RESOURCE"));
        }
        scripts.push(script("consent/mysql.sql", Identity, 10, "CM_PURPOSE"));
        if facts.agent_database {
            scripts.push(script("identity/agent/mysql.sql", Agent, 4, "UM_USER"));
        }
        scripts
    }
}

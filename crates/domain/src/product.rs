//! Differences between versions of IS, as data. Sources: product-is tags v5.10.0 to v7.3.0 and their dependencies.
//!
//! A new version is a new row here; templates and rules only read the facts. `Required` holds facts that have no
//! default value.

mod databases;
mod key_store;

pub use databases::{DatabaseRole, DatabaseSeries, DatabaseVendor, SqlScript, WORKFLOW_MARKER, WORKFLOW_SCRIPT};
pub use key_store::KeyStoreType;

use crate::choice;

choice! {
    /// A release of WSO2 Identity Server that the wizard knows.
    Version {
        V5_10_0 = "5.10.0", "5.10.0", "March 2020; JDK 8 to 11; WSO2 no longer supports it without a subscription";
        V5_11_0 = "5.11.0", "5.11.0", "November 2020; JDK 8 to 11; WSO2 no longer supports it without a subscription";
        V6_0_0 = "6.0.0", "6.0.0", "August 2022; JDK 11 to 17";
        V6_1_0 = "6.1.0", "6.1.0", "January 2023; JDK 11 to 17";
        V7_0_0 = "7.0.0", "7.0.0", "February 2024; JDK 11 to 17";
        V7_1_0 = "7.1.0", "7.1.0", "February 2025; JDK 11 to 21";
        V7_2_0 = "7.2.0", "7.2.0", "October 2025; JDK 11 to 21; a third database for agent identities";
        V7_3_0 = "7.3.0", "7.3.0", "April 2026; requires JDK 21 or later";
    }
}

choice! {
    /// The layout of the machines: the folders of IS and the load balancer.
    MachineLayout {
        Linux = "linux", "Linux", "IS below /opt, NGINX in /etc/nginx";
        MacOsHomebrew = "macos-homebrew", "macOS with Homebrew", "IS below /usr/local, NGINX in Homebrew's folder";
    }
}

/// The facts about one version.
#[derive(Clone, Copy, Debug)]
pub struct VersionFacts {
    /// Oldest Java feature release that `bin/wso2server.sh` accepts.
    pub jdk_from: u8,
    /// Newest one; `None` without an upper bound.
    pub jdk_to: Option<u8>,
    /// The type of the stock keystores.
    pub key_store: KeyStoreType,
    /// SHA-256 of deployment.toml as the pack ships it, in hexadecimal digits.
    pub stock_deployment_sha256: &'static str,
    /// Whether known-keys.txt contains every key that the version reads (from a complete pack). For other versions, a
    /// key that any version reads counts as known.
    pub complete_key_list: bool,
    /// The servers that WSO2 tests the version with. Sources: the pages "Environment compatibility" (5.10, 5.11, 7.0) and
    /// "Product compatibility" (7.1, 7.2) of WSO2's documentation. 6.0 and 6.1 are assumed to be as 7.0, and 7.3 as 7.2.
    pub tested_databases: &'static [DatabaseSeries],
    /// Tables of identity_db after the identity script.
    identity_tables: u16,
    /// Tables of shared_db.
    shared_tables: u16,
    /// Whether the agent database exists (from 7.2).
    pub agent_database: bool,
    /// Whether a console exists in addition to the management console at `/carbon` (from 5.11).
    pub console: bool,
    /// Whether `dbscripts/identity/uma` is in the pack (up to 6.0).
    pub uma_script: bool,
    /// Whether IS starts an embedded LDAP server on 10389 + offset (up to 5.11).
    pub embedded_ldap: bool,
    /// Whether the Kubernetes membership scheme is in the pack (from 6.0).
    pub kubernetes_built_in: bool,
    /// Whether a `base_path` that ends in `${carbon.management.port}` adds `:443` to the issuer and to every URL of
    /// discovery (6.0 and 6.1; docs/wso2.md).
    pub issuer_shows_port: bool,
    /// Whether user stores have a circuit breaker that is on by default (from 7.2; docs/wso2.md).
    pub store_circuit_breaker: bool,
    /// Whether the pack has the workflow engine, with a separate data source on H2 (up to 6.1; docs/wso2.md).
    pub workflow_engine: bool,
    /// The effect of a changed hostname after the first start.
    pub hostname_change: HostnameChange,
    /// Whether `[catalinaValves.remoteIpValve]` is read (from 6.0: known-keys.txt).
    pub remote_ip_valve: bool,
    /// Whether the management console at `/carbon` is used (up to 6.1; 7.x reports that it is disabled).
    pub management_console: bool,
    /// Whether the scripts of identity_db load completely into utf8mb4 (7.0 to 7.2; computed from the index lengths of all
    /// versions).
    pub identity_loads_in_utf8mb4: bool,
    /// Whether the script of shared_db does (all but 5.11).
    pub shared_loads_in_utf8mb4: bool,
    /// Whether the script of shared_db gives registry paths a separate collation (from 5.11).
    pub registry_path_collation: bool,
    /// Whether CXF fetches a schema of Spring from the internet at each start (6.0; fixed in 6.1, not checked in 5.x).
    pub fetches_spring_schema: bool,
    /// Whether the pack contains jars that a JDK from 11.0.20 or 17.0.8 on rejects (up to 6.1; the start script of an
    /// updated
    /// 6.1 passes the flag that accepts them).
    pub has_refused_jars: bool,
}

/// The facts without a default: a new version does not compile without them.
struct Required {
    jdk: (u8, Option<u8>),
    key_store: KeyStoreType,
    stock_deployment_sha256: &'static str,
    complete_key_list: bool,
    tested_databases: &'static [DatabaseSeries],
    /// The numbers of tables of identity_db and of shared_db.
    tables: (u16, u16),
}

/// The effect of a changed hostname after the first start (docs/wso2.md).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum HostnameChange {
    /// The callbacks of the consoles keep the first name. Observed on 6.1; for earlier versions it is reported in
    /// WSO2's issues (#12119, #12961).
    BreaksConsoles,
    /// IS follows, except for its SAML entity ID. Observed on 7.0 and 7.1.
    KeepsEntityId,
    /// Not tested (7.2 and 7.3).
    Untried,
}

impl HostnameChange {
    /// The comment in deployment.toml at the hostname.
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
                "Decide it before the first start: a later change was tested on other versions only, and broke some of them."
            }
        }
    }

    /// The effect of a change on a running cluster, in one sentence.
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
                "A change was not tested with this version; in 6.1, no one can sign in to the consoles afterwards."
            }
        }
    }
}

const fn facts(required: &Required) -> VersionFacts {
    VersionFacts {
        jdk_from: required.jdk.0,
        jdk_to: required.jdk.1,
        key_store: required.key_store,
        stock_deployment_sha256: required.stock_deployment_sha256,
        complete_key_list: required.complete_key_list,
        tested_databases: required.tested_databases,
        identity_tables: required.tables.0,
        shared_tables: required.tables.1,
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
        identity_loads_in_utf8mb4: false,
        shared_loads_in_utf8mb4: true,
        registry_path_collation: true,
        fetches_spring_schema: false,
        has_refused_jars: false,
    }
}

const OF_MYSQL_8: &[DatabaseSeries] = &[(DatabaseVendor::MySql, 5, 7), (DatabaseVendor::MySql, 8, 0)];
const OF_MYSQL_8_4: &[DatabaseSeries] =
    &[(DatabaseVendor::MySql, 8, 0), (DatabaseVendor::MySql, 8, 4), (DatabaseVendor::MariaDb, 11, 4)];

impl Version {
    /// The newest release.
    pub const NEWEST: Self = {
        // A pattern, because a constant cannot index a slice without a panic.
        let [.., newest] = Self::ALL else { unreachable!() };
        *newest
    };

    /// The version without the last number, as in the names of fact files: `7.0`.
    #[must_use]
    pub fn short(self) -> &'static str {
        self.value().rsplit_once('.').map_or(self.value(), |(short, _)| short)
    }

    /// The versions of ranges such as `5.10-6.1,7.3`, from the oldest to the newest of each; `None` where one is not
    /// known.
    #[must_use]
    pub fn of_ranges(ranges: &str) -> Option<Vec<Self>> {
        let named = |short: &str| Self::ALL.iter().position(|version| version.short() == short);
        let mut versions = Vec::new();
        for range in ranges.split(',') {
            let (oldest, newest) = range.split_once('-').unwrap_or((range, range));
            versions.extend(Self::ALL.get(named(oldest)?..=named(newest)?)?);
        }
        Some(versions)
    }

    /// The facts about this version.
    #[must_use]
    pub const fn facts(self) -> VersionFacts {
        use DatabaseVendor::{MariaDb, MySql};
        use KeyStoreType::{Jks, Pkcs12};
        match self {
            Self::V5_10_0 => VersionFacts {
                registry_path_collation: false,
                console: false,
                workflow_engine: true,
                uma_script: true,
                embedded_ldap: true,
                kubernetes_built_in: false,
                has_refused_jars: true,
                remote_ip_valve: false,
                management_console: true,
                ..facts(&Required {
                    jdk: (8, Some(11)),
                    key_store: Jks,
                    stock_deployment_sha256: "0002b12f0420888b745aeee0d1c1338dab8131042f6b4baf94328170f2f097a7",
                    complete_key_list: false,
                    tested_databases: OF_MYSQL_8,
                    tables: (86, 41),
                })
            },
            Self::V5_11_0 => VersionFacts {
                shared_loads_in_utf8mb4: false,
                workflow_engine: true,
                uma_script: true,
                embedded_ldap: true,
                kubernetes_built_in: false,
                has_refused_jars: true,
                remote_ip_valve: false,
                management_console: true,
                ..facts(&Required {
                    jdk: (8, Some(11)),
                    key_store: Jks,
                    stock_deployment_sha256: "ffa6f01430d68aa410b7168ce137781409c9d3711aae507ac8cc8230c3aa205a",
                    complete_key_list: false,
                    tested_databases: &[(MySql, 5, 7), (MySql, 8, 0), (MariaDb, 10, 4)],
                    tables: (96, 42),
                })
            },
            Self::V6_0_0 => VersionFacts {
                uma_script: true,
                issuer_shows_port: true,
                fetches_spring_schema: true,
                workflow_engine: true,
                has_refused_jars: true,
                management_console: true,
                ..facts(&Required {
                    jdk: (11, Some(17)),
                    key_store: Jks,
                    stock_deployment_sha256: "f7897303feaa5d069b92d1107c2227cb7548b4efb1da174b29b2f08144ce4d9b",
                    complete_key_list: false,
                    tested_databases: OF_MYSQL_8,
                    tables: (101, 51),
                })
            },
            Self::V6_1_0 => VersionFacts {
                issuer_shows_port: true,
                has_refused_jars: true,
                workflow_engine: true,
                management_console: true,
                ..facts(&Required {
                    jdk: (11, Some(17)),
                    key_store: Jks,
                    stock_deployment_sha256: "f7897303feaa5d069b92d1107c2227cb7548b4efb1da174b29b2f08144ce4d9b",
                    complete_key_list: true,
                    tested_databases: OF_MYSQL_8,
                    tables: (101, 51),
                })
            },
            Self::V7_0_0 => VersionFacts {
                identity_loads_in_utf8mb4: true,
                hostname_change: HostnameChange::KeepsEntityId,
                ..facts(&Required {
                    jdk: (11, Some(17)),
                    key_store: Jks,
                    stock_deployment_sha256: "b3dbfc48fa6ca008efdca6ce3fd5d4e6552f6007d372ab5e325206741faa3cf5",
                    complete_key_list: false,
                    tested_databases: OF_MYSQL_8,
                    tables: (110, 56),
                })
            },
            Self::V7_1_0 => VersionFacts {
                identity_loads_in_utf8mb4: true,
                hostname_change: HostnameChange::KeepsEntityId,
                ..facts(&Required {
                    jdk: (11, Some(21)),
                    key_store: Pkcs12,
                    stock_deployment_sha256: "847d8f625798e378a758019ad32b759a0e38411041a8fd6aba130628d00b1f47",
                    complete_key_list: true,
                    tested_databases: &[(MySql, 5, 7), (MySql, 8, 0), (MySql, 8, 4), (MariaDb, 11, 4)],
                    tables: (127, 60),
                })
            },
            Self::V7_2_0 => VersionFacts {
                agent_database: true,
                identity_loads_in_utf8mb4: true,
                store_circuit_breaker: true,
                hostname_change: HostnameChange::Untried,
                ..facts(&Required {
                    jdk: (11, Some(21)),
                    key_store: Pkcs12,
                    stock_deployment_sha256: "10f724202dcf3f9ff17e6aca83c174e6e1d21dfd7ffcd0a3b9d2f6eb12eb8bdf",
                    complete_key_list: true,
                    tested_databases: OF_MYSQL_8_4,
                    tables: (154, 60),
                })
            },
            Self::V7_3_0 => VersionFacts {
                agent_database: true,
                store_circuit_breaker: true,
                hostname_change: HostnameChange::Untried,
                ..facts(&Required {
                    jdk: (21, None),
                    key_store: Pkcs12,
                    stock_deployment_sha256: "10f724202dcf3f9ff17e6aca83c174e6e1d21dfd7ffcd0a3b9d2f6eb12eb8bdf",
                    complete_key_list: false,
                    tested_databases: OF_MYSQL_8_4,
                    tables: (161, 60),
                })
            },
        }
    }

    /// The scripts of this version, in their order of execution.
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

//! Step 2: the databases every node shares.

use super::Product;
use crate::choice;
use crate::draft::Draft;
use crate::product::{DatabaseRole, Version};
use crate::setting::answer_among;
use crate::step;
use crate::step::Step;
use crate::value::Value;
use crate::values::{AccountHost, AccountName, CertificatePem, DatabaseHost, DatabaseName, Password, PoolSize, Port};

choice! {
    /// The character set the databases are created with.
    DatabaseCharset {
        Latin1 = "latin1", "latin1", "For every version: the scripts load completely";
        Utf8mb4 = "utf8mb4", "utf8mb4", "Only 7.0 to 7.2 load completely";
    }
}

choice! {
    /// How connections to MySQL are protected.
    DatabaseTls {
        Disabled = "disabled", "No TLS", "Not encrypted: any server at this address can receive the password. For a database on the same machine or in a trusted network";
        Required = "required", "TLS", "Encrypted; the server certificate is not verified, so an impostor can receive the password";
        VerifyCa = "verify-ca", "TLS, certificate verified", "Encrypted; the server certificate must be issued by a trusted CA";
    }
}

fn has_agent_database(draft: &Draft) -> bool {
    Version::parse(answer_among(Product::SETTINGS, draft, "product.version"))
        .is_ok_and(|version| version.facts().agent_database)
}

fn has_workflow_engine(draft: &Draft) -> bool {
    Version::parse(answer_among(Product::SETTINGS, draft, "product.version"))
        .is_ok_and(|version| version.facts().workflow_engine)
}

step! {
    /// The database server, the databases and the connections to them.
    Database, DatabaseKeys: Step::Database, "database";
    host: DatabaseHost {
        label: "Database host",
        help: "Host name or IP address of MySQL or MariaDB, reachable from every node. Other databases are not supported.",
        default: "127.0.0.1" from "WSO2 guide",
        sends: [password],
        examples: ["db.internal.example.com", "10.20.0.5"],
    }
    port: Port {
        label: "Database port",
        help: "TCP port of MySQL or MariaDB.",
        default: "3306" from "MySQL default",
        sends: [password],
        examples: ["3306", "3307"],
    }
    identity_db: DatabaseName {
        label: "Identity database",
        help: "identity_db: applications, tokens and consents.",
        default: "wso2identity_db" from "WSO2 guide",
        examples: ["wso2identity_db", "is_identity"],
    }
    shared_db: DatabaseName {
        label: "Shared database",
        help: "shared_db: users, roles and the registry.",
        default: "wso2shared_db" from "WSO2 guide",
        examples: ["wso2shared_db", "is_shared"],
    }
    agent_db: Option<DatabaseName> {
        label: "Agent database",
        help: "AgentIdentity, from 7.2: agent users. If left on the bundled H2 database, each node keeps separate agent users.",
        default: "wso2agent_db" from "Clusterwright",
        examples: ["wso2agent_db", "is_agent"],
        shown: has_agent_database,
    }
    workflow_db: Option<DatabaseName> {
        label: "Workflow database",
        help: "Tables of the workflow engine, up to 6.1. load.sh of the download creates them. If empty, each node keeps separate tables in H2.",
        examples: ["wso2workflow_db", "is_workflow"],
        shown: has_workflow_engine,
        required: false,
    }
    charset: DatabaseCharset {
        label: "Character set",
        help: "Character set of the new databases. The MySQL 8 default, utf8mb4, breaks the scripts of most versions.",
        default: "latin1" from "WSO2 guide",
        examples: ["latin1", "utf8mb4"],
    }
    username: AccountName {
        label: "Account",
        help: "MySQL account of IS at run time. It needs only SELECT, INSERT, UPDATE and DELETE.",
        default: "wso2is" from "Clusterwright",
        examples: ["wso2is", "svc-identity"],
    }
    password: Password {
        label: "Account password",
        help: "Stored encrypted. Written only to the downloaded files.",
        examples: ["Db-secret-1", "Db-secret-2"],
    }
    account_host: AccountHost {
        label: "Account host",
        help: "Hosts the account may connect from. % allows any host. A narrower pattern is safer but must match every node.",
        default: "%" from "MySQL default",
        examples: ["%", "10.20.0.%"],
    }
    tls: DatabaseTls {
        label: "Connection security",
        help: "Whether nodes connect to MySQL over TLS (useSSL and sslMode of Connector/J).",
        default: "disabled" from "WSO2 guide",
        sends: [password],
        examples: ["disabled", "required"],
    }
    ca_certificate: Option<CertificatePem> {
        label: "Database CA certificate",
        help: "The CA that signed MySQL's certificate, added to each node's truststore. Leave it empty if the truststores contain it.",
        sends: [password],
        examples: [
            "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUQ29sb3Vy\n-----END CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUU2hhcGVz\n-----END CERTIFICATE-----\n"
        ],
        shown: |draft| answer_among(Database::SETTINGS, draft, "database.tls") == "verify-ca",
        required: false,
    }
    pool_size: PoolSize {
        label: "Connections per pool",
        help: "maxActive: maximum connections per node and database.",
        default: "50" from "WSO2 default",
        examples: ["50", "80"],
    }
}

impl Database {
    /// The databases in the order they are filled: shared, identity, then agent where the version has it.
    #[must_use]
    pub fn list(&self) -> Vec<(DatabaseRole, &str)> {
        let mut list =
            vec![(DatabaseRole::Shared, self.shared_db.as_str()), (DatabaseRole::Identity, self.identity_db.as_str())];
        list.extend(self.agent_db.as_ref().map(|name| (DatabaseRole::Agent, name.as_str())));
        list
    }

    /// The statement that creates the database `name` of the plan, without a semicolon: the same as in `create.sql`.
    #[must_use]
    pub fn create_statement(&self, name: &str) -> String {
        format!("CREATE DATABASE `{name}` CHARACTER SET {}", self.charset.value())
    }
}

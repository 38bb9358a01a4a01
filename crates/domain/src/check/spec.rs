//! The catalogue: each check that exists, with everything that is known before it runs.
//!
//! Ids are stable: they appear on pages, in the command line, in docs/checks.md and in tests.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::finding::Severity;
use crate::step::Step;

/// From where a check can be decided.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Reach {
    /// From the answers and the generated files alone.
    Answers,
    /// From the wizard's server over the network.
    Server,
    /// Only on a node.
    Node,
}

/// What is known about a check before it runs.
#[derive(Clone, Copy, Debug)]
pub struct CheckSpec {
    /// Its id as people read it: `DB-17`.
    pub code: &'static str,
    /// The step it belongs to.
    pub step: Step,
    /// A few words.
    pub title: &'static str,
    /// What it proves, and why that matters.
    pub proves: &'static str,
    /// What a failure does to the download.
    pub severity: Severity,
    /// From where it can be decided.
    pub reach: Reach,
    /// The settings it depends on: keys, or beginnings of keys. A change takes the result away.
    pub needs: &'static [&'static str],
    /// What to do when it fails, in general.
    pub remedy: &'static str,
}

impl CheckSpec {
    /// How long it may take before it ends with what it waited for.
    pub const LIMIT: Duration = Duration::from_secs(5);
}

/// Declares the catalogue: variant, code, step, severity, reach, title, proves, needs, remedy.
macro_rules! catalogue {
    ($($variant:ident $code:literal $step:ident $severity:ident $reach:ident $title:literal
        proves $proves:literal needs [$($need:literal),*] remedy $remedy:literal;)+) => {
        /// The id of a check.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub enum CheckId { $(#[doc = $title] $variant,)+ }

        impl CheckId {
            /// Every check, in the order of the catalogue.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Its id as people read it: `DB-17`.
            // Each fact that the browser needs has a function of its own: through `spec` it would load all the texts.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// A few words.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)+ }
            }

            /// The step it belongs to.
            #[must_use]
            pub const fn step(self) -> Step {
                match self { $(Self::$variant => Step::$step,)+ }
            }

            /// From where it can be decided.
            #[must_use]
            pub const fn reach(self) -> Reach {
                match self { $(Self::$variant => Reach::$reach,)+ }
            }

            /// The settings it depends on: keys, or beginnings of keys.
            #[must_use]
            pub const fn needs(self) -> &'static [&'static str] {
                match self { $(Self::$variant => &[$($need),*],)+ }
            }

            /// What is known about it.
            #[must_use]
            pub const fn spec(self) -> CheckSpec {
                match self { $(Self::$variant => CheckSpec {
                    code: self.code(),
                    step: self.step(),
                    title: self.title(),
                    proves: $proves,
                    severity: Severity::$severity,
                    reach: self.reach(),
                    needs: self.needs(),
                    remedy: $remedy,
                },)+ }
            }
        }
    };
}

catalogue! {
    Db01 "DB-01" Database Blocks Server "Database host resolves"
        proves "The name of the database host leads to addresses; all are listed."
        needs ["database.host"] remedy "Correct the host, or add it to DNS or to the hosts file of every machine.";
    Db02 "DB-02" Database Blocks Server "Database port answers"
        proves "A TCP connection opens. Refused, silent and unreachable are told apart."
        needs ["database.host", "database.port"] remedy "Start MySQL, correct the port, or open the firewall.";
    Db03 "DB-03" Database Blocks Server "MySQL answers there"
        proves "What answers speaks MySQL's protocol and is not some other service."
        needs ["database.host", "database.port"] remedy "Correct host and port: MySQL usually listens on 3306.";
    Db04 "DB-04" Database Blocks Server "Server version is supported"
        proves "The server is one IS is tested with; MariaDB, Percona and Aurora are told apart."
        needs ["database.host", "database.port", "product.version"] remedy "Use a version of MySQL or MariaDB that the chosen IS supports.";
    Db05 "DB-05" Database Blocks Server "Account can log in"
        proves "User and password are right and the account may come from here. Wrong user or password, wrong host and missing database are told apart."
        needs ["database.host", "database.port", "database.username", "database.password", "database.tls", "database.ca_certificate"] remedy "Correct the account or its password, or run database/grants.sql.";
    Db11 "DB-11" Database Blocks Server "Databases exist"
        proves "Each database of the plan is there."
        needs ["database.", "product.version"] remedy "Run database/create.sql as an administrator.";
    Db12 "DB-12" Database Warns Server "Databases are different ones"
        proves "Identity, shared and agent database are not the same schema under two names."
        needs ["database."] remedy "Give each database its own name.";
    Db17 "DB-17" Database Blocks Server "Character set of the databases"
        proves "The databases have the character set that lets every script of this version load."
        needs ["database.", "product.version"] remedy "Create the databases with CHARACTER SET latin1.";
    Db39 "DB-39" Database Blocks Answers "JDBC URLs are well formed"
        proves "Each URL has its question mark, and & is written &amp; because IS copies values into XML as they are."
        needs ["database."] remedy "Correct host, port and database name.";
    Db40 "DB-40" Database Warns Answers "No secret in a JDBC URL"
        proves "User and password stand in their own keys, not in a URL that ends in logs."
        needs ["database."] remedy "Enter account and password in their own fields.";
    Us04 "US-04" UserStore Blocks Answers "Super admin can be created"
        proves "A read-only directory is not asked to create the super admin."
        needs ["user_store."] remedy "Use read-write access, or create the admin in the directory and choose not to create it.";
    Us05 "US-05" UserStore Blocks Answers "Manager fits the schema"
        proves "The user store manager writes user ids, as the schema of 5.10 and later demands (product-is#7212)."
        needs ["user_store."] remedy "Choose the manager with user ids.";
    Nd02 "ND-02" Clustering Blocks Server "Management ports are free or ours"
        proves "Before installation the nodes' HTTPS ports are free; afterwards IS answers there."
        needs ["clustering.nodes"] remedy "Stop the other program, or give the node another offset.";
    Nd16 "ND-16" Clustering Blocks Answers "Node addresses are usable"
        proves "No loopback address among several machines, no Docker bridge, no address twice."
        needs ["clustering.nodes", "clustering.scheme"] remedy "Enter the address by which the other nodes reach this one.";
    Nd17 "ND-17" Clustering Blocks Answers "Nodes on one machine do not collide"
        proves "Two nodes on one host differ in offset and Hazelcast port."
        needs ["clustering.nodes"] remedy "Give each node on the machine its own offset and Hazelcast port.";
    Cl02 "CL-02" Clustering Warns Answers "No unknown keys"
        proves "Every key of deployment.toml is one this version reads; IS ignores others without a word."
        needs [""] remedy "Correct the key; docs name it.";
    Cl03 "CL-03" Clustering Blocks Answers "Each table once"
        proves "deployment.toml parses: no table or key stands twice."
        needs [""] remedy "Merge the tables.";
    Cl04 "CL-04" Clustering Blocks Answers "Every node lists every member"
        proves "All nodes have the same member list, with every node's own port."
        needs ["clustering."] remedy "Use the generated files of one download on all nodes.";
    Cl05 "CL-05" Clustering Blocks Answers "local_member_host is the node's own"
        proves "Each node announces its own address."
        needs ["clustering."] remedy "Set local_member_host to the node's address.";
    Cl06 "CL-06" Clustering Blocks Answers "One cluster domain"
        proves "All nodes name the same Hazelcast cluster."
        needs ["clustering."] remedy "Use one domain on all nodes.";
    Cl07 "CL-07" Clustering Blocks Answers "Keys and key stores are alike"
        proves "All nodes have the same symmetric key, primary key store and aliases."
        needs ["clustering.", "product."] remedy "Use the generated files of one download on all nodes.";
    Cl08 "CL-08" Clustering Warns Answers "Nodes differ only where they must"
        proves "Between the nodes only offset, own address, own port and own TLS key store differ."
        needs [""] remedy "Make the values alike on all nodes.";
    Cl13 "CL-13" UserStore Blocks Answers "No default secrets"
        proves "admin, wso2carbon, dashboard and the published symmetric key are not used."
        needs ["user_store.", "database.password"] remedy "Choose a value of your own.";
    Tl01 "TL-01" LoadBalancer Blocks Answers "Key belongs to the certificate"
        proves "The private key is the one whose public half is in the first certificate."
        needs ["load_balancer."] remedy "Paste the key that was made with the certificate request.";
    Tl02 "TL-02" LoadBalancer Blocks Answers "Chain is complete and in order"
        proves "Each certificate is signed by the next."
        needs ["load_balancer."] remedy "Paste the server's certificate first, then each CA that signed the one before.";
    Tl03 "TL-03" LoadBalancer Blocks Answers "Certificate names the hostname"
        proves "The subject alternative names hold the hostname clients use."
        needs ["load_balancer."] remedy "Request a certificate with the hostname among its subject alternative names.";
    Tl04 "TL-04" LoadBalancer Blocks Answers "Certificate is in date and strong"
        proves "It is valid now and for 30 days more, its key is large enough and its signature is not SHA-1."
        needs ["load_balancer."] remedy "Renew the certificate.";
    Lb01 "LB-01" LoadBalancer Blocks Server "Public name leads to the load balancer"
        proves "The hostname resolves, to the load balancer's address where one was given."
        needs ["load_balancer.hostname", "load_balancer.address"] remedy "Add the hostname to DNS, or the lines of hosts.txt to the clients.";
    Lb04 "LB-04" LoadBalancer Blocks Answers "Version has what is used"
        proves "The load balancer's version knows every directive we write."
        needs ["load_balancer."] remedy "Choose another distribution, or a newer version.";
}

impl fmt::Display for CheckId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

/// There is no check with this id.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct UnknownCheck;

impl FromStr for CheckId {
    type Err = UnknownCheck;

    fn from_str(code: &str) -> Result<Self, UnknownCheck> {
        Self::ALL.iter().copied().find(|id| id.code().eq_ignore_ascii_case(code)).ok_or(UnknownCheck)
    }
}

impl Serialize for CheckId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for CheckId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        code.parse().map_err(|UnknownCheck| serde::de::Error::custom(format!("there is no check {code}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_need_is_a_setting() {
        for id in CheckId::ALL {
            for need in id.spec().needs {
                assert!(crate::steps::all().any(|setting| setting.key.starts_with(need)), "{id} needs {need}");
            }
            assert_eq!(id.to_string().parse(), Ok(*id));
        }
    }
}

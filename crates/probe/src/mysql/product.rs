//! Which product and version a server is, and whether WSO2 tests the chosen IS with it.
//!
//! Which servers WSO2 tests a version with is a fact of the version: [`domain::product::VersionFacts::tested_databases`].

use std::fmt;

use domain::product::{DatabaseSeries, DatabaseVendor as Vendor, Version};

/// A server's product.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ServerVersion {
    /// Who made it.
    pub vendor: Vendor,
    /// First and second number of its version.
    pub series: (u16, u16),
    /// The whole version, cleaned.
    pub version: String,
}

impl fmt::Display for ServerVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.vendor, self.version)
    }
}

impl ServerVersion {
    /// Reads a cleaned version such as `5.5.5-10.11.19-MariaDB-0+deb12u1`; `comment` is `@@version_comment` and `aurora`
    /// `@@aurora_version`, known after a login. `None` when there is no version in it.
    #[must_use]
    pub fn read(version: &str, comment: &str, aurora: Option<&str>) -> Option<Self> {
        let contains = |name: &str| [version, comment].iter().any(|text| text.to_ascii_lowercase().contains(name));
        let vendor = if aurora.is_some_and(|version| !version.is_empty()) {
            Vendor::Aurora
        } else if contains("mariadb") {
            Vendor::MariaDb
        } else if contains("tidb") {
            Vendor::TiDb
        } else if contains("percona") {
            Vendor::Percona
        } else {
            Vendor::MySql
        };
        // MariaDB 10 and later greets as 5.5.5 first, for replicas of old MySQL.
        let bare = if vendor == Vendor::MariaDb { version.strip_prefix("5.5.5-").unwrap_or(version) } else { version };
        let number = |text: Option<&str>| {
            let digits = text?.split(|letter: char| !letter.is_ascii_digit()).next()?;
            digits.parse::<u16>().ok()
        };
        let mut parts = bare.split('.');
        let series = (number(parts.next())?, number(parts.next())?);
        Some(Self { vendor, series, version: bare.to_owned() })
    }

    /// Whether WSO2 tests `version` with this server.
    #[must_use]
    pub fn support(&self, version: Version) -> Support {
        let tested = (version.facts().tested_databases.iter())
            .any(|entry| (entry.0, entry.1, entry.2) == (self.vendor, self.series.0, self.series.1));
        let oldest = if self.vendor == Vendor::MariaDb { MIN_MARIADB } else { MIN_MYSQL };
        if self.vendor == Vendor::TiDb {
            Support::NotMySql
        } else if tested {
            Support::Tested
        } else if self.series < oldest {
            Support::TooOld
        } else {
            Support::Untested { loaded: LOADED.contains(&(self.vendor, self.series.0, self.series.1)) }
        }
    }
}

/// Whether WSO2 tests an IS version with a server.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Support {
    /// WSO2 lists it.
    Tested,
    /// WSO2 does not list it.
    Untested {
        /// Whether the scripts were loaded into this series without an error.
        loaded: bool,
    },
    /// Older than any version the scripts and driver work with.
    TooOld,
    /// Another database that speaks the protocol.
    NotMySql,
}

/// Oldest MySQL that any IS of the table is tested with.
const MIN_MYSQL: (u16, u16) = (5, 7);
/// Oldest MariaDB with what MySQL 5.7 has that the scripts need.
const MIN_MARIADB: (u16, u16) = (10, 3);
/// Series into which the scripts were loaded without an error.
const LOADED: [DatabaseSeries; 2] = [(Vendor::MariaDb, 10, 11), (Vendor::MySql, 9, 7)];

/// The list as text: `MySQL 8.0, MySQL 8.4 or MariaDB 11.4`.
#[must_use]
pub fn tested_text(version: Version) -> String {
    let names: Vec<String> = (version.facts().tested_databases.iter())
        .map(|(vendor, major, minor)| format!("{vendor} {major}.{minor}"))
        .collect();
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => names.concat(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn products_are_distinguished() {
        for (version, comment, aurora, shown, series) in [
            ("5.5.5-10.11.19-MariaDB-0+deb12u1", "", None, "MariaDB 10.11.19-MariaDB-0+deb12u1", (10, 11)),
            ("11.4.2-MariaDB", "", None, "MariaDB 11.4.2-MariaDB", (11, 4)),
            ("9.7.4", "MySQL Community Server - GPL", None, "MySQL 9.7.4", (9, 7)),
            ("8.0.36-28", "Percona Server (GPL), Release 28", None, "Percona Server 8.0.36-28", (8, 0)),
            ("8.0.28", "Source distribution", Some("3.04.0"), "Amazon Aurora MySQL 8.0.28", (8, 0)),
            ("8.0.11-TiDB-v7.5.1", "", None, "TiDB 8.0.11-TiDB-v7.5.1", (8, 0)),
            ("8.0.37-azure", "", Some(""), "MySQL 8.0.37-azure", (8, 0)),
        ] {
            let product = ServerVersion::read(version, comment, aurora).unwrap();
            assert_eq!((product.to_string().as_str(), product.series), (shown, series));
        }
        assert_eq!(ServerVersion::read("MariaDB", "", None), None);
    }

    #[test]
    fn the_chosen_is_decides_what_is_tested() {
        let support = |text: &str, version| ServerVersion::read(text, "", None).unwrap().support(version);
        assert_eq!(support("8.0.36", Version::V7_3_0), Support::Tested);
        assert_eq!(support("8.4.1", Version::V7_0_0), Support::Untested { loaded: false });
        assert_eq!(support("8.4.1", Version::V7_2_0), Support::Tested);
        assert_eq!(support("5.7.44", Version::V5_10_0), Support::Tested);
        assert_eq!(support("5.7.44", Version::V7_3_0), Support::Untested { loaded: false });
        assert_eq!(support("5.6.51", Version::V5_10_0), Support::TooOld);
        assert_eq!(support("9.7.4", Version::V7_3_0), Support::Untested { loaded: true });
        assert_eq!(support("5.5.5-10.11.19-MariaDB", Version::V7_3_0), Support::Untested { loaded: true });
        assert_eq!(support("5.5.5-10.2.44-MariaDB", Version::V5_11_0), Support::TooOld);
        assert_eq!(support("8.0.11-TiDB-v7.5.1", Version::V7_3_0), Support::NotMySql);
        assert_eq!(tested_text(Version::V7_3_0), "MySQL 8.0, MySQL 8.4 or MariaDB 11.4");
    }

    proptest! {
        #[test]
        fn any_version_is_read(version: String, comment: String) {
            let _ = ServerVersion::read(&version, &comment, None);
        }
    }
}

//! Reads `SHOW CREATE USER CURRENT_USER()`. A hash of the password in it is not kept.

use super::greeting;
use super::words::{StatementPart, parts};

/// An account, as the server reports it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct MysqlAccount {
    /// The authentication plugin, cleaned; the first one if MariaDB has several.
    pub(crate) plugin: String,
    /// Limit of simultaneous connections; `None` without a limit.
    pub(crate) max_connections: Option<u32>,
}

impl MysqlAccount {
    /// Parses the statement; `None` if it is another one.
    pub(crate) fn parse(statement: &str) -> Option<Self> {
        let parts = parts(statement);
        if !parts.first()?.is("CREATE") || !parts.get(1)?.is("USER") {
            return None;
        }
        let after = |word: &str| parts.iter().position(|part| part.is(word)).map(|at| &parts[at + 1..]);
        let plugin = match after("IDENTIFIED") {
            // MySQL writes WITH, MariaDB VIA, or only BY for its oldest plugin.
            Some([how, StatementPart::Quoted(plugin) | StatementPart::Word(plugin), ..])
                if how.is("WITH") || how.is("VIA") =>
            {
                greeting::clean(plugin.as_bytes())
            }
            _ => "mysql_native_password".to_owned(),
        };
        let max = match after("MAX_USER_CONNECTIONS") {
            Some([StatementPart::Word(number), ..]) => number.parse().ok().filter(|max| *max > 0),
            _ => None,
        };
        Some(Self { plugin, max_connections: max })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn plugin_and_limit_are_read() {
        for (statement, plugin, max) in [
            (
                "CREATE USER `u`@`%` IDENTIFIED WITH 'caching_sha2_password' AS <secret> REQUIRE NONE WITH \
                 MAX_USER_CONNECTIONS 7 PASSWORD EXPIRE DEFAULT ACCOUNT UNLOCK",
                "caching_sha2_password",
                Some(7),
            ),
            ("CREATE USER `u`@`%` IDENTIFIED BY PASSWORD '*8679'", "mysql_native_password", None),
            ("CREATE USER `u`@`%` IDENTIFIED VIA ed25519 USING 'x' OR unix_socket", "ed25519", None),
            ("CREATE USER `u`@`%`", "mysql_native_password", None),
            (
                "CREATE USER `IDENTIFIED`@`MAX_USER_CONNECTIONS` IDENTIFIED WITH 'sha256_password'",
                "sha256_password",
                None,
            ),
        ] {
            let expected = MysqlAccount { plugin: plugin.to_owned(), max_connections: max };
            assert_eq!(MysqlAccount::parse(statement), Some(expected), "{statement}");
        }
        assert_eq!(MysqlAccount::parse("DROP USER u"), None);
    }

    proptest! {
        #[test]
        fn any_statement_is_read(text: String) {
            if let Some(account) = MysqlAccount::parse(&format!("CREATE USER `u`@`%` {text}")) {
                prop_assert_eq!(greeting::clean(account.plugin.as_bytes()), account.plugin);
            }
        }
    }
}

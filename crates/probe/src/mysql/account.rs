//! Our own account on the server: reads `SHOW CREATE USER CURRENT_USER()`. The hash of the password, which may stand in
//! that answer, is not kept.

use super::greeting;
use super::words::{Part, parts};

/// What the server says about an account.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Account {
    /// The plug-in that checks its password, cleaned; the first where MariaDB has several.
    pub(crate) plugin: String,
    /// The most connections it may have at once; `None` without a limit.
    pub(crate) most_connections: Option<u32>,
}

impl Account {
    /// Reads the statement; `None` when it is none.
    pub(crate) fn read(statement: &str) -> Option<Self> {
        let parts = parts(statement);
        if !parts.first()?.is("CREATE") || !parts.get(1)?.is("USER") {
            return None;
        }
        let after = |word: &str| parts.iter().position(|part| part.is(word)).map(|at| &parts[at + 1..]);
        let plugin = match after("IDENTIFIED") {
            // MySQL writes WITH, MariaDB VIA, and MariaDB says nothing but BY for its old way.
            Some([how, Part::Quoted(plugin) | Part::Word(plugin), ..]) if how.is("WITH") || how.is("VIA") => {
                greeting::clean(plugin.as_bytes())
            }
            _ => "mysql_native_password".to_owned(),
        };
        let most = match after("MAX_USER_CONNECTIONS") {
            Some([Part::Word(number), ..]) => number.parse().ok().filter(|most| *most > 0),
            _ => None,
        };
        Some(Self { plugin, most_connections: most })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn plugin_and_limit_are_read() {
        for (statement, plugin, most) in [
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
            let expected = Account { plugin: plugin.to_owned(), most_connections: most };
            assert_eq!(Account::read(statement), Some(expected), "{statement}");
        }
        assert_eq!(Account::read("DROP USER u"), None);
    }

    proptest! {
        #[test]
        fn any_statement_is_read(text: String) {
            if let Some(account) = Account::read(&format!("CREATE USER `u`@`%` {text}")) {
                prop_assert_eq!(greeting::clean(account.plugin.as_bytes()), account.plugin);
            }
        }
    }
}

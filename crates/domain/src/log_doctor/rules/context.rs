//! What an entry is about when its deepest cause does not tell: `Connection refused` alone may be any server.

use super::super::pattern::Pattern::{self, All, Any, Entry, EntryTest, Frame, Logger, Not};

/// What only a database driver prints.
const SQL: Pattern = Any(&[
    Entry("java.sql."),
    Entry("sqlexception"),
    Entry("psqlexception"),
    Entry("sqlserverexception"),
    Entry("sqltransient"),
    Entry("sqlnontransient"),
    Entry("com.mysql"),
    Entry("org.postgresql"),
    Entry("org.mariadb"),
    Entry("oracle.net"),
    Entry("oracle.jdbc"),
    Entry("communications link failure"),
    Entry("cjcommunicationsexception"),
    Frame("com.mysql"),
    Frame("org.postgresql"),
    Frame("com.microsoft.sqlserver"),
    Frame("oracle.net"),
    Frame("oracle.jdbc"),
    Frame("org.mariadb"),
]);

/// PostgreSQL.
pub(in super::super) const POSTGRESQL: Pattern = Any(&[
    Entry("psqlexception"),
    Entry("org.postgresql"),
    Entry("jdbc:postgresql"),
    Frame("org.postgresql"),
    Logger("org.postgresql"),
]);

/// SQL Server.
pub(in super::super) const SQL_SERVER: Pattern = Any(&[
    Entry("sqlserverexception"),
    Entry("com.microsoft.sqlserver"),
    Entry("jdbc:sqlserver"),
    Entry("to sql server"),
    Frame("com.microsoft.sqlserver"),
    Logger("com.microsoft.sqlserver"),
]);

/// Oracle.
pub(in super::super) const ORACLE: Pattern = Any(&[
    Entry("oracle.net"),
    Entry("oracle.jdbc"),
    Entry("oracle.security"),
    Entry("jdbc:oracle"),
    Entry("sqlrecoverableexception: io error"),
    EntryTest(has_oracle_code),
    Frame("oracle.net"),
    Frame("oracle.jdbc"),
]);

/// A connection to a database.
pub(in super::super) const DATABASE: Pattern = Any(&[
    SQL,
    All(&[
        Not(&LDAP),
        Not(&MAIL),
        Any(&[
            Entry("jdbc:"),
            Entry("jdbc/"),
            Entry("database connection"),
            Entry("hc_00001"),
            Entry("data source"),
            Logger("tomcat.jdbc.pool"),
            Logger("ndatasource"),
        ]),
    ]),
]);

/// What mentions a directory.
const LDAP: Pattern = Any(&[
    Entry("ldap"),
    Entry("simple bind failed"),
    Entry("javax.naming.communicationexception"),
    Entry("javax.naming.authenticationexception"),
    Entry("javax.naming.serviceunavailable"),
    Entry("javax.naming.directory"),
    Logger("ldap"),
    Frame("com.sun.jndi.ldap"),
]);

/// A connection to an LDAP directory.
pub(in super::super) const DIRECTORY: Pattern = All(&[LDAP, Not(&SQL)]);

/// Mail that the node sends.
pub(in super::super) const MAIL: Pattern = Any(&[
    Entry("javax.mail"),
    Entry("jakarta.mail"),
    Entry("com.sun.mail"),
    Entry("smtp"),
    Logger("email"),
    Logger("mail"),
    Frame("com.sun.mail"),
]);

/// Hazelcast and the membership schemes.
pub(in super::super) const CLUSTER: Pattern =
    Any(&[Entry("hazelcast"), Logger("hazelcast"), Logger("clustering"), Logger("membership"), Frame("com.hazelcast")]);

/// A request of a node to itself or another node: the login pages call the APIs of IS.
pub(in super::super) const INTERNAL_CALL: Pattern = Any(&[
    Entry("<localhost>"),
    Entry("localhost"),
    Entry("127.0.0.1"),
    Entry("endpoint.util"),
    Logger("endpoint.util"),
    Logger("mgt.endpoint"),
    Logger("authenticationendpoint"),
    Logger("accountrecoveryendpoint"),
    Frame("endpoint.util"),
]);

/// The error log of NGINX.
pub(in super::super) const NGINX: Pattern = Logger("nginx");

/// H2, the database in the pack.
pub(in super::super) const H2: Pattern =
    Any(&[Entry("org.h2"), Entry("[42102-"), Entry("jdbc:h2"), Entry(".mv.db"), Entry(".h2.db")]);

/// Any other server: applications, APIs, identity providers.
pub(in super::super) const OTHER_SERVER: Pattern =
    All(&[Not(&DATABASE), Not(&DIRECTORY), Not(&MAIL), Not(&CLUSTER), Not(&NGINX)]);

/// The user management, while the server starts.
pub(in super::super) const REALM: Pattern =
    Any(&[Entry("cannot start user manager core bundle"), Entry("cannot initialize the realm")]);

/// Whether a text has an error code of Oracle, such as `ora-28860`, and not only the name of a host.
fn has_oracle_code(text: &str) -> bool {
    text.match_indices("ora-").any(|(at, found)| {
        let code = &text.as_bytes()[at + found.len()..];
        !text[..at].ends_with(|letter: char| letter.is_ascii_alphanumeric())
            && code.iter().take_while(|byte| byte.is_ascii_digit()).count() == 5
    })
}

//! Names of databases, accounts, nodes and clusters, in characters that need no escaping in files and shells.

use super::one_line;
use crate::field_of_value;
use crate::value::{Control, Value, ValueError, quoted};

/// Declares a name: width, maximum length, permitted characters and their description.
macro_rules! name {
    ($(#[$meta:meta])* $name:ident, $width:literal, $max_length:literal, $what:literal, $letters:literal, $fits:expr) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
        pub struct $name(String);

        impl $name {
            /// The name itself.
            #[must_use]
            pub fn as_str(&self) -> &str { &self.0 }
        }

        impl Value for $name {
            const CONTROL: Control = Control::Text($width);

            fn parse(text: &str) -> Result<Self, ValueError> {
                one_line(text, $max_length, $what)?;
                let fits: fn(&str) -> bool = $fits;
                if !fits(text) {
                    return Err(ValueError::new(
                        format!(concat!("{} cannot be used as ", $what, "."), quoted(text)),
                        concat!("Enter ", $what, ": ", $letters, "."),
                    ));
                }
                Ok(Self(text.to_owned()))
            }

            fn text(&self) -> String { self.0.clone() }
        }

        field_of_value!($name);
    };
}

name!(
    /// A database (schema) of MySQL. MySQL allows more; these characters need no quoting in URLs, shells and SQL.
    DatabaseName, 32, 64, "a database name",
    "letters, digits, _ and -, starting with a letter or digit, at most 64",
    |text| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
        && text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && !text.bytes().all(|byte| byte.is_ascii_digit())
        && !["mysql", "sys", "information_schema", "performance_schema"].contains(&text.to_ascii_lowercase().as_str())
);
name!(
    /// The name of a MySQL account, at most 32 characters (MySQL reference manual, account names).
    AccountName, 24, 32, "an account name",
    "letters, digits, and . _ - @ +, at most 32",
    |text| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'@' | b'+'))
);
name!(
    /// The host part of an account in MySQL's `GRANT`.
    AccountHost, 24, 60, "a host, an address or a pattern such as 10.20.0.%",
    "letters, digits, and . : _ - % /, at most 60",
    |text| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b':' | b'_' | b'-' | b'%' | b'/'))
);
name!(
    /// The super admin's user name: 3 to 30 characters, by IS's user name pattern of all versions. IS reads the text
    /// after an @ as the name of a tenant.
    AdminName, 24, 30, "a user name",
    "3 to 30 letters, digits, and . _ -, without @, because IS reads a tenant name after it",
    |text| text.len() >= 3
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
);
name!(
    /// A node's name: a folder of the bundle and a name in certificates.
    NodeName, 16, 40, "a node name",
    "lower-case letters, digits and -, starting with a letter, at most 40",
    |text| text.starts_with(|first: char| first.is_ascii_lowercase())
        && !text.ends_with('-')
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
);
name!(
    /// Hazelcast's cluster name (`[clustering] domain`). Two clusters in one network must differ.
    ClusterDomain, 32, 100, "a cluster domain",
    "letters, digits, and . _ -, at most 100",
    |text| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
);
name!(
    /// A folder of a node, as an absolute path.
    FolderPath, 40, 200, "a folder",
    "an absolute path of letters, digits, and / . _ -, without .. and without a trailing /",
    |text| text.starts_with('/') && text.len() > 1 && !text.ends_with('/')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'_' | b'-'))
        && text.split('/').skip(1).all(|part| !matches!(part, "" | "." | ".."))
);
name!(
    /// An attribute or an object class of a directory, as filters contain it (RFC 4512, section 1.4).
    DirectoryTerm, 24, 60, "the name of an attribute or an object class",
    "letters, digits, - and ., starting with a letter or digit, at most 60",
    |text| text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
);

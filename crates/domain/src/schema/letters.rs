//! Names of people for DB-19, which writes and reads them, and the character sets that support them.
//!
//! The probe decides what a server stores of a name.

use super::fingerprint::fingerprint;
use crate::product::Version;

/// The script and the table of user attributes of IS's own user store, and its column of values.
const USER_ATTRIBUTE_COLUMN: (&str, &str, &str) = ("mysql.sql", "UM_USER_ATTRIBUTE", "UM_ATTR_VALUE");

/// A name with non-ASCII characters.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TestString {
    /// The kind of characters, for a sentence.
    pub words: &'static str,
    /// The name.
    pub name: &'static str,
    /// The character sets that support it.
    charsets: &'static [&'static str],
}

/// The test names, from the most widely supported on.
pub const TEST_STRINGS: [TestString; 3] = [
    TestString { words: "accents", name: "Zoë Müller", charsets: &["latin1", "utf8mb3", "utf8mb4"] },
    TestString { words: "other scripts", name: "සමන් Łukasz 李", charsets: &["utf8mb3", "utf8mb4"] },
    TestString { words: "emoji", name: "Ann 😀", charsets: &["utf8mb4"] },
];

impl TestString {
    /// Whether a character set in the form of [`super::charset_name`] supports the name.
    #[must_use]
    pub fn is_supported_by(&self, charset: &str) -> bool {
        self.charsets.contains(&charset)
    }
}

/// The required character set of the values of user attributes: that of the script if it sets one, otherwise the one
/// `chosen` for the databases.
#[must_use]
pub fn attribute_charset(version: Version, chosen: &str) -> &str {
    let (script, table, column) = USER_ATTRIBUTE_COLUMN;
    let table = fingerprint(version, script).tables.get(table);
    let of_column = table.and_then(|table| table.columns.get(column)?.charset.as_deref());
    of_column.or_else(|| table?.charset.as_deref()).unwrap_or(chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn from_7_2_on_every_name_fits_and_before_what_the_database_holds() {
        assert_eq!(attribute_charset(Version::V7_3_0, "latin1"), "utf8mb4");
        assert_eq!(attribute_charset(Version::V7_1_0, "latin1"), "latin1");
        let held = |charset: &str| TEST_STRINGS.iter().filter(|letters| letters.is_supported_by(charset)).count();
        assert_eq!([held("latin1"), held("utf8mb3"), held("utf8mb4"), held("ascii")], [1, 2, 3, 0]);
    }
}

//! Tables in a normalised form, without differences in notation between MySQL and MariaDB.

use std::collections::BTreeMap;

/// A column.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct TableColumn {
    /// Its type in the form of [`column_type`].
    pub kind: String,
    /// Its character set in the form of [`charset_name`]; `None` for numbers and bytes, and in facts also if the column
    /// has that of its table.
    pub charset: Option<String>,
}

/// An index, the primary key included.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TableIndex {
    /// Its name; `PRIMARY` for the primary key.
    pub name: String,
    /// Its columns in order, without prefix lengths, which depend on the server.
    pub columns: Vec<String>,
    /// Whether values are unique.
    pub unique: bool,
}

/// A foreign key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ForeignKey {
    /// Its name; servers generate different ones if a script sets none.
    pub name: String,
    /// Its columns in order.
    pub columns: Vec<String>,
    /// The referenced table.
    pub references: String,
}

/// A table. All names are in capital letters, because not all servers keep the case.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Table {
    /// Columns by name.
    pub columns: BTreeMap<String, TableColumn>,
    /// Indexes, the primary key included.
    pub indexes: Vec<TableIndex>,
    /// Foreign keys.
    pub foreign_keys: Vec<ForeignKey>,
    /// Its character set; in facts `None` if it has that of its database.
    pub charset: Option<String>,
    /// Its storage engine, in the server's spelling; empty in facts.
    pub engine: String,
    /// Its name, in the server's spelling; empty in facts.
    pub written: String,
}

impl Table {
    /// The index with this name.
    #[must_use]
    pub fn index(&self, name: &str) -> Option<&TableIndex> {
        self.indexes.iter().find(|index| index.name == name)
    }
}

/// An observed database.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ObservedSchema {
    /// Its default character set.
    pub charset: String,
    /// Tables by name in capital letters, without views.
    pub tables: BTreeMap<String, Table>,
    /// Rows by table in capital letters, counted up to a limit, without uncounted tables.
    pub rows: BTreeMap<String, u64>,
    /// Whether tables exist whose rows could not be counted: then it is unknown whether they contain data.
    pub uncounted: bool,
}

/// A column's type in a common notation of both products: `int(11)` and `int` are equal, so are `json` and MariaDB's
/// `longtext` for it.
#[must_use]
pub fn column_type(written: &str) -> String {
    let written = written.to_ascii_lowercase();
    let (name, rest) = written.split_once('(').unwrap_or((&written, ""));
    let after = rest.split_once(')').map_or("", |(_, after)| after);
    match name {
        "tinyint" | "smallint" | "mediumint" | "int" | "bigint" | "year" => format!("{name}{after}"),
        "json" => "longtext".to_owned(),
        _ => written,
    }
}

/// A character set's name in a common notation of both products, from its name or from that of a collation.
#[must_use]
pub fn charset_name(written: &str) -> String {
    let name = written.split('_').next().unwrap_or_default().to_ascii_lowercase();
    if name == "utf8" { "utf8mb3".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_products_types_are_one() {
        for (written, kind) in [
            ("int(11)", "int"),
            ("INT", "int"),
            ("int(10) unsigned", "int unsigned"),
            ("bigint(20)", "bigint"),
            ("tinyint(1)", "tinyint"),
            ("varchar(255)", "varchar(255)"),
            ("json", "longtext"),
            ("decimal(10,2)", "decimal(10,2)"),
        ] {
            assert_eq!(column_type(written), kind);
        }
        assert_eq!(charset_name("utf8_general_ci"), "utf8mb3");
        assert_eq!(charset_name("latin1_swedish_ci"), "latin1");
        assert_eq!(charset_name("utf8mb4"), "utf8mb4");
    }
}

//! Finds statements that WSO2 did not release, by their digests. The digests of released statements are in `domain`.

use aws_lc_rs::digest::{SHA256, digest as hash};
use domain::product::Version;
use domain::schema::script::Statement;
use domain::schema::statement::{StatementDigest, normalized, released_digests};

/// The digest of a statement: the first 128 bits of the SHA-256 of its normalized text, in hexadecimal.
#[must_use]
pub fn digest(sql: &str) -> StatementDigest {
    let hash = hash(&SHA256, normalized(sql).as_bytes());
    hash.as_ref().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// The statements that WSO2 did not release with `version`.
#[must_use]
pub fn unreleased(version: Version, statements: &[Statement]) -> Vec<&Statement> {
    let released_digests = released_digests(version);
    statements.iter().filter(|statement| !released_digests.contains(&digest(&statement.sql))).collect()
}

//! Changes to filled databases, with the check that reports each. `i`, `s` and `a` are the identity, shared and agent database.

use domain::check::CheckId;

/// Faults of filled databases: the database, the SQL that injects the fault, the SQL that fixes it, the check that reports
/// it, and a part of its text.
pub(crate) const FAULTS: &[(&str, &str, &str, CheckId, &str)] = &[
    (
        "i",
        "DROP INDEX IDX_ATH ON IDN_OAUTH2_ACCESS_TOKEN",
        "CREATE INDEX IDX_ATH ON IDN_OAUTH2_ACCESS_TOKEN(ACCESS_TOKEN_HASH)",
        CheckId::Db14,
        "1 missing: index IDX_ATH on IDN_OAUTH2_ACCESS_TOKEN",
    ),
    (
        "s",
        "ALTER TABLE UM_TENANT MODIFY UM_EMAIL INT",
        "ALTER TABLE UM_TENANT MODIFY UM_EMAIL VARCHAR(255)",
        CheckId::Db14,
        "1 changed: column UM_TENANT.UM_EMAIL is int, not varchar(255)",
    ),
    (
        "s",
        "ALTER TABLE UM_TENANT MODIFY UM_EMAIL VARCHAR(100)",
        "ALTER TABLE UM_TENANT MODIFY UM_EMAIL VARCHAR(255)",
        CheckId::Db14,
        "UM_TENANT.UM_EMAIL is varchar(100)",
    ),
    (
        "s",
        "ALTER TABLE UM_TENANT DROP UM_EMAIL",
        "ALTER TABLE UM_TENANT ADD UM_EMAIL VARCHAR(255)",
        CheckId::Db14,
        "column UM_TENANT.UM_EMAIL",
    ),
    (
        "s",
        "RENAME TABLE UM_DIALECT TO UM_DIALECT_OLD",
        "RENAME TABLE UM_DIALECT_OLD TO UM_DIALECT",
        CheckId::Db14,
        "table UM_DIALECT",
    ),
    (
        "i",
        "DELETE FROM IDN_BASE_TABLE",
        "INSERT INTO IDN_BASE_TABLE VALUES ('WSO2 Identity Server')",
        CheckId::Db14,
        "rows of IDN_BASE_TABLE (0 of 1)",
    ),
    (
        "i",
        "ALTER TABLE IDN_BASE_TABLE DROP PRIMARY KEY",
        "ALTER TABLE IDN_BASE_TABLE ADD PRIMARY KEY (PRODUCT_NAME)",
        CheckId::Db14,
        "primary key of IDN_BASE_TABLE",
    ),
    (
        "i",
        "DROP INDEX IDX_ATH ON IDN_OAUTH2_ACCESS_TOKEN; CREATE INDEX IDX_ATH ON IDN_OAUTH2_ACCESS_TOKEN(TOKEN_STATE)",
        "DROP INDEX IDX_ATH ON IDN_OAUTH2_ACCESS_TOKEN; CREATE INDEX IDX_ATH ON IDN_OAUTH2_ACCESS_TOKEN(ACCESS_TOKEN_HASH)",
        CheckId::Db14,
        "index IDX_ATH on IDN_OAUTH2_ACCESS_TOKEN has the columns (TOKEN_STATE), not (ACCESS_TOKEN_HASH)",
    ),
    (
        "s",
        "DROP INDEX UM_TENANT_UUID ON UM_TENANT; CREATE INDEX UM_TENANT_UUID ON UM_TENANT(UM_TENANT_UUID)",
        "DROP INDEX UM_TENANT_UUID ON UM_TENANT; CREATE UNIQUE INDEX UM_TENANT_UUID ON UM_TENANT(UM_TENANT_UUID)",
        CheckId::Db14,
        "index UM_TENANT_UUID on UM_TENANT is not unique",
    ),
    (
        "s",
        "CREATE UNIQUE INDEX ONE_MAIL ON UM_TENANT(UM_EMAIL)",
        "DROP INDEX ONE_MAIL ON UM_TENANT",
        CheckId::Db14,
        "UM_TENANT has an extra unique index: ONE_MAIL",
    ),
    (
        "i",
        "ALTER TABLE CM_RECEIPT_SP_ASSOC DROP FOREIGN KEY CM_RECEIPT_SP_ASSOC_fk0",
        "ALTER TABLE CM_RECEIPT_SP_ASSOC ADD CONSTRAINT CM_RECEIPT_SP_ASSOC_fk0 FOREIGN KEY (CONSENT_RECEIPT_ID) \
         REFERENCES CM_RECEIPT (CONSENT_RECEIPT_ID)",
        CheckId::Db14,
        "foreign key of CM_RECEIPT_SP_ASSOC (CONSENT_RECEIPT_ID) to CM_RECEIPT",
    ),
    (
        "s",
        "CREATE TABLE AM_API (a INT)",
        "DROP TABLE AM_API",
        CheckId::Db13,
        "WSO2 API Manager uses this database: AM_API",
    ),
    (
        "i",
        "CREATE TABLE orders (a INT)",
        "DROP TABLE orders",
        CheckId::Db13,
        "1 of 172 tables are not tables of IS: orders",
    ),
    (
        "a",
        "CREATE TABLE a1 (a INT); CREATE TABLE a2 (a INT); CREATE TABLE a3 (a INT); CREATE TABLE a4 (a INT); \
         CREATE TABLE a5 (a INT); CREATE TABLE a6 (a INT)",
        "DROP TABLE a1, a2, a3, a4, a5, a6",
        CheckId::Db13,
        "6 of 10 tables are not tables of IS: a1, a2, a3, a4, a5 and 1 more",
    ),
    (
        "a",
        "DROP INDEX UM_ATTR_NAME_VALUE_INDEX ON UM_USER_ATTRIBUTE; DROP TABLE UM_USER_ROLE",
        "CREATE INDEX UM_ATTR_NAME_VALUE_INDEX ON UM_USER_ATTRIBUTE(UM_ATTR_NAME, UM_ATTR_VALUE(512)); @5",
        CheckId::Db14,
        "identity/agent/mysql.sql stopped after 4 of 6 statements with 3 tables. The next one is the index UM_ATTR_NAME_VALUE_INDEX",
    ),
    (
        "a",
        "SET foreign_key_checks = 0; DROP TABLE UM_USER_ROLE, UM_USER_ATTRIBUTE, UM_USER, UM_ROLE",
        "@0",
        CheckId::Db16,
        "identity/agent/mysql.sql did not run: UM_USER is missing. The database is empty, but others are filled",
    ),
];

/// Faults that only warn, in the same form.
pub(crate) const WARNINGS: &[(&str, &str, &str, CheckId, &str)] = &[
    (
        "s",
        "ALTER TABLE UM_DIALECT CONVERT TO CHARACTER SET utf8mb4",
        "ALTER TABLE UM_DIALECT CONVERT TO CHARACTER SET latin1",
        CheckId::Db18,
        "table UM_DIALECT is utf8mb4, not latin1",
    ),
    (
        "s",
        "ALTER TABLE UM_TENANT MODIFY UM_EMAIL VARCHAR(255) CHARACTER SET utf8mb3",
        "ALTER TABLE UM_TENANT MODIFY UM_EMAIL VARCHAR(255) CHARACTER SET latin1",
        CheckId::Db18,
        "column UM_TENANT.UM_EMAIL is utf8mb3, not latin1",
    ),
    (
        "i",
        "ALTER TABLE IDN_BASE_TABLE DEFAULT CHARACTER SET utf8mb4",
        "ALTER TABLE IDN_BASE_TABLE DEFAULT CHARACTER SET latin1",
        CheckId::Db18,
        "table IDN_BASE_TABLE is utf8mb4",
    ),
    (
        "a",
        "ALTER TABLE UM_USER_ATTRIBUTE MODIFY UM_ATTR_VALUE VARCHAR(1024) CHARACTER SET latin1",
        "ALTER TABLE UM_USER_ATTRIBUTE MODIFY UM_ATTR_VALUE VARCHAR(1024) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci",
        CheckId::Db18,
        "column UM_USER_ATTRIBUTE.UM_ATTR_VALUE is latin1, not utf8mb4",
    ),
    (
        "s",
        "INSERT INTO UM_DOMAIN (UM_DOMAIN_NAME, UM_TENANT_ID) VALUES ('PRIMARY', -1234)",
        "DELETE FROM UM_DOMAIN",
        CheckId::Db26,
        "1 tables hold data: UM_DOMAIN. An IS uses or used",
    ),
];

/// Differences that are accepted, in the same form.
pub(crate) const HARMLESS: &[(&str, &str, &str, CheckId, &str)] = &[
    (
        "i",
        "ALTER TABLE IDN_OAUTH2_DEVICE_FLOW ADD UPDATED INT",
        "ALTER TABLE IDN_OAUTH2_DEVICE_FLOW DROP UPDATED",
        CheckId::Db14,
        "possibly from an update: column IDN_OAUTH2_DEVICE_FLOW.UPDATED",
    ),
    (
        "i",
        "CREATE TABLE IDN_NEW_BY_UPDATE (ID INT PRIMARY KEY)",
        "DROP TABLE IDN_NEW_BY_UPDATE",
        CheckId::Db14,
        "table IDN_NEW_BY_UPDATE",
    ),
    (
        "s",
        "ALTER TABLE UM_TENANT MODIFY UM_EMAIL VARCHAR(512)",
        "ALTER TABLE UM_TENANT MODIFY UM_EMAIL VARCHAR(255)",
        CheckId::Db14,
        "wider than varchar(255)",
    ),
    (
        "s",
        "CREATE INDEX TUNED ON UM_TENANT(UM_EMAIL)",
        "DROP INDEX TUNED ON UM_TENANT",
        CheckId::Db14,
        "60 tables match",
    ),
    ("s", "CREATE VIEW v AS SELECT 1 AS one", "DROP VIEW v", CheckId::Db13, "All 60 tables are tables of IS"),
];

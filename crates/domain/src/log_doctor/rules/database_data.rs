//! Databases: values that a table does not accept.

use super::super::failure::ValueSource::Between;
use super::super::pattern::Pattern::{All, Any, Entry, Has, Not, Word};
use super::context::H2;
use super::declare::failure_rules;

failure_rules! {
    "session-object-too-large" Database Request "A sign-on context is larger than its column"
        cause "SESSION_OBJECT of the session store is a BLOB on MySQL, with at most 65,535 bytes; a large authorization request or many claims exceed it. The login then fails on the node that must read the context, usually the other one. It is not max_allowed_packet."
        check "Show the type of the column." [Db14]
        remedy "Change the column to MEDIUMBLOB in both tables, or send less in the request. The change rewrites the tables and locks them meanwhile: make it at a quiet time, with a backup. Report it to WSO2: their scripts have BLOB."
        run ["ALTER TABLE IDN_AUTH_SESSION_STORE MODIFY SESSION_OBJECT MEDIUMBLOB;\nALTER TABLE IDN_AUTH_TEMP_SESSION_STORE MODIFY SESSION_OBJECT MEDIUMBLOB;"]
        when All(&[Has("session_object"), Any(&[Has("data too long"), Has("data truncation"), Has("too large"), Has("truncated")])]);

    "character-set" Database Request "The character set of a column has not all letters of a value"
        cause "The column has latin1 or another set that lacks the letters, or the statement mixes two collations after a migration."
        check "Show the character sets of the table and of the connection." [Db19, Db18, Db20]
        remedy "Give only the column of the value, such as UM_ATTR_VALUE, a character set with all letters of your users; the database itself stays latin1. The change rewrites and locks the table: make a backup first, and do it at a quiet time."
        run ["ALTER TABLE UM_USER_ATTRIBUTE MODIFY UM_ATTR_VALUE VARCHAR(1024) CHARACTER SET utf8mb4;"]
        when Any(&[
            Has("incorrect string value"),
            Has("illegal mix of collations"),
            Has("unknown collation"),
            Has("unknown character set"),
            All(&[Has("byte sequence"), Has("for encoding")]),
            All(&[Has("has no equivalent in encoding"), Has("byte sequence")]),
            Has("cannot resolve the collation conflict"),
        ]);
        values [Between("Column", "for column '", "'")];

    "value-too-long" Database Request "A value is longer than its column"
        cause "A claim, callback, certificate or other value exceeds the length of its column, so that it is not stored; or the column is shorter than in the scripts of this version."
        check "Compare the length of the column with that in WSO2's script." [Db14]
        remedy "Shorten the value. If the column is shorter than in the script, apply the missing migration; WSO2 does not support other lengths, and the next migration may undo them."
        when All(&[Not(&H2), Any(&[
            Has("data too long for column"),
            Has("value too long for type"),
            Has("binary data would be truncated"),
            Word("ora-12899"),
            Word("ora-01461"),
            Has("data truncation"),
        ])]);
        values [Between("Column", "for column '", "'"), Between("Column", "ora-12899: value too large for column ", " (")];

    "foreign-key-conflict" Database Request "A row refers to a row that does not exist"
        cause "Two requests or nodes changed related rows at the same time, a clean-up job deleted the other row, or a node works with stale caches or another database than the others."
        check "Do all nodes have the same URLs, and do they form one cluster?" [Cl08, Nd03, Db34]
        remedy "Single ones need nothing. If they repeat, verify that all nodes use the same databases and that caches are invalidated between them; run clean-up jobs on one node only."
        when All(&[Not(&H2), Any(&[
            Has("foreign key constraint fails"),
            Has("violates foreign key constraint"),
            Has("conflicted with the foreign key"),
            Word("ora-02291"),
            Word("ora-02292"),
        ])]);
        values [Between("Constraint", "constraint \"", "\""), Between("Table", "table \"", "\"")];

    "value-required" Database Request "A column requires a value that IS did not write"
        cause "IS wrote no value into a column that must have one: Oracle stores an empty text as none, a request left out a field, or the tables belong to another version or update level."
        check "Which column does the message name? Compare its table with WSO2's script of this update level." [Db14, Db15]
        remedy "Fill in the field that the request or the setting leaves empty. If the table differs from the script, apply the missing migration, after a backup. Do not remove the condition from the column: IS relies on it."
        when All(&[Not(&H2), Any(&[
            Word("ora-01400"),
            Word("ora-01407"),
            Has("violates not-null constraint"),
            Has("cannot insert the value null"),
            All(&[Has("column '"), Has("cannot be null")]),
        ])]);
        values [Between("Column", "into (", ")"), Between("Column", "column '", "'"), Between("Column", "column \"", "\"")];

    "token-requests-collide" Database Request "Concurrent token requests of one application collide"
        cause "Several requests for a token of the same application, user and scope arrive at the same time, often at different nodes. One of them wins; IS repeats the others up to a limit."
        check "Do clients request a new token for each call? Are stale caches possible?" [Db32, Nd03]
        remedy "Let clients keep a token until it expires. If it persists, raise the number of retries, or let the token include a random value with JWT access tokens."
        when All(&[Has("con_app_key"), Any(&[Has("duplicate"), Has("unique"), Has("already exists"), Has("maximum retry")]), Not(&Has("retry attempt to recover"))]);

    "duplicate-entry" Database Request "A row exists already"
        cause "The same entry was stored twice at the same time: by two nodes, by two requests, or by a node whose cache did not show the first one."
        check "Do all nodes form one cluster with the same databases?" [Cl08, Nd03, Db43]
        remedy "Single ones need nothing. At the first start, start one node after the other. If they repeat, verify the cluster and its caches."
        when All(&[Not(&H2), Any(&[
            Has("duplicate entry '"),
            Has("duplicate key value violates unique constraint"),
            Word("ora-00001"),
            Has("violation of unique key constraint"),
            Has("violation of primary key constraint"),
            All(&[Has("cannot insert duplicate key"), Entry("sqlserver")]),
        ])]);
        values [Between("Key", "for key '", "'"), Between("Constraint", "unique constraint \"", "\"")];
}

//! Databases: tables, columns, keys, and what WSO2's scripts need.

use super::super::failure::ValueSource::Between;
use super::super::pattern::Pattern::{All, Any, Entry, FirstStart, Has, Logger, Not, Word};
use super::context::{DATABASE, H2, REALM};
use super::declare::failure_rules;

failure_rules! {
    "key-too-long" Database Start "The character set of the database is too wide for WSO2's indexes"
        cause "In a database with utf8mb4, the default of MySQL 8 and later, some keys of WSO2's scripts are longer than InnoDB permits (error 1071). The script stops or skips them, so tables or indexes are missing."
        check "Show the character set of the database, and compare its tables with those of the scripts." [Db17, Db21, Db14]
        remedy "If the database has no data yet, create it again with CHARACTER SET latin1 and load all scripts: creating it again deletes what is in it, so make a backup first. With data, convert the tables with a migration instead. A limit of 767 bytes comes from an old row format: use DYNAMIC."
        run ["SHOW CREATE DATABASE identity_db;", "CREATE DATABASE identity_db CHARACTER SET latin1;"]
        when Any(&[
            Has("specified key was too long"),
            Has("max key length is"),
            Word("error 1071"),
            All(&[Has("index column size too large"), Has("maximum column size")]),
            Has("row size too large"),
            Word("ora-01450"),
        ]);

    "foreign-key-not-created" Database Start "A foreign key of WSO2's scripts cannot be created"
        cause "The referenced table is missing, or has another character set, collation, engine or key type: a script was run out of order, in another database, or over tables of another version."
        check "SHOW ENGINE INNODB STATUS has the section LATEST FOREIGN KEY ERROR; compare the tables with the scripts." [Db14, Db16, Db17]
        remedy "Load the scripts in their order into an empty database. If the database has data, do not create it again, which deletes the data: give the table the character set and engine of the other one, after a backup."
        run ["SHOW CREATE TABLE IDN_OAUTH_CONSUMER_APPS;"]
        when All(&[Not(&H2), Any(&[
            Has("failed to open the referenced table"),
            Has("cannot add foreign key constraint"),
            Has("foreign key constraint is incorrectly formed"),
            Has("are incompatible"),
            Has("missing unique key for constraint"),
            Has("(errno: 150"),
            Word("ora-02270"),
        ]), Not(&Entry("hazelcast"))]);

    "primary-key-required" Database Start "The database server requires a primary key in every table"
        cause "Some tables of WSO2's scripts have no primary key, and this server rejects such tables (sql_require_primary_key, error 3750) or writes to them (Group Replication, error 3098)."
        check "SELECT @@sql_require_primary_key;" [Db24, Db34]
        remedy "Turn off sql_require_primary_key in the session that runs the scripts only. With Group Replication, add a primary key to the tables that the error names."
        run ["SET SESSION sql_require_primary_key = OFF;"]
        when Any(&[
            Has("sql_require_primary_key"),
            Has("unable to create or change a table without a primary key"),
            Has("does not comply with the requirements by an external plugin"),
        ]);

    "script-repeated" Database Start "A script of WSO2 ran a second time"
        cause "The tables exist already: the script stopped earlier and was repeated, or ran in the wrong database. The scripts cannot be repeated, and that of 7.3 drops four token tables if its errors are ignored."
        check "Compare the tables with those of the scripts." [Db26, Db14, Db16]
        remedy "Do not repeat a script over data, and do not ignore its errors. clusterwright databases continues where a script stopped. Only for a cluster that was never used, create the database again and load every script once: that deletes what is in it, so make a backup first."
        when All(&[Not(&H2), Any(&[
            All(&[Has("table '"), Has("' already exists"), Any(&[Word("error 1050"), DATABASE])]),
            All(&[Has("relation \""), Has("\" already exists")]),
            All(&[Has("duplicate entry"), Any(&[Has("idn_base_table"), Has("wso2 identity server")])]),
            Has("duplicate key name '"),
            Has("there is already an object named"),
            Word("ora-00955"),
        ])]);
        values [Between("Table", "table '", "'"), Between("Table", "relation \"", "\"")];

    "user-store-type-old" Configuration Start "The user store type does not match the tables"
        cause "[user_store] type is database, which does not fill in UM_USER_ID. The tables of 5.10 and later require it (product-is#7212)."
        check "Read [user_store] type on every node." [Us05]
        remedy "Set the unique-ID type, and restart."
        run ["[user_store]\ntype = \"database_unique_id\""]
        when All(&[Has("um_user_id"), Any(&[Has("default value"), Has("null value in column"), Has("cannot insert null"), Has("cannot insert the value null"), Has("cannot be null")])]);

    "column-missing" Database Function "A column is missing: the tables belong to another version or update level"
        cause "The tables were created by the scripts of another IS version, or an update of IS came without its database migration."
        check "Compare the tables with the scripts of this version; every node must have the same update level." [Db14, Db15, Nd13]
        remedy "Make a backup, then apply the migration of the update level (dbscripts/migrations of the pack), or migrate the databases with WSO2's migration client. Never mix update levels."
        when All(&[Not(&H2), Any(&[
            Has("unknown column '"),
            All(&[Has("column "), Has(" does not exist"), Any(&[Entry("psqlexception"), Has("error:")])]),
            All(&[Has("column name"), Has("invalid")]),
            All(&[Has("is of type "), Has("but expression is of type")]),
            Has("operator does not exist:"),
            Word("ora-00904"),
            Word("ora-17006"),
            Has("was not found in this resultset"),
            All(&[Has("field '"), Has("doesn't have a default value")]),
            All(&[Entry("sqlcode=-206"), Has("sqlcode=-206")]),
        ])]);
        values [
            Between("Column", "unknown column '", "'"),
            Between("Column", "field '", "'"),
            Between("Column", "ora-00904: ", ":")
        ];

    "table-missing" Database Start "A table is missing in the database"
        cause "A script of WSO2 did not run completely, ran in another database, or belongs to another version; or a data source points to the wrong database."
        check "Compare the tables of each database with those of the scripts." [Db14, Db16, Db12]
        remedy "First verify the URLs of the data sources: an empty database of another name looks the same. Then load the missing script, only that, into the right database: dbscripts has one for each type of server (mysql.sql, postgresql.sql, mssql.sql, oracle.sql); the one at the top into shared_db, those in identity and consent into identity_db, that in identity/agent into the agent database from 7.2. Do not repeat a script whose tables exist: some of them delete tables."
        run ["ls IS_HOME/dbscripts IS_HOME/dbscripts/identity IS_HOME/dbscripts/consent"]
        when All(&[Not(&H2), Any(&[
            All(&[Has("table '"), Has("' doesn't exist")]),
            All(&[Has("relation \""), Has("\" does not exist")]),
            All(&[Has("object name '"), Entry("sqlserver")]),
            All(&[Has("object name '"), Has("invalid")]),
            Word("ora-00942"),
            Word("ora-04043"),
            Word("ora-02289"),
            Has("sqlcode=-204"),
            All(&[Has("table \""), Has("\" not found"), Not(&Entry("h2"))]),
        ])]);
        values [
            Between("Table", "table '", "'"),
            Between("Table", "relation \"", "\""),
            Between("Table", "object name '", "'"),
            Between("Table", "ora-00942: table or view \"", "\" does")
        ];

    "two-first-starts" Database Start "Two nodes made their first start on the same empty databases"
        cause "Both nodes registered the built-in roles, applications, claims or API resources at the same time. One start fails or hangs; or both report success, and entries stand twice in the tables, which damages the databases permanently."
        check "Does API_RESOURCE contain an identifier twice?" [Db43]
        remedy "Stop all nodes. If no identifier stands twice, start one node, wait for “WSO2 Carbon started”, and only then the next. If one stands twice and the cluster was never used, create the databases again, load the scripts, and start one node after the other: this deletes every user, application and key in them. If the cluster was used, keep a backup and restore one from before, or let WSO2 repair the rows."
        run ["SELECT IDENTIFIER, COUNT(*) FROM API_RESOURCE GROUP BY IDENTIFIER, TENANT_ID HAVING COUNT(*) > 1;"]
        when All(&[FirstStart, Any(&[
            Has("error while registering system api resources"),
            Has("error while adding system api resource"),
            All(&[Has("role name: admin "), Has("in the system"), Any(&[Logger("activator"), Logger("internal."), REALM])]),
            All(&[
                Any(&[Has("duplicate entry"), Has("duplicate key value"), Has("unique constraint"), Has("unique key constraint"), Word("ora-00001")]),
                Any(&[
                    Has("idn_claim"), Has("claim_dialect"), Has("idn_claim_dialect"), Has("api_resource"), Has("idp_name"), Has("resident"),
                    Has("um_domain"), Has("um_tenant"), Has("um_system_role"), Has("um_hybrid_role"), Has("idn_oidc_scope"), Has("sp_app"), Has("reg_path"),
                    Has("idn_config_type"), Has("cm_purpose"), Has("dialect_uri"), Has("for key 'idp"), Has("idn_oauth2_scope"), Has("app_name_constraint"), Has("um_role"),
                    Has("application_name_constraint"), Has("idn_uma"), Has("reg_cluster_lock"), Has("reg_content"), Has("reg_resource")
                ]),
            ]),
        ])]);

    "first-start-incomplete" Database Start "The first start on these databases did not finish"
        cause "The first start stores claims, roles and applications once. It was interrupted, by a lost database connection or a stopped process, and later starts do not repeat what is missing."
        check "Does IDN_CLAIM have rows? Was the first start interrupted?" [Db43, Db14]
        remedy "If the cluster was never used, create the databases again, load the scripts, and let one node finish its first start: this deletes what is in them. Otherwise restore a backup from before, or let WSO2 complete the rows."
        when Any(&[
            Has("setting scim attributes for the admin"),
            Has("adding scim metadata to the admin"),
            All(&[Has("while assigning administrator role to the admin user")]),
            All(&[Has("no claim"), Has("mapping"), Has("found for tenant")]),
        ]);

    "sql-dialect" Database Function "The database does not understand a statement of IS"
        cause "The type of a data source is not that of its server, its mode changes the meaning of statements (ANSI_QUOTES), or the version of the server is not supported: Oracle before 12.2 permits names of 30 letters only (ORA-00972)."
        check "Compare type, url and driver of each data source, and the version and sql_mode of the server." [Db04, Db25, Db39]
        remedy "Set type, url and driver for the real server, and in MySQL use its default sql_mode."
        when All(&[Not(&H2), Any(&[
            Has("you have an error in your sql syntax"),
            All(&[Has("syntax error at or near"), Entry("psqlexception")]),
            Has("incompatible with sql_mode"),
            Word("ora-00933"),
            Word("ora-00972"),
            Word("ora-00911"),
            All(&[Has("incorrect syntax near"), Entry("sqlserver")]),
            Has("unsupported database:"),
            Has("database type is not supported"),
        ])]);
        values [Between("Near", "to use near '", "'")];
}

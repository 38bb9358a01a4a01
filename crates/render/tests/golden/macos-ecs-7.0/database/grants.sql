-- Creates the account IS runs with and gives it the least rights: no DDL, no other database.
-- Holds the account's password: mode 0600, and delete it once it has run. Written by Clusterwright 0.1.0.
SET NAMES utf8mb4;
-- Quotes and backslashes below are written for this mode, whatever the server's own is.
SET SESSION sql_mode = 'TRADITIONAL';

-- An account that exists keeps its password.
CREATE USER IF NOT EXISTS 'wso2is'@'%' IDENTIFIED BY 'Db-s3cret-of-tests';
GRANT SELECT, INSERT, UPDATE, DELETE ON `wso2shared\_db`.* TO 'wso2is'@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON `wso2identity\_db`.* TO 'wso2is'@'%';

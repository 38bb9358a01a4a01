-- Creates the account IS runs with and gives it the least rights: no DDL, no other database.
-- Holds the account's password: mode 0600, and delete it once it has run. Written by Clusterwright 0.1.0.
SET NAMES utf8mb4;
-- Quotes and backslashes below are written for this mode, whatever the server's own is.
SET SESSION sql_mode = 'TRADITIONAL';

-- An account that exists keeps its password.
CREATE USER IF NOT EXISTS 'wso2is'@'%' IDENTIFIED BY 'Db-s3cret-of-tests';

-- In GRANT `_` stands for any letter and `\_` for itself, but where MySQL's partial_revokes is on both are what they are.
SET @plain = 0 /*!80016 + @@GLOBAL.partial_revokes */;
SET @name = IF(@plain, 'wso2shared_db', REPLACE('wso2shared_db', '_', '\\_'));
SET @grant = CONCAT('GRANT SELECT, INSERT, UPDATE, DELETE ON `', @name, "`.* TO 'wso2is'@'%'");
PREPARE run_time_rights FROM @grant;
EXECUTE run_time_rights;
SET @name = IF(@plain, 'wso2identity_db', REPLACE('wso2identity_db', '_', '\\_'));
SET @grant = CONCAT('GRANT SELECT, INSERT, UPDATE, DELETE ON `', @name, "`.* TO 'wso2is'@'%'");
PREPARE run_time_rights FROM @grant;
EXECUTE run_time_rights;
SET @name = IF(@plain, 'wso2workflow_db', REPLACE('wso2workflow_db', '_', '\\_'));
SET @grant = CONCAT('GRANT SELECT, INSERT, UPDATE, DELETE ON `', @name, "`.* TO 'wso2is'@'%'");
PREPARE run_time_rights FROM @grant;
EXECUTE run_time_rights;
DEALLOCATE PREPARE run_time_rights;

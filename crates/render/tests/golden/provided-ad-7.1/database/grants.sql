-- Creates the database account of IS with the least privileges: no DDL, no other database.
-- Contains the account's password: mode 0600. Delete this file after you run it. Written by Clusterwright 0.1.0.
SET NAMES utf8mb4;
-- The quotes and backslashes below are escaped for this mode, whatever the default of the server is.
SET SESSION sql_mode = 'TRADITIONAL';

-- An existing account keeps its password.
CREATE USER IF NOT EXISTS 'svc-identity'@'10.20.0.%' IDENTIFIED BY 'Db-s3cret-of-tests';

-- In GRANT, `_` matches any character and `\_` an underscore. With MySQL's partial_revokes, both are literal.
SET @plain = 0 /*!80016 + @@GLOBAL.partial_revokes */;
SET @name = IF(@plain, 'is-shared', REPLACE('is-shared', '_', '\\_'));
SET @grant = CONCAT('GRANT SELECT, INSERT, UPDATE, DELETE ON `', @name, "`.* TO 'svc-identity'@'10.20.0.%'");
PREPARE run_time_rights FROM @grant;
EXECUTE run_time_rights;
SET @name = IF(@plain, 'is_identity', REPLACE('is_identity', '_', '\\_'));
SET @grant = CONCAT('GRANT SELECT, INSERT, UPDATE, DELETE ON `', @name, "`.* TO 'svc-identity'@'10.20.0.%'");
PREPARE run_time_rights FROM @grant;
EXECUTE run_time_rights;
DEALLOCATE PREPARE run_time_rights;

-- Verifies the schema: one OK or WRONG per line. Read-only. Written by Clusterwright 0.1.0.
-- Updates of the pack may add tables, so a higher number than expected is OK.
SET NAMES utf8mb4;

SELECT CONCAT(IF(COUNT(*) = 1, 'OK', 'WRONG'), ' wso2shared_db exists with character set latin1') AS result
  FROM information_schema.schemata
  WHERE schema_name = 'wso2shared_db' AND default_character_set_name = 'latin1';
SELECT CONCAT(IF(COUNT(*) >= 51, 'OK', 'WRONG'), ' wso2shared_db has ', COUNT(*), ' tables, 51 expected') AS result
  FROM information_schema.tables
  WHERE table_schema = 'wso2shared_db' AND table_type = 'BASE TABLE';
SELECT CONCAT(IF(COUNT(*) = 1, 'OK', 'WRONG'), ' wso2shared_db has UM_DOMAIN of mysql.sql') AS result
  FROM information_schema.tables
  WHERE table_schema = 'wso2shared_db' AND UPPER(table_name) = 'UM_DOMAIN';
SELECT CONCAT(IF(COUNT(*) = 0, 'OK', 'WRONG'), ' wso2shared_db has ', COUNT(*), ' tables with another engine than InnoDB') AS result
  FROM information_schema.tables
  WHERE table_schema = 'wso2shared_db' AND table_type = 'BASE TABLE' AND engine <> 'InnoDB';

SELECT CONCAT(IF(COUNT(*) = 1, 'OK', 'WRONG'), ' wso2identity_db exists with character set latin1') AS result
  FROM information_schema.schemata
  WHERE schema_name = 'wso2identity_db' AND default_character_set_name = 'latin1';
SELECT CONCAT(IF(COUNT(*) >= 111, 'OK', 'WRONG'), ' wso2identity_db has ', COUNT(*), ' tables, 111 expected') AS result
  FROM information_schema.tables
  WHERE table_schema = 'wso2identity_db' AND table_type = 'BASE TABLE';
SELECT CONCAT(IF(COUNT(*) = 1, 'OK', 'WRONG'), ' wso2identity_db has IDN_BASE_TABLE of identity/mysql.sql') AS result
  FROM information_schema.tables
  WHERE table_schema = 'wso2identity_db' AND UPPER(table_name) = 'IDN_BASE_TABLE';
SELECT CONCAT(IF(COUNT(*) = 1, 'OK', 'WRONG'), ' wso2identity_db has CM_PURPOSE of consent/mysql.sql') AS result
  FROM information_schema.tables
  WHERE table_schema = 'wso2identity_db' AND UPPER(table_name) = 'CM_PURPOSE';
SELECT CONCAT(IF(COUNT(*) = 0, 'OK', 'WRONG'), ' wso2identity_db has ', COUNT(*), ' tables with another engine than InnoDB') AS result
  FROM information_schema.tables
  WHERE table_schema = 'wso2identity_db' AND table_type = 'BASE TABLE' AND engine <> 'InnoDB';

SELECT CONCAT(IF(COUNT(*) = 1, 'OK', 'WRONG'), ' wso2workflow_db has ODE_SCHEMA_VERSION of bps/bpel/create/mysql.sql') AS result
  FROM information_schema.tables
  WHERE table_schema = 'wso2workflow_db' AND UPPER(table_name) = 'ODE_SCHEMA_VERSION';

-- Verifies the schema: one OK or WRONG per line. Read-only. Written by Clusterwright 0.1.0.
-- Updates of the pack may add tables, so a higher number than expected is OK.
SET NAMES utf8mb4;

SELECT CONCAT(IF(COUNT(*) = 1, 'OK', 'WRONG'), ' is-shared exists with character set latin1') AS result
  FROM information_schema.schemata
  WHERE schema_name = 'is-shared' AND default_character_set_name = 'latin1';
SELECT CONCAT(IF(COUNT(*) >= 60, 'OK', 'WRONG'), ' is-shared has ', COUNT(*), ' tables, 60 expected') AS result
  FROM information_schema.tables
  WHERE table_schema = 'is-shared' AND table_type = 'BASE TABLE';
SELECT CONCAT(IF(COUNT(*) = 1, 'OK', 'WRONG'), ' is-shared has UM_DOMAIN of mysql.sql') AS result
  FROM information_schema.tables
  WHERE table_schema = 'is-shared' AND UPPER(table_name) = 'UM_DOMAIN';
SELECT CONCAT(IF(COUNT(*) = 0, 'OK', 'WRONG'), ' is-shared has ', COUNT(*), ' tables with another engine than InnoDB') AS result
  FROM information_schema.tables
  WHERE table_schema = 'is-shared' AND table_type = 'BASE TABLE' AND engine <> 'InnoDB';

SELECT CONCAT(IF(COUNT(*) = 1, 'OK', 'WRONG'), ' is_identity exists with character set latin1') AS result
  FROM information_schema.schemata
  WHERE schema_name = 'is_identity' AND default_character_set_name = 'latin1';
SELECT CONCAT(IF(COUNT(*) >= 137, 'OK', 'WRONG'), ' is_identity has ', COUNT(*), ' tables, 137 expected') AS result
  FROM information_schema.tables
  WHERE table_schema = 'is_identity' AND table_type = 'BASE TABLE';
SELECT CONCAT(IF(COUNT(*) = 1, 'OK', 'WRONG'), ' is_identity has IDN_BASE_TABLE of identity/mysql.sql') AS result
  FROM information_schema.tables
  WHERE table_schema = 'is_identity' AND UPPER(table_name) = 'IDN_BASE_TABLE';
SELECT CONCAT(IF(COUNT(*) = 1, 'OK', 'WRONG'), ' is_identity has CM_PURPOSE of consent/mysql.sql') AS result
  FROM information_schema.tables
  WHERE table_schema = 'is_identity' AND UPPER(table_name) = 'CM_PURPOSE';
SELECT CONCAT(IF(COUNT(*) = 0, 'OK', 'WRONG'), ' is_identity has ', COUNT(*), ' tables with another engine than InnoDB') AS result
  FROM information_schema.tables
  WHERE table_schema = 'is_identity' AND table_type = 'BASE TABLE' AND engine <> 'InnoDB';

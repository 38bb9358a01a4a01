-- Creates the database account of IS with the least privileges: no DDL, no other database.
-- Contains the account's password: mode 0600. Delete this file after you run it. Written by {{ generator }}.
SET NAMES utf8mb4;
-- The quotes and backslashes below are escaped for this mode, whatever the default of the server is.
SET SESSION sql_mode = 'TRADITIONAL';

-- An existing account keeps its password.
CREATE USER IF NOT EXISTS '{{ databases.account }}'@'{{ databases.account_host }}' IDENTIFIED BY '{{ secret.database_password }}';

-- In GRANT, `_` matches any character and `\_` an underscore. With MySQL's partial_revokes, both are literal.
SET @plain = 0 /*!80016 + @@GLOBAL.partial_revokes */;
{%- for database in databases.list %}
SET @name = IF(@plain, '{{ database.name }}', REPLACE('{{ database.name }}', '_', '\\_'));
SET @grant = CONCAT('GRANT SELECT, INSERT, UPDATE, DELETE ON `', @name, "`.* TO '{{ databases.account }}'@'{{ databases.account_host }}'");
PREPARE run_time_rights FROM @grant;
EXECUTE run_time_rights;
{%- endfor %}
{%- if databases.workflow %}
SET @name = IF(@plain, '{{ databases.workflow.name }}', REPLACE('{{ databases.workflow.name }}', '_', '\\_'));
SET @grant = CONCAT('GRANT SELECT, INSERT, UPDATE, DELETE ON `', @name, "`.* TO '{{ databases.account }}'@'{{ databases.account_host }}'");
PREPARE run_time_rights FROM @grant;
EXECUTE run_time_rights;
{%- endif %}
DEALLOCATE PREPARE run_time_rights;

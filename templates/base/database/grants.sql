-- Creates the account IS runs with and gives it the least rights: no DDL, no other database.
-- Holds the account's password: mode 0600, and delete it once it has run. Written by {{ generator }}.
SET NAMES utf8mb4;
-- Quotes and backslashes below are written for this mode, whatever the server's own is.
SET SESSION sql_mode = 'TRADITIONAL';

-- An account that exists keeps its password.
CREATE USER IF NOT EXISTS '{{ databases.account }}'@'{{ databases.account_host }}' IDENTIFIED BY '{{ secret.database_password }}';

-- In GRANT `_` stands for any letter and `\_` for itself, but where MySQL's partial_revokes is on both are what they are.
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

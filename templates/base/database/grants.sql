-- Creates the account IS runs with and gives it the least rights: no DDL, no other database.
-- Holds the account's password: mode 0600, and delete it once it has run. Written by {{ generator }}.
SET NAMES utf8mb4;
-- Quotes and backslashes below are written for this mode, whatever the server's own is.
SET SESSION sql_mode = 'TRADITIONAL';

-- An account that exists keeps its password.
CREATE USER IF NOT EXISTS '{{ databases.account }}'@'{{ databases.account_host }}' IDENTIFIED BY '{{ secret.database_password }}';
{%- for database in databases.list %}
GRANT SELECT, INSERT, UPDATE, DELETE ON `{{ database.name | literal_name }}`.* TO '{{ databases.account }}'@'{{ databases.account_host }}';
{%- endfor %}

-- Verifies the schema: one OK or WRONG per line. Read-only. Written by {{ generator }}.
-- Updates of the pack may add tables, so a higher number than expected is OK.
SET NAMES utf8mb4;
{%- for database in databases.list %}

SELECT CONCAT(IF(COUNT(*) = 1, 'OK', 'WRONG'), ' {{ database.name }} exists with character set {{ databases.charset }}') AS result
  FROM information_schema.schemata
  WHERE schema_name = '{{ database.name }}' AND default_character_set_name = '{{ databases.charset }}';
SELECT CONCAT(IF(COUNT(*) >= {{ database.tables }}, 'OK', 'WRONG'), ' {{ database.name }} has ', COUNT(*), ' tables, {{ database.tables }} expected') AS result
  FROM information_schema.tables
  WHERE table_schema = '{{ database.name }}' AND table_type = 'BASE TABLE';
{%- for script in database.scripts %}
SELECT CONCAT(IF(COUNT(*) = 1, 'OK', 'WRONG'), ' {{ database.name }} has {{ script.marker }} of {{ script.path }}') AS result
  FROM information_schema.tables
  WHERE table_schema = '{{ database.name }}' AND UPPER(table_name) = '{{ script.marker }}';
{%- endfor %}
SELECT CONCAT(IF(COUNT(*) = 0, 'OK', 'WRONG'), ' {{ database.name }} has ', COUNT(*), ' tables with another engine than InnoDB') AS result
  FROM information_schema.tables
  WHERE table_schema = '{{ database.name }}' AND table_type = 'BASE TABLE' AND engine <> 'InnoDB';
{%- endfor %}
{%- if databases.workflow %}

SELECT CONCAT(IF(COUNT(*) = 1, 'OK', 'WRONG'), ' {{ databases.workflow.name }} has {{ databases.workflow.marker }} of {{ databases.workflow.script }}') AS result
  FROM information_schema.tables
  WHERE table_schema = '{{ databases.workflow.name }}' AND UPPER(table_name) = '{{ databases.workflow.marker }}';
{%- endif %}

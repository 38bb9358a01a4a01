-- Creates the databases of {{ load_balancer.hostname }} for WSO2 Identity Server {{ product.version }}. Written by {{ generator }}.
-- Run it once, with an account that can create databases. It stops if a database already exists, and drops nothing.
{%- if databases.charset == "latin1" %}
-- latin1: with utf8mb4, the default of MySQL 8, the scripts of most versions do not load completely.
{%- endif %}
{%- for database in databases.list %}

-- {{ database.role }}: {{ database.holds }}.
CREATE DATABASE `{{ database.name }}` CHARACTER SET {{ databases.charset }};
{%- endfor %}
{%- if databases.workflow %}

-- workflow: the tables of the workflow engine.
CREATE DATABASE `{{ databases.workflow.name }}` CHARACTER SET {{ databases.charset }};
{%- endif %}

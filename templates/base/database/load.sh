#!/bin/sh
# Runs the scripts of your own IS pack into the databases and verifies them. Written by {{ generator }}.
#   ./load.sh --scripts IS_HOME/dbscripts [--defaults-extra-file FILE | --user NAME]
# FILE has a [client] section with user and password of an account that may create tables; without it you are asked.
# Everything is checked first: all scripts are there, all databases are there and empty. It stops at the first error.
set -eu
umask 077

host='{{ databases.host }}'
port='{{ databases.port }}'
charset='{{ databases.charset }}'
version='{{ product.version }}'
# In this order: the database, a blank, the script below --scripts.
plan='
{%- for database in databases.list %}
{%- for script in database.scripts %}
{{ database.name }} {{ script.path }}
{%- endfor %}
{%- endfor %}
{%- if databases.workflow %}
{{ databases.workflow.name }} {{ databases.workflow.script }}
{%- endif %}
'
databases='
{%- for database in databases.list %}
{{ database.name }}
{%- endfor %}
{%- if databases.workflow %}
{{ databases.workflow.name }}
{%- endif %}
'

say() { printf '%s\n' "$*"; }
stop() { say "load.sh: $*" >&2; exit 1; }
# Lines as words of one line.
joined() { printf '%s\n' "$1" | paste -s -d ' ' -; }

scripts=
options=
user=
while [ $# -gt 0 ]; do
    case $1 in
        --scripts | --defaults-extra-file | --user)
            [ $# -gt 1 ] || stop "Write a value after $1."
            case $1 in
                --scripts) scripts=$2 ;;
                --defaults-extra-file) options=$2 ;;
                --user) user=$2 ;;
            esac
            shift
            ;;
        -h | --help)
            say "usage: load.sh --scripts IS_HOME/dbscripts [--defaults-extra-file FILE | --user NAME]"
            exit 0
            ;;
        *) stop "There is no option $1. Use --scripts, --defaults-extra-file or --user." ;;
    esac
    shift
done
here=$(cd "$(dirname "$0")" && pwd)
[ -n "$scripts" ] || stop "Say where the scripts of your pack are: --scripts IS_HOME/dbscripts"

# Each line without the blank ones, for loops that must see the main shell's variables.
work=$(mktemp -d "${TMPDIR:-/tmp}/clusterwright.XXXXXX")
terminal=
trap '[ -z "$terminal" ] || stty "$terminal"; rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
printf '%s\n' "$plan" | sed '/^$/d' >"$work/plan"
printf '%s\n' "$databases" | sed '/^$/d' >"$work/databases"

missing=$(while read -r _ script; do [ -s "$scripts/$script" ] || say "$script"; done <"$work/plan")
[ -z "$missing" ] ||
    stop "$scripts lacks these scripts: $(joined "$missing"). Give the dbscripts folder of an unpacked IS $version. Nothing was changed."

client=${MYSQL:-}
if [ -z "$client" ]; then
    for candidate in mysql mariadb; do
        if command -v "$candidate" >/dev/null 2>&1; then client=$candidate && break; fi
    done
fi
[ -n "$client" ] || stop "There is neither mysql nor mariadb on this machine. Install a MySQL client."

if [ -z "$options" ]; then
    if [ -z "$user" ]; then
        printf 'Account that may create tables: '
        read -r user || stop "No account was entered. Give --defaults-extra-file FILE, or --user NAME and the password on standard input. Nothing was changed."
    fi
    printf 'Password of %s: ' "$user"
    if [ -t 0 ]; then
        terminal=$(stty -g)
        stty -echo
    fi
    password=
    IFS= read -r password || [ -n "$password" ] ||
        stop "No password was entered. Give it on standard input, or give --defaults-extra-file FILE. Nothing was changed."
    if [ -n "$terminal" ]; then
        stty "$terminal"
        terminal=
        say
    fi
    # Within quotes a backslash and the quote itself are special; a bare quote would end the text, and # then begin a comment.
    quoted() { printf '%s' "$1" | sed -e 's/\\/\\\\/g' -e 's/"/\\"/g'; }
    options=$work/client.cnf
    {
        say "[client]"
        printf 'user="%s"\n' "$(quoted "$user")"
        printf 'password="%s"\n' "$(quoted "$password")"
    } >"$options"
    password=
fi
[ -r "$options" ] || stop "$options cannot be read."

# --skip-force, because force in an option file would continue after an error. --binary-mode, because without it the client
# runs commands of its own that a script holds, such as \! with a line for the shell.
run() {
    "$client" --defaults-extra-file="$options" --host="$host" --port="$port" --protocol=TCP \
        --default-character-set=utf8mb4 --skip-force --binary-mode --batch --skip-column-names "$@"
}
ask() { run --execute="$1"; }

say "Checking $host:$port"
ask 'SELECT 1' >/dev/null || stop "The login at $host:$port failed. Correct the account or its password. Nothing was changed."
problems=0
problem() {
    problems=$((problems + 1))
    say "  wrong: $*" >&2
}
while read -r database; do
    found=$(ask "SELECT default_character_set_name FROM information_schema.schemata WHERE schema_name = '$database'" </dev/null)
    if [ -z "$found" ]; then
        problem "There is no database $database. Run create.sql first."
        continue
    fi
    [ "$found" = "$charset" ] ||
        problem "$database has the character set $found, not $charset. Drop it if it is empty, and run create.sql."
    tables=$(ask "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = '$database'" </dev/null)
    [ "$tables" = 0 ] ||
        problem "$database holds $tables tables. The scripts are for empty databases: a second run stops half way and can drop token tables. Verify it with verify.sql, or give an empty database."
done <"$work/databases"
key=$(ask "SHOW GLOBAL VARIABLES LIKE 'sql_require_primary_key'" | awk '{ print $2 }')
[ "$key" != ON ] ||
    problem "The server has sql_require_primary_key=ON, and some of WSO2's tables have no primary key. Set it OFF while this runs."
[ "$problems" -eq 0 ] || stop "$problems thing(s) to put right. Nothing was changed."

while read -r database script; do
    say "  $script into $database"
    run "$database" <"$scripts/$script" >"$work/said" 2>&1 || {
        cat "$work/said" >&2
        stop "$script stopped at its first error; $database now holds a part of it. Put the cause right, then DROP DATABASE \`$database\`, run create.sql for it and start again."
    }
done <"$work/plan"

say "Verifying"
run <"$here/verify.sql" >"$work/verified"
cat "$work/verified"
if grep -q '^WRONG' "$work/verified" || ! grep -q '^OK' "$work/verified"; then
    stop "Not everything is as it should be: see the lines with WRONG."
fi
say "All databases are loaded. Next: the nodes."

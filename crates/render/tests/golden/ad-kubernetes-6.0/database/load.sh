#!/bin/sh
# Runs the SQL scripts of your IS pack in the databases and verifies the result. Written by Clusterwright 0.1.0.
#   ./load.sh --scripts IS_HOME/dbscripts [--defaults-extra-file FILE | --user NAME]
# FILE contains a [client] section with the user and password of an account that can create tables. Without it, load.sh asks.
# It first checks that all scripts and databases exist and that the databases are empty. It stops at the first error.
set -eu
umask 077

host='2001:db8::5'
port='3306'
charset='latin1'
version='6.0.0'
# One run per line: the database, a space, the script below --scripts.
plan='
wso2shared_db mysql.sql
wso2identity_db identity/mysql.sql
wso2identity_db identity/uma/mysql.sql
wso2identity_db consent/mysql.sql
'
databases='
wso2shared_db
wso2identity_db
'

say() { printf '%s\n' "$*"; }
stop() { say "load.sh: $*" >&2; exit 1; }
# Joins lines with spaces.
joined() { printf '%s\n' "$1" | paste -s -d ' ' -; }

scripts=
options=
user=
while [ $# -gt 0 ]; do
    case $1 in
        --scripts | --defaults-extra-file | --user)
            [ $# -gt 1 ] || stop "$1 needs a value."
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
        *) stop "Unknown option $1. Use --scripts, --defaults-extra-file or --user." ;;
    esac
    shift
done
here=$(cd "$(dirname "$0")" && pwd)
[ -n "$scripts" ] || stop "Give the folder with the scripts of your pack: --scripts IS_HOME/dbscripts."

# The lists without empty lines, in files: the loops below must change variables of this shell.
work=$(mktemp -d "${TMPDIR:-/tmp}/clusterwright.XXXXXX")
terminal=
trap '[ -z "$terminal" ] || stty "$terminal"; rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
printf '%s\n' "$plan" | sed '/^$/d' >"$work/plan"
printf '%s\n' "$databases" | sed '/^$/d' >"$work/databases"

missing=$(while read -r _ script; do [ -s "$scripts/$script" ] || say "$script"; done <"$work/plan")
[ -z "$missing" ] ||
    stop "$scripts does not contain these scripts: $(joined "$missing"). Give the dbscripts folder of an unpacked IS $version. Nothing was changed."

client=${MYSQL:-}
if [ -z "$client" ]; then
    for candidate in mysql mariadb; do
        if command -v "$candidate" >/dev/null 2>&1; then client=$candidate && break; fi
    done
fi
[ -n "$client" ] || stop "Neither mysql nor mariadb is installed on this machine. Install a MySQL client. Nothing was changed."

if [ -z "$options" ]; then
    if [ -z "$user" ]; then
        printf 'Account that can create tables: '
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
    # Within quotes, backslashes and quotes are special: an unescaped quote ends the value, and # then starts a comment.
    quoted() { printf '%s' "$1" | sed -e 's/\\/\\\\/g' -e 's/"/\\"/g'; }
    options=$work/client.cnf
    {
        say "[client]"
        printf 'user="%s"\n' "$(quoted "$user")"
        printf 'password="%s"\n' "$(quoted "$password")"
    } >"$options"
    password=
fi
[ -r "$options" ] || stop "Cannot read $options. Nothing was changed."

# --skip-force, because force in an option file would continue after an error. --binary-mode, because without it the client
# runs client commands in a script, such as \! with a shell command.
run() {
    "$client" --defaults-extra-file="$options" --host="$host" --port="$port" --protocol=TCP \
        --default-character-set=utf8mb4 --skip-force --binary-mode --batch --skip-column-names "$@"
}
ask() { run --execute="$1"; }

say "Checking $host:$port"
ask 'SELECT 1' >/dev/null || stop "Cannot log in to $host:$port. Check the account, its password and the connection. Nothing was changed."
problems=0
problem() {
    problems=$((problems + 1))
    say "  ERROR: $*" >&2
}
while read -r database; do
    found=$(ask "SELECT default_character_set_name FROM information_schema.schemata WHERE schema_name = '$database'" </dev/null)
    if [ -z "$found" ]; then
        problem "Database $database does not exist. Run create.sql first."
        continue
    fi
    [ "$found" = "$charset" ] ||
        problem "Database $database has the character set $found, not $charset. If it is empty, drop it and run create.sql."
    tables=$(ask "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = '$database'" </dev/null)
    [ "$tables" = 0 ] ||
        problem "Database $database contains $tables tables, but the scripts need an empty database: a second run stops halfway and can drop token tables. Verify it with verify.sql, or use an empty database."
done <"$work/databases"
key=$(ask "SHOW GLOBAL VARIABLES LIKE 'sql_require_primary_key'" | awk '{ print $2 }')
[ "$key" != ON ] ||
    problem "The server requires primary keys (sql_require_primary_key=ON), but some of WSO2's tables have none. Set it to OFF while load.sh runs."
[ "$problems" -eq 0 ] || stop "Problems found: $problems. Fix them and run load.sh again. Nothing was changed."

while read -r database script; do
    say "  Running $script in $database"
    run "$database" <"$scripts/$script" >"$work/said" 2>&1 || {
        cat "$work/said" >&2
        stop "$script stopped at its first error, and $database now contains only a part of it. Fix the cause, drop the databases that create.sql created (DROP DATABASE \`$database\` for this one), run create.sql, and run load.sh again."
    }
done <"$work/plan"

say "Verifying the databases"
run <"$here/verify.sql" >"$work/verified"
cat "$work/verified"
if grep -q '^WRONG' "$work/verified" || ! grep -q '^OK' "$work/verified"; then
    stop "The verification failed. See the lines that start with WRONG."
fi
say "All databases are loaded. Next: install the nodes, as README.md describes."

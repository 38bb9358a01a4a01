#!/bin/sh
# Starts is-1: checks the requirements, lets only one node of the cluster start at a time, and waits until IS is up.
# Written by Clusterwright 0.1.0.
#   ./start.sh [--home DIR] [--wait SECONDS] [--silence SECONDS] [--quiet SECONDS] [--may-be-first] [--skip-database]
#     --home DIR           the folder of IS, if not /usr/local/wso2is-5.10.0
#     --wait SECONDS       maximum time from the start of IS until it is up (900)
#     --silence SECONDS    maximum time without a new line in the log (120)
#     --quiet SECONDS      how long the node stays idle before the last test (75); 0 skips the test
#     --may-be-first       no other node has to be up: for a start after a stop of the whole cluster
#     --skip-database      do not log in to the databases, and do not prevent other nodes from starting
# JAVA_HOME, JAVA_OPTS and JVM_MEM_OPTS are passed on to IS.
# The port offset (0) is in deployment.toml: do not pass -DportOffset, which overrides it.
set -eu
LC_ALL=C
export LC_ALL

node='is-1'
address='10.20.0.11:9443'
# IS listens on every address of the machine.
local='https://localhost:9443'
others='https://10.20.0.12:9443/ '
hazelcast_port='4000'
is_first=yes
version='5.10.0'
home='/usr/local/wso2is-5.10.0'
jdk_from='8'
jdk_to='11'
jdk_text='8 to 11'
# Measured times from the start of IS until it is up: 39 to 290 s.
patience=900
# The longest measured pause in a healthy start is well below a minute.
silence=120
quiet=75

say() { printf '%s\n' "$*"; }
stop() { say "start.sh: $*" >&2; exit 1; }
value() { [ $# -gt 1 ] || stop "$1 needs a value."; }
number() { case $1 in '' | *[!0-9]*) stop "$1 is not a number of seconds." ;; esac }

use_database=yes
while [ $# -gt 0 ]; do
    case $1 in
        --home) value "$@" && home=$2 && shift ;;
        --wait) value "$@" && patience=$2 && shift ;;
        --silence) value "$@" && silence=$2 && shift ;;
        --quiet) value "$@" && quiet=$2 && shift ;;
        --may-be-first) is_first=yes ;;
        --skip-database) use_database=no ;;
        -h | --help) sed -n '2,/^set -eu/s/^# \{0,1\}//p' "$0" && exit ;;
        *) stop "Unknown option $1. See --help." ;;
    esac
    shift
done
number "$patience"
number "$silence"
number "$quiet"
here=$(cd "$(dirname "$0")" && pwd)

# --- Requirements of a start. ----------------------------------------------------------------------------------------

[ -f "$home/bin/wso2server.sh" ] || stop "$home is not an unpacked IS pack. Give the folder of the pack with --home."
grep -q "^# deployment.toml of $node," "$home/repository/conf/deployment.toml" 2>/dev/null ||
    stop "$home/repository/conf/deployment.toml is not the file of $node. Run ./install.sh first."
jdk=${JAVA_HOME:+$JAVA_HOME/bin/}
java=${jdk}java
said=$("$java" -version 2>&1) || stop "$java does not run. Install JDK $jdk_text and set JAVA_HOME."
feature=$(printf '%s\n' "$said" | sed -n 's/.*version "\([0-9][0-9]*\)\.*\([0-9]*\).*/\1 \2/p' | head -n 1)
case $feature in
    '1 '*) feature=${feature#1 } ;;
    *) feature=${feature%% *} ;;
esac
[ -n "$feature" ] || stop "$java does not report its version. Install JDK $jdk_text and set JAVA_HOME."
if [ "$feature" -lt "$jdk_from" ] || { [ -n "$jdk_to" ] && [ "$feature" -gt "$jdk_to" ]; }; then
    stop "$java is JDK $feature, but IS $version requires JDK $jdk_text. Set JAVA_HOME to such a JDK."
fi

# IS writes NUL bytes after the number.
pid() { [ ! -f "$home/wso2carbon.pid" ] || tr -cd '0-9' <"$home/wso2carbon.pid"; }
# After a restart of the machine, another process may have this number.
runs() {
    id=$(pid)
    [ -n "$id" ] && kill -0 "$id" 2>/dev/null || return 1
    [ ! -r "/proc/$id/cmdline" ] || tr '\000' ' ' <"/proc/$id/cmdline" | grep -q -i -e carbon -e wso2
}
if runs; then
    stop "$node is already running as process $(pid). To restart it, run sh '$home/bin/wso2server.sh' stop, then ./start.sh."
fi
rm -f "$home/wso2carbon.pid"

# JDK 11.0.20, 17.0.8 and later reject jars in packs up to 6.1, and IS then waits for them without end. Later packs set this
# flag themselves.
if ! grep -q disableZip64ExtraFieldValidation "$home/bin/wso2server.sh"; then
    JAVA_OPTS="${JAVA_OPTS:-} -Djdk.util.zip.disableZip64ExtraFieldValidation=true"
    export JAVA_OPTS
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/clusterwright.XXXXXX") || stop "Cannot create a folder in ${TMPDIR:-/tmp}. Set TMPDIR to a writable folder."
# The guard ends when its input is closed.
trap 'exec 9>&-; rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
exec 9>/dev/null
guard='' is_locked=no

# In the C locale, Java cannot open a path with non-ASCII characters.
LC_ALL=C.UTF-8 "${jdk}javac" -encoding UTF-8 -nowarn -d "$work" "$here/NodeStart.java" >"$work/compiled" 2>&1 || {
    cat "$work/compiled" >&2
    stop "${jdk}javac cannot compile $here/NodeStart.java. Install a complete JDK $jdk_text, not a JRE, and set JAVA_HOME."
}
helper() { LC_ALL=C.UTF-8 "$java" -Xmx64m -cp "$work" NodeStart "$@"; }

# --- One node at a time, and the same login as IS. -------------------------------------------------------------------

# install.sh ensures that there is only one.
driver() {
    for jar in "$home"/repository/components/lib/*mysql*.jar "$home"/repository/components/dropins/*mysql*.jar; do
        [ ! -f "$jar" ] || { say "$jar" && return; }
    done
}
shown=0 said=/dev/null
# Prints the messages of the guard; fails when the guard reported a problem or ended.
follow() {
    lines=$(wc -l <"$said")
    [ "$lines" -le "$shown" ] || sed -n "$((shown + 1)),${lines}s/^say //p" "$said"
    shown=$lines
    ! grep -q '^problem ' "$said" && kill -0 "$guard" 2>/dev/null
}
problem() {
    text=$(sed -n 's/^problem //p' "$said" | head -n 1)
    [ -n "$text" ] || text="The login program ended unexpectedly: $(tail -n 3 "$work/trouble" | tr '\n' ' ')"
    say "$text"
}
order() { (trap '' PIPE && say "$1" >&9) 2>/dev/null || true; }
others_up=''
if [ "$use_database" = yes ]; then
    say "Logging in to the databases with the settings of IS"
    jar=$(driver)
    [ -n "$jar" ] || stop "The MySQL driver is missing in $home/repository/components/lib. Copy mysql-connector-j-VERSION.jar there."
    said=$work/said
    : >"$said"
    : >"$work/trouble"
    mkfifo "$work/orders"
    # The guard outlives this script when IS is left half-started, so it has a separate folder.
    own=$(mktemp -d "${TMPDIR:-/tmp}/clusterwright.XXXXXX")
    cp "$work"/*.class "$own"
    (
        trap '' HUP INT TERM
        LC_ALL=C.UTF-8 "$java" -Xmx64m -cp "$own:$jar" NodeStart guard "$home" "$local/api/health-check/v1.0/health" 9>&- || true
        rm -rf "$own"
    ) <"$work/orders" >>"$said" 2>"$work/trouble" &
    guard=$!
    exec 9>"$work/orders"
    until grep -q '^locked ' "$said"; do
        if ! follow; then
            sleep 1
            stop "$(problem) Nothing was started."
        fi
        sleep 1
    done
    follow || true
    is_locked=yes
    turn=$(sed -n 's/^locked //p' "$said" | head -n 1)
    others_up=${turn#* }
    case $turn in
        first*) say "The databases are empty: this is the first start of the cluster. Other nodes wait until this one is up." ;;
        *) say "The databases contain the data of this cluster. Other nodes wait until this one is up." ;;
    esac
else
    say "With --skip-database, nothing prevents other nodes from starting at the same time. Start one node only."
fi

# --- Start, and follow the log. --------------------------------------------------------------------------------------

log=$home/repository/logs/wso2carbon.log
before=0
[ ! -f "$log" ] || before=$(wc -l <"$log")

# The lines of the log since this start; the whole log if it was rotated meanwhile.
news() {
    [ -f "$log" ] || return 0
    if [ "$(wc -l <"$log")" -lt "$before" ]; then before=0; fi
    tail -n "+$((before + 1))" "$log"
}
log_has() { news | grep -q -e "$1"; }
# The last cause contains the message of the driver or library.
cause() {
    sleep 2
    news | sed -n 's/^Caused by: //p' | tail -n 1
}

# The remedy for a cause, for the faults that were observed on real nodes.
remedy() {
    case $1 in
        *'already exists'* | *RoleExisting*) say "Another node initialized the databases at the same time. Stop this node, wait until the other is up, start this one again, and run check DB-43." ;;
        *'Access denied'*) say "Correct the account in deployment.toml, or run database/grants.sql." ;;
        *'Unknown database'*) say "Create the databases, as README.md describes." ;;
        *"doesn't exist"*) say "Load the tables: database/load.sh." ;;
        *'returned null for URL'*) say "Correct the url in deployment.toml: the driver does not support it." ;;
        *'refused'* | *'link failure'* | *UnknownHost* | *'timed out'*) say "Start the database or the directory, and open its port for this node." ;;
        *'password was incorrect'* | *'Keystore was tampered'*) say "Run ./install.sh again: the keystores do not match deployment.toml." ;;
        *'User store is read only'*) say "Enter the name of a user of the directory in [super_admin] of deployment.toml." ;;
        *'error code 49'*) say "Correct connection_name and connection_password of [user_store] in deployment.toml." ;;
        *PKIX* | *certificate* | *SSL*) say "Run ./install.sh again: a CA is missing in the truststore." ;;
        *'Address already in use'* | *BindException*) say "Find the process that listens on the port (ss -ltnp) and stop it." ;;
        *) say "Read $log for details." ;;
    esac
}
# Ends the start. The node is left running, so that it can be inspected.
failed() {
    text=$1
    shift
    runs && set -- "$@" "Then stop it: sh '$home/bin/wso2server.sh' stop"
    stop "$text $*"
}
failed_because() {
    why=$(cause)
    [ -n "$why" ] || why=$(news | grep -E -e "$2" | tail -n 1)
    failed "$1: $why." "$(remedy "$why")"
}

say "Starting $node in $home; log: $log"
if [ "$is_locked" = yes ]; then order starting; fi
sh "$home/bin/wso2server.sh" start 9>&-
say "Waiting until IS is up, $patience s at most. This takes one to three minutes; the first start takes longest."

waited=0 still=0 size=0 pending=''
until log_has 'WSO2 Carbon started in'; do
    if [ "$is_locked" = yes ] && ! follow; then
        say "Other nodes are no longer prevented from starting: $(problem) Do not start another node until this one is up."
        is_locked=no
    fi
    if log_has 'Cannot start User Manager Core bundle'; then
        failed_because "$node cannot start its user manager" 'Cannot start User Manager Core bundle'
    fi
    if log_has 'Cannot initialize cluster'; then
        failed_because "$node cannot start Hazelcast" 'Cannot initialize cluster'
    fi
    delayed=$(news | sed -n 's/.*\(Waiting for required .*\)/\1/p' | tail -n 1)
    case $delayed in
        *OSGiAxis2Service*fido*) failed "$node cannot start: its JDK rejects jars of the pack ($delayed)." "Start it with ./start.sh or with -Djdk.util.zip.disableZip64ExtraFieldValidation=true in JAVA_OPTS." ;;
    esac
    if log_has 'Carbon initialization is delayed due to the following unsatisfied items' && [ -n "$delayed" ]; then
        failed "$node cannot start. $delayed." "A part of the pack did not load: read the first ERROR in $log."
    fi
    # IS logs this every minute while a part is slow. Once is normal.
    if [ -n "$delayed" ] && [ "$delayed" != "$pending" ]; then
        say "  IS logs: $delayed"
        pending=$delayed
    fi
    if [ -n "$delayed" ] && [ "$(news | grep -c -e 'Waiting for required')" -gt 2 ]; then
        failed "$node has been waiting for three minutes. $delayed." "Read the first ERROR in $log."
    fi
    if [ "$waited" -ge 20 ] && ! runs; then
        news | tail -n 20 >&2
        failed_because "$node ended while it started" ' (ERROR|FATAL) '
    fi
    lines=$(news | wc -l)
    if [ "$lines" -eq "$size" ]; then still=$((still + 2)); else still=0; fi
    size=$lines
    if [ "$still" -ge "$silence" ]; then
        failed "$node logged nothing for $silence s and is not up. The last line of its log: $(news | tail -n 1 | cut -c 1-300)" \
            "If another node was starting at the same time, both hang permanently: stop this one, wait until the other is up, and start this one again. On a slow machine, wait longer with --silence."
    fi
    if [ "$waited" -ge "$patience" ]; then
        news | grep -E ' (ERROR|FATAL) ' | tail -n 5 >&2 || true
        failed_because "$node is not up after $patience s" ' (ERROR|FATAL) '
    fi
    sleep 2
    waited=$((waited + 2))
done
news | grep -E 'Cluster domain|Local member|Elected this member|WSO2 Carbon started in' || true

# --- Started does not mean up: check the web applications, the cluster and the database. -----------------------------

if log_has 'LifeCycleException while starting tomcat connector' || log_has 'LifecycleException: Protocol handler start failed'; then
    failed_because "$node started, but cannot open its port" 'LifeCycleException'
fi
# A failed part is reported; the responses of the node decide whether it is up.
parts=$(news | sed -n -e 's/.*\(Servlet.init() for servlet \[[^]]*\] threw exception\).*/\1/p' -e 's/.*\(failed to deploy.*\)/\1/p' | head -n 1)
discovery=$local/oauth2/token/.well-known/openid-configuration
answering=60
[ "$patience" -ge 60 ] || answering=$patience
unanswered=$(helper answers "$answering" "$local/api/health-check/v1.0/health" "$discovery" | sed -n 's/^wrong //p')
if [ -n "$unanswered" ]; then
    failed "$node started, but is not up: $(say "$unanswered" | head -n 1).${parts:+ The log contains: $parts.}" "Read the first ERROR in $log."
fi
if [ -n "$parts" ]; then
    failed "$node started, but a part of it failed: $parts." "Read this line and its causes in $log."
fi
# The databases are initialized: the next node may start.
if [ "$is_locked" = yes ]; then order up; fi

if ! log_has 'Cluster initialization completed'; then
    failed "$node is up but not in a cluster: its log does not contain \"Cluster initialization completed\"." "Check [clustering] in deployment.toml."
fi
# A node that joins others is never elected at its start; a node that does not find them is.
if log_has 'Elected this member'; then
    # shellcheck disable=SC2086
    reached=$(helper reachable $others | sed -n 's/^reached //p' | tr '\n' ' ')
    if [ -n "$reached$others_up" ]; then
        failed "$node formed a separate cluster, although another node is up (${reached:-$others_up})." \
            "Open TCP port $hazelcast_port between the nodes in both directions: ./probe.sh --listen --reach shows where it is closed."
    fi
    if [ "$is_first" = no ]; then
        failed "$node is alone: no other node answers, and it formed a separate cluster." \
            "If another node is up, open the ports between them (./probe.sh --listen --reach finds closed ones). If no other node is up, stop this one and start it again with --may-be-first."
    fi
    say "$node is the first member of the cluster."
else
    say "$node joined the cluster."
fi

# An open connection hides that new ones fail: the pool must be idle first, and many requests then need new ones.
if [ "$quiet" -gt 0 ]; then
    say "Testing again after $quiet idle seconds. You can start the next node now."
    sleep "$quiet"
    wrong=$(helper together 16 "$local/api/health-check/v1.0/health" | sed -n 's/^wrong //p')
    if [ -n "$wrong" ]; then
        why=$(cause)
        failed "$node loses its databases when it is idle: of 16 health requests $(say "$wrong" | paste -s -d ',' -) failed. ${why:-The log contains no cause.}" \
            "With TLS to the database, every url in deployment.toml needs fallbackToSystemKeyStore=false."
    fi
fi
say "$node is up: https://$address/"
say 'Next: run ./start.sh on is-2.'

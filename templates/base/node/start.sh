#!/bin/sh
# Starts {{ node.name }}: checks what a start needs, lets one node of the cluster start at a time, and waits until IS answers.
# Written by {{ generator }}.
#   ./start.sh [--home DIR] [--wait SECONDS] [--silence SECONDS] [--quiet SECONDS] [--may-be-first] [--skip-database]
#     --home DIR           where IS is, if not in {{ node.home }}
#     --wait SECONDS       longest time from the start of IS until it is up (900)
#     --silence SECONDS    longest time without a new line in the log (120)
#     --quiet SECONDS      how long to leave the node alone before it is asked again (75); 0 skips that
#     --may-be-first       no other node needs to be up: for the start after the whole cluster was stopped
#     --skip-database      do not log in to the databases, and do not keep other nodes from starting meanwhile
# JAVA_HOME, JAVA_OPTS and JVM_MEM_OPTS are passed on to IS.
# The port offset ({{ node.offset }}) is in deployment.toml: do not give -DportOffset, it would win over it.
set -eu
LC_ALL=C
export LC_ALL

node='{{ node.name }}'
address='{{ node.host }}:{{ node.https_port }}'
# IS listens on every address of the machine.
local='https://localhost:{{ node.https_port }}'
others='{% for other in nodes %}{% if other.name != node.name %}https://{{ other.host }}:{{ other.https_port }}/ {% endif %}{% endfor %}'
hazelcast_port='{{ node.hazelcast_port }}'
is_first={% if node.is_first %}yes{% else %}no{% endif %}
version='{{ product.version }}'
home='{{ node.home }}'
jdk_from='{{ product.jdk_from }}'
jdk_to='{{ product.jdk_to }}'
jdk_text='{{ product.jdk_text }}'
# From the start of IS until it is up, 39 to 290 s were seen.
patience=900
# The longest pause seen in a healthy start is well below a minute.
silence=120
quiet=75

say() { printf '%s\n' "$*"; }
stop() { say "start.sh: $*" >&2; exit 1; }
value() { [ $# -gt 1 ] || stop "Write a value after $1."; }
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
        *) stop "There is no option $1. See --help." ;;
    esac
    shift
done
number "$patience"
number "$silence"
number "$quiet"
here=$(cd "$(dirname "$0")" && pwd)

# --- What must be right before a start. ------------------------------------------------------------------------------

[ -f "$home/bin/wso2server.sh" ] || stop "$home is not an unpacked IS. Give its folder with --home."
grep -q "^# deployment.toml of $node," "$home/repository/conf/deployment.toml" 2>/dev/null ||
    stop "$home/repository/conf/deployment.toml is not that of $node. Run ./install.sh first."
jdk=${JAVA_HOME:+$JAVA_HOME/bin/}
java=${jdk}java
said=$("$java" -version 2>&1) || stop "$java does not run. Install JDK $jdk_text and set JAVA_HOME."
feature=$(printf '%s\n' "$said" | sed -n 's/.*version "\([0-9][0-9]*\)\.*\([0-9]*\).*/\1 \2/p' | head -n 1)
case $feature in
    '1 '*) feature=${feature#1 } ;;
    *) feature=${feature%% *} ;;
esac
[ -n "$feature" ] || stop "$java does not say its version. Install JDK $jdk_text and set JAVA_HOME."
if [ "$feature" -lt "$jdk_from" ] || { [ -n "$jdk_to" ] && [ "$feature" -gt "$jdk_to" ]; }; then
    stop "$java is JDK $feature; IS $version needs JDK $jdk_text. Set JAVA_HOME."
fi

# IS leaves bytes of value 0 behind the number.
pid() { [ ! -f "$home/wso2carbon.pid" ] || tr -cd '0-9' <"$home/wso2carbon.pid"; }
# After a restart of the machine another process may have the number.
runs() {
    id=$(pid)
    [ -n "$id" ] && kill -0 "$id" 2>/dev/null || return 1
    [ ! -r "/proc/$id/cmdline" ] || tr '\000' ' ' <"/proc/$id/cmdline" | grep -q -i -e carbon -e wso2
}
if runs; then
    stop "$node already runs as process $(pid). To restart it, run sh '$home/bin/wso2server.sh' stop, then ./start.sh."
fi
rm -f "$home/wso2carbon.pid"

# A JDK from 11.0.20 or 17.0.8 on refuses jars that packs up to 6.1 hold, and IS waits for them for ever. Later packs pass
# this flag themselves.
if ! grep -q disableZip64ExtraFieldValidation "$home/bin/wso2server.sh"; then
    JAVA_OPTS="${JAVA_OPTS:-} -Djdk.util.zip.disableZip64ExtraFieldValidation=true"
    export JAVA_OPTS
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/clusterwright.XXXXXX") || stop "Cannot create a folder in ${TMPDIR:-/tmp}."
# The guard ends when nobody writes to it any more.
trap 'exec 9>&-; rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
exec 9>/dev/null
guard='' is_locked=no

# In the plain C locale Java cannot open a path with letters beyond ASCII.
LC_ALL=C.UTF-8 "${jdk}javac" -encoding UTF-8 -nowarn -d "$work" "$here/NodeStart.java" >"$work/compiled" 2>&1 || {
    cat "$work/compiled" >&2
    stop "${jdk}javac cannot compile $here/NodeStart.java. Install a whole JDK $jdk_text, not a JRE, and set JAVA_HOME."
}
helper() { LC_ALL=C.UTF-8 "$java" -Xmx64m -cp "$work" NodeStart "$@"; }
{%- if product.spring_schema %}

# CXF of 6.0.0 reads a schema of Spring from the internet: without a way there, /oauth2 and /scim2 answer 500 for ever. The
# pack holds the same schema under another name.
schemas=$home/lib/runtimes/cxf3/org/springframework/beans/factory/xml
if [ ! -s "$schemas/spring-beans-2.0.xsd" ]; then
    jar=$(find "$home/lib/runtimes/cxf3" -name 'spring-beans*.jar' 2>/dev/null | head -n 1)
    [ -n "$jar" ] || stop "There is no spring-beans jar in $home/lib/runtimes/cxf3. Unpack the pack again."
    entry=org/springframework/beans/factory/xml/spring-beans.xsd
    if ! (cd "$work" && LC_ALL=C.UTF-8 "${jdk}jar" xf "$jar" "$entry") || [ ! -s "$work/$entry" ]; then
        stop "$jar holds no spring-beans.xsd. Unpack the pack again."
    fi
    mkdir -p "$schemas"
    cp "$work/$entry" "$schemas/spring-beans-2.0.xsd"
    say "Put spring-beans-2.0.xsd into the pack, so that IS needs no internet to start."
fi
{%- endif %}

# --- One node at a time, and a login as IS does it. ------------------------------------------------------------------

# One driver: install.sh makes sure of it.
driver() {
    for jar in "$home"/repository/components/lib/*mysql*.jar "$home"/repository/components/dropins/*mysql*.jar; do
        [ ! -f "$jar" ] || { say "$jar" && return; }
    done
}
shown=0 said=/dev/null
# Passes on what the guard says; fails when it found a problem or ended.
follow() {
    lines=$(wc -l <"$said")
    [ "$lines" -le "$shown" ] || sed -n "$((shown + 1)),${lines}s/^say //p" "$said"
    shown=$lines
    ! grep -q '^problem ' "$said" && kill -0 "$guard" 2>/dev/null
}
problem() {
    text=$(sed -n 's/^problem //p' "$said" | head -n 1)
    [ -n "$text" ] || text="The login program ended: $(tail -n 3 "$work/trouble" | tr '\n' ' ')"
    say "$text"
}
order() { (trap '' PIPE && say "$1" >&9) 2>/dev/null || true; }
others_up=''
if [ "$use_database" = yes ]; then
    say "Logging in to the databases as IS does"
    jar=$(driver)
    [ -n "$jar" ] || stop "There is no MySQL driver in $home/repository/components/lib. Put mysql-connector-j-VERSION.jar there."
    said=$work/said
    : >"$said"
    : >"$work/trouble"
    mkfifo "$work/orders"
    # It outlives this script where IS is left half-started, so it has a folder of its own.
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
        first*) say "The databases are empty: this is the first start of the cluster. No other node starts until it is up." ;;
        *) say "The databases hold the data of this cluster. No other node starts until this one is up." ;;
    esac
else
    say "Without the database nothing keeps other nodes from starting at the same time. Start one node only."
fi

# --- Start, and follow the log. --------------------------------------------------------------------------------------

log=$home/repository/logs/wso2carbon.log
before=0
[ ! -f "$log" ] || before=$(wc -l <"$log")

# What the log says since this start; from its beginning if it was rotated meanwhile.
news() {
    [ -f "$log" ] || return 0
    if [ "$(wc -l <"$log")" -lt "$before" ]; then before=0; fi
    tail -n "+$((before + 1))" "$log"
}
says() { news | grep -q -e "$1"; }
# The driver's or the library's own words stand in the last cause.
cause() {
    sleep 2
    news | sed -n 's/^Caused by: //p' | tail -n 1
}

# What to do about a cause: the faults that were seen on real nodes.
remedy() {
    case $1 in
        *'already exists'* | *RoleExisting*) say "Another node filled the databases at the same time. Stop this node, wait until the other is up, start this one again, and run the check DB-43." ;;
        *'Access denied'*) say "Correct the account in deployment.toml, or run database/grants.sql." ;;
        *'Unknown database'*) say "Create the databases as README.md says." ;;
        *"doesn't exist"*) say "Load the tables: database/load.sh." ;;
        *'returned null for URL'*) say "Correct the url in deployment.toml: it is none of this driver's." ;;
        *'refused'* | *'link failure'* | *UnknownHost* | *'timed out'*) say "Start the database or the directory, and open its port for this node." ;;
        *'password was incorrect'* | *'Keystore was tampered'*) say "Run ./install.sh again: the key stores do not fit deployment.toml." ;;
        *'User store is read only'*) say "Write the name of a user of the directory into [super_admin] of deployment.toml." ;;
        *'error code 49'*) say "Correct connection_name and connection_password of [user_store] in deployment.toml." ;;
        *PKIX* | *certificate* | *SSL*) say "Run ./install.sh again: the truststore lacks a CA." ;;
        *'Address already in use'* | *BindException*) say "Find what listens there (ss -ltnp) and stop it." ;;
        *) say "Read $log." ;;
    esac
}
# Ends the start. The node is left as it is, so that it can be looked at.
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

say "Starting $node in $home; the log is $log"
if [ "$is_locked" = yes ]; then order starting; fi
sh "$home/bin/wso2server.sh" start 9>&-
say "Waiting up to $patience s until IS is up. This takes one to three minutes; the first start takes longest."

waited=0 still=0 size=0 pending=''
until says 'WSO2 Carbon started in'; do
    if [ "$is_locked" = yes ] && ! follow; then
        say "Nothing keeps other nodes from starting now: $(problem) Do not start another node until this one is up."
        is_locked=no
    fi
    if says 'Cannot start User Manager Core bundle'; then
        failed_because "$node cannot start its user manager" 'Cannot start User Manager Core bundle'
    fi
    if says 'Cannot initialize cluster'; then
        failed_because "$node cannot start Hazelcast" 'Cannot initialize cluster'
    fi
    delayed=$(news | sed -n 's/.*\(Waiting for required .*\)/\1/p' | tail -n 1)
    case $delayed in
        *OSGiAxis2Service*fido*) failed "$node never comes up: its JDK refuses jars of the pack ($delayed)." "Start it with ./start.sh or with -Djdk.util.zip.disableZip64ExtraFieldValidation=true in JAVA_OPTS." ;;
    esac
    if says 'Carbon initialization is delayed due to the following unsatisfied items' && [ -n "$delayed" ]; then
        failed "$node does not come up. $delayed." "A part of the pack did not load: read the first ERROR of $log."
    fi
    # Printed every minute while something is slow. Once is no fault.
    if [ -n "$delayed" ] && [ "$delayed" != "$pending" ]; then
        say "  IS says: $delayed"
        pending=$delayed
    fi
    if [ -n "$delayed" ] && [ "$(news | grep -c -e 'Waiting for required')" -gt 2 ]; then
        failed "$node has waited for three minutes. $delayed." "Read the first ERROR of $log."
    fi
    if [ "$waited" -ge 20 ] && ! runs; then
        news | tail -n 20 >&2
        failed_because "$node ended while it started" ' (ERROR|FATAL) '
    fi
    lines=$(news | wc -l)
    if [ "$lines" -eq "$size" ]; then still=$((still + 2)); else still=0; fi
    size=$lines
    if [ "$still" -ge "$silence" ]; then
        failed "$node says nothing for $silence s and is not up. The last line of its log: $(news | tail -n 1 | cut -c 1-300)" \
            "If another node was starting at the same time, the two hang for good: stop this one, wait until the other is up, and start this one again. On a slow machine wait longer with --silence."
    fi
    if [ "$waited" -ge "$patience" ]; then
        news | grep -E ' (ERROR|FATAL) ' | tail -n 5 >&2 || true
        failed_because "$node is not up after $patience s" ' (ERROR|FATAL) '
    fi
    sleep 2
    waited=$((waited + 2))
done
news | grep -E 'Cluster domain|Local member|Elected this member|WSO2 Carbon started in' || true

# --- Started is not up: the web applications, the cluster, the database. ---------------------------------------------

if says 'LifeCycleException while starting tomcat connector' || says 'LifecycleException: Protocol handler start failed'; then
    failed_because "$node started without its port" 'LifeCycleException'
fi
# A part that failed is named, and decided by what the node answers.
parts=$(news | sed -n -e 's/.*\(Servlet.init() for servlet \[[^]]*\] threw exception\).*/\1/p' -e 's/.*\(failed to deploy.*\)/\1/p' | head -n 1)
discovery=$local/oauth2/token/.well-known/openid-configuration
answering=60
[ "$patience" -ge 60 ] || answering=$patience
unanswered=$(helper answers "$answering" "$local/api/health-check/v1.0/health" "$discovery" | sed -n 's/^wrong //p')
if [ -n "$unanswered" ]; then
    failed "$node is started but not up: $(say "$unanswered" | head -n 1).${parts:+ The log says: $parts.}" "Read the first ERROR of $log."
fi
if [ -n "$parts" ]; then
    failed "$node is started, but a part of it is not: $parts." "Read that line in $log and its causes."
fi
# The databases are filled: the next node may start.
if [ "$is_locked" = yes ]; then order up; fi

if ! says 'Cluster initialization completed'; then
    failed "$node is up but not in a cluster: the log has no line \"Cluster initialization completed\"." "Look at [clustering] in deployment.toml."
fi
# A node that joins others is never elected at its start; one that does not find them is.
if says 'Elected this member'; then
    # shellcheck disable=SC2086
    reached=$(helper reachable $others | sed -n 's/^reached //p' | tr '\n' ' ')
    if [ -n "$reached$others_up" ]; then
        failed "$node formed a cluster of its own, although another node is up (${reached:-$others_up})." \
            "Open TCP port $hazelcast_port between the nodes in both directions: ./probe.sh --listen --reach shows where it is closed."
    fi
    if [ "$is_first" = no ]; then
        failed "$node is alone: no other node answers, and it formed a cluster of its own." \
            "If another node is up, open the ports between them: ./probe.sh --listen --reach. If none is, start again with --may-be-first."
    fi
    say "$node is the first member of the cluster."
else
    say "$node joined the cluster."
fi

# One busy connection hides that new ones fail: the pool has to be idle first, and many requests need new ones.
if [ "$quiet" -gt 0 ]; then
    say "Asking again after $quiet s of quiet. The next node may start meanwhile."
    sleep "$quiet"
    wrong=$(helper together 16 "$local/api/health-check/v1.0/health" | sed -n 's/^wrong //p')
    if [ -n "$wrong" ]; then
        why=$(cause)
        failed "$node loses its databases when it is idle: of 16 health requests $(say "$wrong" | paste -s -d ',' -) failed. ${why:-The log says nothing.}" \
            "With TLS to the database every url in deployment.toml needs fallbackToSystemKeyStore=false."
    fi
fi
say "$node is up: https://$address/"
{%- if node.next %}
say 'Next: on {{ node.next }}, ./start.sh'
{%- else %}
say 'Next: verify the cluster, as README.md says.'
{%- endif %}

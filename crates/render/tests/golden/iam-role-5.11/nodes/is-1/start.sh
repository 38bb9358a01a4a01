#!/bin/sh
# Starts is-1 and waits until the log says that IS is up and in the cluster. Written by Clusterwright 0.1.0.
#   ./start.sh [--home DIR] [--wait SECONDS]
# The port offset (0) is in deployment.toml: do not give -DportOffset, it would win over it.
set -eu
LC_ALL=C
export LC_ALL

node='is-1'
address='10.20.0.11:9443'
version='5.11.0'
home='/opt/wso2is-5.11.0'
jdk_from='7'
jdk_to='11'
jdk_text='7 to 11'
# The first start fills the databases and takes minutes.
patience=900

say() { printf '%s\n' "$*"; }
stop() { say "start.sh: $*" >&2; exit 1; }

while [ $# -gt 0 ]; do
    case $1 in
        --home)
            [ $# -gt 1 ] || stop "Write the folder of the pack after --home."
            home=$2
            shift
            ;;
        --wait)
            [ $# -gt 1 ] || stop "Write a number of seconds after --wait."
            patience=$2
            shift
            ;;
        -h | --help)
            say "usage: start.sh [--home DIR] [--wait SECONDS]"
            exit 0
            ;;
        *) stop "There is no option $1. Use --home DIR and --wait SECONDS." ;;
    esac
    shift
done
case $patience in '' | *[!0-9]*) stop "$patience is not a number of seconds." ;; esac

[ -f "$home/bin/wso2server.sh" ] || stop "$home is not an unpacked IS. Give its folder with --home."
grep -q "^# deployment.toml of $node," "$home/repository/conf/deployment.toml" 2>/dev/null ||
    stop "$home/repository/conf/deployment.toml is not that of $node. Run ./install.sh first."
java=java
[ -z "${JAVA_HOME:-}" ] || java=$JAVA_HOME/bin/java
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
if [ -s "$home/wso2carbon.pid" ] && kill -0 "$(cat "$home/wso2carbon.pid")" 2>/dev/null; then
    stop "$node runs already, as process $(cat "$home/wso2carbon.pid"). To restart it: sh '$home/bin/wso2server.sh' restart"
fi

log=$home/repository/logs/wso2carbon.log
before=0
[ ! -f "$log" ] || before=$(wc -l <"$log")

# What the log says since this start; from its beginning if it was turned over meanwhile.
news() {
    [ -f "$log" ] || return 0
    if [ "$(wc -l <"$log")" -lt "$before" ]; then before=0; fi
    tail -n "+$((before + 1))" "$log"
}
says() { news | grep -q "$1"; }

say "Starting $node in $home; the log is $log"
say "Waiting up to $patience s for:"
say "  Cluster initialization completed"
say "  WSO2 Carbon started in N sec"
sh "$home/bin/wso2server.sh" start

waited=0
until says 'WSO2 Carbon started in'; do
    if [ "$waited" -ge "$patience" ]; then
        news | grep -E ' (ERROR|FATAL) ' | tail -n 5 >&2 || true
        stop "$node is not up after $patience s. Read $log, or wait longer with --wait."
    fi
    if [ "$waited" -ge 20 ] && [ -s "$home/wso2carbon.pid" ] && ! kill -0 "$(cat "$home/wso2carbon.pid")" 2>/dev/null; then
        news | tail -n 20 >&2
        stop "$node ended while it started. Read $log."
    fi
    sleep 2
    waited=$((waited + 2))
done
news | grep -E 'Cluster domain|Local member|Member joined|WSO2 Carbon started in' || true
if ! says 'Cluster initialization completed'; then
    stop "$node is up but not in a cluster: the log has no line \"Cluster initialization completed\". Read $log."
fi
say "$node is up: https://$address/"
say 'Next: verify the cluster, as README.md says.'

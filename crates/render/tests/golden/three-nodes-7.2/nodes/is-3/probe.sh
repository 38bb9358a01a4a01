#!/bin/sh
# Inspects the machine of is-3 and reports to Clusterwright, one fact per line. Written by Clusterwright 0.1.0.
# Read-only: it installs nothing, needs no root and prints no secret. Run it as the IS service account:
#   ./probe.sh                    facts about this machine, and whether it can connect to the database
#   ./probe.sh --listen --reach   also tests the ports between the nodes. Run it on all nodes within two minutes.
# Options:
#   --listen            open the Hazelcast and HTTPS ports, if they are free, and answer the probes of the other nodes
#                       until each of them has connected
#   --reach             connect to these ports of the other nodes, on which their probes must answer
#   --seconds N         how long to listen, and how long to retry (120)
#   --home DIR          the folder of IS, if not /opt/wso2is-7.2.0
#   --login             ask for the password of the database account and log in (needs mysql or mariadb)
#   --login-from FILE   the same with a MySQL option file that contains the password
#   --log               add the lines of wso2carbon.log that show failures, starts and members, with masked passwords
#   --as-load-balancer  this machine is the load balancer: only connect to the HTTPS ports of all nodes
#   --send URL          send the report to this URL of the wizard instead of printing it
set -u
own_umask=$(umask)
umask 077
export LC_ALL=C

plan='c6ff4a9540958f9a'
node='is-3'
home='/opt/wso2is-7.2.0'
# Name, address, Hazelcast port, HTTPS port, HTTP port, port of Thrift authentication, port of the embedded LDAP server.
nodes='
is-1 10.20.0.11 4000 9443 9763 10711
is-2 10.20.0.12 4000 9443 9763 10711
is-3 10.20.0.13 4000 9443 9763 10711'
names='db.internal.example.com login.example.com '
database_host='db.internal.example.com'
database_port='3306'
database_account='wso2is'
directory=''

say() { printf '%s\n' "$*" >&2; }
stop() { say "probe.sh: $*"; exit 1; }
value() { [ $# -gt 1 ] || stop "$1 needs a value."; }
has() { command -v "$1" >/dev/null 2>&1; }

listen=no reach=no role=node seconds=120 login=no login_from='' url='' with_log=no
while [ $# -gt 0 ]; do
    case $1 in
        --listen) listen=yes ;;
        --reach) reach=yes ;;
        --login) login=yes ;;
        --log) with_log=yes ;;
        --as-load-balancer) role=load-balancer reach=yes ;;
        --seconds) value "$@" && seconds=$2 && shift ;;
        --home) value "$@" && home=$2 && shift ;;
        --login-from) value "$@" && login=yes login_from=$2 && shift ;;
        --send) value "$@" && url=$2 && shift ;;
        -h | --help) sed -n '2,/^set -u/s/^# \{0,1\}//p' "$0" && exit ;;
        *) stop "Unknown option $1. See --help." ;;
    esac
    shift
done
case $seconds in '' | *[!0-9]*) stop "$seconds is not a number of seconds." ;; esac
case $0 in *probe.sh) here=$(cd "$(dirname "$0")" && pwd -P) ;; *) here=/nonexistent ;; esac
# In the folder of IS itself, there is nothing to compare its files with.
[ "$here" != "$(cd "$home" 2>/dev/null && pwd -P)" ] || here=/nonexistent

work=$(mktemp -d "${TMPDIR:-/tmp}/clusterwright.XXXXXX") || stop "Cannot create a folder in ${TMPDIR:-/tmp}. Set TMPDIR to a writable folder."
listener='' patience=0
terminal=''
trap '[ -z "$listener" ] || kill "$listener" 2>/dev/null; [ -z "$terminal" ] || stty "$terminal" </dev/tty; rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# One fact: its name and its values, separated by bars, which copying from a terminal preserves.
fact() {
    { printf '%s' "$1" && shift && printf ' | %s' "$@"; } | tr '\n\r' '  '
    echo
}
# first EXPRESSION [FILE...]: the first line that the sed expression prints.
first() { sed -n "$@" | head -n 1; }
whether() { if "$@"; then echo yes; else echo no; fi; }
# The state of the jar $1: jar, damaged (no zip file, or truncated) or no-driver (without com.mysql.cj.jdbc.Driver, such as
# Connector/J 5.1). A zip contains the names of its files in clear text.
driver_state() {
    if [ "$(head -c 2 "$1")" != PK ] || ! tail -c 1024 "$1" | grep -q "$(printf 'PK\005\006')"; then
        echo damaged
    elif ! grep -q 'com/mysql/cj/jdbc/Driver\.class' "$1"; then
        # IS wraps a jar of lib unchanged in the OSGi bundle that it creates from it.
        case $1 in */dropins/*_1.0.0.jar) echo jar ;; *) echo no-driver ;; esac
    else
        echo jar
    fi
}
# Milliseconds since 1970 if date supports them, otherwise whole seconds.
now() {
    moment=$(date +%s%3N 2>/dev/null)
    case $moment in '' | *[!0-9]*) echo "$(date +%s)000" ;; *) echo "$moment" ;; esac
}
# digest md5|sha256 FILE
digest() {
    if has "$1sum"; then "$1sum" <"$2"; else openssl dgst "-$1" -r <"$2"; fi | cut -d ' ' -f 1
}

# --- Connections to other machines use the JDK that IS needs anyway. Without it, curl connects, but nothing listens. --

jdk=${JAVA_HOME:+$JAVA_HOME/bin/}
cat >"$work/Probe.java" <<'JAVA'
import java.io.*;
import java.net.*;
import java.util.*;

public class Probe {
    public static void main(String[] a) throws Exception {
        if (a[0].equals("facts")) {
            say("java-aes", javax.crypto.Cipher.getMaxAllowedKeyLength("AES"));
            say("java-tls", String.join(" ", javax.net.ssl.SSLContext.getDefault().getSupportedSSLParameters().getProtocols()));
        } else if (a[0].equals("listen")) {
            /* "node port" of every expected probe; removed when it has connected. */
            Set<String> awaited = Collections.synchronizedSet(new HashSet<>());
            for (int i = 5; i < a.length; i += 2)
                if (listen(a[1], a[2], a[i], Integer.parseInt(a[i + 1]), awaited))
                    for (String other : a[4].split(",")) if (!other.isEmpty()) awaited.add(other + "/node " + a[i + 1]);
            say("listening", a[3]);
            long end = System.nanoTime() + 1000000000L * Integer.parseInt(a[3]);
            do Thread.sleep(200); while (System.nanoTime() < end && !awaited.isEmpty());
            System.exit(0);
        } else {
            long end = System.nanoTime() + 1000000000L * Integer.parseInt(a[2]);
            Scanner targets = new Scanner(System.in);
            while (targets.hasNextLine()) {
                String[] to = targets.nextLine().split(" ");
                new Thread(() -> reach(a[1], a[3], to, end)).start();
            }
        }
    }

    static synchronized void say(Object... values) {
        StringJoiner line = new StringJoiner(" | ");
        for (Object value : values) line.add("" + value);
        System.out.println(line);
    }

    static boolean listen(String plan, String node, String kind, int port, Set<String> awaited) {
        try {
            ServerSocket server = new ServerSocket(port);
            say("listen", kind, port, "open");
            new Thread(() -> {
                while (true) try {
                    Socket peer = server.accept();
                    new Thread(() -> answer(peer, plan + " " + node + " " + port, port, awaited)).start();
                } catch (IOException again) { }
            }).start();
            return true;
        } catch (IOException busy) {
            say("listen", kind, port, "busy");
            return false;
        }
    }

    /* Answers each line "clusterwright WORD" with "clusterwright WORD plan node port milliseconds"; the last line may be
       "clusterwright-done NODE". */
    static void answer(Socket peer, String who, int port, Set<String> awaited) {
        try (Socket closing = peer) {
            peer.setSoTimeout(5000);
            String word;
            while ((word = line(peer)) != null && word.startsWith("clusterwright "))
                send(peer, word + " " + who + " " + System.currentTimeMillis());
            if (word != null && word.startsWith("clusterwright-done ")) awaited.remove(word.substring(19) + " " + port);
        } catch (IOException gone) { }
    }

    static void send(Socket peer, String line) throws IOException { peer.getOutputStream().write((line + "\n").getBytes("UTF-8")); }

    static String line(Socket peer) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int letter; (letter = peer.getInputStream().read()) >= 0; line.append((char) letter))
            if (letter == '\n' || line.length() == 200) return line.toString();
        return line.length() == 0 ? null : line.toString();
    }

    /* to: node kind host port. Retries until the end, because the other probe is started manually and may be late. */
    static void reach(String plan, String self, String[] to, long end) {
        List<String> late = Arrays.asList("refused", "silent", "mute", "closed", "unreachable");
        Object[] said;
        while (late.contains((said = once(plan, self, to[0], to[1], to[2], Integer.parseInt(to[3])))[4])
                && !to[1].equals("service") && System.nanoTime() < end)
            try { Thread.sleep(1000); } catch (InterruptedException go) { }
        say(said);
    }

    /* The result, the shortest round trip in ms, how far the other clock is ahead, lost answers, which node answered. */
    static Object[] once(String plan, String self, String node, String kind, String host, int port) {
        Object[] said = {"reach", node, kind, port, "silent", "-", "-", 0, "-"};
        boolean isService = kind.equals("service");
        try (Socket peer = new Socket()) {
            InetAddress address = InetAddress.getByName(host);
            long begin = System.nanoTime();
            peer.connect(new InetSocketAddress(address, port), 3000);
            long best = System.nanoTime() - begin;
            said[5] = milliseconds(best);
            said[4] = isService ? "connected" : "mute";
            /* The first connection of a JVM is always slow. */
            for (int turn = 1; turn < 3 && isService; turn++) try (Socket again = new Socket()) {
                begin = System.nanoTime();
                again.connect(peer.getRemoteSocketAddress(), 3000);
                best = Math.min(best, System.nanoTime() - begin);
                said[5] = milliseconds(best);
            }
            peer.setSoTimeout(3000);
            best = Long.MAX_VALUE;
            for (int turn = 0; turn < 5 && !isService; turn++) {
                String word = "clusterwright " + Long.toHexString(new java.security.SecureRandom().nextLong());
                long sent = System.currentTimeMillis();
                begin = System.nanoTime();
                send(peer, word);
                String answer = line(peer);
                long took = System.nanoTime() - begin;
                if (answer == null && turn > 0) said[7] = 5 - turn;
                else said[4] = meaning(answer, word, plan, node + " " + port);
                if (answer != null && !said[4].equals("other") && answer.startsWith(word)) said[8] = answer.split(" ")[3];
                if (answer == null || !said[4].equals("ok")) return said;
                if (took >= best) continue;
                best = took;
                said[5] = milliseconds(took);
                said[6] = Long.parseLong(answer.split(" ")[5]) - sent - took / 2000000;
            }
            if (said[4].equals("ok")) send(peer, "clusterwright-done " + self);
        } catch (UnknownHostException unknown) {
            said[4] = "unresolved";
        } catch (SocketTimeoutException late) {
            if (said[4].equals("ok")) said[7] = 1;
        } catch (IOException failed) {
            String why = "" + failed.getMessage();
            if (said[4].equals("mute")) said[4] = "closed";
            else if (said[4].equals("silent") && !why.contains("timed out")) said[4] = why.contains("refused") ? "refused" : "unreachable";
        }
        return said;
    }

    static String milliseconds(long nanoseconds) { return String.format(Locale.ROOT, "%.2f", nanoseconds / 1e6); }

    static String meaning(String answer, String word, String plan, String who) {
        if (answer == null) return "closed";
        if (answer.startsWith("\025")) return "tls";
        if (answer.startsWith("HTTP/")) return "http";
        if (!answer.matches(word + "( \\S+){3} \\d{1,18}")) return "other";
        if (!answer.startsWith(word + " " + plan + " ")) return "other-plan";
        return answer.startsWith(word + " " + plan + " " + who + " ") ? "ok" : "other-node";
    }
}
JAVA

# The same without clocks. It tries each target once: a load balancer's machine has nothing to wait for.
reach_by_curl() {
    tls=$(printf '\025')
    while read -r to kind host port; do
        word="clusterwright $(od -An -N 8 -t x1 /dev/urandom | tr -d ' \n')"
        took=$(printf '%s\n' "$word" | curl -s -m 3 --noproxy '*' -o "$work/said" -w '%{time_namelookup} %{time_connect}' "telnet://$host:$port")
        code=$?
        took=$(echo "$took" | awk '{ printf "%.2f", ($2 > 0 ? $2 - $1 : 0) * 1000 }')
        answer=$(head -n 1 "$work/said" 2>/dev/null | tr -d '\000')
        who=$(printf '%s\n' "$answer" | sed -n "s/^$word [^ ]* \([^ ]*\) .*/\1/p")
        case $answer in
            '') result=closed; [ "$code" != 28 ] || result=mute ;;
            "$word $plan $to $port "*) result=ok ;;
            "$word $plan "*) result=other-node ;;
            "$word "*) result=other-plan ;;
            HTTP/*) result=http ;;
            "$tls"*) result=tls ;;
            *) result=other ;;
        esac
        case $code/$took in
            6/*) result=unresolved ;;
            7/*) result=refused ;;
            28/0.00) result=silent ;;
            */0.00) ;;
            *) [ "$kind" != service ] || result=connected ;;
        esac
        rm -f "$work/said"
        fact reach "$to" "$kind" "$port" "$result" "$took" - 0 "${who:--}"
    done
}

tool=none
if "${jdk}javac" -d "$work" "$work/Probe.java" >/dev/null 2>&1 && "${jdk}java" -cp "$work" Probe facts >"$work/java" 2>/dev/null; then
    tool=java
elif has curl && curl -V | grep -qw telnet; then
    tool=curl
fi
# Replaces the shell it runs in, so that it receives signals.
talk() {
    case $tool in
        java) exec "${jdk}java" -Xmx64m -cp "$work" Probe "$@" ;;
        curl) reach_by_curl ;;
    esac
}

# --- Facts. ----------------------------------------------------------------------------------------------------------

# shellcheck disable=SC2046
set -- $(printf '%s\n' "$nodes" | awk -v node="$node" '$1 == node')
hazelcast_port=$3 https_port=$4 http_port=$5 thrift_port=$6 ldap_port=${7:-}

in_use() {
    if [ -r /proc/net/tcp ]; then
        cat /proc/net/tcp /proc/net/tcp6 |
            awk -v end="$(printf ':%04X' "$1")" '$4 == "0A" && substr($2, length($2) - 4) == end { found = 1 } END { exit !found }'
    else
        netstat -an | awk -v end="[.:]$1\$" '/LISTEN/ && $4 ~ end { found = 1 } END { exit !found }'
    fi
}

resolve() {
    if has getent; then
        getent ahosts "$1" | awk '{ print $1 }'
    elif has dscacheutil; then
        dscacheutil -q host -a name "$1" | sed -n 's/^ip.*address: //p'
    else
        echo '?'
    fi | sort -u
}

ntp() {
    if has timedatectl && timedatectl status >"$work/ntp"; then
        first 's/.*synchronized: *\([a-z]*\).*/\1/p' "$work/ntp"
    elif has chronyc && chronyc -n tracking >"$work/ntp"; then
        whether grep -q '^Leap status.*Normal' "$work/ntp"
    elif has ntpq && ntpq -pn >"$work/ntp"; then
        whether grep -q '^\*' "$work/ntp"
    else
        echo '?'
    fi
}

# The smallest number among the files.
smallest() { cat "$@" | grep -E '^[0-9]{1,18}$' | sort -n | head -n 1; }

machine() {
    fact system "$(uname -s)" "$(uname -r)" "$(uname -m)"
    fact account "$(id -un)" "$(id -u)" "$own_umask"
    fact cpus "$(getconf _NPROCESSORS_ONLN || sysctl -n hw.ncpu)"
    fact cpu-quota "$(cat /sys/fs/cgroup/cpu.max)"
    fact memory "$(awk '/^MemTotal:/ { printf "%.0f", $2 * 1024 }' /proc/meminfo || sysctl -n hw.memsize)"
    group=$(sed -n 's/^0:://p' /proc/self/cgroup)
    fact memory-limit "$(smallest /sys/fs/cgroup/memory.max "/sys/fs/cgroup$group/memory.max" /sys/fs/cgroup/memory/memory.limit_in_bytes)"
    folder=$home
    while [ ! -d "$folder" ]; do folder=$(dirname "$folder"); done
    fact disk "$(df -Pk "$folder" | awk 'NR == 2 { printf "%.0f", $4 * 1024 }')"
    # shellcheck disable=SC3045
    fact open-files "$(awk '/^Max open files/ { print $5 }' /proc/self/limits || ulimit -n)"
    fact processes "$(awk '/^Max processes/ { print $3 }' /proc/self/limits)"
    fact entropy "$(cat /proc/sys/kernel/random/entropy_avail)"
    fact ntp "$(ntp)"
    fact addresses "$(if has ip; then ip -o addr show | awk '{ print $4 }'; else ifconfig | awk '/inet/ { print $2 }'; fi |
        sed 's/[/%].*//; s/^addr://' | sort -u)"
    for name in $names; do
        fact name "$name" "$(resolve "$name")"
        awk -v name="$name" '!/^[ \t]*#/ { for (i = 2; i <= NF; i++) if ($i == name) print $1 }' /etc/hosts |
            while read -r address; do fact hosts "$name" "$address"; done
    done
}

balancer() {
    PATH=$PATH:/usr/local/sbin:/usr/sbin:/opt/homebrew/bin
    ! has nginx || fact balancer nginx "$(nginx -v 2>&1 | first 's|.*nginx/\([0-9.]*\).*|\1|p')"
    ! has haproxy || fact balancer haproxy "$(haproxy -v | first 's/.*version \([0-9.]*[0-9]\).*/\1/p')"
}

runs() {
    # IS writes NUL bytes after the number.
    pid=$(tr -cd '0-9' <"$home/wso2carbon.pid") && [ -n "$pid" ] && { kill -0 "$pid" || ps -p "$pid" >/dev/null; }
}

# Without this flag a JDK from 11.0.20 or 17.0.8 on refuses jars of packs up to 6.1. What starts IS has to pass it.
zip64=disableZip64ExtraFieldValidation
passes_zip64() { grep -qs "$zip64" "$@"; }

# The units of systemd that start this pack.
units() {
    printf '%s\n' "${SYSTEMD_UNIT_PATH:-/etc/systemd/system:/usr/local/lib/systemd/system:/usr/lib/systemd/system}" | tr ':' '\n' |
        while IFS= read -r folder; do
            for unit in "$folder"/*.service; do
                if sed -n 's/^ExecStart=//p' "$unit" | grep -qF "$home/"; then printf '%s\n' "$unit"; fi
            done
        done
}

# symmetric_key FOLDER FACT
symmetric_key() {
    sed -n '/^ *\[encryption\]/,/^ *\[/s/^ *key *= *"\([^"$][^"]*\)".*/\1/p' "$1/repository/conf/deployment.toml" |
        sed "1!d; s/^/$plan /" >"$work/key"
    origin=own
    # The default key of every pack is public, and no loss.
    ! grep -q ' 03BAFEB27A8E871CAD83C5CD4E771DAB$' "$work/key" || origin=public
    [ ! -s "$work/key" ] || fact "$2" "$(digest sha256 "$work/key")" "$origin"
    rm -f "$work/key"
}

installed() {
    fact java "$("${jdk}java" -version 2>&1 | first 's/.*version "\([^"]*\)".*/\1/p')" "${jdk}java"
    cat "$work/java"
    for port in "hazelcast $hazelcast_port" "https $https_port" "http $http_port" "thrift $thrift_port" "ldap $ldap_port"; do
        [ -n "${port#* }" ] || continue
        if in_use "${port#* }"; then state=used; else state=free; fi
        fact port "${port% *}" "${port#* }" "$state"
    done
    if [ ! -d "$home/repository" ]; then
        fact home "$home" missing
        return
    fi
    # shellcheck disable=SC2012
    fact home "$home" present "$(ls -ld "$home/." | awk '{ print $3 }')"
    fact is "$(first 's/.*Identity Server[^0-9]*\([0-9][0-9.]*\).*/\1/p' "$home/bin/version.txt" "$home/bin/wso2carbon-version.txt")"
    # The file in which WSO2's update tool is assumed to record it: empty means that no level was found.
    fact update-level "$(first 's/.*[lL]evel"[ :"]*\([0-9][0-9.]*\).*/\1/p' "$home/updates/config.json")"
    fact heap "$(first 's/.*-Xmx\([0-9]*[kKmMgG]\{0,1\}\).*/\1/p' "$home/bin/wso2server.sh")"
    case ${JAVA_OPTS:-} in *"$zip64"*) state=yes ;; *) state=$(whether passes_zip64 "$home/bin/wso2server.sh") ;; esac
    fact zip64 "$state"
    for script in "$home/bin/clusterwright/start.sh" "$here/start.sh"; do
        [ -f "$script" ] || continue
        fact start script "$script" "$(whether passes_zip64 "$script")"
        break
    done
    units | while IFS= read -r unit; do
        script=''
        ! grep -q '^ExecStart=.*/clusterwright/start\.sh' "$unit" || script=$home/bin/clusterwright/start.sh
        environment=$(first 's/^EnvironmentFile=-\{0,1\}//p' "$unit")
        fact start unit "${unit##*/}" "$(whether passes_zip64 "$unit" "${environment:-/dev/null}" "${script:-/dev/null}")"
    done
    fact running "$(whether runs)"
    # User stores and tenants: IS does not distribute these files. Names and checksums are reported as one digest.
    for folder in repository/deployment/server/userstores repository/tenants; do
        if [ ! -d "$home/$folder" ]; then
            fact artefacts "$folder" missing - 0 "$(digest sha256 /dev/null)"
            continue
        fi
        if [ -w "$home/$folder" ]; then state=writable; else state=readable; fi
        (cd "$home/$folder" && find . -type f | sort | head -n 1000 | while IFS= read -r file; do cksum "$file"; done) >"$work/artefacts"
        fact artefacts "$folder" "$state" "$(df -P "$home/$folder/." | awk 'NR == 2 { print $1 }')" \
            "$(grep -c . "$work/artefacts")" "$(digest sha256 "$work/artefacts")"
    done
    for jar in "$home"/repository/components/lib/* "$home"/repository/components/dropins/*; do
        case ${jar##*/} in
            *mysql*.jar | *mariadb*.jar)
                folder=${jar%/*}
                fact driver "${folder##*/}" "${jar##*/}" "$(driver_state "$jar")"
                ;;
        esac
    done
    # Compares the files of install.sh with the installed ones. Only whether they are equal is reported.
    for given in "$here"/repository/conf/deployment.toml "$here"/repository/resources/security/cluster-primary.* \
        "$here"/repository/resources/security/node-tls.*; do
        file=${given#"$here"/}
        case $file in *'*') continue ;; esac
        if [ ! -f "$home/$file" ]; then state=missing
        elif [ ! -f "$given" ]; then state=alone
        elif cmp -s "$given" "$home/$file"; then state=same
        else state=differs; fi
        there=$(digest sha256 "$home/$file")
        fact file "$file" "$state" "${there:--}"
    done
    # The digest of the encryption key, salted with the plan, shows whether the nodes have the same one. References are skipped.
    symmetric_key "$home" symmetric-key
    symmetric_key "$here" bundle-symmetric-key
    # IS writes passwords into files below it that other accounts can read: the mode of the folder protects them.
    # shellcheck disable=SC2012
    fact conf-mode "$(ls -ld "$home/repository/conf/." | cut -c 1-10)"
    # How many URLs let Connector/J send the keystore of IS to MySQL, as the wizard's DB-42 decides. URLs are not printed.
    if [ -r "$home/repository/conf/deployment.toml" ]; then
        fact key-store-urls "$(sed -n 's/^ *url *= *"jdbc:mysql:\(.*\)".*/\1/p' "$home/repository/conf/deployment.toml" |
            sed -e '/fallbackToSystemKeyStore=false/d' -e '/clientCertificateKeyStoreUrl=/d' -e '/sslMode=DISABLED/d' \
                -e '/sslMode=/b' -e '/useSSL=false/d' | grep -c .)"
    fi
    # The result of the forged address of LB-05: lines with its path, from the end of the two newest access logs.
    # shellcheck disable=SC2012
    ls -t "$home"/repository/logs/http_access_*.log | head -n 2 | while IFS= read -r log; do
        tail -c 20000000 "$log" | grep -F "/clusterwright/$plan/" | tail -n 5 |
            sed -n "s|^\([^[]*\) \[.*/clusterwright/$plan/\([0-9]*\)[ ?].*|\2 \1|p"
    done | while read -r moment addresses; do fact access-log "$moment" "$addresses"; done
    # IS records the MD5 of every file it writes from deployment.toml (config-mapper, MetaDataParser).
    made=$home/repository/resources/conf/.metadata/metadata_config.properties
    if [ -r "$made" ]; then
        fact generated "$(grep -c '=[0-9a-f]\{32\}$' "$made")"
        grep '=[0-9a-f]\{32\}$' "$made" | grep -v '^repository/conf/deployment.toml=' | while IFS='=' read -r file noted; do
            [ ! -f "$home/$file" ] || [ "$(digest md5 "$home/$file")" = "$noted" ] || fact edited "$file"
        done
    fi
}

# Masks what follows the name of a secret, to its closing quote or tag, or else to the next blank; of headers, to the end of
# the line. Rather a word too many: the wizard masks once more.
mask_secrets() {
    sed -e 's/-----BEGIN .*/****/' -e 's/eyJ[A-Za-z0-9._-]*/****/g' \
        -e 's#://\([^:/@ ]*\):[^0-9@ ][^@ ]*@#://\1:****@#g' -e 's#://\([^:/@ ]*\):[^@/ ]*@#://\1:****@#g' \
        -e 's#\([Jj][Dd][Bb][Cc]:oracle:[a-z0-9]*:[^/@ ]*\)/[^ ]*@#\1/****@#g' \
        -e 's/\([Bb]asic\) [^ ]*[0-9=][^ ]*/\1 ****/g' -e 's/\([Bb]earer\) [^ ]*[0-9][^ ]*/\1 ****/g' |
        awk '
        BEGIN {
            names = "(passw|passphrase|passcode|pwd|secret|credential|token|api[_-]?key|private[_-]?key|access[_-]?key"
            names = names "|authorization|cookie|jsessionid|sessiondatakey|samlresponse|storepass|keypass|[?&]code|identified by)"
            separator = "[^][a-z0-9_. ,;(]*[ \t]*(=|:|>|%3d|[ \t(]+[\"\047])"
        }
        {
            rest = $0
            shown = ""
            # <Property name="password" value="…"/>, {"key":"password","value":"…"}
            if (match(tolower(rest), "(name|key|id|attribute|property|param)[^a-z0-9<>]*[=:] *[\\\\]*[\"\047][a-z0-9_.-]*" names "[a-z0-9_.-]*[\\\\]*[\"\047]")) {
                print substr(rest, 1, RSTART + RLENGTH - 1) "****"
                next
            }
            # <password alias="a">…</password>
            if (match(tolower(rest), "<[a-z0-9_:.]*" names "[^<>]*>")) {
                shown = substr(rest, 1, RSTART + RLENGTH - 1) "****"
                rest = substr(rest, RSTART + RLENGTH)
                rest = (end = index(rest, "</")) ? substr(rest, end) : ""
            }
            while (match(tolower(rest), names "[a-z0-9_.]*" separator)) {
                found = tolower(substr(rest, RSTART, RLENGTH))
                is_end = (RSTART > 1 && substr(rest, RSTART - 1, 1) == "/")
                shown = shown substr(rest, 1, RSTART + RLENGTH - 1)
                quote = substr(rest, RSTART + RLENGTH - 1, 1)
                rest = substr(rest, RSTART + RLENGTH)
                if (is_end || found ~ /(exception|error|fault|manager|policy|type|url|endpoint|alias)[^a-z]*$/) continue
                if (found ~ /authorization|cookie/) { shown = shown "****"; rest = ""; break }
                if (quote != "\"" && quote != "\047" && quote != ">" && match(rest, /^[ \t]*[\\]*["\047]/)) {
                    shown = shown substr(rest, 1, RLENGTH)
                    quote = substr(rest, RLENGTH, 1)
                    rest = substr(rest, RLENGTH + 1)
                }
                if (rest ~ /^ *(YES|NO)\)/) continue
                if (quote == ">") end = match(rest, /</)
                else if (quote == "\"") end = match(rest, /"/)
                else if (quote == "\047") end = match(rest, /\047/)
                else { sub(/^[ \t]+/, "", rest); end = match(rest, /[ \t]/) }
                if (rest == "") break
                shown = shown "****"
                rest = end ? substr(rest, end) : ""
            }
            print shown rest
        }'
}

# Of the last 20,000 lines of the log: entries of failures with their last cause, each text at most twice, and the entries
# about starts, stops and members. The log doctor of the wizard reads them.
read_log() {
    file=$home/repository/logs/wso2carbon.log
    if [ ! -r "$file" ]; then
        fact log-read 0
        return
    fi
    fact log-read "$(tail -n 20000 "$file" | grep -c .)"
    # Lines of another layout tell nothing: their number shows that the log could not be read.
    fact log-entries "$(tail -n 20000 "$file" | grep -c -e '^TID: ' -e '^\[[0-9]' -e '^{.*"level"')"
    tail -n 20000 "$file" | tr -d '\r' | awk '
        function flush(text) {
            text = entry
            sub(/^[^{]*/, "", text)
            gsub(/[0-9]+/, "#", text)
            if (entry != "" && seen[text cause]++ < 2) { print entry; if (cause != "") print cause }
            entry = cause = ""
        }
        /^TID: / || /^\[[0-9]/ || /^{.*"level"/ {
            flush()
            if ($0 ~ /SSLUtilBase|will not be activated/) next
            if ($0 ~ /\] +(WARN|ERROR|FATAL|SEVERE) / || $0 ~ /"level" *: *"(WARN|ERROR|FATAL)"/ ||
                $0 ~ /(Starting WSO2 Carbon|Carbon started in|Shutdown hook triggered|Gracefully shutting down|Halting JVM)/ ||
                $0 ~ /(Server +: |Member joined|Member left|Elected this member|Local member:|Added member:)/)
                entry = $0
            next
        }
        /^Caused by: / { cause = $0 }
        /^[a-z]+[.][A-Za-z0-9_.$]*(Exception|Error)(: |$)/ { if (cause == "") cause = $0 }
        END { flush() }' | cut -c 1-600 | mask_secrets |
        tail -n 60 | while IFS= read -r line; do fact log "$line"; done
}

log_in() {
    client=mysql
    has mysql || client=mariadb
    if ! has "$client"; then
        fact login no-client
        return
    fi
    if [ -z "$login_from" ]; then
        printf 'Password of %s at %s: ' "$database_account" "$database_host" >/dev/tty
        terminal=$(stty -g </dev/tty)
        stty -echo </dev/tty
        IFS= read -r MYSQL_PWD </dev/tty
        stty "$terminal" </dev/tty
        terminal=''
        echo >/dev/tty
        export MYSQL_PWD
    fi
    if said=$("$client" ${login_from:+"--defaults-extra-file=$login_from"} --protocol=TCP --connect-timeout=5 -N \
        -h "$database_host" -P "$database_port" -u "$database_account" -e 'SELECT 1' 2>&1); then
        fact login ok
    else
        fact login error "$(printf '%s\n' "$said" | first 's/^ERROR \([0-9]*\).*/\1/p')"
    fi
    unset MYSQL_PWD
}

# The targets: name, kind, address, port.
targets() {
    [ "$reach" = no ] || printf '%s\n' "$nodes" | grep . | while read -r name host hazelcast https _; do
        if [ "$role" = node ] && [ "$name" != "$node" ]; then echo "$name hazelcast $host $hazelcast"; fi
        if [ "$role" = load-balancer ] || [ "$name" != "$node" ]; then echo "$name https $host $https"; fi
    done
    [ "$role" = node ] || return
    [ -z "$database_host" ] || echo "database service $database_host $database_port"
    number=0
    printf '%s\n' "$directory" | tr ',' '\n' | while read -r host port; do
        [ -n "$host" ] || continue
        number=$((number + 1))
        if [ "$number" = 1 ]; then name=directory; else name=directory-$number; fi
        echo "$name service $host $port"
    done
}

report=$work/report
{
    fact clusterwright-probe 1
    fact plan "$plan"
    fact node "$node"
    fact role "$role"
    fact database "$database_host" "$database_port" "$database_account"
    fact directory "$directory"
    fact time "$(now)"
    fact tool "$tool"
    machine
    if [ "$role" = load-balancer ]; then balancer; else installed; fi
    if [ "$with_log" = yes ] && [ "$role" = node ]; then read_log; fi
} >"$report" 2>/dev/null

if [ "$listen" = yes ] && [ "$role" = node ]; then
    if [ "$tool" = java ]; then
        say "Listening for $seconds s, so that the other nodes can connect to $node."
        : >"$work/listen"
        others=$(printf '%s\n' "$nodes" | awk -v node="$node" 'NF && $1 != node { printf "%s%s", separator, $1; separator = "," }')
        (talk listen "$plan" "$node" "$seconds" "$others" hazelcast "$hazelcast_port" https "$https_port") >"$work/listen" 2>&1 &
        listener=$!
        until grep -q '^listening' "$work/listen" || ! kill -0 "$listener" 2>/dev/null; do sleep 1; done
        grep '^listen |' "$work/listen" >>"$report"
    else
        say "Cannot listen without a JDK. Set JAVA_HOME, or use --reach only."
    fi
    patience=$seconds
fi
if [ "$reach" = yes ]; then
    say "Connecting to the other machines."
    fact reached "$(printf '%s\n' "$nodes" | grep -c .)" >>"$report"
fi
targets | (talk reach "$plan" "$patience" "$node/$role") >>"$report" 2>/dev/null
if [ "$login" = yes ] && [ -n "$database_host" ]; then log_in >>"$report"; fi
fact end "$(now)" >>"$report"

if [ -z "$url" ]; then
    cat "$report"
elif has curl; then
    curl -sS -m 20 --data-binary "@$report" -H 'Content-Type: text/plain' "$url" >&2
else
    wget -q -T 20 -O - --post-file="$report" --header='Content-Type: text/plain' "$url" >&2
fi || stop "Cannot send the report. Run probe.sh without --send and paste its output into the wizard."
if [ -n "$listener" ] && kill -0 "$listener" 2>/dev/null; then
    say "Still listening until every other node has connected, $seconds s at most. To stop, press Ctrl-C."
    wait "$listener"
fi

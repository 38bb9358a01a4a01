#!/bin/sh
# Looks at the machine of is-2 and says what it finds, one fact a line, for Clusterwright. Written by Clusterwright 0.1.0.
# It changes nothing, needs no root, installs nothing and prints no secret. Run it as the user IS runs as:
#   ./probe.sh                    facts about this machine, and whether the database is reached
#   ./probe.sh --listen --reach   also: does every port reach every node? Run it on all nodes within two minutes.
# Options:
#   --listen            open the ports of Hazelcast and HTTPS, if they are free, and answer the probes of the other nodes
#   --reach             connect to these ports of the other nodes and expect their probes to answer
#   --seconds N         how long to listen, and to try again what does not answer (120)
#   --home DIR          where IS is, if not in /opt/wso2is-6.1.0
#   --login             ask for the password of the database account and log in (needs mysql or mariadb)
#   --login-from FILE   the same with a MySQL option file that holds the password
#   --as-load-balancer  this machine is the load balancer: only reach the HTTPS ports of all nodes
#   --send URL          send the report to this address of the wizard instead of printing it
set -u
own_umask=$(umask)
umask 077
LC_ALL=C
export LC_ALL

plan='dbc9ffb99603966d'
node='is-2'
home='/opt/wso2is-6.1.0'
# Name, address, Hazelcast port, HTTPS port, HTTP port.
nodes='
is-1 10.20.0.11 4000 9443 9763
is-2 10.20.0.12 4000 9443 9763'
names='is.example.com '
database_host='10.20.0.5'
database_port='3306'
database_account='wso2is'

say() { printf '%s\n' "$*" >&2; }
stop() { say "probe.sh: $*"; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }

listen=no reach=no role=node seconds=120 login=no login_from='' url=''
while [ $# -gt 0 ]; do
    case $1 in
        --listen) listen=yes ;;
        --reach) reach=yes ;;
        --login) login=yes ;;
        --as-load-balancer) role=load-balancer reach=yes ;;
        --seconds | --home | --login-from | --send)
            [ $# -gt 1 ] || stop "Write a value after $1."
            case $1 in
                --seconds) seconds=$2 ;;
                --home) home=$2 ;;
                --login-from) login=yes login_from=$2 ;;
                --send) url=$2 ;;
            esac
            shift
            ;;
        -h | --help)
            sed -n '2,/^set -u/s/^# \{0,1\}//p' "$0"
            exit 0
            ;;
        *) stop "There is no option $1. See --help." ;;
    esac
    shift
done
case $seconds in '' | *[!0-9]*) stop "$seconds is not a number of seconds." ;; esac
case $0 in *probe.sh) here=$(cd "$(dirname "$0")" && pwd) ;; *) here=/nonexistent ;; esac

work=$(mktemp -d "${TMPDIR:-/tmp}/clusterwright.XXXXXX") || stop "No folder can be made in ${TMPDIR:-/tmp}."
listener=''
trap '[ -z "$listener" ] || kill "$listener" 2>/dev/null; rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# One fact: its name and its values, with bars between them, which a copy from a terminal keeps.
fact() {
    {
        printf '%s' "$1"
        shift
        [ $# -eq 0 ] || printf ' | %s' "$@"
    } | tr '\n\r' '  '
    echo
}
# Milliseconds since 1970 where date can tell them, otherwise whole seconds.
now() {
    moment=$(date +%s%3N 2>/dev/null)
    case $moment in '' | *[!0-9]*) echo "$(date +%s)000" ;; *) echo "$moment" ;; esac
}
sha256() {
    if has sha256sum; then sha256sum <"$1"; elif has shasum; then shasum -a 256 <"$1"; else openssl dgst -sha256 -r <"$1"; fi |
        cut -d ' ' -f 1
}
md5() {
    if has md5sum; then md5sum <"$1"; else openssl dgst -md5 -r <"$1"; fi | cut -d ' ' -f 1
}

# --- What talks to other machines: the JDK that IS needs anyway, else python3, else curl, which cannot listen. --------

java=java javac=javac
if [ -n "${JAVA_HOME:-}" ]; then java=$JAVA_HOME/bin/java javac=$JAVA_HOME/bin/javac; fi

cat >"$work/Probe.java" <<'JAVA'
import java.io.*;
import java.net.*;
import java.util.*;

public class Probe {
    public static void main(String[] a) throws Exception {
        if (a[0].equals("facts")) {
            say("java-aes", javax.crypto.Cipher.getMaxAllowedKeyLength("AES"));
            String[] known = javax.net.ssl.SSLContext.getDefault().getSupportedSSLParameters().getProtocols();
            say("java-tls", String.join(" ", known));
        } else if (a[0].equals("listen")) {
            for (int i = 4; i < a.length; i += 2) listen(a[1], a[2], a[i], Integer.parseInt(a[i + 1]));
            say("listening", a[3]);
            Thread.sleep(1000L * Integer.parseInt(a[3]));
            System.exit(0);
        } else {
            List<Thread> all = new ArrayList<Thread>();
            BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
            final long end = System.nanoTime() + 1000000000L * Integer.parseInt(a[2]);
            for (String line; (line = in.readLine()) != null; ) {
                final String[] to = line.split(" ");
                final String plan = a[1];
                all.add(new Thread() { public void run() { reach(plan, to, end); } });
            }
            for (Thread one : all) one.start();
            for (Thread one : all) one.join();
        }
    }

    static synchronized void say(Object... values) {
        StringBuilder line = new StringBuilder();
        for (Object value : values) line.append(line.length() == 0 ? "" : " | ").append(value);
        System.out.println(line);
    }

    /* Answers each line "clusterwright WORD" with "clusterwright WORD plan node port milliseconds". */
    static void listen(final String plan, final String node, String kind, final int port) {
        final ServerSocket server;
        try {
            server = new ServerSocket(port);
        } catch (IOException busy) {
            say("listen", kind, port, "busy");
            return;
        }
        say("listen", kind, port, "open");
        new Thread() { public void run() {
            while (true) try {
                final Socket peer = server.accept();
                peer.setSoTimeout(5000);
                new Thread() { public void run() {
                    try {
                        for (String word; (word = line(peer.getInputStream())) != null && word.startsWith("clusterwright "); ) {
                            String said = word + " " + plan + " " + node + " " + port + " " + System.currentTimeMillis() + "\n";
                            peer.getOutputStream().write(said.getBytes("UTF-8"));
                        }
                    } catch (IOException gone) { }
                    try { peer.close(); } catch (IOException gone) { }
                } }.start();
            } catch (IOException again) { }
        } }.start();
    }

    static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int letter; (letter = in.read()) >= 0; line.append((char) letter))
            if (letter == 10 || line.length() == 200) return line.toString();
        return line.length() == 0 ? null : line.toString();
    }

    /* to: node kind host port. Says what came of it, milliseconds, clock difference, lost answers, who answered. */
    static void reach(String plan, String[] to, long end) {
        while (true) {
            Object[] said = once(plan, to[0], to[1], to[2], Integer.parseInt(to[3]));
            boolean again = Arrays.asList("refused", "silent", "mute", "closed", "unreachable").contains(said[4]);
            if (!again || to[1].equals("database") || System.nanoTime() > end) { say(said); return; }
            try { Thread.sleep(1000); } catch (InterruptedException go) { }
        }
    }

    static Object[] once(String plan, String node, String kind, String host, int port) {
        Object[] said = {"reach", node, kind, port, "", "-", "-", 0, "-"};
        Socket socket = new Socket();
        try {
            InetAddress address = InetAddress.getByName(host);
            long begin = System.nanoTime();
            said[4] = "silent";
            socket.connect(new InetSocketAddress(address, port), 3000);
            double best = (System.nanoTime() - begin) / 1e6;
            said[5] = String.format(Locale.ROOT, "%.2f", best);
            said[4] = "connected";
            if (kind.equals("database")) return said;
            said[4] = "mute";
            socket.setSoTimeout(3000);
            for (int turn = 0; turn < 5; turn++) {
                String word = "clusterwright " + Long.toHexString(new java.security.SecureRandom().nextLong());
                long sent = System.currentTimeMillis();
                begin = System.nanoTime();
                socket.getOutputStream().write((word + "\n").getBytes("UTF-8"));
                String answer = line(socket.getInputStream());
                double took = (System.nanoTime() - begin) / 1e6;
                if (answer == null) { if (turn == 0) said[4] = "closed"; else said[7] = 5 - turn; return said; }
                if (answer.charAt(0) == 21) { said[4] = "tls"; return said; }
                String[] parts = answer.startsWith(word + " ") ? answer.split(" ") : new String[0];
                if (parts.length != 6) { said[4] = answer.startsWith("HTTP/") ? "http" : "other"; return said; }
                said[8] = parts[3];
                if (!parts[2].equals(plan)) { said[4] = "other-plan"; return said; }
                if (!parts[3].equals(node) || !parts[4].equals("" + port)) { said[4] = "other-node"; return said; }
                said[4] = "ok";
                if (turn == 0 || took < best) {
                    best = took;
                    said[5] = String.format(Locale.ROOT, "%.2f", took);
                    said[6] = Long.parseLong(parts[5]) - sent - (long) (took / 2);
                }
            }
        } catch (UnknownHostException unknown) {
            said[4] = "unresolved";
        } catch (SocketTimeoutException late) {
            if (said[4].equals("ok")) said[7] = 1;
        } catch (IOException failed) {
            String why = "" + failed.getMessage();
            if (said[4].equals("mute")) said[4] = "closed";
            else if (!said[4].equals("ok")) said[4] = why.contains("refused") ? "refused" : why.contains("timed out") ? "silent" : "unreachable";
        } finally {
            try { socket.close(); } catch (IOException gone) { }
        }
        return said;
    }
}
JAVA

cat >"$work/probe.py" <<'PYTHON'
import os, socket, sys, threading, time

def say(*values):
    sys.stdout.write(" | ".join(str(value) for value in values) + "\n")
    sys.stdout.flush()

def line(peer):
    text = b""
    while not text.endswith(b"\n") and len(text) < 200:
        letter = peer.recv(1)
        if not letter:
            break
        text += letter
    return text

def answer(peer, plan, node, port):
    try:
        peer.settimeout(5)
        word = line(peer)
        while word.startswith(b"clusterwright "):
            said = " %s %s %s %d\n" % (plan, node, port, time.time() * 1000)
            peer.sendall(word.strip() + said.encode())
            word = line(peer)
    except OSError:
        pass
    peer.close()

def serve(server, plan, node, port):
    while True:
        peer = server.accept()[0]
        threading.Thread(target=answer, args=(peer, plan, node, port), daemon=True).start()

def listen(plan, node, seconds, ports):
    for kind, port in zip(ports[::2], ports[1::2]):
        server = socket.socket()
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            server.bind(("", int(port)))
            server.listen(50)
        except OSError:
            say("listen", kind, port, "busy")
            continue
        say("listen", kind, port, "open")
        threading.Thread(target=serve, args=(server, plan, node, port), daemon=True).start()
    say("listening", seconds)
    time.sleep(int(seconds))

def once(plan, node, kind, host, port):
    said = ["reach", node, kind, port, "silent", "-", "-", 0, "-"]
    try:
        begin = time.time()
        peer = socket.create_connection((host, int(port)), 3)
        best = time.time() - begin
        said[4:6] = ["connected", "%.2f" % (best * 1000)]
        if kind == "database":
            return said
        said[4] = "mute"
        for turn in range(5):
            word = "clusterwright " + "".join("%02x" % byte for byte in bytearray(os.urandom(8)))
            begin = time.time()
            peer.sendall((word + "\n").encode())
            text = line(peer)
            took = time.time() - begin
            if not text:
                if turn == 0:
                    said[4] = "closed"
                else:
                    said[7] = 5 - turn
                return said
            parts = text.decode("latin-1").split()
            if text[:1] == b"\x15" or len(parts) != 6 or " ".join(parts[:2]) != word:
                said[4] = "tls" if text[:1] == b"\x15" else "http" if text.startswith(b"HTTP/") else "other"
                return said
            said[8] = parts[3]
            if parts[2] != plan or parts[3] != node or parts[4] != port:
                said[4] = "other-plan" if parts[2] != plan else "other-node"
                return said
            said[4] = "ok"
            if turn == 0 or took < best:
                best = took
                said[5] = "%.2f" % (took * 1000)
                said[6] = int(int(parts[5]) - (begin + took / 2) * 1000)
    except socket.gaierror:
        said[4] = "unresolved"
    except socket.timeout:
        if said[4] == "ok":
            said[7] = 1
    except ConnectionError as failed:
        said[4] = {"mute": "closed", "ok": "ok"}.get(said[4], "refused" if isinstance(failed, ConnectionRefusedError) else "unreachable")
    except OSError:
        said[4] = "unreachable"
    return said

def reach(plan, end, to):
    said = once(plan, *to)
    again = ("refused", "silent", "mute", "closed", "unreachable")
    while said[4] in again and to[1] != "database" and time.time() < end:
        time.sleep(1)
        said = once(plan, *to)
    say(*said)

if sys.argv[1] == "listen":
    listen(sys.argv[2], sys.argv[3], sys.argv[4], sys.argv[5:])
else:
    end = time.time() + int(sys.argv[3])
    for to in sys.stdin:
        threading.Thread(target=reach, args=(sys.argv[2], end, to.split())).start()
PYTHON

# curl knows no token of time; what it prints is only compared with what the probe must say.
reach_by_curl() {
    while read -r to kind host port; do
        word="clusterwright $(od -An -N 8 -t x1 /dev/urandom | tr -d ' \n')"
        took=$(printf '%s\n' "$word" | curl -s -m 3 --noproxy '*' -o "$work/said" -w '%{time_connect}' "telnet://$host:$port")
        code=$?
        took=$(echo "$took" | awk '{ printf "%.2f", $1 * 1000 }')
        who=$(sed -n "s/^$word $plan \([a-z0-9-]*\) $port .*/\1/p" "$work/said" 2>/dev/null)
        case $code/$took in
            6/*) result=unresolved ;;
            7/*) result=refused ;;
            28/0.00) result=silent ;;
            *)
                result=mute
                [ ! -s "$work/said" ] || result=other
                [ "$kind" != database ] || result=connected
                [ -z "$who" ] || result=other-node
                [ "$who" != "$to" ] || result=ok
                ;;
        esac
        rm -f "$work/said"
        fact reach "$to" "$kind" "$port" "$result" "$took" - 0 "${who:--}"
    done
}

tool=none
if "$javac" -d "$work" "$work/Probe.java" >/dev/null 2>&1 && "$java" -cp "$work" Probe facts >"$work/java" 2>/dev/null; then
    tool=java
elif has python3 && python3 -c 'import socket' 2>/dev/null; then
    tool=python3
elif has curl; then
    tool=curl
fi
# Takes the place of the shell it runs in, so that a signal meets it.
talk() {
    case $tool in
        java) exec "$java" -Xmx64m -cp "$work" Probe "$@" ;;
        python3) exec python3 "$work/probe.py" "$@" ;;
        curl) reach_by_curl ;;
    esac
}

# --- Facts. ----------------------------------------------------------------------------------------------------------

row=$(printf '%s\n' "$nodes" | awk -v node="$node" '$1 == node')
# shellcheck disable=SC2086
set -- $row
hazelcast_port=$3 https_port=$4 http_port=$5

in_use() {
    if [ -r /proc/net/tcp ]; then
        cat /proc/net/tcp /proc/net/tcp6 2>/dev/null |
            awk -v end="$(printf ':%04X' "$1")" '$4 == "0A" && substr($2, length($2) - 4) == end { found = 1 } END { exit !found }'
    else
        netstat -an 2>/dev/null | awk -v end="[.:]$1\$" '/LISTEN/ && $4 ~ end { found = 1 } END { exit !found }'
    fi
}

resolve() {
    if has getent; then
        getent ahosts "$1" | awk '{ print $1 }'
    elif has dscacheutil; then
        dscacheutil -q host -a name "$1" | sed -n 's/^ip.*address: //p'
    else
        echo '?'
    fi | sort -u | tr '\n' ' '
}

ntp() {
    if has timedatectl && timedatectl status >"$work/ntp" 2>/dev/null; then
        sed -n 's/.*synchronized: *\([a-z]*\).*/\1/p' "$work/ntp" | head -n 1
    elif has chronyc && chronyc -n tracking >"$work/ntp" 2>/dev/null; then
        if grep -q '^Leap status.*Normal' "$work/ntp"; then echo yes; else echo no; fi
    elif has ntpq && ntpq -pn >"$work/ntp" 2>/dev/null; then
        if grep -q '^\*' "$work/ntp"; then echo yes; else echo no; fi
    else
        echo '?'
    fi
}

# The smallest number among the files.
smallest() { cat "$@" 2>/dev/null | grep -E '^[0-9]{1,18}$' | sort -n | head -n 1; }

machine() {
    fact system "$(uname -s)" "$(uname -r)" "$(uname -m)"
    fact account "$(id -un)" "$(id -u)" "$own_umask"
    fact cpus "$(getconf _NPROCESSORS_ONLN 2>/dev/null || sysctl -n hw.ncpu 2>/dev/null)"
    fact cpu-quota "$(cat /sys/fs/cgroup/cpu.max 2>/dev/null)"
    memory=$(awk '/^MemTotal:/ { printf "%.0f", $2 * 1024 }' /proc/meminfo 2>/dev/null)
    fact memory "${memory:-$(sysctl -n hw.memsize 2>/dev/null)}"
    group=$(sed -n 's/^0:://p' /proc/self/cgroup 2>/dev/null)
    fact memory-limit "$(smallest /sys/fs/cgroup/memory.max "/sys/fs/cgroup$group/memory.max" /sys/fs/cgroup/memory/memory.limit_in_bytes)"
    folder=$home
    while [ ! -d "$folder" ]; do folder=$(dirname "$folder"); done
    fact disk "$(df -Pk "$folder" | awk 'NR == 2 { printf "%.0f", $4 * 1024 }')"
    # shellcheck disable=SC3045
    fact open-files "$(awk '/^Max open files/ { print $5 }' /proc/self/limits 2>/dev/null || ulimit -n)"
    fact processes "$(awk '/^Max processes/ { print $4 }' /proc/self/limits 2>/dev/null)"
    fact entropy "$(cat /proc/sys/kernel/random/entropy_avail 2>/dev/null)"
    fact ntp "$(ntp)"
    fact addresses "$(if has ip; then ip -o addr show | awk '{ print $4 }'; else ifconfig | awk '/inet/ { print $2 }'; fi 2>/dev/null |
        sed 's/[/%].*//; s/^addr://' | sort -u)"
    for name in $names; do
        fact name "$name" "$(resolve "$name")"
        awk -v name="$name" '!/^[ \t]*#/ { for (i = 2; i <= NF; i++) if ($i == name) print $1 }' /etc/hosts |
            while read -r address; do fact hosts "$name" "$address"; done
    done
}

installed() {
    fact java "$("$java" -version 2>&1 | sed -n 's/.*version "\([^"]*\)".*/\1/p' | head -n 1)" "$java"
    cat "$work/java" 2>/dev/null
    for port in "hazelcast $hazelcast_port" "https $https_port" "http $http_port"; do
        if in_use "${port#* }"; then state=used; else state=free; fi
        fact port "${port% *}" "${port#* }" "$state"
    done
    if [ ! -d "$home/repository" ]; then
        fact home "$home" missing
        return
    fi
    # shellcheck disable=SC2012
    fact home "$home" present "$(ls -ld "$home" | awk '{ print $3 }')"
    fact is "$(cat "$home/bin/version.txt" "$home/bin/wso2carbon-version.txt" 2>/dev/null |
        sed -n 's/.*Identity Server[^0-9]*\([0-9][0-9.]*\).*/\1/p' | head -n 1)"
    # Written by WSO2's update tool; a pack that was never updated has no such file.
    fact update-level "$(sed -n 's/.*[lL]evel"[ :"]*\([0-9][0-9.]*\).*/\1/p' "$home/updates/config.json" 2>/dev/null | head -n 1)"
    fact heap "$(sed -n 's/.*-Xmx\([0-9]*[kKmMgG]\{0,1\}\).*/\1/p' "$home/bin/wso2server.sh" 2>/dev/null | head -n 1)"
    pid=$(cat "$home/wso2carbon.pid" 2>/dev/null)
    if [ -n "$pid" ] && ps -p "$pid" >/dev/null 2>&1; then fact running yes; else fact running no; fi
    for folder in lib dropins; do
        for jar in "$home/repository/components/$folder/"*; do
            case ${jar##*/} in
                *mysql*.jar | *mariadb*.jar)
                    if [ "$(head -c 2 "$jar")" = PK ]; then state=jar; else state=damaged; fi
                    fact driver "$folder" "${jar##*/}" "$state"
                    ;;
            esac
        done
    done
    # What install.sh would put there, and what is there. Only whether they are the same is said.
    for file in repository/conf/deployment.toml repository/resources/security/cluster-primary.* repository/resources/security/node-tls.*; do
        for given in "$here"/$file; do
            case $given in *'*') continue ;; esac
            file=${given#"$here"/}
            if [ ! -f "$home/$file" ]; then state=missing
            elif [ ! -f "$given" ]; then state=alone
            elif cmp -s "$given" "$home/$file"; then state=same
            else state=differs; fi
            digest=-
            [ ! -r "$home/$file" ] || digest=$(sha256 "$home/$file")
            fact file "$file" "$state" "$digest"
        done
    done
    # IS notes the MD5 of every file it writes from deployment.toml (config-mapper, MetaDataParser).
    made=$home/repository/resources/conf/.metadata/metadata_config.properties
    if [ -r "$made" ]; then
        fact generated "$(grep -c '=[0-9a-f]\{32\}$' "$made")"
        grep '=[0-9a-f]\{32\}$' "$made" | grep -v '^repository/conf/deployment.toml=' | while IFS='=' read -r file digest; do
            [ ! -f "$home/$file" ] || [ "$(md5 "$home/$file")" = "$digest" ] || fact edited "$file"
        done
    fi
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
        stty -echo </dev/tty
        IFS= read -r MYSQL_PWD </dev/tty
        stty echo </dev/tty
        echo >/dev/tty
        export MYSQL_PWD
    fi
    if said=$("$client" ${login_from:+"--defaults-extra-file=$login_from"} --protocol=TCP --connect-timeout=5 -N \
        -h "$database_host" -P "$database_port" -u "$database_account" -e 'SELECT 1' 2>&1); then
        fact login ok
    else
        fact login error "$(printf '%s\n' "$said" | sed -n 's/^ERROR \([0-9]*\).*/\1/p' | head -n 1)"
    fi
    unset MYSQL_PWD
}

# Whom to reach: name, kind, address, port.
targets() {
    printf '%s\n' "$nodes" | while read -r name host hazelcast https _; do
        if [ -z "$name" ] || [ "$reach" = no ]; then continue; fi
        [ "$role" = load-balancer ] || [ "$name" != "$node" ] || continue
        [ "$role" = load-balancer ] || echo "$name hazelcast $host $hazelcast"
        echo "$name https $host $https"
    done
    [ -z "$database_host" ] || [ "$role" = load-balancer ] || echo "database database $database_host $database_port"
}

report=$work/report
{
    fact clusterwright-probe 1
    fact plan "$plan"
    fact node "$node"
    fact role "$role"
    fact time "$(now)"
    fact tool "$tool"
    machine
    [ "$role" = load-balancer ] || installed
} >"$report" 2>/dev/null

patience=0
if [ "$listen" = yes ] && [ "$role" = node ]; then
    case $tool in
        java | python3)
            say "Listening for $seconds s, so that the other nodes can reach $node."
            (talk listen "$plan" "$node" "$seconds" hazelcast "$hazelcast_port" https "$https_port") >"$work/listen" 2>&1 &
            listener=$!
            until grep -q '^listening' "$work/listen" || ! kill -0 "$listener" 2>/dev/null; do sleep 1; done
            grep '^listen |' "$work/listen" >>"$report"
            ;;
        *) say "Neither a JDK nor python3 is here, so nothing can listen. Set JAVA_HOME, or reach from here only." ;;
    esac
    patience=$seconds
fi
if [ "$reach" = yes ]; then
    say "Reaching the other machines."
    fact reached "$(printf '%s\n' "$nodes" | grep -c .)" >>"$report"
fi
targets | (talk reach "$plan" "$patience") >>"$report" 2>/dev/null
if [ "$login" = yes ] && [ -n "$database_host" ]; then log_in >>"$report"; fi
fact end "$(now)" >>"$report"

if [ -z "$url" ]; then
    cat "$report"
elif has curl; then
    curl -sS -m 20 --data-binary "@$report" -H 'Content-Type: text/plain' "$url" >&2 || stop "The report could not be sent. Run it without --send and paste what it prints."
else
    wget -q -T 20 -O - --post-file="$report" --header='Content-Type: text/plain' "$url" >&2 || stop "The report could not be sent. Run it without --send and paste what it prints."
fi
if [ -n "$listener" ] && kill -0 "$listener" 2>/dev/null; then
    say "Still listening for the other nodes. Ctrl-C ends it."
    wait "$listener"
fi

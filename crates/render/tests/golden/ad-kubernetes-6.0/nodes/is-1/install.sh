#!/bin/sh
# Installs is-1: puts deployment.toml and the key stores into the pack and adds certificates to its truststore.
# Written by Clusterwright 0.1.0. Run it in the folder it came in, as the user IS runs as:
#   ./install.sh [--dry-run] [--home DIR]
# It checks everything first and changes nothing if something is wrong. A second run changes nothing.
# rollback.sh beside it takes it back.
set -eu
umask 077
LC_ALL=C
export LC_ALL

node='is-1'
home='/opt/wso2is-6.0.0'
version='6.0.0'
jdk_from='11'
jdk_to='17'
jdk_text='11 to 17'
security=repository/resources/security
primary=$security/'cluster-primary.jks'
tls=$security/'node-tls.jks'
truststore=$security/'client-truststore.jks'
truststore_password='wso2carbon'
uses_tls='false'

say() { printf '%s\n' "$*"; }
stop() { say "install.sh: $*" >&2; exit 1; }
# Lines as words of one line.
joined() { printf '%s\n' "$1" | paste -s -d ' ' -; }

dry_run=no
while [ $# -gt 0 ]; do
    case $1 in
        --dry-run) dry_run=yes ;;
        --home)
            [ $# -gt 1 ] || stop "Write the folder of the pack after --home."
            home=$2
            shift
            ;;
        -h | --help)
            say "usage: install.sh [--dry-run] [--home DIR]"
            exit 0
            ;;
        *) stop "There is no option $1. Use --dry-run and --home DIR." ;;
    esac
    shift
done
here=$(cd "$(dirname "$0")" && pwd)

# --- Checks: all of them, then stop if one failed. -------------------------------------------------------------------

problems=0
problem() {
    problems=$((problems + 1))
    say "  wrong: $*" >&2
}

# The files of this bundle, each to the same place below the pack.
files="repository/conf/deployment.toml
$primary
$tls"

check_bundle() {
    printf '%s\n' "$files" | while IFS= read -r file; do
        [ -s "$here/$file" ] || say "$file"
    done
}

check_pack() {
    if [ ! -d "$home/repository/conf" ] || [ ! -d "$home/bin" ]; then
        problem "$home is not an unpacked IS. Unpack wso2is-$version.zip there, or give its folder with --home."
        return
    fi
    found=$(cat "$home/bin/version.txt" "$home/bin/wso2carbon-version.txt" 2>/dev/null |
        sed -n 's/.*Identity Server[^0-9]*\([0-9][0-9.]*\).*/\1/p' | head -n 1)
    case $found in
        "$version" | "$version".*) ;;
        '') problem "$home/bin does not say which version of Identity Server it is. Give the folder of IS $version with --home." ;;
        *) problem "$home holds Identity Server $found; this bundle is for $version." ;;
    esac
    [ -f "$home/$truststore" ] ||
        problem "$home/$truststore is missing. It belongs to the pack; unpack it again."
    for folder in "$home/repository" "$home/repository/conf" "$home/$security"; do
        [ -w "$folder" ] || problem "$folder cannot be written. Run this as the user IS runs as."
    done
}

# The Java that IS will use: JAVA_HOME first, as bin/wso2server.sh does.
java=java
keytool=keytool
if [ -n "${JAVA_HOME:-}" ]; then
    java=$JAVA_HOME/bin/java
    keytool=$JAVA_HOME/bin/keytool
fi

check_java() {
    if ! said=$("$java" -version 2>&1); then
        problem "$java does not run. Install JDK $jdk_text and set JAVA_HOME."
        return
    fi
    # 1.8.0_392 is 8; 17.0.9 is 17.
    feature=$(printf '%s\n' "$said" | sed -n 's/.*version "\([0-9][0-9]*\)\.*\([0-9]*\).*/\1 \2/p' | head -n 1)
    case $feature in
        '1 '*) feature=${feature#1 } ;;
        *) feature=${feature%% *} ;;
    esac
    if [ -z "$feature" ]; then
        problem "$java does not say its version. Install JDK $jdk_text and set JAVA_HOME."
    elif [ "$feature" -lt "$jdk_from" ] || { [ -n "$jdk_to" ] && [ "$feature" -gt "$jdk_to" ]; }; then
        problem "$java is JDK $feature; IS $version needs JDK $jdk_text. Set JAVA_HOME."
    fi
    command -v "$keytool" >/dev/null 2>&1 ||
        problem "$keytool is missing. Install JDK $jdk_text, not only a JRE, and set JAVA_HOME."
}

# One driver in components/lib and components/dropins together. At each start IS turns mysql-connector-j-9.3.0.jar of
# lib into dropins/mysql_connector_j_9.3.0_1.0.0.jar: that is the same one.
list_drivers() {
    made=' '
    for jar in "$home"/repository/components/lib/*mysql*.jar; do
        [ -f "$jar" ] || continue
        say "lib/${jar##*/}"
        stem=${jar##*/}
        made="$made$(printf '%s' "${stem%.jar}" | tr - _)_1.0.0.jar "
    done
    for jar in "$home"/repository/components/dropins/*mysql*.jar; do
        [ -f "$jar" ] || continue
        case $made in *" ${jar##*/} "*) continue ;; esac
        say "dropins/${jar##*/}"
    done
}

# What the jar $1 is: jar, damaged (no zip, or its end is missing) or no-driver (it lacks com.mysql.cj.jdbc.Driver, as
# Connector/J 5.1 does). A zip holds the names of its files as they are.
driver_state() {
    if [ "$(head -c 2 "$1")" != PK ] || ! tail -c 1024 "$1" | grep -q "$(printf 'PK\005\006')"; then
        echo damaged
    elif ! grep -q 'com/mysql/cj/jdbc/Driver\.class' "$1"; then
        # IS puts a jar of lib as it is into the bundle that it makes of it.
        case $1 in */dropins/*_1.0.0.jar) echo jar ;; *) echo no-driver ;; esac
    else
        echo jar
    fi
}

# Judges the one driver as the check DB-41 does.
check_one_driver() {
    jar=$home/repository/components/$drivers
    put="Put one mysql-connector-j-VERSION.jar (8.2.0 or later) into $home/repository/components/lib."
    # Major, minor and patch as one number, from the name of the file.
    release=$(printf '%s\n' "${jar##*/}" |
        sed -n 's/^[^0-9]*\([0-9]\{1,4\}\)\.\([0-9]\{1,3\}\)\.\{0,1\}\([0-9]\{0,3\}\).*/\1 \2 0\3/p' |
        awk '{ print $1 * 1000000 + $2 * 1000 + $3 }')
    state=$(driver_state "$jar")
    if [ "$state" = damaged ]; then
        problem "$drivers is no jar: its download broke off, or it is the page of an error. $put"
    elif [ "$state" = no-driver ] || [ "${release:-8000000}" -lt 8000000 ]; then
        problem "$drivers is too old: it has no com.mysql.cj.jdbc.Driver. $put"
    elif [ -z "$release" ]; then
        say "  note: $drivers does not tell its version. Keep the version in the file's name."
    elif [ "$uses_tls" = true ] && [ "$release" -lt 8000022 ]; then
        problem "$drivers does not know fallbackToSystemKeyStore, which TLS to MySQL needs. $put"
    elif [ "$release" -lt 8002000 ]; then
        say "  note: $drivers is older than 8.2.0. $put"
    fi
}

check_driver() {
    drivers=$(list_drivers)
    case $(printf '%s' "$drivers" | grep -c .) in
        0) problem "There is no MySQL driver. Put one mysql-connector-j-VERSION.jar (8.2.0 or later) into $home/repository/components/lib." ;;
        1) check_one_driver ;;
        *) problem "There are several MySQL drivers, and IS may take the old one: $(joined "$drivers") below $home/repository/components. Leave one, in lib." ;;
    esac
}

check_truststore() {
    [ -f "$home/$truststore" ] || return 0
    "$keytool" -list -keystore "$home/$truststore" -storepass "$truststore_password" >/dev/null 2>&1 ||
        problem "$home/$truststore does not open with the password IS ships. Set it back, or import the certificates in trust/ by hand."
}

# The first argument's certificate number $2, base64 on one line; nothing after the last one.
certificate() {
    awk -v number="$2" '
        /-----BEGIN CERTIFICATE-----/ { count++; inside = 1; next }
        /-----END CERTIFICATE-----/ { inside = 0 }
        inside && count == number { gsub(/[ \t\r]/, ""); printf "%s", $0 }' "$1"
}

# The same as a file of its own, for keytool.
certificate_file() {
    say "-----BEGIN CERTIFICATE-----"
    certificate "$1" "$2" | fold -w 64
    say
    say "-----END CERTIFICATE-----"
}

check_certificates() {
    for file in "$here"/trust/*.crt; do
        [ -f "$file" ] || continue
        number=1
        while [ -n "$(certificate "$file" "$number")" ]; do
            certificate_file "$file" "$number" >"$work/certificate"
            "$keytool" -printcert -file "$work/certificate" >/dev/null 2>&1 ||
                problem "Certificate $number of trust/${file##*/} is no certificate. Correct it in the wizard and make the bundle again."
            number=$((number + 1))
        done
        [ "$number" -gt 1 ] || problem "trust/${file##*/} holds no certificate. Unpack the bundle again."
    done
}

work=$(mktemp -d "${TMPDIR:-/tmp}/clusterwright.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

say "Checking $home for $node"
missing=$(check_bundle)
[ -z "$missing" ] || problem "This folder is not whole: $(joined "$missing") is missing. Unpack the bundle again."
check_pack
check_java
if [ -d "$home/repository" ]; then
    check_driver
    [ "$problems" -gt 0 ] || check_truststore
fi
[ "$problems" -gt 0 ] || check_certificates
[ "$problems" -eq 0 ] || stop "$problems thing(s) to put right. Nothing was changed."
say "  fine: IS $found, JDK $feature, $drivers"

# --- What is to do. --------------------------------------------------------------------------------------------------

# What the truststore holds under an alias, in the same form.
trusted() {
    "$keytool" -exportcert -rfc -alias "$1" -keystore "$home/$truststore" -storepass "$truststore_password" 2>/dev/null |
        awk '/-----BEGIN/ { inside = 1; next } /-----END/ { exit } inside { gsub(/[ \t\r]/, ""); printf "%s", $0 }'
}

is_closed() { [ -n "$(find "$1" -prune -perm 600)" ]; }

: >"$work/replace"
printf '%s\n' "$files" | while IFS= read -r file; do
    if [ ! -f "$home/$file" ] || ! cmp -s "$here/$file" "$home/$file" || ! is_closed "$home/$file"; then
        printf '%s\n' "$file" >>"$work/replace"
    fi
done

# Each line: alias, what to do, file of this bundle, number of the certificate in it.
: >"$work/import"
for file in "$here"/trust/*.crt; do
    [ -f "$file" ] || continue
    stem=${file##*/}
    stem=${stem%.crt}
    number=1
    while [ -n "$(certificate "$file" "$number")" ]; do
        alias=$stem
        [ "$number" -eq 1 ] || alias=$stem-$number
        held=$(trusted "$alias")
        if [ -z "$held" ]; then
            printf '%s add %s %s\n' "$alias" "${file##*/}" "$number" >>"$work/import"
        elif [ "$held" != "$(certificate "$file" "$number")" ]; then
            printf '%s replace %s %s\n' "$alias" "${file##*/}" "$number" >>"$work/import"
        fi
        number=$((number + 1))
    done
done

# The truststore keeps everything it holds: certificates are added to a copy, which takes its place at the end. A keytool
# that fails fails here, where nothing is changed yet.
if [ -s "$work/import" ]; then
    cp -p "$home/$truststore" "$work/truststore"
    while read -r alias act file number; do
        if [ "$act" = replace ]; then
            "$keytool" -delete -alias "$alias" -keystore "$work/truststore" -storepass "$truststore_password" \
                >"$work/said" 2>&1 || { cat "$work/said" >&2; stop "keytool cannot remove $alias. Nothing was changed."; }
        fi
        certificate_file "$here/trust/$file" "$number" >"$work/certificate"
        "$keytool" -importcert -noprompt -alias "$alias" -file "$work/certificate" -keystore "$work/truststore" \
            -storepass "$truststore_password" >"$work/said" 2>&1 ||
            { cat "$work/said" >&2; stop "keytool cannot add $alias. Nothing was changed."; }
    done <"$work/import"
fi

would=
[ "$dry_run" = no ] || would='would '
if [ ! -s "$work/replace" ] && [ ! -s "$work/import" ]; then
    say "Everything is in place already. Nothing was changed."
    exit 0
fi
while IFS= read -r file; do
    if [ -f "$home/$file" ]; then say "  ${would}replace $file"; else say "  ${would}write $file"; fi
done <"$work/replace"
while read -r alias act file number; do
    say "  ${would}$act certificate $alias in $truststore"
done <"$work/import"
if [ "$dry_run" = yes ]; then
    say "Dry run: nothing was changed."
    exit 0
fi

# --- Make ready: every new file stands beside its place, and a failure takes all of them away again. -----------------

# Run by root, files still belong to whom the pack belongs to. POSIX tells an owner only by ls.
owner=
# shellcheck disable=SC2012
[ "$(id -u)" -ne 0 ] || owner=$(ls -ldn "$home/." | awk '{ print $3 ":" $4 }')
backups=$home/repository/clusterwright-backup
turn=1
while [ -e "$backups/$turn" ]; do turn=$((turn + 1)); done
backup=$backups/$turn
: >"$work/ready"
discard() {
    while IFS= read -r file; do rm -f "$home/$file.new"; done <"$work/ready"
    rm -rf "$work" "$backup.part"
    rmdir "$backups" 2>/dev/null || true
}
trap discard EXIT
# What the first argument holds, ready to become the second.
prepare() {
    printf '%s\n' "$2" >>"$work/ready"
    cp -p "$1" "$home/$2.new"
    [ -z "$owner" ] || chown "$owner" "$home/$2.new"
}

while IFS= read -r file; do
    prepare "$here/$file" "$file"
    chmod 600 "$home/$file.new"
done <"$work/replace"
[ ! -s "$work/import" ] || prepare "$work/truststore" "$truststore"

# --- Back up what changes, whole, before anything does. --------------------------------------------------------------

rm -rf "$backup.part"
mkdir -p "$backup.part/files"
: >"$backup.part/added"
save() {
    if [ -f "$home/$1" ]; then
        mkdir -p "$backup.part/files/$(dirname "$1")"
        cp -p "$home/$1" "$backup.part/files/$1"
        printf '%s\n' "$1" >>"$backup.part/replaced"
    else
        printf '%s\n' "$1" >>"$backup.part/added"
    fi
}
: >"$backup.part/replaced"
while IFS= read -r file; do save "$file"; done <"$work/replace"
[ ! -s "$work/import" ] || save "$truststore"
mv "$backup.part" "$backup"

# --- Change: each file takes its place whole. ------------------------------------------------------------------------

while IFS= read -r file; do mv -f "$home/$file.new" "$home/$file"; done <"$work/ready"
[ -z "$owner" ] || chown -R "$owner" "$backups"

say "Installed. What was replaced is in $backup; ./rollback.sh takes it back."
say "Next: on this node, before all others, ./start.sh"

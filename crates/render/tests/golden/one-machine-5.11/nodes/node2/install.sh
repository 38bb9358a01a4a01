#!/bin/sh
# Installs node2: copies deployment.toml and the keystores into the pack and adds certificates to its truststore.
# Written by Clusterwright 0.1.0. Run it in its own folder, as the IS service account:
#   ./install.sh [--dry-run] [--home DIR] [--replace-keys] [--replace-trust]
# It checks everything first and changes nothing if it finds a problem. A second run changes nothing.
#   --dry-run        show what would change
#   --home DIR       the folder of IS, if not /opt/node2/wso2is-5.11.0
#   --replace-keys   replace different keys on the node: issued tokens and stored secrets become unusable
#   --replace-trust  replace different trusted certificates: servers that still present the old ones are rejected
# rollback.sh in the same folder undoes it.
set -eu
umask 077
LC_ALL=C
export LC_ALL

node='node2'
home='/opt/node2/wso2is-5.11.0'
version='5.11.0'
jdk_from='8'
jdk_to='11'
jdk_text='8 to 11'
security=repository/resources/security
primary=$security/'cluster-primary.jks'
tls=$security/'node-tls.jks'
truststore=$security/'client-truststore.jks'
truststore_password='wso2carbon'
uses_tls='false'

say() { printf '%s\n' "$*"; }
stop() { say "install.sh: $*" >&2; exit 1; }
# Joins lines with spaces.
joined() { printf '%s\n' "$1" | paste -s -d ' ' -; }

dry_run=no
replace_keys=no
replace_trust=no
# The options without values, for the run as another account.
flags=
while [ $# -gt 0 ]; do
    case $1 in
        --dry-run) dry_run=yes flags="$flags $1" ;;
        --replace-keys) replace_keys=yes flags="$flags $1" ;;
        --replace-trust) replace_trust=yes flags="$flags $1" ;;
        --home)
            [ $# -gt 1 ] || stop "--home needs the folder of the pack."
            home=$2
            shift
            ;;
        -h | --help)
            say "usage: install.sh [--dry-run] [--home DIR] [--replace-keys] [--replace-trust]"
            exit 0
            ;;
        *) stop "Unknown option $1. Use --dry-run, --home DIR, --replace-keys or --replace-trust." ;;
    esac
    shift
done
here=$(cd "$(dirname "$0")" && pwd)

# When root runs this script, everything below runs as the account that owns the pack: that account may have put links into
# the pack, and root must not follow them to files of other accounts.
# shellcheck disable=SC2012
owner_of() { ls -ldn "$1/." | awk '{ print $3, $4, substr($1, 6, 1) substr($1, 9, 1) }'; }

# as_owner COMMAND: runs it as the account $user with the group $group.
as_owner() {
    if setpriv --reuid "$user" --regid "$group" --clear-groups true 2>/dev/null; then
        setpriv --reuid "$user" --regid "$group" --clear-groups "$@"
    elif chroot --userspec="+$user:+$group" --groups="+$group" / true 2>/dev/null; then
        chroot --userspec="+$user:+$group" --groups="+$group" / "$@"
    elif sudo -n -u "#$user" true 2>/dev/null; then
        sudo -n -u "#$user" env "JAVA_HOME=${JAVA_HOME:-}" "$@"
    else
        stop "Cannot switch from root to the account that owns $home. Run this script as that account."
    fi
}

if [ "$(id -u)" -eq 0 ] && [ -d "$home/repository/conf" ]; then
    home=$(cd "$home" && pwd -P)
    owner=$(owner_of "$home")
    user=${owner%% *}
    group=$(printf '%s' "$owner" | cut -d ' ' -f 2)
    if [ "$user" -eq 0 ]; then
        # A pack of root is installed as root, as long as no other account can write to its folders.
        for folder in "$home" "$home/repository" "$home/repository/conf" "$home/repository/resources" \
            "$home/repository/resources/security" "$home/repository/clusterwright-backup"; do
            [ -d "$folder" ] || continue
            case $(owner_of "$folder") in
                '0 '*' --' | '0 0 w-') ;;
                *) stop "$home belongs to root, but other accounts can write to $folder. Give the pack to one account with chown -R, and remove the write permission of others. Nothing was changed." ;;
            esac
        done
    else
        # That account may be unable to read the folder of the bundle: it gets a temporary copy. The copy is in a folder
        # of root, so that no other account can change it before its owner changes.
        staged=$(mktemp -d /tmp/clusterwright.XXXXXX)
        trap 'rm -rf "$staged"' EXIT
        trap 'exit 1' HUP INT TERM
        mkdir "$staged/node"
        cp -R "$here/." "$staged/node/"
        mkdir -p "$staged/node/tmp"
        chown -hR "$user:$group" "$staged/node"
        chmod 711 "$staged"
        TMPDIR=$staged/node/tmp
        export TMPDIR
        cd /
        # shellcheck disable=SC2086
        as_owner sh "$staged/node/${0##*/}" --home "$home" $flags || exit $?
        exit 0
    fi
fi

# --- Checks: run all of them, then stop if one failed. ---------------------------------------------------------------

problems=0
problem() {
    problems=$((problems + 1))
    say "  ERROR: $*" >&2
}

# The files of this bundle, with their paths below the pack.
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
        problem "$home is not an unpacked IS pack. Unpack wso2is-$version.zip there, or give the folder of the pack with --home."
        return
    fi
    found=$(cat "$home/bin/version.txt" "$home/bin/wso2carbon-version.txt" 2>/dev/null |
        sed -n 's/.*Identity Server[^0-9]*\([0-9][0-9.]*\).*/\1/p' | head -n 1)
    case $found in
        "$version" | "$version".*) ;;
        '') problem "Cannot find the version of Identity Server in $home/bin. Give the folder of IS $version with --home." ;;
        *) problem "$home contains Identity Server $found, but this bundle is for $version. Give the folder of IS $version with --home." ;;
    esac
    [ -f "$home/$truststore" ] ||
        problem "$home/$truststore is missing. It is part of the pack: unpack the pack again."
    for folder in "$home/repository" "$home/repository/conf" "$home/$security"; do
        [ -w "$folder" ] || problem "Cannot write to $folder. Run install.sh as the IS service account."
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
        problem "$java does not report its version. Install JDK $jdk_text and set JAVA_HOME."
    elif [ "$feature" -lt "$jdk_from" ] || { [ -n "$jdk_to" ] && [ "$feature" -gt "$jdk_to" ]; }; then
        problem "$java is JDK $feature, but IS $version requires JDK $jdk_text. Set JAVA_HOME to such a JDK."
    fi
    command -v "$keytool" >/dev/null 2>&1 ||
        problem "$keytool does not exist. Install a complete JDK $jdk_text, not a JRE, and set JAVA_HOME."
}

# The drivers in components/lib and components/dropins. At each start, IS converts mysql-connector-j-9.3.0.jar of
# lib to dropins/mysql_connector_j_9.3.0_1.0.0.jar, which does not count as another driver.
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

# Evaluates the driver in the same way as check DB-41.
check_one_driver() {
    jar=$home/repository/components/$drivers
    put="Copy one mysql-connector-j-VERSION.jar (8.2.0 or later) into $home/repository/components/lib."
    # Major, minor and patch version as one number, from the file name.
    release=$(printf '%s\n' "${jar##*/}" |
        sed -n 's/^[^0-9]*\([0-9]\{1,4\}\)\.\([0-9]\{1,3\}\)\.\{0,1\}\([0-9]\{0,3\}\).*/\1 \2 0\3/p' |
        awk '{ print $1 * 1000000 + $2 * 1000 + $3 }')
    state=$(driver_state "$jar")
    if [ "$state" = damaged ]; then
        problem "$drivers is not a complete jar file: the download was interrupted or returned an error page. $put"
    elif [ "$state" = no-driver ] || [ "${release:-8000000}" -lt 8000000 ]; then
        problem "$drivers is too old: it does not contain com.mysql.cj.jdbc.Driver. $put"
    elif [ -z "$release" ]; then
        say "  NOTE: the file name $drivers contains no version. Keep the original file name of the driver."
    elif [ "$uses_tls" = true ] && [ "$release" -lt 8000022 ]; then
        problem "$drivers does not support fallbackToSystemKeyStore, which TLS to MySQL requires. $put"
    elif [ "$release" -lt 8002000 ]; then
        say "  NOTE: $drivers is older than 8.2.0. $put"
    fi
}

check_driver() {
    drivers=$(list_drivers)
    case $(printf '%s' "$drivers" | grep -c .) in
        0) problem "The MySQL driver is missing. Copy one mysql-connector-j-VERSION.jar (8.2.0 or later) into $home/repository/components/lib." ;;
        1) check_one_driver ;;
        *) problem "Several MySQL drivers exist below $home/repository/components, and IS may load the older one: $(joined "$drivers"). Keep only one, in lib." ;;
    esac
}

# With LC_ALL=C, keytool cannot open paths with non-ASCII characters: it gets file names relative to its working directory.
in_work() { (cd "$work" && "$keytool" "$@"); }

check_truststore() {
    [ -f "$home/$truststore" ] || return 0
    cp "$home/$truststore" "$work/trusted"
    in_work -list -keystore trusted -storepass "$truststore_password" >/dev/null 2>&1 ||
        problem "Cannot open $home/$truststore with the default password of the pack. Restore that password, or import the certificates in trust/ manually."
}

# Certificate number $2 of the file $1 as base64 on one line; empty after the last one.
certificate() {
    awk -v number="$2" '
        /-----BEGIN CERTIFICATE-----/ { count++; inside = 1; next }
        /-----END CERTIFICATE-----/ { inside = 0 }
        inside && count == number { gsub(/[ \t\r]/, ""); printf "%s", $0 }' "$1"
}

# The same as a separate PEM file, for keytool.
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
            in_work -printcert -file certificate >/dev/null 2>&1 ||
                problem "Cannot read certificate $number in trust/${file##*/}. Correct it in the wizard and download the bundle again."
            number=$((number + 1))
        done
        [ "$number" -gt 1 ] || problem "trust/${file##*/} contains no certificate. Unpack the bundle again."
    done
}

work=$(mktemp -d "${TMPDIR:-/tmp}/clusterwright.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

say "Checking $home for $node"
missing=$(check_bundle)
[ -z "$missing" ] || problem "This folder is incomplete: $(joined "$missing") is missing. Unpack the bundle again."
check_pack
check_java
if [ -d "$home/repository" ]; then
    check_driver
    [ "$problems" -gt 0 ] || check_truststore
fi
[ "$problems" -gt 0 ] || check_certificates
[ "$problems" -eq 0 ] || stop "Problems found: $problems. Fix them and run install.sh again. Nothing was changed."
say "  OK: IS $found, JDK $feature, $drivers"

# --- Changes to make. ------------------------------------------------------------------------------------------------

# The certificate under an alias of the truststore, in the same form.
trusted() {
    in_work -exportcert -rfc -alias "$1" -keystore trusted -storepass "$truststore_password" 2>/dev/null |
        awk '/-----BEGIN/ { inside = 1; next } /-----END/ { exit } inside { gsub(/[ \t\r]/, ""); printf "%s", $0 }'
}

is_closed() { [ -n "$(find "$1" -prune -perm 600)" ]; }

# Whatever its umask, IS writes passwords into files below repository/conf that other accounts can read: the folder must be closed.
# shellcheck disable=SC2012
conf_mode=$(ls -ld "$home/repository/conf/." | cut -c 1-10)
close_conf=yes
case $conf_mode in d???--[-Ss]---) close_conf=no ;; esac

: >"$work/replace"
printf '%s\n' "$files" | while IFS= read -r file; do
    if [ ! -f "$home/$file" ] || ! cmp -s "$here/$file" "$home/$file" || ! is_closed "$home/$file"; then
        printf '%s\n' "$file" >>"$work/replace"
    fi
done

# Each line: alias, add or replace, file of this bundle, number of the certificate in it.
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

# --- Keys and certificates that must not be lost without confirmation. -----------------------------------------------

# said_in FILE TABLE KEY: a value of a deployment.toml
said_in() {
    awk -v table="$2" -v key="$3" '
        { sub(/^[ \t]+/, "") }
        /^\[/ { here = $0; gsub(/[][ \t\r]/, "", here); next }
        (here == table && $0 ~ ("^" key "[ \t]*=")) || (here == "" && $0 ~ ("^" table "[.]" key "[ \t]*=")) {
            sub(/^[^=]*=[ \t]*/, "")
            quote = substr($0, 1, 1)
            rest = substr($0, 2)
            print substr(rest, 1, index(rest, quote) - 1)
            exit
        }' "$1"
}

: >"$work/lost-keys"
: >"$work/lost-trust"
if [ -f "$home/$primary" ] && ! cmp -s "$here/$primary" "$home/$primary"; then
    say "$primary contains a different signing key or certificate." >>"$work/lost-keys"
fi
if [ -f "$home/repository/conf/deployment.toml" ]; then
    # The defaults of every pack, the keystore wso2carbon and the encryption key, are public and no loss.
    found=$(said_in "$home/repository/conf/deployment.toml" keystore.primary file_name)
    case $found in
        '' | wso2carbon.jks | wso2carbon.p12 | "${primary##*/}") ;;
        *) say "deployment.toml names a different primary keystore: $found." >>"$work/lost-keys" ;;
    esac
    found=$(said_in "$home/repository/conf/deployment.toml" encryption key)
    case $found in
        '' | 03BAFEB27A8E871CAD83C5CD4E771DAB) ;;
        "$(said_in "$here/repository/conf/deployment.toml" encryption key)") ;;
        *) say "deployment.toml contains a different encryption key ([encryption] key)." >>"$work/lost-keys" ;;
    esac
fi
while read -r alias act _ _; do
    [ "$act" = replace ] || continue
    case $alias in
        cluster-primary | cluster-ca) list=lost-keys ;;
        *) list=lost-trust ;;
    esac
    say "The truststore contains a different certificate $alias." >>"$work/$list"
done <"$work/import"
if [ -s "$work/lost-keys" ] && [ "$replace_keys" = no ]; then
    sed 's/^/  ERROR: /' "$work/lost-keys" >&2
    say "  With the keys of this bundle, issued tokens become unusable and stored secrets cannot be decrypted." >&2
    say "  To keep the keys of this cluster, open an earlier bundle of it in the wizard and download again." >&2
    stop "The keys of this node differ from those of this bundle. To replace them and lose the old ones, add --replace-keys. Nothing was changed."
fi
if [ -s "$work/lost-trust" ] && [ "$replace_trust" = no ]; then
    sed 's/^/  ERROR: /' "$work/lost-trust" >&2
    stop "The truststore of this node differs from this bundle. Servers that present the old certificates would be rejected. To replace them, add --replace-trust. Nothing was changed."
fi

# The truststore keeps its entries: certificates are added to a copy, which replaces it at the end. If keytool fails, it fails
# here, before anything is changed.
if [ -s "$work/import" ]; then
    cp -p "$home/$truststore" "$work/truststore"
    while read -r alias act file number; do
        if [ "$act" = replace ]; then
            in_work -delete -alias "$alias" -keystore truststore -storepass "$truststore_password" \
                >"$work/said" 2>&1 || { cat "$work/said" >&2; stop "keytool cannot remove $alias. Nothing was changed."; }
        fi
        certificate_file "$here/trust/$file" "$number" >"$work/certificate"
        in_work -importcert -noprompt -alias "$alias" -file certificate -keystore truststore \
            -storepass "$truststore_password" >"$work/said" 2>&1 ||
            { cat "$work/said" >&2; stop "keytool cannot add $alias. Nothing was changed."; }
    done <"$work/import"
fi

would=
[ "$dry_run" = no ] || would='would '
if [ ! -s "$work/replace" ] && [ ! -s "$work/import" ] && [ "$close_conf" = no ]; then
    say "Everything is already in place. Nothing was changed."
    exit 0
fi
while IFS= read -r file; do
    if [ -f "$home/$file" ]; then say "  ${would}replace $file"; else say "  ${would}write $file"; fi
done <"$work/replace"
while read -r alias act file number; do
    say "  ${would}$act certificate $alias in $truststore"
done <"$work/import"
[ "$close_conf" = no ] || say "  ${would}close repository/conf to other accounts (mode 700)"
if [ "$dry_run" = yes ]; then
    say "Dry run: nothing was changed."
    exit 0
fi

# --- Prepare: each new file is created next to its destination; after a failure all of them are removed. -------------

backups=$home/repository/clusterwright-backup
turn=1
while [ -e "$backups/$turn" ] || [ -L "$backups/$turn" ]; do turn=$((turn + 1)); done
backup=$backups/$turn
: >"$work/ready"
discard() {
    while read -r made file; do rm -f "$home/${file%/*}/$made"; done <"$work/ready"
    rm -rf "$work" "$backup.part"
    rmdir "$backups" 2>/dev/null || true
}
trap discard EXIT
# prepare SOURCE FILE: copies the source next to its destination FILE.
prepare() {
    # An unpredictable name: an existing file or link is never followed.
    made=$(mktemp "$home/${2%/*}/.clusterwright.XXXXXX")
    printf '%s %s\n' "${made##*/}" "$2" >>"$work/ready"
    cp -p "$1" "$made"
}

while IFS= read -r file; do
    prepare "$here/$file" "$file"
    chmod 600 "$made"
done <"$work/replace"
[ ! -s "$work/import" ] || prepare "$work/truststore" "$truststore"

# --- Back up everything that changes, before any change. -------------------------------------------------------------

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
if [ "$close_conf" = yes ]; then
    printf '%s\n' "$conf_mode" |
        sed 's/^d\(...\)\(...\)\(...\).*/u=\1,g=\2,o=\3/; s/[-ST]//g; s/[st]/x/g' >"$backup.part/conf-mode"
fi
mv "$backup.part" "$backup"

# --- Change: each file is replaced atomically. -----------------------------------------------------------------------

while read -r made file; do mv -f "$home/${file%/*}/$made" "$home/$file"; done <"$work/ready"
[ "$close_conf" = no ] || chmod 700 "$home/repository/conf"

say "Installed. The replaced files are in $backup. ./rollback.sh restores them."
say "Next: run ./start.sh. On a new cluster, start the nodes before this one first."

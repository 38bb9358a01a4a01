#!/bin/sh
# Verifies the running cluster with curl alone, and prints a report for the wizard's Verify page. Written by Clusterwright 0.1.0.
#   ./verify.sh --read-only > report.txt   creates nothing and needs no account
#   ./verify.sh > report.txt               asks for the password of the account
# Options:
#   --user NAME            account of IS that may manage users and applications (admin)
#   --password-file FILE   file with its password, instead of asking
#   --node NAME=HOST:PORT  another HTTPS address of a node; may be repeated
#   --balancer HOST:PORT   another address of the load balancer
#   --ca FILE              CA certificates, instead of trust.pem
# It creates users and applications named cw-verify-sh-... and removes them at the end, also after Ctrl-C. trust.pem proves the
# load balancer and the nodes: the password goes to no other server. Checks that need more than curl are reported as skipped.
# Exit codes: 0 nothing failed, 1 a check failed or has no result, 2 the script cannot start.
set -u
umask 077
export LC_ALL=C

plan='c2d7c36d1451929f'
hostname='sso.example.com'
port='443'
authority='sso.example.com'
balancer='sso.example.com:443'
# Name and HTTPS address of each node.
nodes='
is-1 is-1.internal.example.com:9443
is-2 10.20.0.12:9445'
user='admin'
description='Test application of Clusterwright.'
password_file='' read_only=no ca=''

say() { printf '%s\n' "$*" >&2; }
stop() { say "verify.sh: $*"; exit 2; }
value() { [ $# -gt 1 ] || stop "$1 needs a value."; }

while [ $# -gt 0 ]; do
    case $1 in
        --user) value "$@" && user=$2 && shift ;;
        --password-file) value "$@" && password_file=$2 && shift ;;
        --node)
            value "$@"
            case $2 in ?*=?*:?*) ;; *) stop "Write --node NAME=HOST:PORT." ;; esac
            printf '%s\n' "$nodes" | grep -q "^${2%%=*} " || stop "The cluster has no node ${2%%=*}."
            nodes=$(printf '%s\n' "$nodes" | while read -r name address; do
                [ "$name" != "${2%%=*}" ] || address=${2#*=}
                printf '%s %s\n' "$name" "$address"
            done)
            shift
            ;;
        --balancer) value "$@" && balancer=$2 && shift ;;
        --ca) value "$@" && ca=$2 && shift ;;
        --read-only) read_only=yes ;;
        -h | --help) sed -n '2,/^set -u/s/^# \{0,1\}//p' "$0" && exit ;;
        *) stop "Unknown option $1. See --help." ;;
    esac
    shift
done
ca=${ca:-$(cd "$(dirname "$0")" && pwd)/trust.pem}
[ -r "$ca" ] || stop "Cannot read $ca. Give the CA certificates of the cluster with --ca."
command -v curl >/dev/null 2>&1 || stop "curl is missing. Install it."
names=$(printf '%s\n' "$nodes" | cut -d ' ' -f 1)
first=$(printf '%s\n' "$names" | sed -n '/./{p;q;}')

work=$(mktemp -d) || stop "Cannot create a temporary folder."
created=$work/created
: >"$created"
clean_up() {
    trap '' EXIT HUP INT TERM
    remove_created
    rm -rf "$work"
}
trap 'clean_up' EXIT
trap 'clean_up; exit 1' HUP INT TERM

# --- Requests. -------------------------------------------------------------------------------------------------------

address() {
    if [ "$1" = balancer ]; then
        printf '%s\n' "$balancer"
    else
        printf '%s\n' "$nodes" | sed -n "s/^$1 //p"
    fi
}

# send FILE ENDPOINT METHOD PATH [OPTIONS of curl]: prints the status; headers and body are in FILE.head and FILE. 000: no answer.
send() {
    file=$1 at=$(address "$2") method=$3 path=$4
    shift 4
    : >"$file.head"
    : >"$file"
    curl --silent --noproxy '*' --connect-timeout 5 --max-time 15 --max-filesize 1000000 --cacert "$ca" \
        --connect-to "::$at" --request "$method" --dump-header "$file.head" --output "$file" \
        --write-out '%{http_code}' "$@" "https://$authority$path" </dev/null
}

# fetch ENDPOINT METHOD PATH [OPTIONS of curl]: the same with the variable status.
fetch() { status=$(send "$work/body" "$@") || status=000; }

# The same as the account. It is in a file, so that the list of processes does not show it.
as_account() {
    at_node=$1 how=$2 what=$3
    shift 3
    fetch "$at_node" "$how" "$what" --config "$work/account" "$@"
}

# The first text of a member of the last answer.
text() {
    tr ',{}[]' '[\n*]' <"$work/body" | sed -n "s/^[[:space:]]*\"$1\"[[:space:]]*:[[:space:]]*\"\([^\"]*\)\".*/\1/p" | sed -n 1p
}

compact() { tr -d ' ' <"$work/body" | tr -cd '[:print:]'; }

# result STATE CHECK SUBJECT TEXT
outcome=0
result() {
    [ "$1" != failed ] || outcome=1
    [ "$1" != skipped ] || [ "$read_only" = yes ] || outcome=1
    printf '%-7s %s%s: %s\n' "$1" "$2" "${3:+ $3}" "$4"
}

# What this script cannot decide changes no exit code.
left_out() { printf '%-7s %s: %s\n' skipped "$1" "$2"; }

title() { if [ "$1" = balancer ]; then echo 'the load balancer'; else echo "$1"; fi; }

# --- Checks that create nothing. -------------------------------------------------------------------------------------

# is_healthy STATUS FILE
is_healthy() { [ "$1" = 200 ] && tr -d ' \n' <"$2" | grep -q '"health":\[{' && ! grep -q '"errors"' "$2"; }

check_health() {
    for node in $names; do
        fetch "$node" GET /api/health-check/v1.0/health
        if [ "$status" = 000 ]; then
            result failed VF-01 "$node" "$node does not answer."
            continue
        elif [ "$status" = 200 ] && ! compact | grep -q -e '"errors"' -e '"health":\[{'; then
            result warned VF-01 "$node" 'The health check is switched off.'
            continue
        elif ! is_healthy "$status" "$work/body"; then
            result failed VF-01 "$node" "The health check answers with status $status: $(compact | cut -c 1-200)"
            continue
        fi
        # Parallel requests need several connections to the database: one that works hides that no other one opens.
        for number in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
            send "$work/parallel-$number" "$node" GET /api/health-check/v1.0/health >"$work/status-$number" &
        done
        wait
        healthy=0
        for number in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
            is_healthy "$(cat "$work/status-$number")" "$work/parallel-$number" && healthy=$((healthy + 1))
        done
        if [ "$healthy" = 16 ]; then
            result passed VF-01 "$node" 'The node is healthy.'
        else
            result failed VF-01 "$node" "$((16 - healthy)) of 16 parallel health checks report a problem or have no answer."
        fi
    done
}

is_public() { case $1 in "https://$authority" | "https://$hostname:$port") true ;; *) false ;; esac; }

check_urls() {
    for endpoint in balancer $names; do
        subject=$(title "$endpoint")
        fetch "$endpoint" GET /oauth2/token/.well-known/openid-configuration
        if [ "$status" != 200 ]; then
            result failed VF-02 "$subject" "openid-configuration answers with status $status."
            continue
        fi
        issuer=$(text issuer)
        other=$(grep -o 'https\{0,1\}://[^/"[:space:]]*' "$work/body" | sort -u | while read -r origin; do
            is_public "$origin" || printf '%s ' "$origin"
        done)
        if [ -n "$other" ]; then
            result failed VF-02 "$subject" "The discovery document contains URLs at ${other% } instead of https://$authority."
        elif [ -z "$issuer" ]; then
            result failed VF-02 "$subject" 'The discovery document states no issuer.'
        elif [ "$issuer" != "${issuer#*:443}" ]; then
            result warned VF-02 "$subject" "The issuer $issuer contains :443."
        else
            result passed VF-02 "$subject" "The issuer and all endpoints are at https://$authority."
        fi
    done
}

check_redirects() {
    for endpoint in balancer $names; do
        subject=$(title "$endpoint") count=0 wrong=''
        for path in / /carbon '/oauth2/authorize?response_type=code&client_id=cw-verify&scope=openid'; do
            fetch "$endpoint" GET "$path"
            location=$(tr -d '\r' <"$work/body.head" | sed -n 's/^[Ll]ocation: *//p' | sed -n 1p)
            [ -n "$location" ] || continue
            count=$((count + 1))
            case $location in
                //*) target=https:$(printf '%s\n' "$location" | cut -d / -f 1-3) ;;
                *://*) target=$(printf '%s\n' "$location" | cut -d / -f 1-3 | cut -d '?' -f 1) ;;
                *) target=https://$authority ;;
            esac
            is_public "$target" || wrong="$wrong $target"
            for node in $names; do
                at=$(address "$node")
                case $location in *"//${at%:*}"* | *"%2F%2F${at%:*}"*) [ "${at%:*}" = "$hostname" ] || wrong="$wrong ${at%:*}" ;; esac
            done
            case $location in *:9443* | *%3A9443* | *%3a9443*) wrong="$wrong port 9443" ;; esac
        done
        if [ -n "$wrong" ]; then
            result failed VF-03 "$subject" "Redirects leave the hostname:$(printf '%s' "$wrong" | cut -c 1-200)."
        elif [ "$count" = 0 ]; then
            result failed VF-03 "$subject" 'No answer contains a redirect.'
        else
            result passed VF-03 "$subject" "$count redirects stay on the hostname."
        fi
    done
}

check_keys() {
    different='' reference=''
    for node in $names; do
        fetch "$node" GET /oauth2/jwks
        kids=$(tr ',{}[]' '[\n*]' <"$work/body" | sed -n 's/^[[:space:]]*"kid"[[:space:]]*:[[:space:]]*"\([^"]*\)".*/\1/p' | sort)
        if [ "$status" != 200 ] || [ -z "$kids" ]; then
            result failed VF-04 '' "$node publishes no signing key."
            return
        fi
        reference=${reference:-$kids}
        [ "$kids" = "$reference" ] || different="$different$node publishes other keys than $first. "
    done
    if [ -n "$different" ]; then
        result failed VF-04 '' "${different% }"
    else
        result passed VF-04 '' 'All nodes publish the same signing keys.'
    fi
}

# --- Test objects. ---------------------------------------------------------------------------------------------------

random() { od -An -N "$1" -t x1 /dev/urandom | tr -d ' \n'; }
run=$(random 2) number=0

# create_user NODE: sets id.
create_user() {
    number=$((number + 1)) name=cw-verify-sh-$run-$number
    printf '{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"%s","password":"Cw1!%s","name":{"givenName":"Before","familyName":"Verification"},"emails":[{"value":"%s@example.com","primary":true}]}' \
        "$name" "$(random 12)" "$name" >"$work/request"
    as_account "$1" POST /scim2/Users --header 'Content-Type: application/scim+json' --data "@$work/request"
    id=$(text id)
    [ "$status" = 201 ] && [ -n "$id" ] && printf '%s /scim2/Users/%s\n' "$1" "$id" >>"$created"
}

# create_application NODE TYPE: sets id, and writes the file client for curl.
create_application() {
    number=$((number + 1)) name=cw-verify-sh-$run-$number
    printf '{"name":"%s","description":"%s","inboundProtocolConfiguration":{"oidc":{"grantTypes":["client_credentials"],"publicClient":false,"accessToken":{"type":"%s","userAccessTokenExpiryInSeconds":600,"applicationAccessTokenExpiryInSeconds":600}}}}' \
        "$name" "$description" "$2" >"$work/request"
    as_account "$1" POST /api/server/v1/applications --header 'Content-Type: application/json' --data "@$work/request"
    [ "$status" = 201 ] || return 1
    id=$(tr -d '\r' <"$work/body.head" | sed -n 's/^[Ll]ocation: .*\///p' | sed -n 1p)
    [ -n "$id" ] || return 1
    printf '%s /api/server/v1/applications/%s\n' "$1" "$id" >>"$created"
    as_account "$1" GET "/api/server/v1/applications/$id/inbound-protocols/oidc"
    printf 'user = "%s:%s"\n' "$(text clientId)" "$(text clientSecret)" >"$work/client"
}

# issue_token NODE: writes the file token for curl.
issue_token() {
    fetch "$1" POST /oauth2/token --config "$work/client" --data grant_type=client_credentials
    token=$(text access_token)
    printf 'token=%s' "$token" >"$work/token"
    [ "$status" = 200 ] && [ -n "$token" ]
}

is_active() {
    as_account "$1" POST /oauth2/introspect --data "@$work/token"
    case $(compact) in *'"active":true'*) true ;; *) false ;; esac
}

remove_created() {
    [ -s "$created" ] || return 0
    while read -r node path; do
        as_account "$node" DELETE "$path"
        case $status in 204 | 404) ;; *) say "verify.sh: cannot remove $path on $node (status $status). Delete it in the Console." ;; esac
    done <"$created"
    : >"$created"
}

# visible CHECK SUBJECT WHAT: polls is_visible for 12 s.
visible() {
    began=$(date +%s)
    while :; do
        if is_visible; then
            took=$(($(date +%s) - began))
            if [ "$took" -le 2 ]; then return 0; else return 1; fi
        fi
        [ $(($(date +%s) - began)) -lt 12 ] || return 2
        sleep 0.2 2>/dev/null || sleep 1
    done
}

# judge SUBJECT PROBLEM: counts for VF-07.
judge() {
    visible
    case $? in
        0) followed=$((followed + 1)) ;;
        1) late=yes ;;
        *) stale="$reader $1." ;;
    esac
    pairs=$((pairs + 1))
}

# Each node with the next one.
ring() {
    previous=''
    for node in $names $first; do
        [ -z "$previous" ] || printf '%s %s\n' "$previous" "$node"
        previous=$node
    done
}

# change KIND: for every pair of nodes.
coherence() {
    subject=$1 kind=$2 followed=0 pairs=0 late='' stale='' problem=''
    ring >"$work/ring"
    while read -r writer reader; do
        # One pair proves that changes do not arrive.
        [ -z "$stale" ] || break
        case $kind in
            token)
                { create_application "$writer" Default && issue_token "$writer" && is_active "$reader"; } || { problem=$writer; break; }
                fetch "$writer" POST /oauth2/revoke --config "$work/client" --data "@$work/token"
                is_visible() { ! is_active "$reader"; }
                judge 'still accepts the revoked token'
                ;;
            description)
                create_application "$writer" Default || { problem=$writer; break; }
                application=/api/server/v1/applications/$id
                as_account "$reader" GET "$application"
                as_account "$writer" PATCH "$application" --header 'Content-Type: application/json' --data '{"description":"After the change."}'
                is_visible() { as_account "$reader" GET "$application" && [ "$(text description)" = 'After the change.' ]; }
                judge 'still shows the old description'
                ;;
            application)
                create_application "$writer" Default || { problem=$writer; break; }
                application=/api/server/v1/applications/$id
                as_account "$reader" GET "$application"
                as_account "$writer" DELETE "$application"
                is_visible() { as_account "$reader" GET "$application" && [ "$status" = 404 ]; }
                judge 'still shows the deleted application'
                ;;
            user)
                create_user "$writer" || { problem=$writer; break; }
                resource=/scim2/Users/$id
                as_account "$reader" GET "$resource"
                as_account "$writer" DELETE "$resource"
                is_visible() { as_account "$reader" GET "$resource" && [ "$status" = 404 ]; }
                judge 'still shows the deleted user'
                ;;
        esac
    done <"$work/ring"
    if [ -n "$problem" ]; then
        result skipped VF-07 "$subject" "The test object cannot be created or used on $problem (status $status)."
    elif [ -n "$stale" ]; then
        result failed VF-07 "$subject" "$stale"
    elif [ -n "$late" ]; then
        result warned VF-07 "$subject" 'A change became visible late, after more than 2 s.'
    else
        result passed VF-07 "$subject" "$followed of $pairs nodes followed."
    fi
}

check_users() {
    ring >"$work/ring"
    while read -r writer reader; do
        subject="$writer to $reader"
        if ! create_user "$writer"; then
            case $status in
                401 | 403) result skipped VF-08 "$subject" "$writer does not accept the account (status $status). If VF-01 passed, correct the name or password." ;;
                *) result failed VF-08 "$subject" "$writer cannot create a user (status $status)." ;;
            esac
            continue
        fi
        resource=/scim2/Users/$id
        as_account "$reader" GET "$resource"
        if [ "$status" != 200 ]; then
            result failed VF-08 "$subject" "$reader does not find the user that $writer created."
        else
            as_account "$reader" DELETE "$resource"
            result passed VF-08 "$subject" "$reader reads and deletes the user that $writer created."
        fi
    done <"$work/ring"
}

check_tokens() {
    ring >"$work/ring"
    rejected='' problem=''
    while read -r writer reader; do
        { create_application "$writer" JWT && issue_token "$writer"; } || { problem=$writer; break; }
        is_active "$reader" || rejected="$rejected$reader rejects a token that $writer signed. "
    done <"$work/ring"
    if [ -n "$problem" ]; then
        result skipped VF-15 'Signed tokens' "$problem issues no token (status $status)."
    elif [ -n "$rejected" ]; then
        result failed VF-15 'Signed tokens' "${rejected% }"
    else
        result passed VF-15 'Signed tokens' 'Every node accepts the tokens of the others.'
    fi
}

# --- The report. -----------------------------------------------------------------------------------------------------

if [ "$read_only" = no ]; then
    if [ -n "$password_file" ]; then
        [ -r "$password_file" ] || stop "Cannot read $password_file."
        password=$(cat "$password_file")
    else
        [ -t 0 ] || stop 'There is no terminal to ask for the password. Use --password-file or --read-only.'
        printf 'Password of %s: ' "$user" >&2
        trap 'stty echo; clean_up; exit 1' HUP INT TERM
        stty -echo
        IFS= read -r password
        stty echo
        trap 'clean_up; exit 1' HUP INT TERM
        say
    fi
    [ -n "$password" ] || stop 'The password is empty.'
    printf '%s:%s\n' "$user" "$password" | sed 's/[\\"]/\\&/g; s/^/user = "/; s/$/"/' >"$work/account"
    unset password
fi

printf 'clusterwright-verification 1 %s %s\n' "$plan" "$(date +%s)"
check_health
check_urls
check_redirects
check_keys
if [ "$read_only" = no ]; then
    check_users
    if [ "$(printf '%s\n' "$names" | grep -c .)" -gt 1 ]; then
        coherence 'Description of an application' description
        coherence 'Revoked token' token
        coherence 'Deleted application' application
        coherence 'Deleted user' user
        check_tokens
    fi
fi
left_out VF-06 'verify.sh does not log in. Run clusterwright verify, or start a verification on the Verify page.'
left_out VF-14 'verify.sh does not read certificates. Run clusterwright verify, or start a verification on the Verify page.'
printf 'end\n'
[ "$outcome" = 0 ]

#!/bin/sh
# Undoes the last install.sh of is-1: restores the content, mode and time of every file it replaced, and removes
# every file it added. Run it again to undo earlier ones. Written by Clusterwright 0.1.0.
#   ./rollback.sh [--dry-run] [--home DIR]
set -eu
umask 077

home='/opt/wso2is-6.1.0'

say() { printf '%s\n' "$*"; }
stop() { say "rollback.sh: $*" >&2; exit 1; }

dry_run=no
flags=
while [ $# -gt 0 ]; do
    case $1 in
        --dry-run) dry_run=yes flags=$1 ;;
        --home)
            [ $# -gt 1 ] || stop "--home needs the folder of the pack."
            home=$2
            shift
            ;;
        -h | --help)
            say "usage: rollback.sh [--dry-run] [--home DIR]"
            exit 0
            ;;
        *) stop "Unknown option $1. Use --dry-run or --home DIR." ;;
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

backups=$home/repository/clusterwright-backup
turn=0
while [ -d "$backups/$((turn + 1))" ]; do turn=$((turn + 1)); done
[ "$turn" -gt 0 ] || stop "No backup found in $backups. Nothing was changed."
backup=$backups/$turn

# The lists are files in the pack, which another account may have changed: only paths that install.sh writes are accepted.
cat "$backup/replaced" "$backup/added" | while IFS= read -r file; do
    case $file in
        */../* | */.. | */./*) ;;
        repository/conf/?* | repository/resources/security/?*) continue ;;
    esac
    say "rollback.sh: $backup names $file, which install.sh never writes. Nothing was changed." >&2
    exit 1
done || exit 1
mode=
if [ -f "$backup/conf-mode" ]; then
    mode=$(head -n 1 "$backup/conf-mode")
    case $mode in '' | *[!ugorwx=,]*) stop "$backup/conf-mode is damaged. Nothing was changed." ;; esac
fi

would=
[ "$dry_run" = no ] || would='would '
while IFS= read -r file; do
    { [ -f "$backup/files/$file" ] && [ ! -L "$backup/files/$file" ]; } || stop "$backup is incomplete: $file is missing. Nothing was changed."
done <"$backup/replaced"
while IFS= read -r file; do
    say "  ${would}restore $file"
    [ "$dry_run" = no ] || continue
    made=$(mktemp "$home/${file%/*}/.clusterwright.XXXXXX")
    cp -p "$backup/files/$file" "$made"
    mv -f "$made" "$home/$file"
done <"$backup/replaced"
while IFS= read -r file; do
    say "  ${would}remove $file"
    [ "$dry_run" = yes ] || rm -f "$home/$file"
done <"$backup/added"
[ -z "$mode" ] || say "  ${would}restore the mode of repository/conf"
if [ "$dry_run" = yes ]; then
    say "Dry run: nothing was changed."
    exit 0
fi
[ -z "$mode" ] || chmod "$mode" "$home/repository/conf"
rm -rf "$backup"
rmdir "$backups" 2>/dev/null || true
say "The last install.sh is undone. Restart IS to apply this."

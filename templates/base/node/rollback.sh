#!/bin/sh
# Undoes the last install.sh of {{ node.name }}: restores the content, mode and time of every file it replaced, and removes
# every file it added. Run it again to undo earlier ones. Written by {{ generator }}.
#   ./rollback.sh [--dry-run] [--home DIR]
set -eu
umask 077

home='{{ node.home }}'

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

{% include "node/as-owner.sh" %}
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

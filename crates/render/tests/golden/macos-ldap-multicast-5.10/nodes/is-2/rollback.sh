#!/bin/sh
# Takes the last install.sh of is-2 back: every file it replaced gets its bytes, mode and time again, every file it
# added goes. Run it again to go back further. Written by Clusterwright 0.1.0.
#   ./rollback.sh [--dry-run] [--home DIR]
set -eu

home='/usr/local/wso2is-5.10.0'

say() { printf '%s\n' "$*"; }
stop() { say "rollback.sh: $*" >&2; exit 1; }

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
            say "usage: rollback.sh [--dry-run] [--home DIR]"
            exit 0
            ;;
        *) stop "There is no option $1. Use --dry-run and --home DIR." ;;
    esac
    shift
done

backups=$home/repository/clusterwright-backup
turn=0
while [ -d "$backups/$((turn + 1))" ]; do turn=$((turn + 1)); done
[ "$turn" -gt 0 ] || stop "$backups holds nothing to go back to."
backup=$backups/$turn

would=
[ "$dry_run" = no ] || would='would '
while IFS= read -r file; do
    [ -f "$backup/files/$file" ] || stop "$backup is not whole: $file is missing. Nothing was changed."
done <"$backup/replaced"
while IFS= read -r file; do
    say "  ${would}restore $file"
    [ "$dry_run" = no ] || continue
    cp -p "$backup/files/$file" "$home/$file.new"
    mv -f "$home/$file.new" "$home/$file"
done <"$backup/replaced"
while IFS= read -r file; do
    say "  ${would}remove $file"
    [ "$dry_run" = yes ] || rm -f "$home/$file"
done <"$backup/added"
if [ "$dry_run" = yes ]; then
    say "Dry run: nothing was changed."
    exit 0
fi
rm -rf "$backup"
rmdir "$backups" 2>/dev/null || true
say "Back to before install.sh. Restart IS to take it into use."

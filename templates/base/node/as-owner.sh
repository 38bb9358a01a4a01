# Run by root, everything below happens with the rights of the account that the pack belongs to: it may have put links into
# the pack, and none of them must lead root to a file of somebody else's.
# shellcheck disable=SC2012
owner_of() { ls -ldn "$1/." | awk '{ print $3, $4, substr($1, 6, 1) substr($1, 9, 1) }'; }

# as_owner COMMAND: with the rights of the account $user and the group $group.
as_owner() {
    if setpriv --reuid "$user" --regid "$group" --clear-groups true 2>/dev/null; then
        setpriv --reuid "$user" --regid "$group" --clear-groups "$@"
    elif chroot --userspec="+$user:+$group" --groups="+$group" / true 2>/dev/null; then
        chroot --userspec="+$user:+$group" --groups="+$group" / "$@"
    elif sudo -n -u "#$user" true 2>/dev/null; then
        sudo -n -u "#$user" env "JAVA_HOME=${JAVA_HOME:-}" "$@"
    else
        stop "Root cannot hand over to the account that owns $home. Run this as that account."
    fi
}

if [ "$(id -u)" -eq 0 ] && [ -d "$home/repository/conf" ]; then
    home=$(cd "$home" && pwd -P)
    owner=$(owner_of "$home")
    user=${owner%% *}
    group=$(printf '%s' "$owner" | cut -d ' ' -f 2)
    if [ "$user" -eq 0 ]; then
        # What root owns stays root's, as long as nobody else can put anything beside it.
        for folder in "$home" "$home/repository" "$home/repository/conf" "$home/repository/resources" \
            "$home/repository/resources/security" "$home/repository/clusterwright-backup"; do
            [ -d "$folder" ] || continue
            case $(owner_of "$folder") in
                '0 '*' --' | '0 0 w-') ;;
                *) stop "$home belongs to root, but others can change $folder. Give the pack to one account with chown -R, and take the right to write from others. Nothing was changed." ;;
            esac
        done
    else
        # The folder of the bundle may be closed to that account: it gets a copy, which is gone afterwards. The copy lies
        # in a folder of root's, so that nobody changes it before it is handed over.
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

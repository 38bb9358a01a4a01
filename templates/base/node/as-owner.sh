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

#!/bin/sh
# Record plugins.db anew: boot the small firmware in firmware/ in namespaces of its own, under tracetui record.
#
#     demo_db/record.sh [TRACE]
#
# Needs Debian's busybox-static, strace, util-linux and an installed tracetui. Works as root, and as a user where
# unprivileged user namespaces are allowed. Takes about 40 seconds.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
trace=$(realpath -m "${1:-$here/plugins.db}")
tracetui=$(command -v "${TRACETUI:-tracetui}")
busybox=$(command -v "${BUSYBOX:-busybox}")
root=/tmp/gateway

build_root() {
    rm -rf "$root"
    mkdir -p "$root"
    cp -R "$here/firmware/." "$root/"
    for folder in bin sbin usr/bin usr/sbin proc sys dev tmp mnt var/log var/run var/lock; do
        mkdir -p "$root/$folder"
    done
    cp "$busybox" "$root/bin/busybox"
    chmod -R u+rwX,go+rX "$root"
    for applet in $("$busybox" --list); do
        [ -e "$root/bin/$applet" ] || ln -s busybox "$root/bin/$applet"
    done
    ln -s ../bin/busybox "$root/sbin/init"
    (cd "$root" && chmod 755 preinit etc/init.d/* usr/sbin/* www/cgi-bin/*)
}

# The recorder gets a host name, process numbers and an environment of its own, so that the trace does not depend
# on the machine; the firmware gets a mount, network and process namespace inside these.
record() {
    user=
    [ "$(id -u)" = 0 ] || user=--map-root-user
    cd /
    unshare $user --uts --mount --pid --fork --mount-proc \
        env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin sh -c '
            hostname gateway
            unset PWD OLDPWD
            exec "$1" record --force --string-limit 2048 -o "$2" -- /usr/bin/env -i TERM=linux "ROOT=$3" \
                /usr/bin/unshare --mount --net --uts --pid --fork "$3/bin/busybox" sh "$3/preinit"
        ' sh "$tracetui" "$trace" "$root" </dev/null >"$root.console" 2>&1
}

build_root
status=0
record || status=$?
tail -n 5 "$root.console"
rm -rf "$root"
echo "the firmware ended with status $status; its console is in $root.console"

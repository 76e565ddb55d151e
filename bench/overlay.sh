#!/bin/bash
# Runs a command on an overlay of this machine's own root, as in a container, where nothing of it is kept:
#     bench/overlay.sh COMMAND [ARG ...]
set -euo pipefail

if [[ ${1-} != --inside ]]; then
    if ((EUID != 0)); then
        echo "overlay: mounting an overlay needs root" >&2
        exit 2
    fi
    exec unshare --mount --propagation private "$0" --inside "$PWD" "$@"
fi
shift
directory=$1 && shift
layers=$(mktemp -d)
mount -t tmpfs tmpfs "$layers"
mkdir "$layers"/{upper,work,root}
mount -t overlay overlay -o "lowerdir=/,upperdir=$layers/upper,workdir=$layers/work" "$layers/root"
mount -t proc proc "$layers/root/proc"
mount --rbind /sys "$layers/root/sys"
mount --bind /dev "$layers/root/dev"
mount --bind /run "$layers/root/run" # an overlay does not pass sockets on: the engine's
# shellcheck disable=SC2016  # expanded by the inner shell
exec chroot "$layers/root" /bin/sh -c 'cd "$0" && exec "$@"' "$directory" "$@"

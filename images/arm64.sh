#!/usr/bin/env bash
# An image for another processor, and the emulator that runs it:  images/arm64.sh start IMAGE | stop
# start installs what is missing (Debian or Ubuntu, root), lets the kernel run programs for 64-bit Arm by QEMU, and makes
# IMAGE from Debian's packages, which are unpacked and not configured: that takes no program of theirs.
# stop takes the emulator away again where start has set it up.
set -euo pipefail

suite=bookworm
formats=/proc/sys/fs/binfmt_misc
mark=/run/envaudit-arm64

fail() {
    echo "arm64: $1" >&2
    exit 2
}

start() {
    local image=$1 id_like missing=() mirror work
    # shellcheck disable=SC1091
    id_like=$(. /etc/os-release 2>/dev/null && echo "${ID-} ${ID_LIKE-}") || true
    [[ $id_like == *debian* ]] && ((EUID == 0)) || fail "needs Debian or Ubuntu, and root"
    command -v mmdebstrap >/dev/null || missing+=(mmdebstrap)
    command -v qemu-aarch64-static >/dev/null || missing+=(qemu-user-static)
    command -v update-binfmts >/dev/null || missing+=(binfmt-support)
    work=$(mktemp -d)
    # shellcheck disable=SC2064  # as it is now
    trap "rm -rf --one-file-system '$work'" EXIT
    if ((${#missing[@]})); then
        echo "arm64: installing ${missing[*]}" >&2
        export DEBIAN_FRONTEND=noninteractive
        { apt-get update -q && apt-get install -q -y --no-install-recommends "${missing[@]}"; } >"$work/log" 2>&1 ||
            fail "apt-get failed: $(tail -n 1 "$work/log")"
    fi
    if [[ ! -e $formats/register ]]; then
        mount -t binfmt_misc binfmt_misc "$formats" || fail "this kernel does not take other programs (binfmt_misc)"
    fi
    if [[ ! -e $formats/qemu-aarch64 ]]; then
        update-binfmts --enable qemu-aarch64 || fail "update-binfmts does not enable qemu-aarch64"
        touch "$mark"
    fi
    if ! docker image inspect "$image" >/dev/null 2>&1; then
        # shellcheck disable=SC2016  # apt-get's own placeholders
        mirror=$(apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
            awk -v suite="$suite" '$1 == suite && $2 == "main" && !found++ { print $3 }')
        echo "arm64: making $image" >&2
        mmdebstrap --variant=extract --architectures=arm64 --include=base-files,coreutils,dash,python3 \
            --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr \
            "$suite" "$work/image.tar" ${mirror:+"deb $mirror $suite main"} >"$work/log" 2>&1 ||
            fail "mmdebstrap failed: $(tail -n 1 "$work/log")"
        docker import --platform linux/arm64 --change 'CMD ["python3"]' "$work/image.tar" "$image" >/dev/null
    fi
}

stop() {
    [[ -e $mark ]] || return 0
    update-binfmts --disable qemu-aarch64 || true
    rm -f "$mark"
}

case ${1-}/$# in
    start/2) start "$2" ;;
    stop/1) stop ;;
    *) fail "usage: arm64.sh start IMAGE | stop" ;;
esac

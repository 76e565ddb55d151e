#!/usr/bin/env bash
# Makes a small base image of a Debian release with Python, for machines that reach Debian's packages but no image
# registry:  images/base.sh [--force] SUITE IMAGE     e.g.  images/base.sh bookworm envaudit-base:bookworm
set -euo pipefail

force=
if [[ ${1-} == --force ]]; then force=1 && shift; fi
if (($# != 2)); then
    echo "usage: base.sh [--force] SUITE IMAGE" >&2
    exit 2
fi
suite=$1 image=$2

if [[ -z $force ]] && docker image inspect "$image" >/dev/null 2>&1; then
    echo "base: $image exists" >&2
    exit 0
fi
if ((EUID != 0)) || ! command -v debootstrap >/dev/null; then
    echo "base: needs root and debootstrap (apt-get install debootstrap)" >&2
    exit 2
fi

work=$(mktemp -d)
trap 'rm -rf --one-file-system "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
root=$work/root log=$work/log

# The mirror that this machine uses; none (on another distribution): debootstrap's own default.
# shellcheck disable=SC2016  # apt-get's own placeholders
mirror=$(apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
    awk -v suite="$suite" '$1 == suite && $2 == "main" && !found++ { print $3 }')

# Python and what the usual public Python images have beside it.
echo "base: bootstrapping $suite" >&2
debootstrap --variant=minbase --include=ca-certificates,netbase,python3,python3-venv,tzdata \
    "$suite" "$root" ${mirror:+"$mirror"} >"$log" 2>&1 || {
    tail -n 20 "$log" "$root/debootstrap/debootstrap.log" >&2 || true
    echo "base: debootstrap failed" >&2
    exit 1
}

# Nothing of this machine stays in the image: debootstrap copies its resolver, host name and mirror.
# Documentation, translations and downloads are left out as slim images do.
echo "base: importing $image" >&2
tar --create --directory "$root" --numeric-owner \
    --exclude='./etc/resolv.conf' --exclude='./etc/hostname' --exclude='./etc/machine-id' \
    --exclude='./etc/apt/sources.list' --exclude='./var/lib/apt/lists/*' --exclude='./var/cache/apt/*' \
    --exclude='./var/cache/ldconfig/*' --exclude='./var/log/*' --exclude='./dev/*' --exclude='./proc/*' \
    --exclude='./usr/share/doc/*' --exclude='./usr/share/info/*' --exclude='./usr/share/locale/*' \
    --exclude='./usr/share/man/*' \
    . | docker import --change 'CMD ["python3"]' - "$image" >/dev/null

#!/usr/bin/env bash
# Builds the image that holds the agent alone:  images/agent/build.sh [IMAGE] [OPTION OF docker build ...]
#   images/agent/build.sh                                       envaudit-agent:VERSION, with the local engine
#   images/agent/build.sh registry.example.com/envaudit-agent:0.1.0 --platform linux/amd64,linux/arm64 --push
#                                                               a manifest list, with buildx
#   ENVAUDIT_BUILDER=podman images/agent/build.sh --no-cache --platform linux/amd64,linux/arm64 --manifest NAME
#                                                               the same, with Podman
#
# Optional settings:
#   ENVAUDIT_PYZ       the single-file agent (default: build/envaudit.pyz; `make agent-image` sees to it)
#   ENVAUDIT_BUILDER   the command that builds (default: docker; podman takes the same options)
#   ENVAUDIT_SOURCE    where the sources are published (default: what GitHub Actions or an https:// origin says)
#   SOURCE_DATE_EPOCH  the time that the image tells, in seconds (default: of the commit)
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$here/../..
pyz=${ENVAUDIT_PYZ:-$root/build/envaudit.pyz}
builder=${ENVAUDIT_BUILDER:-docker}

fail() {
    echo "agent image: $*" >&2
    exit 2
}

[[ -f $pyz ]] || fail "no agent at $pyz: make agent"
command -v "$builder" >/dev/null || fail "no command $builder: make engine"
# The package states its version in one place.
version=$(sed -n 's/^__version__ = "\(.*\)"$/\1/p' "$root/auditor/agent/__init__.py")
[[ -n $version ]] || fail "auditor/agent/__init__.py states no version"

image=envaudit-agent:$version
if [[ ${1:--} != -* ]]; then image=$1 && shift; fi

checkout() { git -C "$root" "$@" 2>/dev/null; }

labels=()
label() { [[ -z $2 ]] || labels+=(--label "org.opencontainers.image.$1=$2"); }

revision=$(checkout rev-parse --verify HEAD || true)
if [[ -n $revision && -n $(checkout status --porcelain --untracked-files=no) ]]; then revision+=-dirty; fi
label revision "$revision"

# A zip archive, and so the agent's own file, knows no time before 1980.
: "${SOURCE_DATE_EPOCH:=$(checkout log -1 --format=%ct || echo 315532800)}"
[[ $SOURCE_DATE_EPOCH =~ ^[0-9]{1,11}$ ]] || fail "SOURCE_DATE_EPOCH takes seconds, not $SOURCE_DATE_EPOCH"
export SOURCE_DATE_EPOCH # buildx gives the image and its files this time
label created "$(python3 -c 'import sys, time; print(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(int(sys.argv[1]))))' \
    "$SOURCE_DATE_EPOCH")"

origin=$(checkout remote get-url origin | grep -E '^https://' | sed -E 's#//[^/@]*@#//#; s#\.git$##' || true)
label source "${ENVAUDIT_SOURCE:-${GITHUB_REPOSITORY:+$GITHUB_SERVER_URL/$GITHUB_REPOSITORY}}"
[[ ${labels[*]} == *image.source=* ]] || label source "$origin"

context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
cp "$here/Dockerfile" "$pyz" "$context"
[[ -f $context/envaudit.pyz ]] || mv "$context/${pyz##*/}" "$context/envaudit.pyz"
# The layer holds the file's mode and time: the same bytes from the same sources, wherever they are built.
chmod 755 "$context/envaudit.pyz"
python3 -c 'import os, sys; os.utime(sys.argv[1], (int(sys.argv[2]),) * 2)' "$context/envaudit.pyz" "$SOURCE_DATE_EPOCH"

# A client without buildx has the classic builder only, and says so at length unless told.
[[ $builder != docker ]] || docker buildx version >/dev/null 2>&1 || export DOCKER_BUILDKIT=0
# A manifest list of Podman's is named by itself.
[[ " $* " == *" --manifest"* ]] && name=() || name=(--tag "$image")
"$builder" build --build-arg "VERSION=$version" "${labels[@]}" ${name[@]+"${name[@]}"} "$@" "$context"
echo "agent image: $image" >&2

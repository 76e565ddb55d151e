#!/usr/bin/env bash
# Prints the path of a Chromium, which shows the HTML reports to the tests:  tests/tools/chromium.sh [--install]
# With --install it is installed where there is none (Debian, root).
set -euo pipefail

fail() {
    echo "chromium: $1" >&2
    exit 2
}

found() {
    local name
    # Ubuntu's chromium is a snap, which does not see our files; its runners have Google's.
    for name in google-chrome chromium chromium-browser; do
        if command -v "$name"; then return; fi
    done
    return 1
}

install_chromium() {
    local id log
    # shellcheck disable=SC1091
    id=$(. /etc/os-release 2>/dev/null && echo "${ID-}") || true
    [[ $id == debian ]] && ((EUID == 0)) || fail "no Chromium is installed (root on Debian: apt-get install chromium)"
    echo "chromium: installing it" >&2
    log=$(mktemp)
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update -q && apt-get install -q -y --no-install-recommends chromium fonts-dejavu-core; } >"$log" 2>&1 ||
        fail "apt-get failed, see $log"
    rm "$log"
}

if ! found; then
    [[ ${1-} == --install ]] || fail "no Chromium is installed"
    install_chromium
    found || fail "no Chromium, though it was installed"
fi

#!/usr/bin/env bash
# A registry of our own to test against:  images/registry.sh start PORT FOLDER | stop FOLDER
# start installs Debian's docker-registry where it is missing (Debian or Ubuntu, root) and serves FOLDER on this machine
# alone; stop ends it and removes what it has stored.
set -euo pipefail

fail() {
    echo "registry: $1" >&2
    exit 2
}

start() {
    local port=$1 folder=$2 id_like
    if ! command -v docker-registry >/dev/null; then
        # shellcheck disable=SC1091
        id_like=$(. /etc/os-release 2>/dev/null && echo "${ID-} ${ID_LIKE-}") || true
        [[ $id_like == *debian* ]] && ((EUID == 0)) || fail "docker-registry is not installed"
        echo "registry: installing docker-registry" >&2
        DEBIAN_FRONTEND=noninteractive apt-get update -q >/dev/null 2>&1 || true
        DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends docker-registry \
            >"$folder/apt.log" 2>&1 || fail "apt-get failed, see $folder/apt.log"
    fi
    mkdir -p "$folder/storage"
    printf 'version: 0.1\nlog: {level: error}\nstorage:\n  filesystem: {rootdirectory: %s}\n  delete: {enabled: true}\nhttp: {addr: "127.0.0.1:%s"}\n' \
        "$folder/storage" "$port" >"$folder/config.yml"
    setsid nohup docker-registry serve "$folder/config.yml" >"$folder/log" 2>&1 </dev/null &
    echo $! >"$folder/pid"
    for _ in {1..100}; do
        if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then return; fi
        kill -0 "$(cat "$folder/pid")" 2>/dev/null || break
        sleep 0.1
    done
    fail "does not start: $(tail -n 1 "$folder/log")"
}

stop() {
    local folder=$1 pid
    pid=$(cat "$folder/pid" 2>/dev/null) || return 0
    if [[ $({ tr '\0' ' ' <"/proc/$pid/cmdline"; } 2>/dev/null) == *"$folder/config.yml"* ]]; then kill "$pid"; fi
    rm -rf --one-file-system "$folder/storage" "$folder/pid"
}

case ${1-}/$# in
    start/3) start "$2" "$3" ;;
    stop/2) stop "$2" ;;
    *) fail "usage: registry.sh start PORT FOLDER | stop FOLDER" ;;
esac

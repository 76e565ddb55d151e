#!/usr/bin/env bash
# Sees to it that a Docker engine answers:  images/engine.sh start | stop
# start uses the engine that is there; only where none answers it installs and starts one (Debian or Ubuntu, root).
# stop ends only an engine that start has started.
set -euo pipefail

pid_file=/run/envaudit-engine.pid
log=/var/log/envaudit-engine.log

answers() { docker info >/dev/null 2>&1; }

# The engine that start has started, if it still runs: a number alone could be anybody's process by now.
started_pid() {
    local pid
    pid=$(cat "$pid_file" 2>/dev/null) && [[ $(cat "/proc/$pid/comm" 2>/dev/null) == dockerd ]] && echo "$pid"
}

fail() {
    echo "engine: $1" >&2
    exit 2
}

start() {
    if answers; then
        echo "engine: running already" >&2
        return
    fi
    local id_like
    # shellcheck disable=SC1091
    id_like=$(. /etc/os-release 2>/dev/null && echo "${ID-} ${ID_LIKE-}") || true
    [[ -z ${DOCKER_HOST-} ]] || fail "no engine answers at DOCKER_HOST; start it, or unset DOCKER_HOST"
    [[ $id_like == *debian* ]] || fail "no Docker engine answers; install and start one (e.g. Docker Desktop)"
    ((EUID == 0)) || fail "no Docker engine answers; start it, or run this script as root"

    local missing=()
    command -v dockerd >/dev/null && command -v docker >/dev/null || missing+=(docker.io)
    command -v iptables >/dev/null || missing+=(iptables)
    command -v debootstrap >/dev/null || missing+=(debootstrap)
    if ((${#missing[@]})); then
        echo "engine: installing ${missing[*]}" >&2
        export DEBIAN_FRONTEND=noninteractive
        { apt-get update -q && apt-get install -q -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1 ||
            fail "apt-get failed, see $log"
    fi

    # Where an init system runs, the package has started its own.
    if ! answers; then
        setsid dockerd >>"$log" 2>&1 </dev/null &
        echo $! >"$pid_file"
    fi
    for ((i = 0; i < 120; i++)); do
        if answers; then
            echo "engine: started" >&2
            return
        fi
        sleep 0.5
    done
    stop
    fail "dockerd does not answer after 60 s, see $log"
}

stop() {
    local pid
    if ! pid=$(started_pid); then
        echo "engine: none that this script started" >&2
        return
    fi
    kill "$pid"
    for ((i = 0; i < 60; i++)); do
        started_pid >/dev/null || break
        sleep 0.5
    done
    rm -f "$pid_file"
    echo "engine: stopped" >&2
}

case ${1-} in
    start | stop) "$1" ;;
    *)
        echo "usage: engine.sh start | stop" >&2
        exit 2
        ;;
esac

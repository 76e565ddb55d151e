#!/usr/bin/env bash
# One service, two environments, every difference stated (differences.toml):
#   images/demo.sh build | up | down | show
#   images/demo.sh show                 all of it: build, up, compare, down (`make demo`)
#   images/demo.sh up && envaudit compare docker:envaudit-demo-local docker:envaudit-demo-prod; images/demo.sh down
#
# Optional settings:
#   ENVAUDIT                 the command that `show` compares with (default: .venv/bin/envaudit)
#   ENVAUDIT_PYZ             the single-file agent (default: build/envaudit.pyz, made by `make` where it is missing)
#   ENVAUDIT_DEMO_BASE       the base image (default: the public one, or a local one where that cannot be pulled)
#   ENVAUDIT_KEY             handed on to both containers, whose fingerprints then hold keyed digests
#   ENVAUDIT_BUILD_MATERIAL  a folder laid over the root of the build stages only: CA bundle, pip.conf, apt sources
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
sides=(local prod)
public_base=python:3.11-slim-bookworm
suite=bookworm
local_base=envaudit-base:$suite

say() { echo "demo: $*" >&2; }

fail() {
    say "$*"
    exit 1
}

# macOS has no timeout(1); there the pull takes the time it takes.
within() { if command -v timeout >/dev/null; then timeout "$@"; else "${@:2}"; fi; }

# --- build -----------------------------------------------------------------------------------------------------------

choose_base() {
    base=${ENVAUDIT_DEMO_BASE-}
    [[ -z $base ]] || return 0
    base=$public_base
    if docker image inspect "$base" >/dev/null 2>&1; then return; fi
    say "pulling $base"
    if within 120 docker pull --quiet "$base" >/dev/null 2>&1; then return; fi
    say "cannot pull it, using $local_base"
    "$here/base.sh" "$suite" "$local_base"
    base=$local_base
}

# The bootstrapped base has no package sources, and who cannot pull an image seldom has an open network:
# the build stages get this machine's.
host_material() {
    local bundle=/etc/ssl/certs/ca-certificates.crt index
    mkdir -p "$1/etc/apt/apt.conf.d" "$1${bundle%/*}"
    cp "${SSL_CERT_FILE:-$bundle}" "$1$bundle"
    index=${PIP_INDEX_URL:-$(python3 -m pip config get global.index-url 2>/dev/null || true)}
    printf '%s\n' '[global]' "cert = $bundle" ${index:+"index-url = $index"} >"$1/etc/pip.conf"
    # shellcheck disable=SC2016  # apt-get's own placeholders
    apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
        grep -E " $suite(-updates|-security)? main\$" >"$1/etc/apt/sources.list"
    apt-config dump Acquire | grep -E '^Acquire::(Check-|http)' >"$1/etc/apt/apt.conf.d/90host" || true
}

assemble_context() {
    local context=$1 pyz=${ENVAUDIT_PYZ:-$here/../build/envaudit.pyz}
    if [[ -z ${ENVAUDIT_PYZ-} && ! -f $pyz ]]; then
        say "making build/envaudit.pyz"
        make -C "$here/.." build/envaudit.pyz >"$work/make.log" 2>&1 || true
    fi
    [[ -f $pyz ]] || fail "no agent at $pyz"
    mkdir -p "$context/material"
    cp -R "$here/service" "$here/local" "$here/prod" "$context"
    cp "$pyz" "$context/envaudit.pyz"
    if [[ -n ${ENVAUDIT_BUILD_MATERIAL-} ]]; then
        cp -RL "$ENVAUDIT_BUILD_MATERIAL/." "$context/material"
    elif [[ $base == "$local_base" ]]; then
        host_material "$context/material"
    fi
    find "$context" -name __pycache__ -prune -exec rm -r {} +
    # Whatever the checkout's umask was: the service's user reads these files.
    chmod -R u=rwX,go=rX "$context"
}

build() {
    local side pid failed=()
    choose_base
    assemble_context "$work/context"
    # A client without buildx has the classic builder only, and says so at length unless told.
    docker buildx version >/dev/null 2>&1 || export DOCKER_BUILDKIT=0
    # Host network: a proxy or resolver that only this machine reaches.
    for side in "${sides[@]}"; do
        say "building envaudit-demo:$side on $base"
        docker build --force-rm --network host --build-arg "BASE=$base" --tag "envaudit-demo:$side" \
            --file "$work/context/$side/Dockerfile" "$work/context" >"$work/build-$side.log" 2>&1 &
        jobs_started+=($!)
    done
    for side in "${sides[@]}"; do
        pid=${jobs_started[0]}
        if wait "$pid"; then say "built envaudit-demo:$side"; else failed+=("$side"); fi
        jobs_started=("${jobs_started[@]:1}")
    done
    for side in ${failed[@]+"${failed[@]}"}; do
        keep_logs=1
        say "building envaudit-demo:$side failed, see $work/build-$side.log:"
        tail -n 5 "$work/build-$side.log" >&2
    done
    [[ -z $keep_logs ]]
}

# --- up and down -----------------------------------------------------------------------------------------------------

# By value of an exported variable: in no argument list that other users of this machine could read.
new_database_url() {
    local password
    password=$(od -An -N12 -tx1 /dev/urandom | tr -d ' \n')
    export DATABASE_URL="postgresql://scorer:$password@db.example.com/scoring"
}

run_local() {
    new_database_url
    docker run --detach --name envaudit-demo-local --tmpfs /run/envaudit \
        --env DATABASE_URL \
        --env ENVAUDIT_KEY \
        --env SCORE_THRESHOLD=0.5 \
        --env TZ=Europe/Berlin \
        --env LANG=C.UTF-8 \
        --env OMP_NUM_THREADS=1 \
        --env PYTHONPATH=/app/overrides \
        --ulimit nofile=4096:4096 \
        --shm-size 256m \
        --sysctl net.core.somaxconn=4096 \
        --dns-option ndots:1 \
        envaudit-demo:local >/dev/null
}

# Both containers share this machine's processor, so production's is told by a file over /proc/cpuinfo, as lxcfs does.
run_prod() {
    new_database_url
    docker run --detach --name envaudit-demo-prod --tmpfs /run/envaudit --tmpfs /tmp \
        --env DATABASE_URL \
        --env ENVAUDIT_KEY \
        --env SCORE_THRESHOLD=0.8 \
        --env TZ=UTC \
        --env LANG=C \
        --env OPENBLAS_CORETYPE=Haswell \
        --env LD_PRELOAD=libjemalloc.so.2 \
        --env PYTHONHASHSEED=0 \
        --env UMASK=0027 \
        --user 10001:10001 \
        --cap-drop ALL \
        --security-opt no-new-privileges \
        --read-only \
        --memory 512m \
        --cpus 1 \
        --pids-limit 128 \
        --ulimit nofile=1024:2048 \
        --shm-size 64m \
        --sysctl net.core.somaxconn=128 \
        --dns-option ndots:5 \
        --add-host features.example.com:192.0.2.10 \
        --volume "$here/prod/cpuinfo:/proc/cpuinfo:ro" \
        envaudit-demo:prod >/dev/null
}

wait_until_healthy() {
    local name=$1 i
    for ((i = 0; i < 120; i++)); do
        if docker exec "$name" /venv/bin/python -I /app/probe.py >/dev/null 2>&1; then
            say "$name is healthy"
            return
        fi
        [[ $(docker inspect --format '{{.State.Running}}' "$name") == true ]] || break
        sleep 0.5
    done
    docker logs --tail 20 "$name" >&2
    fail "$name does not become healthy"
}

up() {
    local side
    for side in "${sides[@]}"; do
        docker image inspect "envaudit-demo:$side" >/dev/null 2>&1 ||
            fail "no image envaudit-demo:$side: images/demo.sh build"
    done
    remove_containers
    containers_started=1
    for side in "${sides[@]}"; do
        say "starting envaudit-demo-$side"
        "run_$side"
    done
    for side in "${sides[@]}"; do wait_until_healthy "envaudit-demo-$side"; done
    containers_started=
}

remove_containers() {
    docker rm --force --volumes envaudit-demo-local envaudit-demo-prod >/dev/null 2>&1 || true
}

down() {
    remove_containers
    say "removed the containers"
}

# --- the whole demonstration -----------------------------------------------------------------------------------------

show() {
    local status=0
    # A key of the moment: hidden values (the database password) are told apart without being told, and one
    # application setting is shown by name, as a team would list it in envaudit.toml.
    : "${ENVAUDIT_KEY:=$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')}"
    export ENVAUDIT_KEY ENVAUDIT_ENV_SHOW=${ENVAUDIT_ENV_SHOW-SCORE_THRESHOLD}
    build
    up
    containers_started=1
    say "envaudit compare docker:envaudit-demo-local docker:envaudit-demo-prod"
    "$envaudit" compare docker:envaudit-demo-local docker:envaudit-demo-prod || status=$?
    down
    containers_started=
    # 1 says "they differ", which is what a demonstration of differences wants.
    ((status == 1)) || return "$status"
}

# --- everything started is removed, however this ends ----------------------------------------------------------------

jobs_started=()
containers_started=
keep_logs=
envaudit=${ENVAUDIT-$here/../.venv/bin/envaudit}

clean_up() {
    if ((${#jobs_started[@]})); then
        kill "${jobs_started[@]}" 2>/dev/null || true
        wait
        # The classic builder forgets a step's container when it is cancelled between running and committing it.
        sed -n 's/^ ---> Running in //p' "$work"/build-*.log | xargs docker rm --force >/dev/null 2>&1 || true
    fi
    [[ -z $containers_started ]] || remove_containers
    rm -rf "$work/context"
    [[ -n $keep_logs ]] || rm -rf "$work"
}

case ${1-} in
    build | up | down | show) ;;
    *)
        echo "usage: demo.sh build | up | down | show" >&2
        exit 2
        ;;
esac
docker info >/dev/null 2>&1 || fail "no Docker engine answers: images/engine.sh start"
work=$(mktemp -d)
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
"$1"

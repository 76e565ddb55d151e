#!/usr/bin/env bash
# A Podman service of our own, to test against a second engine:  images/podman.sh start | stop [--rootless]
# start installs Podman where it is missing (Debian or Ubuntu, root) and prints the path of the service's socket.
# Root gets a rootful one; with --rootless it runs as a user made for it. Any other user gets a rootless one.
# Its storage is its own: nobody's containers and images are seen or touched. stop removes everything again.
# `podman --remote --url unix://SOCKET ...` is the command line for it.
set -euo pipefail

user=envaudit-podman
verb=${1-} mode=rootful
if ((EUID != 0)) || [[ ${2-} == --rootless ]]; then mode=rootless; fi
folder=${TMPDIR:-/tmp}/envaudit-podman-$mode-$EUID
log=$folder/log

fail() {
    echo "podman: $1" >&2
    exit 2
}

# Everything of a rootless Podman that root starts is done as its user.
as_user() {
    if [[ $mode == rootless ]] && ((EUID == 0)); then
        runuser --user "$user" -- env HOME="$folder" XDG_RUNTIME_DIR="$folder" TMPDIR="$folder" "$@"
    else
        env HOME="$folder" XDG_RUNTIME_DIR="$folder" TMPDIR="$folder" "$@"
    fi
}

podman_here() {
    (cd "$folder" && as_user env CONTAINERS_CONF="$folder/containers.conf" \
        CONTAINERS_STORAGE_CONF="$folder/storage.conf" podman "$@")
}

# Resource limits in the old hierarchy are beyond crun.
old_cgroups() { [[ $(stat -f -c %T /sys/fs/cgroup 2>/dev/null) != cgroup2fs ]]; }

install_packages() {
    local missing=() id_like
    command -v podman >/dev/null || missing+=(podman crun)
    if old_cgroups && ! command -v runc >/dev/null; then missing+=(runc); fi
    if [[ $mode == rootless ]] && ! command -v newuidmap >/dev/null; then missing+=(uidmap); fi
    ((${#missing[@]})) || return 0
    # shellcheck disable=SC1091
    id_like=$(. /etc/os-release 2>/dev/null && echo "${ID-} ${ID_LIKE-}") || true
    [[ $id_like == *debian* ]] || fail "not installed: ${missing[*]}"
    ((EUID == 0)) || fail "not installed: ${missing[*]} (root can: apt-get install)"
    echo "podman: installing ${missing[*]}" >&2
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update -q && apt-get install -q -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1 ||
        fail "apt-get failed, see $log"
}

configure() {
    local files processes most driver=overlay
    files=$(ulimit -H -n) processes=$(ulimit -H -u) most=$(cat /proc/sys/kernel/pid_max)
    # Podman asks for more than a root without SYS_RESOURCE may give.
    [[ $files != unlimited ]] || files=1048576
    if [[ $processes == unlimited ]] || ((processes > most)); then processes=$most; fi
    # A user may mount overlays since Linux 5.13; whole copies need nothing.
    [[ $mode == rootful || $(printf '%s\n' 5.13 "$(uname -r)" | sort --version-sort | head -n 1) == 5.13 ]] || driver=vfs
    {
        printf '[containers]\ndefault_ulimits = ["nofile=%s:%s", "nproc=%s:%s"]\n' \
            "$files" "$files" "$processes" "$processes"
        printf '[engine]\n'
        if [[ ! -d /run/systemd/system ]]; then printf 'cgroup_manager = "cgroupfs"\nevents_logger = "file"\n'; fi
        if old_cgroups; then printf 'runtime = "runc"\n'; fi
    } >"$folder/containers.conf"
    printf '[storage]\ndriver = "%s"\ngraphroot = "%s/storage"\nrunroot = "%s/run"\n' \
        "$driver" "$folder" "$folder" >"$folder/storage.conf"
}

answers() { podman_here --remote --url "unix://$folder/podman.sock" version >/dev/null 2>&1; }

# The service that start has started, if it still runs: a number alone could be anybody's process by now.
service_pid() {
    local pid
    pid=$(cat "$folder/pid" 2>/dev/null) || return
    [[ $({ tr '\0' ' ' <"/proc/$pid/cmdline"; } 2>/dev/null) == *"$folder/podman.sock"* ]] && echo "$pid"
}

# Podman runs what the configuration in the folder says: never a stranger's.
refuse_strangers() {
    local owner
    owner=$(stat -c %U "$folder")
    [[ $owner == "$(id -un)" || ($mode == rootless && $EUID == 0 && $owner == "$user") ]] ||
        fail "$folder belongs to $owner"
}

start() {
    if [[ -e $folder ]]; then
        refuse_strangers
        if service_pid >/dev/null; then
            echo "podman: running already" >&2
            echo "$folder/podman.sock"
            return
        fi
        stop # what a run left that was killed
    fi
    mkdir -m 755 "$folder"
    trap 'stop >/dev/null 2>&1' ERR EXIT
    install_packages
    if [[ $mode == rootless ]] && ((EUID == 0)); then
        id "$user" >/dev/null 2>&1 || useradd --system --no-create-home --home-dir "$folder" "$user"
        grep -q "^$user:" /etc/subuid || usermod --add-subuids 600100000-600165535 --add-subgids 600100000-600165535 "$user"
        chown "$user" "$folder"
    fi
    configure
    # Whoever uses the engine cleans up after itself: no time limit.
    podman_here system service --time=0 "unix://$folder/podman.sock" >>"$log" 2>&1 </dev/null &
    for ((i = 0; i < 100; i++)); do
        if [[ -S $folder/podman.sock ]] && answers; then break; fi
        sleep 0.1
    done
    answers || fail "the service does not answer, see $log"
    pgrep --newest --full -- "system service --time=0 unix://$folder/podman.sock" >"$folder/pid"
    trap - ERR EXIT
    echo "podman: started ($mode)" >&2
    echo "$folder/podman.sock"
}

# What watches over containers and over commands in them, the latter for five minutes after their end: it would then
# start Podman once more on a storage that is gone.
monitors() { pgrep --full -- "conmon .* $folder/"; }

stop() {
    local pid
    if [[ ! -e $folder ]]; then
        echo "podman: none that this script started" >&2
        return
    fi
    refuse_strangers
    podman_here --remote --url "unix://$folder/podman.sock" rm --all --force --time 0 --volumes >/dev/null 2>&1 || true
    if pid=$(service_pid); then
        kill "$pid" 2>/dev/null || true
        for ((i = 0; i < 50; i++)); do
            service_pid >/dev/null || break
            sleep 0.1
        done
    fi
    monitors | xargs --no-run-if-empty kill -KILL 2>/dev/null || true
    # Files of other users in a rootless storage are only its own namespace's to remove, or root's.
    ((EUID == 0)) || podman_here unshare rm -rf "$folder/.local" "$folder/containers" 2>/dev/null || true
    podman_here system migrate >/dev/null 2>&1 || true # ends the process that holds a rootless namespace
    umount "$folder/storage/overlay" 2>/dev/null || true
    rm -rf --one-file-system "$folder"
    if [[ $mode == rootless ]] && ((EUID == 0)) && id "$user" >/dev/null 2>&1; then userdel "$user" 2>/dev/null || true; fi
    echo "podman: stopped ($mode)" >&2
}

case $verb in
    start | stop) "$verb" ;;
    *)
        echo "usage: podman.sh start | stop [--rootless]" >&2
        exit 2
        ;;
esac

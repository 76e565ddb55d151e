#!/usr/bin/env bash
# The demonstration for a machine without a container engine: this environment against itself under another start
# (other variables, limits, locale and import path), each difference stated below.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
envaudit=${ENVAUDIT-$here/../.venv/bin/envaudit}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

say() { echo "demo: $*" >&2; }

export ENVAUDIT_ENV_SHOW=SCORE_THRESHOLD
mkdir "$work/overrides"
echo '"""Stands before the standard library under one of its names."""' >"$work/overrides/statistics.py"

say "no container engine answers: this environment, and the same started in another way"
(
    export LANG=C.UTF-8 TZ=Europe/Berlin OMP_NUM_THREADS=1 SCORE_THRESHOLD=0.5
    unset LC_ALL PYTHONPATH PYTHONHASHSEED
    "$envaudit" snapshot --name "as developers start it" -o "$work/local.json"
)
(
    export LANG=C TZ=UTC OPENBLAS_CORETYPE=Haswell PYTHONHASHSEED=0 SCORE_THRESHOLD=0.8
    export PYTHONPATH=$work/overrides
    unset LC_ALL OMP_NUM_THREADS
    umask 0027
    # Lowering a limit is allowed to everybody.
    ulimit -S -n 256
    ulimit -S -s 4096
    "$envaudit" snapshot --name "as production starts it" -o "$work/production.json"
)
say "envaudit compare local.json production.json"
status=0
"$envaudit" compare "$work/local.json" "$work/production.json" || status=$?
# 1 says "they differ", which is what a demonstration of differences wants.
((status == 1)) || exit "$status"

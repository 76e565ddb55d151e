#!/bin/sh
# Takes the container's fingerprint, then becomes the command: same PID, signals and exit code.
set -u

# docker run has no option for it, so images take it from a variable by convention.
umask "${UMASK:-022}"

# Fails open: no fingerprint is a line in the log, never a service that does not start.
# -I -S: the agent sees none of PYTHONPATH, .pth files or site-packages, so nothing there can break it.
timeout 10 "$VIRTUAL_ENV/bin/python" -I -S /opt/envaudit/envaudit.pyz snapshot \
    -o "${ENVAUDIT_OUT:-/run/envaudit/fingerprint.json}" ||
    echo "entrypoint: envaudit took no fingerprint (exit code $?)" >&2

exec "$@"

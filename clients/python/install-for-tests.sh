#!/bin/sh
# Builds the wheel of this client, makes a virtual environment in DIR, and installs the wheel there, so that tests meet what
# users install and not the sources:
#
#     install-for-tests.sh DIR [REQUIREMENT...]
#
# $PYTHON is the interpreter (python3). The wheel needs no network; the requirements, requests for instance, do.
set -eu

directory=${1:?usage: install-for-tests.sh DIR [REQUIREMENT...]}
shift
python=${PYTHON:-python3}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The wheel is the same whoever builds it, so any interpreter will do that has what it takes.
can_build='
from setuptools import build_meta
from setuptools.dist import Distribution
Distribution().get_command_class("bdist_wheel")'
builder=
for candidate in "$python" python3 /usr/bin/python3; do
    if "$candidate" -c "$can_build" >"$work/why" 2>&1; then
        builder=$candidate
        break
    fi
done
if [ -z "$builder" ]; then
    echo "no interpreter here can build a wheel (Debian: apt install python3-setuptools python3-wheel)" >&2
    exit 1
fi

# A copy, since building leaves files beside the sources.
mkdir "$work/source"
cp -R "$here/pyproject.toml" "$here/README.md" "$here/LICENSE" "$here/src" "$work/source"
(
    cd "$work/source"
    "$builder" -c 'import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])' "$work" \
        >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
)
# Libraries that the machine has are seen there.
"$python" -m venv --system-site-packages "$directory"
"$directory/bin/python" -m pip install --quiet --disable-pip-version-check --no-index --no-deps --force-reinstall "$work"/*.whl
if [ $# -gt 0 ]; then
    "$directory/bin/python" -m pip install --quiet --disable-pip-version-check "$@"
fi

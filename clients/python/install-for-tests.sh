#!/bin/sh
# Makes an environment in DIRECTORY with the wheel that is built from here, without a network; DIRECTORY/bin/python runs in it.
#
#     clients/python/install-for-tests.sh DIRECTORY
#
# It takes a Python with setuptools and wheel: python3-setuptools and python3-wheel in Debian.
set -eu
package=$(cd "$(dirname "$0")" && pwd)
for python in python3 /usr/bin/python3; do
  if "$python" -c 'import setuptools, wheel, venv' 2>/dev/null; then break; fi
done
"$python" -m venv --system-site-packages "$1"
# A copy, since a build leaves things beside the sources.
rm -rf "$1/source"
cp -R "$package" "$1/source"
"$1/bin/python" -m pip wheel -q --no-build-isolation --no-deps --no-index -w "$1/wheels" "$1/source"
"$1/bin/python" -m pip install -q --no-deps --no-index "$1"/wheels/*.whl

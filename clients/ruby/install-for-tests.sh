#!/bin/sh
# Builds the gem and installs it, without a network, in the directory that is named. Tests and the driver of the conformance
# suite use it there if BREAKERD_GEMS names that directory.
set -eu

[ $# -eq 1 ] || { echo "usage: install-for-tests.sh DIR" >&2; exit 64; }
mkdir -p "$1"
target=$(cd "$1" && pwd)
cd "$(dirname "$0")"
gem build --silent --output "$target/breakerd.gem" breakerd.gemspec
gem install --silent --local --force --no-document --install-dir "$target" "$target/breakerd.gem"

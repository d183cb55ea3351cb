#!/bin/sh
# Prints what allow and report cost in the core alone. CORE names another core to measure, EXTRAS another list of policies
# (for a core that has fewer).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
core=${CORE:-$here/../../Sources/BreakerCore}
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
swiftc -O -wmo -package-name breakerd -swift-version 6 -module-name core -o "$out/core" "$here/main.swift" \
  "${EXTRAS:-$here/extras.swift}" "$core"/*.swift
"$out/core"

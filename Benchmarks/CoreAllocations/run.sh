#!/bin/sh
# Prints how often the core allocates once a breaker is made. No allocation is expected.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
core=${CORE:-$here/../../Sources/BreakerCore}
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
${CC:-clang} -O2 -shared -fPIC -o "$out/libcountmalloc.so" "$here/count-malloc.c"
swiftc -O -wmo -package-name breakerd -swift-version 6 -module-name allocations -o "$out/allocations" "$here/main.swift" "$core"/*.swift \
  -L "$out" -lcountmalloc -Xlinker -rpath -Xlinker "$out"
"$out/allocations"

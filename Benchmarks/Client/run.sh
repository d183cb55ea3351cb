#!/bin/sh
# Prints what a guarded call of the Swift client costs by the board, in nanoseconds (median, tenth and ninetieth percentile), and how
# often it allocates: the program is run with so many calls and with twice as many.
#
#     swift build -c release --product client-benchmark
#     Benchmarks/Client/run.sh [ROUNDS]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
program=$here/../../.build/release/client-benchmark
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
"$program" "${1:-31}"
${CC:-cc} -O2 -shared -fPIC -o "$out/count.so" "$here/../CoreAllocations/count-malloc.c"
count() { COUNT_MALLOC=$out/count LD_PRELOAD=$out/count.so "$program" "$1" "$2" && cat "$out/count"; }
for kind in sync slow async; do
  once=$(count $kind 1000000)
  twice=$(count $kind 2000000)
  echo "$kind: $((twice - once)) allocations in 1000000 more calls"
done

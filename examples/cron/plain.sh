#!/bin/sh
# The same without any of our programs: ten lines and socat. With OpenBSD's nc, `nc -N -U "$socket"` stands for `socat …`.
socket=${BREAKERD_SOCKET:-/run/breakerd/breakerd.sock}
say() { printf '%s\n' "$1" | timeout 0.2 socat - "UNIX-CONNECT:$socket" 2>/dev/null; }

set -- $(say 'allow upstream')            # +allow closed 4711     +deny open retry_ms=8120     or nothing: go on
[ "$1" = '+deny' ] && echo "not now, $2" >&2 && exit 75
curl -fsS --max-time 2 "$UPSTREAM"
status=$?
[ $status = 0 ] && outcome=ok || outcome=fail
[ "$1" = '+allow' ] && [ -n "$3" ] && say "report upstream $outcome $3 err=curl-$status quiet" >/dev/null
exit $status

#!/bin/sh
# The same without any of our programs: ten lines and socat (or nc -U, with OpenBSD's nc).
say() { printf '%s\n' "$1" | socat -t 0.2 - "UNIX-CONNECT:$BREAKERD_SOCKET" 2>/dev/null; }

set -- $(say 'allow upstream')            # +allow closed 4711     +deny open retry_ms=8120     or nothing: go on
[ "$1" = '+deny' ] && echo "not now, $2" >&2 && exit 75
curl -fsS --max-time 2 "$UPSTREAM"
status=$?
[ $status = 0 ] && outcome=ok || outcome=fail
[ -n "$3" ] && say "report upstream $outcome $3 err=curl-$status quiet"
exit $status

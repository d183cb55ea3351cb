#!/usr/bin/env bash
# throwaway.sh PACKAGES: runs the script on standard input as root in a copy of this machine that is gone afterwards: an overlay
# of / in a mount namespace and a process namespace of its own, with PACKAGES, a directory, at /packages, read only.
# Descriptor 3 takes lines of `PATH` for what the copy has and this machine has not, or not so, when the script is done.
set -euo pipefail

if [ "${1:-}" != --inside ]; then
  exec unshare --mount --propagation private --pid --fork --kill-child --uts --ipc --net "$0" --inside "$1"
fi
packages=$2

# The network namespace and this tmpfs end with the last process in here.
base=$(mktemp -d)
trap 'umount -R -l "$base"; rmdir "$base"' EXIT
mount -t tmpfs -o mode=0755 throwaway "$base"
mkdir "$base/upper" "$base/work" "$base/root"
mount -t overlay -o "lowerdir=/,upperdir=$base/upper,workdir=$base/work" throwaway "$base/root"
root=$base/root
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs -o mode=0755 run "$root/run"
mount -t tmpfs -o mode=1777 tmp "$root/tmp"
mkdir "$root/packages"
mount --bind "$packages" "$root/packages"
mount -o remount,bind,ro "$root/packages"

# None of what forbids to start services here, and no service manager: no /run/systemd/system.
rm -f "$root/usr/sbin/policy-rc.d"

env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C DEBIAN_FRONTEND=noninteractive \
  chroot "$root" bash -euo pipefail -c 'cd /; source /dev/stdin' 3>&-

{
  # A directory alone is a difference only where there is none: the overlay copies those in which something came and went.
  (cd "$base/upper" && find . -mindepth 1 \( -not -type d -printf '/%P\n' \) -o \( -empty -printf '/%P/\n' \)) \
    | while read -r path; do case $path in */) [ -d "$path" ] || echo "${path%/}" ;; *) echo "$path" ;; esac done
  (cd "$root/run" && find . -mindepth 1 -printf '/run/%P\n')
} | grep -vx /packages | LC_ALL=C sort >&3

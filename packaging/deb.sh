#!/usr/bin/env bash
# Makes .build/deb/breakerd_VERSION_ARCH.deb of release binaries (PREBUILT, else .build/release). The version is the one of
# Sources/BreakerProtocol/Release.swift, all times in the package are that of the last commit: the same sources and binaries
# give the same bytes.
set -euo pipefail
cd "$(dirname "$0")/.."
top=$PWD

fail() {
  echo "deb: $*" >&2
  exit 1
}

prebuilt=$(realpath "${PREBUILT:-.build/release}")
out=$(realpath -m "${OUT:-.build/deb}")
version=$(sed -n 's/.*static let version = "\(.*\)"/\1/p' Sources/BreakerProtocol/Release.swift)
[ -n "$version" ] || fail 'Sources/BreakerProtocol/Release.swift names no version'
# A pre-release comes before its release: 1.0.0~rc.1.
version=${version/-/'~'}

for program in breakerd breakerctl; do
  [ -x "$prebuilt/$program" ] || fail "$prebuilt/$program is missing; make release builds it"
  if readelf -d "$prebuilt/$program" | grep -q 'NEEDED.*libswift'; then
    fail "$prebuilt/$program needs Swift where it runs; make release builds one that does not"
  fi
done

if [ -z "${SOURCE_DATE_EPOCH:-}" ]; then
  SOURCE_DATE_EPOCH=$(git log -1 --format=%ct 2>/dev/null) || SOURCE_DATE_EPOCH=$(stat -c %Y CHANGELOG.md)
fi
export SOURCE_DATE_EPOCH
# What is installed with a mode has that mode, whoever builds.
umask 022

tree=$out/tree
rm -rf "$tree"
mkdir -p "$tree"
cp -r packaging/debian "$tree/debian"
cat >"$tree/debian/changelog" <<END
breakerd ($version) unstable; urgency=medium

  * Release $version. CHANGELOG.md beside this file says what is new.

 -- breakerd maintainers <maintainers@breakerd.invalid>  $(LC_ALL=C date -u -R -d "@$SOURCE_DATE_EPOCH")
END

# The places are those of a package, whatever the make that runs this was told; files belong to root, whoever builds.
unset MAKEFLAGS MAKELEVEL MAKEOVERRIDES BINDIR DATADIR DOCDIR MANDIR BASHCOMPDIR SYSUSERSDIR TMPFILESDIR DESTDIR
cd "$tree"
DEB_RULES_REQUIRES_ROOT=no TOP="$top" PREBUILT="$prebuilt" debian/rules binary
rm -rf "$tree"
ls -l "$out/breakerd_${version}_$(dpkg --print-architecture).deb"

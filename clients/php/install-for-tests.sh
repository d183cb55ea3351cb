#!/bin/sh
# Makes the package's archive, and installs what it holds into DIRECTORY as Composer does for a project, without a network; then
# DIRECTORY/vendor/autoload.php loads it.
#
#     clients/php/install-for-tests.sh DIRECTORY
set -eu
sources=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
cd "$1"
export COMPOSER_DISABLE_NETWORK=1 COMPOSER_ALLOW_SUPERUSER=1
# What an earlier run has left is of the same version, and may be older all the same.
rm -rf package package.tar vendor composer.lock
composer archive --quiet --no-interaction --working-dir="$sources" --format=tar --dir="$PWD" --file=package
mkdir package
tar -xf package.tar -C package
cat > composer.json <<END
{
    "repositories": [
        {"packagist.org": false},
        {"type": "path", "url": "package", "options": {"symlink": false}}
    ],
    "require": {"breakerd/breakerd": "0.1.0"}
}
END
composer update --no-interaction --no-progress --quiet

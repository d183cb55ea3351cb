#!/bin/sh
# Installs the package into DIRECTORY as Composer does for a project, without a network; then DIRECTORY/vendor/autoload.php loads it.
#
#     clients/php/install-for-tests.sh DIRECTORY
set -eu
package=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
cd "$1"
cat > composer.json <<END
{
    "repositories": [
        {"packagist.org": false},
        {"type": "path", "url": "$package", "options": {"symlink": false}}
    ],
    "require": {"breakerd/breakerd": "0.1.0"}
}
END
export COMPOSER_DISABLE_NETWORK=1 COMPOSER_ALLOW_SUPERUSER=1
composer update --no-interaction --no-progress --quiet
# What an earlier run has installed is of the same version, and may be older all the same.
composer reinstall --no-interaction --no-progress --quiet breakerd/breakerd

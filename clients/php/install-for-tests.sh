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
COMPOSER_DISABLE_NETWORK=1 COMPOSER_ALLOW_SUPERUSER=1 composer install --no-interaction --no-progress --quiet

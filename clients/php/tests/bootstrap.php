<?php

declare(strict_types=1);

// The client calls these by unqualified names, so tests can put their own in front of them. Before any of it is loaded.
namespace Breakerd {
    function hrtime(bool $asNumber = false): int|array|false
    {
        return Tests\Support\Clock::$now ?? \hrtime($asNumber);
    }
}

namespace Breakerd\Internal {
    function hrtime(bool $asNumber = false): int|array|false
    {
        return \Breakerd\Tests\Support\Clock::$now ?? \hrtime($asNumber);
    }

    function sys_get_temp_dir(): string
    {
        return \Breakerd\Tests\Support\TestCase::$temporary ?? \sys_get_temp_dir();
    }
}

namespace {
    // The package that Composer has installed in the project $BREAKERD_PHP_INSTALL, if that is set; else the sources.
    define('Breakerd\Tests\AUTOLOAD', getenv('BREAKERD_PHP_INSTALL')
        ? realpath(getenv('BREAKERD_PHP_INSTALL')) . '/vendor/autoload.php' : realpath(__DIR__ . '/../autoload.php'));
    require Breakerd\Tests\AUTOLOAD;

    // Where Debian's packages lie; elsewhere Composer's autoloader is given by PHP's auto_prepend_file.
    foreach (['GuzzleHttp/autoload.php', 'Nyholm/Psr7/autoload.php', 'Psr/Log/autoload.php'] as $file) {
        if (stream_resolve_include_path($file) !== false) {
            require_once $file;
        }
    }

    spl_autoload_register(static function (string $class): void {
        if (str_starts_with($class, 'Breakerd\\Tests\\')) {
            require __DIR__ . '/' . strtr(substr($class, strlen('Breakerd\\Tests\\')), '\\', '/') . '.php';
        }
    });
}

<?php

declare(strict_types=1);

/** For programs without Composer: `require 'clients/php/autoload.php'`. */
spl_autoload_register(static function (string $class): void {
    if (str_starts_with($class, 'Breakerd\\')) {
        $file = __DIR__ . '/src/' . strtr(substr($class, strlen('Breakerd\\')), '\\', '/') . '.php';
        if (is_file($file)) {
            require $file;
        }
    }
});

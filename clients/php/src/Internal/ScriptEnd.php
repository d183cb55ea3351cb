<?php

declare(strict_types=1);

namespace Breakerd\Internal;

/**
 * Ends sessions with the script, however that ends: also by `exit`, after a fatal error, or when its time is over, where PHP calls no
 * destructors.
 *
 * @internal
 */
final class ScriptEnd
{
    /** @var ?\WeakMap<Session, true> */
    private static ?\WeakMap $sessions = null;

    public static function watch(Session $session): void
    {
        if (self::$sessions === null) {
            self::$sessions = new \WeakMap();
            // What is registered then comes after all that the program has registered, and what that counts is told too.
            register_shutdown_function(static fn () => register_shutdown_function(self::endAll(...)));
        }
        self::$sessions[$session] = true;
    }

    private static function endAll(): void
    {
        foreach (self::$sessions ?? [] as $session => $_) {
            $session->end();
        }
    }
}

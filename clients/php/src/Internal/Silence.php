<?php

declare(strict_types=1);

namespace Breakerd\Internal;

/**
 * Keeps what PHP would warn of from a program's error handler, which might throw. For what is only tried, and whose failure is dealt with.
 *
 * @internal
 */
final class Silence
{
    private static ?\Closure $handler = null;

    public static function begin(): void
    {
        set_error_handler(self::$handler ??= static fn (): bool => true);
    }

    public static function end(): void
    {
        restore_error_handler();
    }

    /**
     * @template T
     *
     * @param \Closure(): T $body
     *
     * @return T
     */
    public static function during(\Closure $body): mixed
    {
        self::begin();
        try {
            return $body();
        } finally {
            self::end();
        }
    }
}

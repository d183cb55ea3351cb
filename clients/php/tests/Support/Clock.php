<?php

declare(strict_types=1);

namespace Breakerd\Tests\Support;

/** The clock of all clients of this process: the system's, unless a test stops it. */
final class Clock
{
    /** In nanoseconds; null: it is the system's. */
    public static ?int $now = null;

    public static function stop(): void
    {
        self::$now = \hrtime(true);
    }

    public static function advance(float $seconds): void
    {
        self::$now += (int) round($seconds * 1e9);
    }
}

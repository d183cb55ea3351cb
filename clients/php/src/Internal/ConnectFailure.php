<?php

declare(strict_types=1);

namespace Breakerd\Internal;

/**
 * Why a socket cannot be connected to.
 *
 * @internal
 */
final class ConnectFailure
{
    private const REASONS = [
        self::ENOENT => 'not-running',
        self::ENOTDIR => 'not-running',
        self::ECONNREFUSED => 'not-running',
        self::EACCES => 'not-permitted',
        self::EPERM => 'not-permitted',
        self::EAGAIN => 'backlog-full',
        self::EPROTOTYPE => 'not-breakerd',
    ];
    private const EPERM = 1;
    private const ENOENT = 2;
    private const EAGAIN = 11;
    private const EACCES = 13;
    private const ENOTDIR = 20;
    private const EPROTOTYPE = 91;
    private const ECONNREFUSED = 111;
    /** What sun_path holds beside its end. */
    private const LONGEST_PATH = 107;

    /** Whether it can be the path of a socket. PHP would cut a longer one short, and connect to that. */
    public static function isPath(string $path): bool
    {
        return $path !== '' && strlen($path) <= self::LONGEST_PATH && !str_contains($path, "\0");
    }

    /**
     * What a failure is called, and what is said of it.
     *
     * @param int $number the system's number of the error
     *
     * @return array{string, string}
     */
    public static function explain(int $number, string $text, string $path): array
    {
        $reason = self::REASONS[$number] ?? 'cannot-connect';
        if ($reason === 'not-running') {
            clearstatcache();
            return file_exists($path) && filetype($path) !== 'socket'
                ? ['cannot-connect', "$path is no socket"]
                : [$reason, "nothing listens at $path: is breakerd running?"];
        }
        return [$reason, match ($reason) {
            'not-permitted' => "no permission to open $path",
            'backlog-full' => "$path takes no more connections now",
            default => "cannot connect to $path: $text",
        }];
    }
}

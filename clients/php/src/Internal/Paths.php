<?php

declare(strict_types=1);

namespace Breakerd\Internal;

/**
 * Where the daemon's socket is, when nobody says, and who this process is.
 *
 * @internal
 */
final class Paths
{
    private const SERVICE = '/run/breakerd/breakerd.sock';
    private const DIRECTORY = 0o040000;
    private const TYPE = 0o170000;
    private const WRITABLE_BY_OTHERS = 0o022;

    /**
     * `$BREAKERD_SOCKET`; else the service's socket if it exists; else that of a daemon run by this user, if it exists:
     * `$XDG_RUNTIME_DIR/breakerd/breakerd.sock` or `/tmp/breakerd-UID/breakerd.sock`; else the service's.
     */
    public static function defaultSocket(): string
    {
        $fromEnvironment = (string) getenv('BREAKERD_SOCKET');
        if ($fromEnvironment !== '') {
            return $fromEnvironment;
        }
        return Silence::during(self::findSocket(...));
    }

    private static function findSocket(): string
    {
        clearstatcache();
        $candidates = [self::SERVICE];
        $runtime = (string) getenv('XDG_RUNTIME_DIR');
        if ($runtime !== '') {
            $candidates[] = "$runtime/breakerd/breakerd.sock";
        }
        $temporary = '/tmp/breakerd-' . self::userId();
        if (self::isPrivate($temporary)) {
            $candidates[] = "$temporary/breakerd.sock";
        }
        foreach ($candidates as $candidate) {
            // Who may not look into its directory learns more from trying to connect.
            if (file_exists($candidate) || (is_dir(dirname($candidate)) && !is_executable(dirname($candidate)))) {
                return $candidate;
            }
        }
        return self::SERVICE;
    }

    /** The effective user of this process. */
    public static function userId(): int
    {
        // Without ext-posix: of the files that a process has, those under /proc belong to who it acts as.
        return function_exists('posix_geteuid') ? posix_geteuid() : (int) fileowner('/proc/self');
    }

    /** Whether it is a directory of this user that no other can write into: anybody can make one under /tmp. */
    public static function isPrivate(string $directory): bool
    {
        $status = lstat($directory);
        return $status !== false && ($status['mode'] & self::TYPE) === self::DIRECTORY
            && $status['uid'] === self::userId() && ($status['mode'] & self::WRITABLE_BY_OTHERS) === 0;
    }
}

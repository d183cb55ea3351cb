<?php

declare(strict_types=1);

namespace Breakerd\Internal;

use Breakerd\Version;

/**
 * What was found out about a socket, and outlives the script where scripts are short: else each request of a web server would try a
 * daemon that hangs for a whole deadline, and complain of it.
 *
 * The scripts of one installation that act as one user share it, by a file in a directory of that user's own. What cannot be read or
 * written there is known to this script only.
 *
 * @internal
 */
final class Memory
{
    /** What is older, in nanoseconds, is worth nothing. */
    private const WORTH = 60_000_000_000;

    /** @var array<string, mixed> */
    private array $values;
    private readonly string $file;

    /** @param bool $isShared whether it outlives the script */
    public function __construct(?string $socketPath, bool $isShared)
    {
        $this->file = $isShared ? self::fileOf($socketPath ?? Paths::defaultSocket()) : '';
        $this->values = $this->file === '' ? [] : Silence::during($this->load(...));
    }

    public function get(string $key): mixed
    {
        return $this->values[$key] ?? null;
    }

    /** @param array<string, mixed> $values */
    public function set(array $values): void
    {
        $this->values = $values + ['at' => hrtime(true)] + $this->values;
        if ($this->file !== '') {
            Silence::during($this->save(...));
        }
    }

    private static function fileOf(string $socketPath): string
    {
        return sys_get_temp_dir() . '/breakerd-php-' . Paths::userId() . '/'
            . hash('xxh3', implode("\0", [Version::STRING, __DIR__, $socketPath]));
    }

    private function save(): void
    {
        $directory = dirname($this->file);
        if (!file_exists($directory)) {
            mkdir($directory, 0o700);
        }
        clearstatcache();
        if (!Paths::isPrivate($directory)) {
            return;
        }
        if (!file_exists($this->file)) {
            self::sweep($directory);
        }
        // Another script must not read half of it.
        $new = "$this->file." . getmypid();
        if (file_put_contents($new, json_encode($this->values, JSON_INVALID_UTF8_SUBSTITUTE)) === false || !rename($new, $this->file)) {
            unlink($new);
        }
    }

    /** Sockets, versions and installations come and go: what they have left is removed where another begins. */
    private static function sweep(string $directory): void
    {
        $oldest = time() - intdiv(self::WORTH, 1_000_000_000);
        foreach (glob("$directory/*") ?: [] as $file) {
            if (filemtime($file) < $oldest) {
                unlink($file);
            }
        }
    }

    /** @return array<string, mixed> */
    private function load(): array
    {
        if (!file_exists($this->file) || !Paths::isPrivate(dirname($this->file))) {
            return [];
        }
        $values = json_decode((string) file_get_contents($this->file), true);
        if (is_array($values) && is_int($values['at'] ?? null)) {
            // What is of a time before the machine was started may lie in the future.
            $age = hrtime(true) - $values['at'];
            if ($age >= 0 && $age < self::WORTH) {
                return $values;
            }
        }
        unlink($this->file);
        return [];
    }
}

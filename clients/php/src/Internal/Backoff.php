<?php

declare(strict_types=1);

namespace Breakerd\Internal;

use Breakerd\Unavailable;

/**
 * When to try a socket again that has failed, and why it has. Times are in nanoseconds.
 *
 * @internal
 */
final class Backoff
{
    private const FIRST = 10_000_000;
    private const LONGEST = 1_000_000_000;

    private int $spareTryAt = 0;

    public function __construct(private readonly Memory $memory)
    {
    }

    /** Lets some time pass before the next try. */
    public function failed(string $reason, string $text): Unavailable
    {
        $failures = $this->failures();
        $whole = min(self::FIRST << min($failures, 20), self::LONGEST);
        $this->memory->set([
            'failures' => $failures + 1,
            'retry_at' => hrtime(true) + random_int(intdiv($whole, 2), $whole),
            'why' => [$reason, $text],
        ]);
        return $this->error();
    }

    public function succeeded(): void
    {
        if ($this->failures() > 0) {
            $this->memory->set(['failures' => 0, 'retry_at' => 0]);
        }
    }

    /** No call tries the socket now. */
    public function isOn(): bool
    {
        // What was remembered of a time before the machine was started is in the far future.
        $left = ($this->memory->get('retry_at') ?? 0) - hrtime(true);
        return $left > 0 && $left <= self::LONGEST;
    }

    public function end(): void
    {
        $this->memory->set(['retry_at' => 0]);
    }

    /** Ends it if that has not been done so for a second, and returns whether it has. */
    public function endBySpareTry(): bool
    {
        $now = hrtime(true);
        if ($now < $this->spareTryAt) {
            return false;
        }
        $this->spareTryAt = $now + self::LONGEST;
        $this->end();
        return true;
    }

    /** The latest failure. */
    public function error(): Unavailable
    {
        return new Unavailable(...($this->memory->get('why') ?? ['closed', 'the client was closed']));
    }

    private function failures(): int
    {
        return $this->memory->get('failures') ?? 0;
    }
}

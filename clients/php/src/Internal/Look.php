<?php

declare(strict_types=1);

namespace Breakerd\Internal;

/**
 * What one look at a breaker has shown.
 *
 * @internal
 */
final readonly class Look
{
    /**
     * @param string $bytes the word as it was read, and `$head` status and heartbeat
     * @param int $now when it was, and `$heartbeat` until when that is good, both in nanoseconds
     */
    public function __construct(
        public Verdict $verdict,
        public int $word,
        public string $bytes,
        public string $head,
        public int $now,
        public int $goodUntil,
    ) {
    }

    public function generation(): int
    {
        return $this->word >> 8 & 0xFFFFFF;
    }

    /** What a refusal is called. */
    public function reason(): string
    {
        return [2 => 'open', 3 => 'half-open', 4 => 'forced-open'][$this->word & 15];
    }
}

<?php

declare(strict_types=1);

namespace Breakerd\Internal;

use Breakerd\Local;

/**
 * The state that {@see Local} describes. Times are in nanoseconds.
 *
 * @internal
 */
final class LocalBreaker
{
    private readonly int $duration;
    private int $run = 0;
    private int $nextCall = 0;

    public function __construct(private readonly Local $rule)
    {
        $this->duration = (int) ($rule->duration * 1e9);
    }

    /** How long calls are refused yet; null: this one passes. */
    public function wait(int $now): ?int
    {
        if ($this->run < $this->rule->failures) {
            return null;
        }
        if ($now < $this->nextCall) {
            return $this->nextCall - $now;
        }
        $this->nextCall = $now + $this->duration;
        return null;
    }

    public function succeeded(): void
    {
        $this->run = 0;
    }

    public function failed(int $now): void
    {
        $this->run = min($this->run + 1, $this->rule->failures);
        if ($this->run >= $this->rule->failures) {
            $this->nextCall = $now + $this->duration;
        }
    }
}

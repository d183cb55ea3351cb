<?php

declare(strict_types=1);

namespace Breakerd;

use Breakerd\Internal\Protocol;

/**
 * What calls go by while the daemon cannot be asked: so many failures in a row of one breaker in this process refuse its calls
 * for a time; then one call in each such time passes, until one succeeds.
 */
final readonly class Local
{
    /**
     * @param int $failures 1 or more
     * @param float $duration in seconds, more than 0, a year at most
     *
     * @throws \ValueError
     */
    public function __construct(public int $failures = 5, public float $duration = 30.0)
    {
        if ($failures < 1 || !($duration > 0 && $duration <= Protocol::LONGEST_TIME)) {
            throw new \ValueError('failures must be 1 or more, and duration more than 0 seconds and a year at most');
        }
    }
}

<?php

declare(strict_types=1);

namespace Breakerd\Internal;

/**
 * What this process has seen of one generation of a breaker.
 *
 * @internal
 */
final class Generation
{
    /** Successes that the daemon has not been told. */
    public int $successes = 0;
    /** When the newest of them ended. */
    public int $newest;

    /**
     * @param int $number its low 24 bits, the token to report with
     * @param int $since when it was first seen here
     * @param int $era the session's at that time
     */
    public function __construct(public readonly int $number, public readonly int $since, public readonly int $era)
    {
        $this->newest = $since;
    }
}

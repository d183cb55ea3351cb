<?php

declare(strict_types=1);

namespace Breakerd;

/** The daemon could not be asked. Programs see it only as the previous exception of a {@see Denied}. */
final class Unavailable extends \RuntimeException implements BreakerdException
{
    /**
     * @param string $reason one word: `not-running`, `not-permitted`, `backlog-full`, `cannot-connect`, `timed-out`, `lost`, `refused`,
     *     `not-breakerd`, `busy` or `closed`
     */
    public function __construct(public readonly string $reason, string $text)
    {
        parent::__construct($text);
    }
}

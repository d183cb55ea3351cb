<?php

declare(strict_types=1);

namespace Breakerd\Internal;

/**
 * Leave to make a call, and what its end is to be told with.
 *
 * @internal
 */
final readonly class Admission
{
    /**
     * @param ?Generation $generation set if the board gave leave: then successes may be told in batches
     * @param ?string $token null: there is nothing to tell
     */
    public function __construct(
        public string $name,
        public int $started,
        public int $era,
        public ?Generation $generation = null,
        public ?string $token = null,
    ) {
    }

    /** Whether the daemon keeps a place for the call, which it must get back. */
    public function holdsPermit(): bool
    {
        return $this->token !== null && str_contains($this->token, '.');
    }

    /** What is told if its end says nothing about the dependency. */
    public function givenBack(): Report
    {
        return new Report("report $this->name ignore $this->token");
    }
}

<?php

declare(strict_types=1);

namespace Breakerd;

use Breakerd\Internal\Admission;
use Breakerd\Internal\BreakerState;
use Breakerd\Internal\Protocol;

/**
 * Leave to make one call. Tell its end by {@see ok}, {@see fail} or {@see ignore}: the first of them counts, the others do nothing.
 *
 * The time from the permit to its end is told as the call's duration. A permit that is let go without an end counts as ignored, and
 * its place is given back. After a fork, the parent's permits mean nothing in the child.
 */
final class Permit
{
    /**
     * @internal made by {@see Breaker::permit}
     *
     * @param \Closure(\Throwable): bool $isFailure
     */
    public function __construct(
        private readonly BreakerState $state,
        private ?Admission $admission,
        private readonly \Closure $isFailure,
    ) {
    }

    /** The breaker's name. */
    public function name(): string
    {
        return $this->state->name;
    }

    /** The call worked. */
    public function ok(): void
    {
        $admission = $this->take();
        if ($admission !== null) {
            $this->state->succeeded($admission);
        }
    }

    /** The call failed, in a way that speaks against the dependency. The cause's class, or the word, is told. */
    public function fail(\Throwable|string|null $cause = null): void
    {
        $admission = $this->take();
        if ($admission !== null) {
            $this->state->failed($admission, self::errorClass($cause));
        }
    }

    /** The call says nothing about the dependency: it was cancelled, or not made. */
    public function ignore(): void
    {
        $admission = $this->take();
        if ($admission !== null) {
            $this->state->ignored($admission);
        }
    }

    /** The call ended so, as the breaker's handle judges it: with nothing thrown it worked. */
    public function settle(?\Throwable $error): void
    {
        if ($error === null) {
            $this->ok();
            return;
        }
        $isFailure = true;
        try {
            $isFailure = ($this->isFailure)($error);
        } finally {
            if ($isFailure) {
                $this->fail($error);
            } else {
                $this->ignore();
            }
        }
    }

    public function __destruct()
    {
        $this->ignore();
    }

    private function __clone()
    {
    }

    private function take(): ?Admission
    {
        [$admission, $this->admission] = [$this->admission, null];
        return $admission;
    }

    private static function errorClass(\Throwable|string|null $cause): string
    {
        if (!$cause instanceof \Throwable) {
            return Protocol::word($cause ?? '');
        }
        // An anonymous class is named by what it extends, and then the place where it stands.
        $class = explode("@anonymous\0", $cause::class)[0];
        return Protocol::word(substr($class, (int) strrpos("\\$class", '\\')));
    }
}

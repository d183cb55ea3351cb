<?php

declare(strict_types=1);

namespace Breakerd\Http;

use Breakerd\Permit;
use Psr\Http\Message\ResponseInterface;

/** What the end of a request says about who was asked. */
final class Outcomes
{
    /**
     * Whether it speaks against the dependency: a response of 500 and above, or what was thrown instead of one. A client's error (4xx) is
     * an answer like any other.
     */
    public static function isFailure(ResponseInterface|\Exception $outcome): bool
    {
        return !$outcome instanceof ResponseInterface || $outcome->getStatusCode() >= 500;
    }

    /**
     * Tells the end of a request. The class of a failure is `http-503`, or that of what was thrown.
     *
     * @internal
     *
     * @param \Closure(ResponseInterface|\Exception): bool $isFailure
     */
    public static function tell(Permit $permit, ResponseInterface|\Exception $outcome, \Closure $isFailure): void
    {
        $speaksAgainst = true;
        try {
            $speaksAgainst = $isFailure($outcome);
        } finally {
            match (true) {
                $speaksAgainst && $outcome instanceof ResponseInterface => $permit->fail('http-' . $outcome->getStatusCode()),
                $speaksAgainst => $permit->fail($outcome),
                $outcome instanceof ResponseInterface => $permit->ok(),
                default => $permit->ignore(),
            };
        }
    }
}

<?php

declare(strict_types=1);

namespace Breakerd;

use Breakerd\Internal\Admission;
use Breakerd\Internal\BreakerState;
use Breakerd\Internal\Protocol;

/**
 * One breaker of the host, as a program uses it. Made by {@see Client::breaker}.
 *
 * What is no `Exception` never counts: an `Error` (`TypeError`, a failed assertion) is a fault of the program, and says nothing about the
 * dependency.
 */
final class Breaker
{
    private const MILLISECOND = 1_000_000;

    private readonly \Closure $isFailure;

    /**
     * @internal
     *
     * @param list<class-string> $exclude
     * @param ?\Closure(\Exception): bool $predicate
     */
    public function __construct(private readonly BreakerState $state, array $exclude, ?\Closure $predicate)
    {
        $this->isFailure = static function (\Throwable $error) use ($exclude, $predicate): bool {
            foreach ($exclude as $class) {
                if ($error instanceof $class) {
                    return false;
                }
            }
            return $error instanceof \Exception && ($predicate === null || $predicate($error));
        };
    }

    /** The breaker's name. */
    public function name(): string
    {
        return $this->state->name;
    }

    /**
     * Calls `$function` if the breaker lets it pass, returns what it returns, and tells how it ended and how long it took.
     *
     * @template T
     *
     * @param callable(mixed...): T $function
     *
     * @return T
     *
     * @throws Denied if it was not called; else what it throws
     */
    public function call(callable $function, mixed ...$arguments): mixed
    {
        $state = $this->state;
        $started = $state->quick();
        if ($started === 0) {
            return $this->callByPermit($function, $arguments);
        }
        $generation = $state->batch;
        try {
            $result = $function(...$arguments);
        } catch (\Throwable $error) {
            $admission = new Admission($state->name, $started, $generation->era, $generation);
            (new Permit($state, $admission, $this->isFailure))->settle($error);
            throw $error;
        }
        $end = hrtime(true);
        if ($end - $started < self::MILLISECOND && $state->batch === $generation) {
            ++$generation->successes;
            $generation->newest = $end;
        } else {
            $state->passed($generation, $started);
        }
        return $result;
    }

    /**
     * Asks whether a call may be made, for callers that tell its end themselves.
     *
     * @param ?float $lease how many seconds the call may take at most, if not what the breaker's policy says. It matters where the daemon
     *     keeps a place for the call, as for a probe: not settled by then, a probe has failed
     *
     * @throws \ValueError if the lease is not more than 0 seconds, or more than a year
     * @throws Denied do not make the call
     */
    public function permit(?float $lease = null): Permit
    {
        if ($lease !== null && !($lease > 0 && $lease <= Protocol::LONGEST_TIME)) {
            throw new \ValueError('lease must be more than 0 seconds, and a year at most');
        }
        $started = $this->state->quick();
        $generation = $this->state->batch;
        $admission = $started === 0 || $generation === null
            ? $this->state->admit($lease)
            : new Admission($this->state->name, $started, $generation->era, $generation);
        return new Permit($this->state, $admission, $this->isFailure);
    }

    private function callByPermit(callable $function, array $arguments): mixed
    {
        $permit = new Permit($this->state, $this->state->admit(), $this->isFailure);
        try {
            $result = $function(...$arguments);
        } catch (\Throwable $error) {
            $permit->settle($error);
            throw $error;
        }
        $permit->ok();
        return $result;
    }
}

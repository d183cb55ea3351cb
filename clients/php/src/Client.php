<?php

declare(strict_types=1);

namespace Breakerd;

use Breakerd\Internal\BreakerState;
use Breakerd\Internal\Protocol;
use Breakerd\Internal\Session;
use Psr\Log\LoggerInterface;

/**
 * Asks the host's breakerd whether calls may be made, and tells it how they ended.
 *
 * A program makes one client and keeps it. Nothing is opened before the first call. After a fork the child's client connects anew, and
 * knows nothing of the parent's calls.
 */
final class Client
{
    /** More names than this are not remembered when their last handle has gone. */
    private const REMEMBERED = 10_000;
    private const LONGEST_FLUSH = 10.0;

    private readonly Session $session;
    /** @var array<string, BreakerState> */
    private array $remembered = [];
    /** @var array<string, \WeakReference<BreakerState>> */
    private array $others = [];

    /**
     * @param ?string $socketPath the daemon's socket; null: `$BREAKERD_SOCKET`, else the service's, else that of this user's daemon
     * @param float $deadline how many seconds a call waits for the daemon at most, connecting included
     * @param OnUnavailable|Local $onUnavailable what a call does when the daemon cannot be asked; a {@see Local} is a small breaker of this
     *     process's own
     * @param ?string $name this process's name in the daemon's list of clients; 32 bytes of it are told
     * @param bool $useBoard whether to decide by the file that the daemon publishes where that is possible; else each call asks over the
     *     socket
     * @param float $flushInterval for how many seconds successes are collected before they are told, 0 to 10
     * @param ?bool $persistent whether the connection outlives the script, for the next one in the same process; null: not where PHP runs
     *     from the command line
     * @param LoggerInterface|\Closure(string, string): mixed|null $logger where it is told, once a minute at most, that the daemon cannot be
     *     asked: a PSR-3 logger, or a function of level and message; null: PHP's error log
     *
     * @throws \ValueError
     */
    public function __construct(
        ?string $socketPath = null,
        float $deadline = 0.05,
        OnUnavailable|Local $onUnavailable = OnUnavailable::Allow,
        ?string $name = null,
        bool $useBoard = true,
        float $flushInterval = 0.1,
        ?bool $persistent = null,
        LoggerInterface|\Closure|null $logger = null,
    ) {
        if (!($deadline > 0) || is_infinite($deadline)) {
            throw new \ValueError('deadline must be more than 0 seconds, and have an end');
        }
        if (!($flushInterval >= 0 && $flushInterval <= self::LONGEST_FLUSH)) {
            throw new \ValueError(sprintf('flushInterval must be 0 to %g seconds', self::LONGEST_FLUSH));
        }
        $areScriptsShort = !in_array(PHP_SAPI, ['cli', 'phpdbg', 'embed'], true);
        $this->session = new Session(
            $socketPath,
            (int) min($deadline * 1e9, 1e18),
            $onUnavailable,
            $name ?? '',
            $useBoard,
            (int) ($flushInterval * 1e9),
            $areScriptsShort,
            $persistent ?? $areScriptsShort,
            $logger,
        );
    }

    /**
     * A handle on the breaker of this name; the daemon makes the breaker when it is first asked about it.
     *
     * @param list<class-string>|class-string $exclude exceptions of these types say nothing about the dependency: they count neither as
     *     failure nor as success
     * @param ?\Closure(\Exception): bool $isFailure nor do those of which this says false
     *
     * @throws InvalidName
     */
    public function breaker(string $name, array|string $exclude = [], ?\Closure $isFailure = null): Breaker
    {
        return new Breaker($this->state($name), (array) $exclude, $isFailure);
    }

    /** What the client has done so far. */
    public function statistics(): Statistics
    {
        return $this->session->statistics();
    }

    /** Tells what was counted now, without waiting. A program that will be idle for long calls it before. */
    public function flush(): void
    {
        $this->session->flush();
    }

    /**
     * Tells what was counted, and closes the connection. It waits for the daemon to read it, `deadline` at most. A persistent connection
     * is left to the next script instead, without waiting for anything.
     *
     * Calls made later do what they do without a daemon. At the end of the script it is done by itself.
     */
    public function close(): void
    {
        $this->session->close();
    }

    /** Its breakers may go on without it; what they count from now on is told in time, or at the end of the script. */
    public function __destruct()
    {
        $this->session->flush();
    }

    private function state(string $name): BreakerState
    {
        $state = $this->remembered[$name] ?? ($this->others[$name] ?? null)?->get();
        if ($state !== null) {
            return $state;
        }
        Protocol::checkName($name);
        $state = new BreakerState($name, $this->session);
        if (count($this->remembered) < self::REMEMBERED) {
            return $this->remembered[$name] = $state;
        }
        if (count($this->others) >= self::REMEMBERED) {
            $this->others = array_filter($this->others, static fn (\WeakReference $other): bool => $other->get() !== null);
        }
        $this->others[$name] = \WeakReference::create($state);
        return $state;
    }
}
